"""What one has just created is selected, wherever it is listed: the next key is meant for it."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from pftui.app import PftuiApp
from pftui.screens.account_details import AccountDetailsScreen
from pftui.screens.accounts.create_service_account import CreateServiceAccount
from pftui.screens.accounts.new_team import NewTeam
from pftui.screens.accounts.new_user import NewUser
from pftui.screens.command import CommandContext
from pftui.screens.frame.shell import WIDENED
from pftui.screens.reveal.leave import LeaveReveal
from pftui.screens.reveal.reveal import Reveal
from pftui.screens.reveal.secret_line import SecretLine
from pftui.screens.teams.tab import TeamsTab
from tests.conftest import SetClock
from tests.screens.console_app import notice, selected, signed_in, until, users
from tests.screens.flow_app import Store, Ticks


def context(app: PftuiApp) -> CommandContext:
    assert app.shell is not None
    return app.shell.context()


def open_team(app: PftuiApp) -> str | None:
    """The name of the team that commands act on."""
    team = context(app).team
    return team.name if team else None


def teams(app: PftuiApp) -> TeamsTab:
    assert app.shell is not None
    return app.shell.query_one(TeamsTab)


async def go_to_teams(app: PftuiApp, pilot: Pilot[None]) -> None:
    await pilot.press("2")
    await until(lambda: context(app).team)


async def fill_in(app: PftuiApp, pilot: Pilot[None], form: type[Any], **values: str) -> None:
    """Wait for a form, type into it, and go on."""
    await until(lambda: isinstance(app.screen, form) and isinstance(app.focused, Input))
    for name, value in values.items():
        app.screen.query_one(f"#{name}", Input).value = value
    await pilot.press("enter")


async def close_reveal(app: PftuiApp, pilot: Pilot[None]) -> None:
    """Say that the secret is saved."""
    await until(lambda: isinstance(app.screen, Reveal))
    await pilot.press("enter")
    await until(lambda: isinstance(app.screen, LeaveReveal))
    await pilot.click("#saved")
    await until(lambda: app.shell is app.screen or isinstance(app.screen, AccountDetailsScreen))


@pytest.fixture(autouse=True)
def not_deaf(monkeypatch: pytest.MonkeyPatch, ticks: Ticks) -> None:
    """The reveal hears the first Enter."""
    monkeypatch.setattr("pftui.screens.reveal.reveal.DEAF_FOR", 0.0)
    assert SecretLine.clock() == ticks.now


async def test_a_new_team_is_what_the_next_key_acts_on(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.services.teams.create(store.admin, "Blue")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await go_to_teams(app, pilot)
        assert open_team(app) == "Blue"
        await pilot.press("t")
        await fill_in(app, pilot, NewTeam, name="Green")
        await until(lambda: open_team(app) == "Green")
        assert WIDENED not in notice(app)
        await pilot.press("m")
        await until(lambda: "Green" in str(getattr(app.screen, "_heading", "")))


async def test_a_filter_that_would_hide_it_is_taken_back_and_that_is_said(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await go_to_teams(app, pilot)
        await pilot.press("slash", "r", "e", "d", "enter")
        await until(lambda: teams(app).query_now.text == "red" and open_team(app) == "Red Team")
        await pilot.press("t")
        await fill_in(app, pilot, NewTeam, name="Green")
        await until(lambda: open_team(app) == "Green")
        assert teams(app).bar.text == ""
        await until(lambda: WIDENED in notice(app) and "Green is created" in notice(app))


async def test_a_filter_that_shows_it_stays(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await go_to_teams(app, pilot)
        await pilot.press("slash", "r", "e", "d", "enter")
        await until(lambda: teams(app).query_now.text == "red" and open_team(app) == "Red Team")
        await pilot.press("t")
        await fill_in(app, pilot, NewTeam, name="Infrared")
        await until(lambda: open_team(app) == "Infrared")
        assert teams(app).bar.text == "red"
        assert WIDENED not in notice(app)


async def test_so_is_an_account_in_whatever_view_it_was_made(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("v")  # people only
        await until(lambda: users(app).bar.chip == 1 and not users(app).table.reading)
        await pilot.press("c")
        await fill_in(app, pilot, CreateServiceAccount, name="ci-bot")
        await close_reveal(app, pilot)
        await until(lambda: selected(app) == "ci-bot")
        assert users(app).bar.chip == 0
        await until(lambda: WIDENED in notice(app))
        await pilot.press("n")
        await fill_in(app, pilot, NewUser, name="Bao Tran", email="bao@acme.example")
        await close_reveal(app, pilot)
        await until(lambda: selected(app) == "Bao Tran")


async def test_so_it_is_in_the_other_tab_once_that_is_opened(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.services.teams.create(store.admin, "Blue")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await go_to_teams(app, pilot)
        await pilot.press("1")
        await until(lambda: context(app).team is None)
        await pilot.press("t")
        await fill_in(app, pilot, NewTeam, name="Green")
        await until(lambda: app.screen is app.shell)
        await pilot.press("2")
        await until(lambda: open_team(app) == "Green")
        await pilot.press("n")
        await fill_in(app, pilot, NewUser, name="Bao Tran", email="bao@acme.example")
        await close_reveal(app, pilot)
        await pilot.press("1")
        await until(lambda: context(app).team is None and selected(app) == "Bao Tran")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_what_is_made_in_a_team_is_selected_in_it(
    store: Store, sqlite_url: str, clock: SetClock, size: tuple[int, int]
) -> None:
    store.service_account("another", "Red Team")
    async with signed_in(sqlite_url, clock, size) as (app, pilot):
        await go_to_teams(app, pilot)
        await pilot.press("slash", *"red", "enter")
        await until(lambda: open_team(app) == "Red Team")
        await pilot.press("c")
        await until(lambda: isinstance(app.screen, CreateServiceAccount) and not app.screen.opening)
        await fill_in(app, pilot, CreateServiceAccount, name="zz-bot")
        await close_reveal(app, pilot)
        await until(lambda: (account := context(app).account) and account.name == "zz-bot")
        assert context(app).member_team_id == store.teams()["Red Team"].id


async def test_a_new_key_is_selected_in_the_details(store: Store, sqlite_url: str, clock: SetClock) -> None:
    store.service_account("ci-bot")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        users(app).reveal(store.accounts()["ci-bot"].id)
        await until(lambda: selected(app) == "ci-bot")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, AccountDetailsScreen) and app.screen.context().key)
        details = app.screen
        assert isinstance(details, AccountDetailsScreen)
        before = details.context().key
        await pilot.press("k")
        await until(lambda: app.screen is not details and isinstance(app.focused, Input))
        await pilot.press("enter")
        await close_reveal(app, pilot)
        await until(lambda: (key := details.context().key) and before and key.key_id != before.key_id)
