"""What a person is told of their sign-ins, in one line."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pftui.domain.sessions import LastSignIn
from pftui.domain.source import UNKNOWN_SOURCE, Source
from pftui.presentation.sessions import last_sign_in
from tests.conftest import START

SSH = Source(1000, "jump.acme.example", "pts/3", "203.0.113.129")
HERE = Source(1000, "jump", "pts/3")


@pytest.mark.parametrize(
    ("ago", "source", "failures", "sentence"),
    [
        (timedelta(hours=3), SSH, 0, "You signed in last 3 h ago, from 203.0.113.129."),
        (timedelta(days=1), HERE, 0, "You signed in last yesterday, from pts/3 on jump."),
        (timedelta(seconds=1), None, 0, "You signed in last a moment ago."),
        (timedelta(days=3), UNKNOWN_SOURCE, 0, "You signed in last 3 days ago."),
        (
            timedelta(hours=3),
            HERE,
            1,
            "1 sign-in has failed since your last one (3 h ago, from pts/3 on jump).",
        ),
        (
            timedelta(minutes=9),
            SSH,
            12,
            "12 sign-ins have failed since your last one (9 min ago, from 203.0.113.129).",
        ),
    ],
)
def test_when_from_where_and_what_failed(
    ago: timedelta, source: Source | None, failures: int, sentence: str
) -> None:
    said = last_sign_in(LastSignIn(START - ago, source, failures), START)
    assert said == sentence
    assert len(said) <= 76, "a line of 80 columns with its sign"
