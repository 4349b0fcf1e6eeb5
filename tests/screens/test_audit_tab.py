"""The Audit tab: what happened, newest first, and the history of one thing."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from pftui.app import PftuiApp
from pftui.screens.audit.history import HistoryScreen
from pftui.screens.audit.tab import AuditTab
from tests.conftest import SetClock
from tests.screens.console_app import screen_text, signed_in, until
from tests.screens.flow_app import Store


def on_screen(app: PftuiApp, *texts: str) -> bool:
    shown = screen_text(app)
    return all(text in shown for text in texts)


def tab(app: PftuiApp) -> AuditTab:
    assert app.shell is not None
    return app.shell.query_one(AuditTab)


@pytest.fixture
def busy(store: Store) -> Store:
    """A store in which something has happened."""
    store.service_account("ci-bot", "Red Team", "Viewer")
    store.person("Bao Tran", "Red Team", "CI Runner")
    return store


async def open_audit(app: PftuiApp, pilot: Pilot[None]) -> AuditTab:
    await pilot.press("5")
    await until(lambda: app.shell and app.shell.query(AuditTab) and tab(app).table.row)
    return tab(app)


async def test_it_lists_events_newest_first_with_the_selected_one_beside(
    busy: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await open_audit(app, pilot)
        await until(lambda: on_screen(app, "Date ↓", "Actor", "Description", "Place in the chain", "follows"))


async def test_history_of_an_account_is_one_key_away(busy: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock, (120, 40)) as (app, pilot):
        await pilot.press("slash", *"ci-bot", "enter", "H")
        await until(lambda: isinstance(app.screen, HistoryScreen))
        await until(lambda: on_screen(app, "History of ci-bot", "as Viewer"))
