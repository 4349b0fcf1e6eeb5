"""What a click does: as much as the key."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pytest
from textual.command import CommandList, CommandPalette
from textual.pilot import Pilot

from pftui.app import PftuiApp
from pftui.screens.accounts.create_service_account import CreateServiceAccount
from pftui.screens.dialogs.text_modal import TextModal
from pftui.screens.reveal.reveal import Hint, PasteBack
from pftui.screens.teams.tab import TeamsTab
from pftui.widgets.chrome import TabBar
from pftui.widgets.filter_bar import Chips
from pftui.widgets.key_footer import KeyFooter
from tests.conftest import SetClock
from tests.screens.console_app import footer, names, screen_text, signed_in, until, users
from tests.screens.flow_app import FlowApp, Store, Ticks, shows
from tests.screens.flow_app import until as until_in_flow
from tests.screens.revealing import key_on_screen, line, revealed


def shows_in_order(app: PftuiApp, order: Sequence[str]) -> bool:
    return names(app) == order


@pytest.fixture
def filled(store: Store) -> Store:
    """A person and two service accounts beside the admin, and a second team."""
    store.service_account("ci-bot", "Red Team")
    store.service_account("nightly")
    store.person("Bao Tran")
    store.services.teams.create(store.admin, "Blue Team")
    return store


def at(shown: str, words: str) -> tuple[int, int]:
    """In the middle of some words on a widget's first line."""
    line = shown.splitlines()[0]
    assert words in line
    return line.index(words) + len(words) // 2, 0


async def click_on(pilot: Pilot[None], app: PftuiApp, kind: type[Chips | TabBar], words: str) -> None:
    """Click on some words of a widget that is a line of them."""
    assert app.shell is not None
    widget = next(each for each in app.shell.query(kind) if each.region)
    assert await pilot.click(widget, offset=at(widget.render().plain, words))


async def test_on_a_chip_shows_those_accounts(filled: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await click_on(pilot, app, Chips, "Service accounts")
        await until(lambda: names(app) == ["ci-bot", "nightly"])
        await click_on(pilot, app, Chips, "Users")
        await until(lambda: names(app) == ["Alice Ng", "Bao Tran"])
        await click_on(pilot, app, Chips, "All")
        await until(lambda: len(names(app)) == 4)


async def test_on_a_tab_opens_it(filled: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await click_on(pilot, app, TabBar, "Teams")
        await until(lambda: "Blue Team" in screen_text(app))
        assert isinstance(app.shell and app.shell.tab, TeamsTab)
        await click_on(pilot, app, TabBar, "Users")
        await until(lambda: app.shell is not None and app.shell.tab is users(app))
        assert "Blue Team" not in screen_text(app)


async def test_on_a_key_of_the_footer_presses_it(filled: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        assert await pilot.click(KeyFooter, offset=at(footer(app), "? Help"))
        await until(lambda: isinstance(app.screen, TextModal))
        await pilot.press("escape")
        await until(lambda: "? Help" in footer(app))
        assert await pilot.click(KeyFooter, offset=at(footer(app), "c Create Service Account"))
        await until(lambda: isinstance(app.screen, CreateServiceAccount))


async def test_between_two_keys_of_the_footer_does_nothing(
    filled: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        gap = footer(app).index("n New user") - 2
        assert await pilot.click(KeyFooter, offset=(gap, 0))
        await pilot.pause()
        assert app.screen is app.shell


async def test_on_a_title_sorts_by_its_column_and_once_more_reverses(
    filled: Store, sqlite_url: str, clock: SetClock
) -> None:
    by_identifier = sorted(filled.accounts().values(), key=lambda row: row.identifier.lower())
    orders = {
        "E-mail or key": [row.name for row in by_identifier],  # whose keys are others each time
        "Status": ["Bao Tran", "nightly", "Alice Ng", "ci-bot"],
    }
    async with signed_in(sqlite_url, clock) as (app, pilot):
        table = users(app).table
        for title, ascending in orders.items():
            for arrow, order in (("↑", ascending), ("↓", ascending[::-1])):
                assert await pilot.click(table, offset=at(table.render_line(0).text, title))
                await until(partial(shows_in_order, app, order))
                assert arrow in table.render_line(0).text.split(title)[1][:2]


async def test_on_the_hints_of_the_reveal(store: Store, ticks: Ticks, copied: list[str]) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await revealed(pilot, app)
        key = key_on_screen(app)
        copy, save, hide, check = app.screen.query(Hint)
        assert await pilot.click(copy)
        await shows(pilot, "cannot see whether it arrived")
        assert copied == [key]
        assert await pilot.click(hide)
        await until_in_flow(pilot, lambda: line(app).masked)
        assert key[15:] not in app.text
        assert await pilot.click(hide)
        await until_in_flow(pilot, lambda: key in app.text)
        assert await pilot.click(check)
        await until_in_flow(pilot, lambda: isinstance(app.focused, PasteBack))
        assert await pilot.click(save)
        await shows(pilot, "File on this host")
        assert app.focused is not None
        assert app.focused.id == "path"


async def test_the_palette_goes_to_a_team(filled: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("ctrl+p")
        await until(lambda: isinstance(app.screen, CommandPalette))
        await pilot.press(*"red team")
        await until(lambda: "team · red-team" in screen_text(app))
        await until(lambda: app.screen.query_one(CommandList).highlighted is not None)
        await pilot.press("enter")
        await until(lambda: app.shell is not None and isinstance(app.shell.tab, TeamsTab))
        await until(lambda: "red-team · created" in screen_text(app))
        tab = app.screen.query_one(TeamsTab)
        assert tab.table.row is not None
        assert tab.table.row.name == "Red Team"
