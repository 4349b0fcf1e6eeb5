"""The deletion of a team that thousands are in says how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from textual.widgets import Input

from pftui.repositories import ended_teams
from pftui.screens.dialogs.confirm import Confirm
from pftui.services import clearing
from tests.conftest import SetClock
from tests.patience import PATIENCE
from tests.screens.console_app import screen_text, signed_in, until
from tests.screens.flow_app import Store


async def test_how_much_is_cleared_is_told_until_it_is_done(
    store: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = threading.Event()
    rests: list[Callable[[], bool]] = [lambda: True, lambda: seen.wait(PATIENCE)]
    monkeypatch.setattr(ended_teams, "STEP", 1)
    monkeypatch.setattr(clearing, "sleep", lambda _seconds: rests.pop(0)())
    for number in range(3):
        store.service_account(f"bot {number}", "Red Team")
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        await pilot.press("2", "slash", *"red", "enter")
        await until(lambda: "1 of 2 teams" in screen_text(app))
        await pilot.press("D")
        await until(lambda: isinstance(app.screen, Confirm))
        app.screen.query_one("#name", Input).value = "Red Team"
        await pilot.press("enter")
        await until(lambda: "1 of 2 assignments of deleted teams: it goes on…" in screen_text(app))
        seen.set()
        await until(lambda: "Red Team is deleted." in screen_text(app))
    assert "Red Team" not in store.teams()
