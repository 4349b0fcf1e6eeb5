"""What the guard of all frameworks says of itself."""

from __future__ import annotations

import logging

import pytest

from pftui import StoreUnavailable, TryAgain
from pftui.contrib import guard
from pftui.contrib.guard import Guard, Refusal
from pftui.services.verification.seldom import Seldom
from pftui.testing import FakeVerifier


def test_a_store_that_is_away_fills_no_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    seldom = Seldom(logging.getLogger("pftui.contrib"), "refused", lambda: now[0])
    monkeypatch.setattr(guard, "_SELDOM", seldom)
    verifier = FakeVerifier(teams=["red-team"])
    key = verifier.key(team="red-team", role="CI Runner")
    guarded: Guard[None] = Guard(verifier, "red-team")

    def ask(times: int) -> None:
        for _ in range(times):
            found = guarded.look("red-team", f"Bearer {key}", None)
            assert isinstance(found, Refusal)
            assert found.status == 503

    verifier.fail(StoreUnavailable("The store is gone."))
    ask(1000)
    now[0] += 4.9
    ask(1)
    verifier.fail(TryAgain("Wait.", 1.0))
    ask(2)
    now[0] += 0.1
    verifier.fail(StoreUnavailable("The store is gone."))
    ask(2)
    now[0] += 5
    ask(1)
    assert caplog.messages == [
        "refused (store_unavailable): The store is gone.",
        "refused (try_again): Wait.",
        "refused (store_unavailable): The store is gone. (1000 more since the last line)",
        "refused (store_unavailable): The store is gone. (1 more since the last line)",
    ]
