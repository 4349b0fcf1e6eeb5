"""Answers and clicks that come when something else is on the screen than when they were asked for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from pftui.app import PftuiApp
from pftui.domain.errors import SignInFailed, StoreUnavailable
from pftui.domain.secret import Secret
from pftui.screens import account_details
from pftui.screens.account_details import AccountDetailsScreen
from pftui.screens.accounts.choose_role import ChooseRole, RolePicker
from pftui.screens.accounts.create_service_account import CreateServiceAccount
from pftui.screens.accounts.edit_account import EditAccount
from pftui.screens.dialogs.choose import Choose
from pftui.screens.dialogs.confirm import Confirm
from pftui.screens.dialogs.text_modal import TextModal
from pftui.screens.frame.shell import Shell
from pftui.screens.frame.sign_in import SignInScreen
from pftui.screens.reveal.leave import LeaveReveal
from pftui.screens.reveal.reveal import Reveal
from pftui.widgets import type_ahead
from pftui.widgets.too_small import TooSmall
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.patience import PATIENCE
from tests.screens import flows
from tests.screens.console_app import (
    LOST,
    LostService,
    console_on,
    footer,
    names,
    notice,
    press_command,
    screen_text,
    signed_in,
    until,
    users,
)
from tests.screens.flow_app import FlowApp, Store, Ticks, fill, opened, shows
from tests.screens.flow_app import until as until_in_flow
from tests.screens.revealing import revealed


class Slow:
    """A service that answers while its gate is open, and while it is not lost."""

    def __init__(self, real: object) -> None:
        self._real = real
        self.gate = threading.Event()
        self.gate.set()
        self.lost = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def slow(*args: Any, **kwargs: Any) -> Any:
            if self.lost:
                raise StoreUnavailable(LOST)
            answer = getattr(self._real, name)(*args, **kwargs)
            self.gate.wait(PATIENCE)
            return answer

        return slow


@pytest.fixture
def slowly() -> Iterator[Callable[[Any], Any]]:
    """Makes slow services, whose gates are open when the test is over."""
    made: list[Slow] = []

    def make(real: object) -> Any:
        made.append(Slow(real))
        return made[-1]

    yield make
    for each in made:
        each.gate.set()


@pytest.fixture(autouse=True)
def _a_host_as_busy_as_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What keys wait for comes, however late: these limits are for what never does."""
    monkeypatch.setattr(type_ahead, "FOCUS", PATIENCE)
    monkeypatch.setattr(type_ahead, "LOST", PATIENCE)


def press_at_once(app: PftuiApp | FlowApp, *keys: str) -> None:
    """As over a slow link, where several keys come in one packet."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


def click_twice(app: PftuiApp | FlowApp, selector: str) -> None:
    """Two clicks in one packet."""
    x, y = app.screen.query_one(selector).region.offset
    for _ in range(2):
        for kind in (events.MouseDown, events.MouseUp):
            app.post_message(kind(None, x + 2, y, 0, 0, 1, False, False, False, x + 2, y))


# A search that is not answered yet


async def test_enter_picks_what_was_searched_for_and_not_what_was_listed_before(
    store: Store, sqlite_url: str, clock: SetClock, slowly: Callable[[Any], Any]
) -> None:
    store.person("Zoe Dahl")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        slow = slowly(app.services.accounts)
        app.services = replace(app.services, accounts=slow)
        await pilot.press("2")
        await until(lambda: "Red Team" in screen_text(app))
        await pilot.press("m")
        await until(lambda: "Zoe Dahl" in screen_text(app) and app.focused is not None)
        app.HOLD_KEYS = True
        slow.gate.clear()
        press_at_once(app, "z", "o", "enter", "enter")
        await pilot.pause(0.3)
        assert isinstance(app.screen, Choose)  # Alice, whom the whole list begins with, is not picked
        slow.gate.set()
        await until(lambda: "Zoe Dahl is Viewer in Default now" in notice(app))
        assert store.roles("Alice Ng") == {}


async def test_what_matches_nothing_picks_nobody(store: Store, slowly: Callable[[Any], Any]) -> None:
    slow = slowly(store.services.accounts)
    app = FlowApp(replace(store, services=replace(store.services, accounts=slow)))
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.add_members, store.teams()["Red Team"].id)
        await opened(pilot, Choose)
        await shows(pilot, "Alice Ng")
        slow.gate.clear()
        await pilot.press(*"zzzz", "enter")
        slow.gate.set()
        await shows(pilot, "Nothing matches what you typed.")
        assert isinstance(app.screen, Choose)


async def test_a_search_that_waits_is_given_up_with_esc(
    store: Store, sqlite_url: str, clock: SetClock, slowly: Callable[[Any], Any]
) -> None:
    store.person("Zoe Dahl")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        slow = slowly(app.services.accounts)
        app.services = replace(app.services, accounts=slow)
        await pilot.press("2")
        await until(lambda: "Red Team" in screen_text(app))
        await pilot.press("m")
        await until(lambda: "Zoe Dahl" in screen_text(app) and app.focused is not None)
        app.HOLD_KEYS = True
        slow.gate.clear()
        press_at_once(app, "z", "enter", "enter")
        await pilot.pause(0.1)
        press_at_once(app, "escape")
        await until(lambda: app.screen.query_one("#search", Input).value == "")
        slow.gate.set()
        await until(lambda: "Alice Ng" in screen_text(app))
        await pilot.pause(0.1)
        assert isinstance(app.screen, Choose)
        app.HOLD_KEYS = False
        await pilot.press("escape")
        await until(lambda: app.screen is app.shell)


async def test_keys_for_what_the_filter_finds_wait_for_it(
    store: Store, sqlite_url: str, clock: SetClock, slowly: Callable[[Any], Any]
) -> None:
    store.person("Zoe Dahl")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        app.HOLD_KEYS = True
        slow = slowly(app.services.accounts)
        app.services = replace(app.services, accounts=slow)
        press_at_once(app, "slash")
        await until(lambda: users(app).bar.input.has_focus)
        slow.gate.clear()
        press_at_once(app, "z", "o", "enter", "e")
        await pilot.pause(0.3)
        assert app.screen is app.shell
        slow.gate.set()
        await until(lambda: isinstance(app.screen, EditAccount) and "Zoe Dahl" in screen_text(app))


async def test_a_retry_searches_again(store: Store, slowly: Callable[[Any], Any]) -> None:
    store.person("Zoe Dahl")
    slow = slowly(store.services.accounts)
    app = FlowApp(replace(store, services=replace(store.services, accounts=slow)))
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.add_members, store.teams()["Red Team"].id)
        await opened(pilot, Choose)
        await shows(pilot, "Zoe Dahl", "Alice Ng")
        slow.lost = True
        await pilot.press("z")
        await shows(pilot, LOST, "Retry")
        slow.lost = False
        await pilot.press("enter")
        await until_in_flow(pilot, lambda: "Alice Ng" not in app.text)
        assert isinstance(app.screen, Choose)
        await shows(pilot, "Zoe Dahl", "Choose")


async def test_a_row_that_is_pointed_at_is_picked_whatever_is_searched(
    store: Store, slowly: Callable[[Any], Any]
) -> None:
    store.person("Bob Bee")
    store.person("Zoe Dahl")
    slow = slowly(store.services.accounts)
    app = FlowApp(replace(store, services=replace(store.services, accounts=slow)))
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.add_members, store.teams()["Red Team"].id)
        await opened(pilot, Choose)
        await shows(pilot, "Bob Bee", "Zoe Dahl")
        slow.gate.clear()
        await pilot.press("z")
        await pilot.click("#rows", offset=(5, 2), times=2)
        await opened(pilot, ChooseRole)
        await shows(pilot, "Role for Bob Bee")
        slow.gate.set()


async def test_steps_are_taken_in_the_rows_to_come(store: Store, slowly: Callable[[Any], Any]) -> None:
    for name in ("Bob Bee", "Zoe Abel", "Zoe Dahl"):
        store.services.users.create(
            store.admin, email=f"{name.replace(' ', '.').lower()}@acme.example", name=name
        )
    slow = slowly(store.services.accounts)
    app = FlowApp(replace(store, services=replace(store.services, accounts=slow)))
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.add_members, store.teams()["Red Team"].id)
        await opened(pilot, Choose)
        await shows(pilot, "Bob Bee", "Zoe Dahl")
        slow.gate.clear()
        await pilot.press("z", "o", "e", "down", "enter")
        slow.gate.set()
        await opened(pilot, ChooseRole)
        await shows(pilot, "Role for Zoe Dahl")


# A key that was made and is not on the screen yet


async def making_a_key(app: PftuiApp, pilot: Pilot[None], slow: Slow) -> None:
    """Create a service account while what it can do takes its time to be read."""
    await pilot.press("c")
    await until(lambda: isinstance(app.screen, CreateServiceAccount) and app.focused)
    slow.gate.clear()
    await pilot.press(*"new-bot", "enter")
    await until(lambda: app.screen is app.shell and app.secret_on_screen)


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+p"])
async def test_nothing_ends_the_console_or_covers_it_before_the_key_was_shown(
    store: Store, sqlite_url: str, clock: SetClock, slowly: Callable[[Any], Any], key: str
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        slow = slowly(app.services.accounts)
        app.services = replace(app.services, accounts=slow)
        await making_a_key(app, pilot, slow)
        await pilot.press(key)
        await pilot.pause(0.1)
        assert app.is_running
        assert app.screen is app.shell
        slow.gate.set()
        await until(lambda: isinstance(app.screen, Reveal))


async def test_details_stay_until_a_key_that_was_made_from_them_is_shown(
    store: Store, sqlite_url: str, clock: SetClock, slowly: Callable[[Any], Any]
) -> None:
    store.service_account("a-bot")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        slow = slowly(app.services.accounts)
        app.services = replace(app.services, accounts=slow)
        await pilot.press("enter")
        await until(lambda: "k New key" in screen_text(app) and "a-bot" in screen_text(app))
        await pilot.press("k")
        await until(lambda: "New API key for a-bot" in screen_text(app))
        slow.gate.clear()
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, AccountDetailsScreen) and app.secret_on_screen)
        await pilot.press("escape", "q")
        slow.gate.set()
        await until(lambda: isinstance(app.screen, Reveal))


async def test_a_secret_can_be_hidden_while_what_it_can_do_is_read(store: Store, ticks: Ticks) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await revealed(pilot, app)
        reveal = app.screen
        assert isinstance(reveal, Reveal)
        await pilot.press("a")
        await opened(pilot, Choose)
        await pilot.press("enter")
        await opened(pilot, ChooseRole)
        await until_in_flow(pilot, lambda: app.screen.query_one(RolePicker).role)
        real_call = app.call

        async def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            if function.__name__ == "show":
                app.gate.clear()
            return await real_call(function, *args, **kwargs)

        app.call = call  # type: ignore[method-assign]
        await pilot.press("enter")
        await until_in_flow(pilot, lambda: app.screen is reveal and not app.gate.is_set())
        assert not reveal.opening
        await pilot.press("h")
        assert reveal._line.masked
        app.gate.set()


# A modal that is told to close while another stands above it


async def test_details_of_an_account_that_is_deleted_say_so_once_the_help_above_is_closed(
    store: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_details, "LOOK", 0.02)
    account_id = store.service_account("a-bot")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("enter")
        await until(lambda: "Global admin privileges" in screen_text(app))
        details = app.screen
        assert isinstance(details, AccountDetailsScreen)
        await pilot.press("question_mark")
        await until(lambda: isinstance(app.screen, TextModal))
        store.services.accounts.delete(store.admin, account_id)
        await details._read()  # a look that was under way
        await details._read()
        assert isinstance(app.screen, TextModal)
        await pilot.press("escape")
        await until(lambda: app.screen is details and "a-bot is gone: Alice Ng" in screen_text(app))
        await pilot.press("escape")
        await until(lambda: app.screen is app.shell)


async def test_deleting_from_the_details_is_told_and_nothing_else(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.service_account("a-bot")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("enter")
        await until(lambda: "a Assign" in footer(app))
        await pilot.press("D")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press(*"a-bot", "enter")
        await until(lambda: app.screen is app.shell)
        await until(lambda: "a-bot is deleted." in notice(app))
        assert [each.text for each in app.notices.past()] == ["a-bot is deleted."]


async def test_an_answer_for_details_that_were_just_closed_is_dropped(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        for pauses in range(0, 24, 2):
            await pilot.press("enter")
            await until(lambda: isinstance(app.screen, AccountDetailsScreen) and "Teams" in screen_text(app))
            details = app.screen
            assert isinstance(details, AccountDetailsScreen)
            details._details = None
            details.action_close()
            for _ in range(pauses):
                await asyncio.sleep(0)
            app.run_worker(details._read())
            await until(lambda: app.screen is app.shell)


# Clicks that come twice


async def test_two_clicks_choose_once(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.assign, account_id)
        await opened(pilot, Choose)
        await shows(pilot, "Red Team")
        click_twice(app, "#pick")
        await opened(pilot, ChooseRole)
        await pilot.press("escape")
        await opened(pilot, Choose)
        await pilot.press("escape")
        await until_in_flow(pilot, lambda: running.result is False)


async def test_two_clicks_ask_once_whether_to_discard(store: Store) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.create_service_account)
        await opened(pilot, CreateServiceAccount)
        fill(app, name="bot")
        click_twice(app, "#cancel")
        await opened(pilot, Confirm)
        await pilot.pause(0.1)
        await pilot.press("escape")
        await opened(pilot, CreateServiceAccount)
        await pilot.press("escape")
        await opened(pilot, Confirm)
        await pilot.press("tab", "enter")
        await until_in_flow(pilot, lambda: running.result is False)


async def test_two_clicks_leave_a_reveal_once(store: Store, ticks: Ticks) -> None:
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = await revealed(pilot, app)
        ticks.now += 1
        click_twice(app, "#saved")
        await opened(pilot, LeaveReveal)
        await pilot.pause(0.1)
        await pilot.press("escape")
        await opened(pilot, Reveal)
        ticks.now += 1
        await pilot.press("enter")
        await opened(pilot, LeaveReveal)
        click_twice(app, "LeaveReveal #saved")
        await until_in_flow(pilot, lambda: running.result is True)
        assert not app.secret_on_screen


async def test_a_click_on_a_role_looks_at_it_and_a_second_takes_it(store: Store) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        running = app.start(flows.assign, account_id, store.teams()["Red Team"].id)
        await opened(pilot, ChooseRole)
        await shows(pilot, "Administrator")
        await pilot.click(OptionList, offset=(3, 0))
        await shows(pilot, "Administrator: ")
        assert app.screen.query_one(RolePicker).role.name == "Administrator"  # type: ignore[union-attr]
        assert store.roles("ci-bot") == {}
        await pilot.click(OptionList, offset=(3, 3), times=2)
        await until_in_flow(pilot, lambda: running.result is True)
        assert store.roles("ci-bot") == {"Red Team": "Viewer"}


# Others who change something, and a store that goes away meanwhile


async def test_a_store_that_is_lost_after_a_conflict_is_told(store: Store) -> None:
    account_id = store.service_account("ci-bot", "Red Team")
    team = store.teams()["Red Team"]
    app = FlowApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        app.start(flows.change_role, account_id, team.id)
        await opened(pilot, ChooseRole)
        await shows(pilot, "(now)")
        viewer = store.services.roles.find(store.admin, "Viewer").id
        store.services.teams.set_role(store.admin, team.id, account_id, viewer)
        real_call, list_roles = app.call, app.services.roles.list

        async def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            app.lost = function == list_roles
            return await real_call(function, *args, **kwargs)

        app.call = call  # type: ignore[method-assign]
        await pilot.press("up", "enter")
        await shows(pilot, "The store cannot be reached.")
        assert isinstance(app.screen, ChooseRole)


async def test_a_late_answer_about_who_was_signed_in_before_gives_nobody_their_rights(
    store: Store, sqlite_url: str, clock: SetClock, slowly: Callable[[Any], Any]
) -> None:
    invited = store.services.users.create(store.admin, email="bao@acme.example", name="Bao Tran")
    first = store.services.sign_in.with_password("bao@acme.example", invited.password).operator
    own = Secret("cobalt otter fjord lantern")
    store.services.sign_in.change_password(first, invited.password, own)
    async with signed_in(sqlite_url, clock) as (app, _):
        real = app.services
        slow = slowly(real.lifecycle)
        slow.gate.clear()
        app.services = replace(real, lifecycle=slow)
        looking = asyncio.create_task(app.session.look())
        await asyncio.sleep(0.05)
        app.services = real
        await app.sign_out()
        app.enter(await app.sign_in("bao@acme.example", own))
        await until(lambda: app.ready and names(app) == ["Bao Tran"])
        slow.gate.set()
        await looking
        assert app.operator.name == "Bao Tran"
        assert not app.operator.global_admin


async def test_a_late_refusal_of_who_was_signed_in_before_signs_nobody_out(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    gate = threading.Event()

    class Refusing:
        def look(self, *args: object) -> None:
            gate.wait(PATIENCE)
            raise SignInFailed("This account was deleted.")

    async with signed_in(sqlite_url, clock) as (app, _):
        real = app.services
        app.services = replace(real, lifecycle=Refusing())  # type: ignore[arg-type]
        looking = asyncio.create_task(app.session.look())
        await asyncio.sleep(0.05)
        app.services = real
        await app.sign_out()
        app.enter(await app.sign_in(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)))
        await until(lambda: app.ready and names(app) == ["Alice Ng"])
        gate.set()
        await looking
        assert app.shell is not None


async def test_the_operator_who_is_renamed_goes_on_typing_in_the_filter(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("slash", "n")
        store.services.accounts.update(store.admin, store.admin.id, name="Alice Ngo")
        await until(lambda: app.operator.name == "Alice Ngo")
        await until(lambda: names(app) == ["Alice Ngo"])
        await pilot.press("g")
        assert users(app).bar.text == "ng"
        assert app.screen is app.shell


async def test_the_teams_tab_may_be_asked_for_twice_while_it_is_made(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, _):
        assert app.shell is not None
        app.shell.open_tab("teams")
        await asyncio.sleep(0)
        app.shell.open_tab("teams")
        await until(lambda: "Red Team" in screen_text(app))


async def test_working_ends_with_what_was_under_way(
    store: Store, sqlite_url: str, clock: SetClock, slowly: Callable[[Any], Any]
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        real = app.services
        slow = slowly(real.accounts)
        slow.gate.clear()
        app.services = replace(real, accounts=slow)
        await pilot.press("ctrl+r")
        await until(lambda: "working…" in screen_text(app))
        app.services = real
        await app.sign_out()
        app.enter(await app.sign_in(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)))
        await until(lambda: app.ready and names(app) == ["Alice Ng"])
        assert "working…" not in screen_text(app)
        slow.gate.set()  # or the loop would wait for that answer, before the fixture opens the gate


async def test_a_list_that_was_read_again_ends_the_sentence_about_a_lost_store(
    store: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        real = app.services
        monkeypatch.setattr(app, "_poll", lambda: None)
        app.services = replace(real, accounts=LostService())  # type: ignore[arg-type]
        await pilot.press("ctrl+r")
        await until(lambda: LOST in notice(app))
        app.services = real
        await pilot.press("ctrl+r")
        await until(lambda: LOST not in notice(app))


# What is told where it is seen


async def test_what_was_done_from_the_details_is_told_in_them(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.service_account("a-bot")
    async with signed_in(sqlite_url, clock, (60, 18)) as (app, pilot):
        await pilot.press("enter")
        await until(lambda: "a Assign" in footer(app))
        await pilot.press("a")
        await until(lambda: isinstance(app.screen, Choose) and "Red Team" in screen_text(app))
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, ChooseRole) and "CI Runner" in screen_text(app))
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, AccountDetailsScreen))
        await until(lambda: "a-bot is CI Runner in Default now" in screen_text(app))


async def test_a_changed_temporary_password_is_told_inside(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    new = store.services.users.create(store.admin, email="bao@acme.example", name="Bao Tran")
    async with console_on(sqlite_url, clock) as (app, pilot):
        app.enter(await app.sign_in("bao@acme.example", new.password))
        await until(lambda: app.screen.query("#again"))
        own = "cobalt otter fjord lantern"
        fill(app, password=own, again=own)
        app.screen.query_one("#again").focus()
        await pilot.press("enter")
        await until(lambda: app.shell is not None and "Your password is changed." in notice(app))


async def test_ctrl_c_says_how_to_quit_on_the_sign_in_too(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with console_on(sqlite_url, clock) as (app, _):
        await until(lambda: isinstance(app.screen, SignInScreen) and app.focused is not None)
        app.action_help_quit()
        await until(lambda: "Press ctrl+q to quit." in screen_text(app))


async def test_in_a_narrow_terminal_a_team_shows_its_keys(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        await pilot.press("2")
        await until(lambda: "Red Team" in screen_text(app))
        await pilot.press("enter")
        await until(lambda: "c Create here" in screen_text(app))
        assert "m Add team members" in screen_text(app)


# A terminal that is too small for a while


async def cover(app: PftuiApp, pilot: Pilot[None], small: bool) -> None:
    await pilot.resize_terminal(*((40, 12) if small else (120, 40)))
    await until(lambda: bool(app.screen.query(TooSmall)) is small)


async def test_what_is_under_a_modal_is_uncovered_with_it(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await cover(app, pilot, True)
        press_command(app, "create_service_account")
        await until(lambda: isinstance(app.screen, CreateServiceAccount))
        await until(lambda: app.screen.query(TooSmall))
        await cover(app, pilot, False)
        await pilot.press("escape")
        await until(lambda: app.screen is app.shell)
        await until(lambda: not app.screen.query(TooSmall))


async def test_whatever_comes_to_the_top_is_covered(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("question_mark")
        await until(lambda: isinstance(app.screen, TextModal))
        await cover(app, pilot, True)
        app.screen.dismiss(None)
        await until(lambda: isinstance(app.screen, Shell) and bool(app.screen.query(TooSmall)))
        await app.sign_out()
        await until(lambda: isinstance(app.screen, SignInScreen) and bool(app.screen.query(TooSmall)))
