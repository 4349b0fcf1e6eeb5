"""Times are short, and never longer than their column."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.presentation.times import exact, relative

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(seconds=-3), "now"),
        (timedelta(seconds=2), "now"),
        (timedelta(seconds=12), "12 s ago"),
        (timedelta(minutes=3), "3 min ago"),
        (timedelta(hours=2, minutes=59), "2 h ago"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=41), "41 days ago"),
        (timedelta(days=150), "5 mo ago"),
        (timedelta(days=366), "1 year ago"),
        (timedelta(days=366 * 3), "3 years ago"),
    ],
)
def test_the_words(ago: timedelta, text: str) -> None:
    assert relative(NOW - ago, NOW) == text


def test_what_was_never_used_says_never() -> None:
    assert relative(None, NOW) == "never"


@given(st.timedeltas(timedelta(0), timedelta(days=36500)))
def test_they_fit_eleven_cells(ago: timedelta) -> None:
    assert len(relative(NOW - ago, NOW)) <= 11


def test_the_exact_time_is_in_utc_wherever_it_is_asked_for() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    assert exact(datetime(2026, 1, 1, 2, 0, 9, 999_999, tzinfo=east)) == "2025-12-31 20:30:09 UTC"
