"""A secret that leaves no trace by accident."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pftui.domain.secret import MASK, Secret

CANARY = "canary-7c1f"


def test_no_way_of_showing_it_shows_it(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(CANARY)
    console = Console(file=io.StringIO())
    console.print(secret, [secret], {"a": secret})
    logging.getLogger("x").warning("%s %r", secret, secret)
    assert isinstance(console.file, io.StringIO)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret:>20}", f"{secret!r}", "%s" % secret]  # noqa: UP031
    for text in [*shown, repr([secret]), console.file.getvalue(), caplog.text]:
        assert CANARY not in text
        assert MASK in text


def test_no_copy_on_disk_holds_it() -> None:
    data = pickle.dumps(Secret(CANARY))
    assert CANARY.encode() not in data
    for copied in (pickle.loads(data), copy.copy(Secret(CANARY)), copy.deepcopy(Secret(CANARY))):
        with pytest.raises(ValueError, match="forgotten"):
            copied.reveal()
        assert not copied
        assert not copied.matches(MASK)
    with pytest.raises(TypeError):
        json.dumps(Secret(CANARY))


def test_it_is_asked_for_by_name_and_gone_once_forgotten() -> None:
    secret = Secret(CANARY)
    assert secret.reveal() == CANARY
    secret.forget()
    with pytest.raises(ValueError, match="forgotten"):
        secret.reveal()
    assert not secret
    assert not secret.matches(CANARY)
    assert not hasattr(secret, "__dict__")


@given(st.text(), st.text())
def test_it_is_compared_by_what_it_holds(one: str, other: str) -> None:
    assert (Secret(one) == Secret(other)) is (one == other)
    assert Secret(one).matches(other) is (one == other)
    assert bool(Secret(one)) is bool(one)


def test_it_is_in_no_dict() -> None:
    with pytest.raises(TypeError):
        hash(Secret(CANARY))
