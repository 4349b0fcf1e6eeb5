"""What is open or selected and was deleted elsewhere says so, and never becomes its neighbour."""

from __future__ import annotations

import pytest

import pftui.app
from pftui.app import PftuiApp
from pftui.domain.accounts import Operator
from pftui.domain.secret import Secret
from pftui.presentation.gone import CHOOSE
from pftui.screens import account_details
from pftui.screens.account_details import AccountDetailsScreen
from pftui.screens.command import CommandContext
from tests.conftest import SetClock
from tests.screens.console_app import footer, names, notice, screen_text, selected, signed_in, until, users
from tests.screens.flow_app import Store

OWN = "cobalt otter fjord lantern"


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pftui.app, "POLL", 0.05)
    monkeypatch.setattr(account_details, "LOOK", 0.05)


@pytest.fixture
def dana(store: Store) -> Operator:
    """Another global admin, who is at work elsewhere."""
    new = store.services.users.create(
        store.admin, email="dana@acme.example", name="Dana Levi", global_admin=True
    )
    dana = store.services.sign_in.with_password("dana@acme.example", new.password).operator
    return store.services.sign_in.change_password(dana, new.password, Secret(OWN))


def context(app: PftuiApp) -> CommandContext:
    assert app.shell is not None
    return app.shell.context()


def open_team(app: PftuiApp) -> str | None:
    """The name of the team that commands act on."""
    team = context(app).team
    return team.name if team else None


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_team_that_is_deleted_elsewhere_never_becomes_another(
    store: Store, dana: Operator, sqlite_url: str, clock: SetClock, size: tuple[int, int]
) -> None:
    teams = store.services.teams
    for name in ("Rose", "Ruby"):
        teams.create(store.admin, name)
    store.service_account("ci-bot", "Rose")
    async with signed_in(sqlite_url, clock, size) as (app, pilot):
        await pilot.press("2")
        await until(lambda: context(app).team)
        assert app.shell is not None
        app.shell.tab.reveal(store.teams()["Rose"].id)
        await until(lambda: open_team(app) == "Rose")
        await pilot.press("enter")
        await until(lambda: (account := context(app).account) and account.name == "ci-bot")
        teams.delete(dana, store.teams()["Rose"].id)
        await until(lambda: "Rose is gone: Dana Levi (dana@acme.example) deleted it." in notice(app))
        assert (open_team(app), context(app).account, context(app).member_team_id) == (None, None, None)
        if size[0] > 80:
            assert screen_text(app).count("Rose is gone: Dana Levi") == 2
        await pilot.press("m")
        await until(lambda: "No team is selected." in notice(app))
        await pilot.press("down")
        await until(lambda: open_team(app) == "Ruby")
        assert CHOOSE not in screen_text(app)


async def test_nor_does_an_account_and_the_way_up_is_the_one_above(
    store: Store, dana: Operator, sqlite_url: str, clock: SetClock
) -> None:
    for name in ("aa-bot", "bb-bot", "cc-bot"):
        store.service_account(name)
    async with signed_in(sqlite_url, clock) as (app, pilot):
        users(app).reveal(store.accounts()["bb-bot"].id)
        await until(lambda: selected(app) == "bb-bot")
        store.services.accounts.delete(dana, store.accounts()["bb-bot"].id)
        await until(lambda: "bb-bot is gone: Dana Levi (dana@acme.example) deleted it." in notice(app))
        assert selected(app) == ""
        await pilot.press("up")
        await until(lambda: selected(app) == "Alice Ng")
        assert "bb-bot" not in names(app)


async def test_who_deletes_it_oneself_is_told_once_and_selects_what_is_next(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    for name in ("aa-bot", "bb-bot"):
        store.service_account(name)
    async with signed_in(sqlite_url, clock) as (app, pilot):
        users(app).reveal(store.accounts()["aa-bot"].id)
        await until(lambda: selected(app) == "aa-bot")
        await pilot.press("D")
        await until(lambda: app.screen is not app.shell)
        await pilot.press(*("minus" if letter == "-" else letter for letter in "aa-bot"), "enter")
        await until(lambda: "aa-bot is deleted." in notice(app) and selected(app) == "")
        await until(lambda: "Nothing is selected" in screen_text(app))
        assert "aa-bot is deleted." in notice(app)


async def test_details_that_are_open_stay_and_say_so_and_their_keys_do_nothing(
    store: Store, dana: Operator, sqlite_url: str, clock: SetClock
) -> None:
    for name in ("aa-bot", "bb-bot"):
        store.service_account(name)
    async with signed_in(sqlite_url, clock) as (app, pilot):
        users(app).reveal(store.accounts()["aa-bot"].id)
        await until(lambda: selected(app) == "aa-bot")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, AccountDetailsScreen) and app.screen.context().account)
        details = app.screen
        assert isinstance(details, AccountDetailsScreen)
        store.services.accounts.delete(dana, store.accounts()["aa-bot"].id)
        await until(lambda: "aa-bot is gone: Dana Levi (dana@acme.example) deleted it." in screen_text(app))
        assert details.context().account is None
        assert footer(app).split() == ["esc", "Close"]
        await pilot.press("d", "escape")
        await until(lambda: app.screen is app.shell)
        assert selected(app) == ""
        assert "bb-bot" in store.accounts()


async def test_a_view_without_it_selects_a_row_of_its_own(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.service_account("zz-bot")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        assert selected(app) == "Alice Ng"
        await pilot.press("v", "v")
        await until(lambda: users(app).bar.chip == 2 and selected(app) == "zz-bot")
        assert CHOOSE not in notice(app)


async def test_a_member_who_was_taken_out_elsewhere_is_not_the_next_one(
    store: Store, dana: Operator, sqlite_url: str, clock: SetClock
) -> None:
    for name in ("aa-bot", "bb-bot"):
        store.service_account(name, "Red Team")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("2")
        await until(lambda: context(app).team)
        assert app.shell is not None
        app.shell.tab.reveal(store.teams()["Red Team"].id)
        await until(lambda: open_team(app) == "Red Team")
        await pilot.press("enter")
        await until(lambda: (account := context(app).account) and account.name == "aa-bot")
        team_id = store.teams()["Red Team"].id
        store.services.teams.remove(dana, team_id, store.accounts()["aa-bot"].id)
        await until(lambda: "aa-bot is not in Red Team any more." in notice(app))
        assert context(app).account is None
        await pilot.press("down")
        await until(lambda: (account := context(app).account) and account.name == "bb-bot")
