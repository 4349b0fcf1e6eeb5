"""The lock: what it hides, what it keeps, who comes back, and who does not."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

import pftui.app
from pftui.app import PftuiApp
from pftui.domain.accounts import Status
from pftui.domain.errors import SignInFailed, StoreUnavailable
from pftui.domain.limits import KNOWN
from pftui.domain.secret import Secret
from pftui.screens.accounts.create_service_account import CreateServiceAccount
from pftui.screens.accounts.new_user import NewUser
from pftui.screens.dialogs.confirm import Confirm
from pftui.screens.frame.lock import LockScreen
from pftui.screens.frame.shell import Shell
from pftui.screens.frame.sign_in import SignInScreen
from pftui.screens.reveal.reveal import Reveal
from pftui.screens.reveal.secret_line import SecretLine
from pftui.services.keys import KeyService
from pftui.widgets.password_input import PasswordInput
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.patience import PATIENCE
from tests.screens.console_app import (
    footer,
    names,
    notice,
    press_command,
    screen_text,
    selected,
    signed_in,
    until,
    users,
)
from tests.screens.flow_app import Store, Ticks

MINUTE = 60.0


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> Ticks:
    """The clock by which nobody was there."""
    ticks = Ticks()
    monkeypatch.setattr(PftuiApp, "idle_clock", staticmethod(ticks))
    monkeypatch.setattr(PftuiApp, "LOOK", 0.01)
    monkeypatch.setattr(PftuiApp, "LET_GO", 0.0)
    monkeypatch.setattr(pftui.app, "POLL", 1000.0)  # the tests look themselves
    return ticks


Console = tuple[PftuiApp, Pilot[None]]


@asynccontextmanager
async def console(url: str, clock: SetClock) -> AsyncIterator[Console]:
    async with signed_in(url, clock) as (app, pilot):
        yield app, pilot


def flat(app: PftuiApp) -> str:
    """What the screen shows, line breaks and edges left out."""
    return " ".join(screen_text(app).replace("│", " ").split())


async def locked(app: PftuiApp) -> None:
    await until(lambda: isinstance(app.screen, LockScreen) and app.focused)


async def unlock(app: PftuiApp, pilot: Pilot[None], password: str = ADMIN_PASSWORD) -> None:
    await pilot.press(*password, "enter")
    await until(lambda: not app.locked)
    await pilot.pause()


def live(store: Store) -> int:
    """How many sessions there are that have not ended."""
    return sum(each.live for each in store.services.sessions.list(store.admin))


def field(app: PftuiApp) -> PasswordInput:
    return app.screen.query_one(PasswordInput)


# When


async def test_it_locks_after_the_organizations_minutes_and_not_before(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks
) -> None:
    async with console(sqlite_url, clock) as (app, _):
        idle.now += 10 * MINUTE - 1
        app.look_at_idle()
        assert not app.locked
        idle.now += 1
        await locked(app)
        text = screen_text(app)
        assert "Acme Corp is locked" in text
        assert f"Alice Ng · {ADMIN_EMAIL}" in text
        assert "No key was pressed for 10 minutes." in text
        assert "What you had open is as you left it." in text
        assert footer(app).split() == ["⏎", "Unlock", "ctrl+o", "Sign", "out", "ctrl+q", "Quit"]


async def test_a_key_a_paste_and_the_mouse_are_use_and_what_comes_by_itself_is_none(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks
) -> None:
    async with console(sqlite_url, clock) as (app, pilot):
        for use in (
            events.Key("down", None),
            events.Paste("x"),
            events.MouseMove(None, 1, 1, 0, 0, 0, False, False, False, 1, 1),
        ):
            idle.now += 9 * MINUTE
            await app.on_event(use)
        idle.now += 9 * MINUTE
        app.look_at_idle()
        assert not app.locked
        app.post_message(events.AppBlur())
        app.post_message(events.Resize(app.size, app.size))
        await app.session.look()
        await pilot.pause()
        idle.now += MINUTE
        await locked(app)


async def test_the_setting_holds_within_a_poll_and_zero_is_never(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks
) -> None:
    async with console(sqlite_url, clock) as (app, _):
        store.services.organization_settings.update(store.admin, idle_lock_minutes=0)
        await app.session.look()
        idle.now += 100 * MINUTE
        app.look_at_idle()
        assert not app.locked
        store.services.organization_settings.update(store.admin, idle_lock_minutes=1)
        await app.session.look()
        await locked(app)
        assert "for 1 minute." in screen_text(app)


@pytest.mark.parametrize(("settled", "given", "minutes"), [(10, 3, 3), (10, 30, 10), (0, 3, 3), (0, None, 0)])
async def test_the_option_only_shortens_it(
    store: Store,
    sqlite_url: str,
    clock: SetClock,
    idle: Ticks,
    settled: int,
    given: int | None,
    minutes: int,
) -> None:
    store.services.organization_settings.update(store.admin, idle_lock_minutes=settled)
    async with console(sqlite_url, clock) as (app, _):
        app.session.lock_minutes = given
        assert app.idle_limit == (minutes * MINUTE or None)


async def test_it_locks_at_once_when_asked_to(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks
) -> None:
    async with console(sqlite_url, clock) as (app, pilot):
        await pilot.press("c")
        await until(lambda: isinstance(app.screen, CreateServiceAccount))
        await pilot.press("x", "ctrl+t")
        await locked(app)
        assert "You locked it." in screen_text(app)
        await unlock(app, pilot)
        assert app.screen.query_one("#name", Input).value == "x"
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press("tab", "enter")
        await until(lambda: isinstance(app.screen, Shell))
        press_command(app, "lock")
        await locked(app)


async def test_a_session_that_is_too_old_locks_at_a_poll_and_at_a_change(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks
) -> None:
    async with console(sqlite_url, clock) as (app, pilot):
        clock.forward(hours=12, seconds=1)
        await app.session.look()
        await locked(app)
        assert "The password was given more than 12 hours ago." in screen_text(app)
        await unlock(app, pilot)
        await app.session.look()
        assert not app.locked
        await pilot.press("c")
        await until(lambda: isinstance(app.screen, CreateServiceAccount))
        clock.forward(hours=12, seconds=1)
        await pilot.press(*"ci-bot", "enter")
        await locked(app)
        assert "ci-bot" not in store.accounts()
        await unlock(app, pilot)
        await until(lambda: "Nothing was changed" in screen_text(app))
        assert app.screen.query_one("#name", Input).value == "ci-bot"


async def test_a_demo_has_no_password_and_never_locks(clock: SetClock, idle: Ticks) -> None:
    app = PftuiApp(demo=True, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: app.ready and users(app).table.row)
        idle.now += 1000 * MINUTE
        app.look_at_idle()
        assert not app.locked
        await pilot.press("ctrl+t")
        assert not app.locked
        assert "does not lock" in notice(app)


async def test_who_has_not_signed_in_is_not_locked(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks
) -> None:
    app = PftuiApp(sqlite_url, clock=clock)
    async with app.run_test() as pilot:
        idle.now += 100 * MINUTE
        await pilot.press(*ADMIN_EMAIL, "ctrl+t")
        assert isinstance(app.screen, SignInScreen)
        assert app.screen.query_one("#email", Input).value == ADMIN_EMAIL


# What does not depend on timers


async def test_what_is_pressed_after_the_time_locks_and_does_nothing_else(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PftuiApp, "LOOK", 1000.0)
    async with console(sqlite_url, clock) as (app, pilot):
        idle.now += 10 * MINUTE
        await pilot.press("c")
        await locked(app)
        assert field(app).value == ""
        await unlock(app, pilot)
        assert isinstance(app.screen, Shell)


async def test_no_frame_is_shown_after_the_time(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PftuiApp, "LOOK", 1000.0)
    shown: list[str] = []
    async with console(sqlite_url, clock) as (app, _):
        real = PftuiApp.show_update.__get__(app)
        below = type(app).__mro__[type(app).__mro__.index(PftuiApp) :]
        stage = next(each for each in below if each.__name__ == "ChangedCells")
        monkeypatch.setattr(
            stage, "show_update", lambda self, screen, update: shown.append(type(screen).__name__)
        )
        idle.now += 10 * MINUTE
        app.redraw()
        await locked(app)
        assert set(shown) == {"LockScreen"}
        assert real


# What it keeps


async def test_the_same_password_returns_to_the_same_place(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks
) -> None:
    for name in ("Bao", "Chidi", "Dana"):
        store.person(name)
    async with console(sqlite_url, clock) as (app, pilot):
        await until(lambda: len(names(app)) == 4)
        await pilot.press("down", "down")
        await until(lambda: selected(app) == "Chidi")
        idle.now += 10 * MINUTE
        await locked(app)
        await unlock(app, pilot)
        assert isinstance(app.screen, Shell)
        assert selected(app) == "Chidi"
        assert app.focused is users(app).table
        assert "Chidi" in screen_text(app)
        assert footer(app)


@pytest.mark.parametrize("away", [False, True])
async def test_what_was_typed_stays_with_focus_and_cursor(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks, away: bool
) -> None:
    """Also where the terminal's window was left before it locked, and come back to since."""
    async with console(sqlite_url, clock) as (app, pilot):
        await pilot.press("n")
        await until(lambda: isinstance(app.screen, NewUser))
        await pilot.press(*"Bao Li", "tab", *"bao@acme.example", "left", "left")
        form = app.screen
        if away:
            app.post_message(events.AppBlur())
            await pilot.pause()
        idle.now += 10 * MINUTE
        await until(lambda: isinstance(app.screen, LockScreen))
        assert "Bao" not in screen_text(app)
        if away:
            app.post_message(events.AppFocus())
        await locked(app)
        await unlock(app, pilot)
        assert app.screen is form
        assert [each.value for each in form.query(Input)] == ["Bao Li", "bao@acme.example"]
        focused = app.focused
        assert isinstance(focused, Input)
        assert focused.id == "email"
        assert focused.cursor_position == len("bao@acme.example") - 2


async def test_a_key_is_hidden_and_kept(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks, ticks: Ticks
) -> None:
    async with console(sqlite_url, clock) as (app, pilot):
        await pilot.press("c")
        await until(lambda: isinstance(app.screen, CreateServiceAccount))
        await pilot.press(*"ci-bot", "enter")
        await until(lambda: isinstance(app.screen, Reveal) and app.screen.query(SecretLine))
        reveal = app.screen
        key = reveal.query_one(SecretLine)._secret.reveal()
        assert key in screen_text(app)
        idle.now += 10 * MINUTE
        await locked(app)
        await unlock(app, pilot)
        assert app.screen is reveal
        assert key not in screen_text(app)
        assert "Hidden when the console locked. h shows the key again." in screen_text(app)
        assert store.accounts()["ci-bot"].status is Status.KEY_UNSAVED
        await pilot.press("h")
        await until(lambda: key in screen_text(app))


async def test_a_key_that_is_made_while_it_locks_is_neither_shown_nor_lost_nor_made_twice(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, made = threading.Event(), []
    real = KeyService.create

    def slow(self: KeyService, *args: object, **kwargs: object) -> object:
        gate.wait(60)
        made.append(real(self, *args, **kwargs))  # type: ignore[arg-type]
        return made[-1]

    monkeypatch.setattr(KeyService, "create", slow)
    store.service_account("ci-bot")
    async with console(sqlite_url, clock) as (app, pilot):
        await until(lambda: "ci-bot" in names(app))
        users(app).reveal(store.accounts()["ci-bot"].id)
        await until(lambda: selected(app) == "ci-bot")
        await pilot.press("k")
        await until(lambda: type(app.screen).__name__ == "NewKeyForm")
        await pilot.press("enter")
        await until(lambda: app.screen.busy)  # type: ignore[attr-defined]
        idle.now += 10 * MINUTE
        await locked(app)
        await pilot.press("ctrl+o")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press("escape")
        await locked(app)
        gate.set()
        await until(lambda: made)
        await pilot.pause(0.05)
        assert isinstance(app.screen, LockScreen)
        assert app.unsaved
        await app.action_quit()
        assert app.is_running
        await unlock(app, pilot)
        await until(lambda: isinstance(app.screen, Reveal) and app.screen.query(SecretLine))
        assert len(made) == 1
        assert made[0].key.matches(app.screen.query_one(SecretLine)._secret.reveal())


async def test_a_reveal_that_opens_beneath_the_lock_is_hidden(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks, ticks: Ticks
) -> None:
    from pftui.screens.accounts.key_flows import reveal_key

    account_id = store.service_account("ci-bot")
    new = store.services.keys.create(store.admin, account_id)
    key = new.key.reveal()
    async with console(sqlite_url, clock) as (app, pilot):
        app.action_lock_now()
        app.run_worker(reveal_key(app, new))
        await until(lambda: isinstance(app.stack[-1], Reveal) and app.stack[-1].query(SecretLine))
        await locked(app)
        await unlock(app, pilot)
        await until(lambda: isinstance(app.screen, Reveal))
        assert key not in screen_text(app)
        await pilot.press("h")
        await until(lambda: key in screen_text(app))


async def test_what_is_told_while_it_is_locked_is_told_afterwards(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks
) -> None:
    async with console(sqlite_url, clock) as (app, pilot):
        app.action_lock_now()
        await locked(app)
        app.notify("Red Team is made.")
        await pilot.pause(0.05)
        assert "Red Team" not in screen_text(app)
        await unlock(app, pilot)
        assert "Red Team is made." in notice(app)


async def test_lists_are_read_beneath_the_lock(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks
) -> None:
    async with console(sqlite_url, clock) as (app, pilot):
        app.action_lock_now()
        await locked(app)
        store.person("Bao Li")
        await app.session.look()
        await until(lambda: "Bao Li" in names(app))
        assert "Bao" not in screen_text(app)
        await unlock(app, pilot)
        assert "Bao Li" in screen_text(app)


# Keys


async def test_what_is_typed_for_the_lock_never_reaches_what_is_beneath(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks
) -> None:
    async with console(sqlite_url, clock) as (app, pilot):
        await pilot.press("n")
        await until(lambda: isinstance(app.screen, NewUser))
        app.LET_GO = PATIENCE  # a host may be as busy as it likes
        app.action_lock_now()
        early = events.Key("z", "z")
        await locked(app)
        await unlock(app, pilot)
        late = events.Key("z", "z")
        await app.on_event(early)
        for _ in range(30):
            await app.on_event(events.Key("enter", "\r"))
        await pilot.pause()
        assert app.screen.query_one("#name", Input).value == ""
        assert not [each for each in app.screen.query(".hint.-error") if each.display], "Enter was held down"
        await app.on_event(late)
        await pilot.pause()
        assert app.screen.query_one("#name", Input).value == "z"


async def test_no_key_of_the_lists_works_in_the_lock(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks
) -> None:
    async with console(sqlite_url, clock) as (app, pilot):
        app.action_lock_now()
        await locked(app)
        await pilot.press("ctrl+p", "f1", "ctrl+t", "ctrl+r", "escape", "tab", "q", "c", "D", "ctrl+c")
        assert isinstance(app.screen, LockScreen)
        assert field(app).value == "qcD"
        assert len(app.stack) == 1


async def test_a_wrong_password_is_told_and_put_off_as_at_the_sign_in(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks
) -> None:
    async with console(sqlite_url, clock) as (app, pilot):
        app.action_lock_now()
        await locked(app)
        await pilot.press("enter")
        await until(lambda: "Type the password of Alice Ng." in screen_text(app))
        await pilot.press(*"wrong words", "enter")
        await until(lambda: "✕ The password is wrong." in screen_text(app))
        assert field(app).value == ""
        for _ in range(KNOWN.burst - 1):
            with pytest.raises(SignInFailed):
                app.session.prove(Secret("wrong words"))
        await pilot.press(*"wrong words", "enter")
        await until(lambda: "Too many failed attempts. Wait" in screen_text(app))
        await pilot.press(*ADMIN_PASSWORD, "enter")
        assert app.locked, "the right one has to wait as well"


async def test_a_store_that_is_away_is_told_and_what_was_typed_stays(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(password: Secret) -> None:
        raise StoreUnavailable("The store cannot be reached.")

    async with console(sqlite_url, clock) as (app, pilot):
        app.action_lock_now()
        await locked(app)
        with monkeypatch.context() as away:
            away.setattr(app.session, "prove", lost)
            await pilot.press(*ADMIN_PASSWORD, "enter")
            await until(lambda: "cannot be reached. Press enter to try again." in screen_text(app))
        await pilot.press("enter")
        await until(lambda: not app.locked)


# Others, and the end


async def test_another_person_signs_in_afresh(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks
) -> None:
    async with console(sqlite_url, clock) as (app, pilot):
        await pilot.press("n")
        await until(lambda: isinstance(app.screen, NewUser))
        await pilot.press(*"Bao")
        before = live(store) - 1
        app.action_lock_now()
        await locked(app)
        await pilot.press("ctrl+o")
        await until(lambda: isinstance(app.screen, SignInScreen))
        assert not app.locked
        await until(lambda: live(store) == before)
        await pilot.press(*ADMIN_PASSWORD, "enter")
        await until(lambda: app.shell is not None and names(app) == ["Alice Ng"])
        assert len(app.screen_stack) == 1
        app.action_lock_now()
        await locked(app)


async def test_a_key_that_nobody_has_saved_is_given_up_only_when_asked(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks, ticks: Ticks
) -> None:
    async with console(sqlite_url, clock) as (app, pilot):
        await pilot.press("c")
        await until(lambda: isinstance(app.screen, CreateServiceAccount))
        await pilot.press(*"ci-bot", "enter")
        await until(lambda: isinstance(app.screen, Reveal) and app.screen.query(SecretLine))
        secret = app.screen.query_one(SecretLine)._secret
        app.action_lock_now()
        await locked(app)
        await pilot.press("ctrl+q")
        await until(lambda: "has not been saved" in screen_text(app))
        assert app.is_running
        await pilot.press("ctrl+o")
        await until(lambda: isinstance(app.screen, Confirm) and app.focused)
        assert 'goes on to say "key unsaved"' in flat(app)
        assert secret.reveal() not in screen_text(app)
        await pilot.press("enter")  # the safe one has the focus
        await locked(app)
        assert secret
        await pilot.press("ctrl+o")
        await until(lambda: isinstance(app.screen, Confirm) and app.focused)
        await pilot.press("tab", "enter")
        await until(lambda: isinstance(app.screen, SignInScreen))
        await until(lambda: "Alice Ng was signed out" in screen_text(app))
        assert "what was made last is not saved" in flat(app)
        await until(lambda: not app.secret_on_screen)
        assert not secret
        assert store.accounts()["ci-bot"].status is Status.KEY_UNSAVED


async def test_a_session_that_is_ended_meanwhile_goes_to_the_sign_in(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks
) -> None:
    async with console(sqlite_url, clock) as (app, pilot):
        app.action_lock_now()
        await locked(app)
        store.services.sessions.end(store.admin, app.operator.session_id or "")
        await app.session.look()
        await until(lambda: isinstance(app.screen, SignInScreen))
        await until(lambda: "Your session was ended" in screen_text(app))
        assert not app.locked
        await pilot.press(*ADMIN_PASSWORD, "enter")
        await until(lambda: app.shell is not None and names(app) == ["Alice Ng"])


async def test_a_password_that_comes_after_the_end_leads_to_the_sign_in(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks
) -> None:
    async with console(sqlite_url, clock) as (app, pilot):
        app.action_lock_now()
        await locked(app)
        store.services.sessions.end(store.admin, app.operator.session_id or "")
        await pilot.press(*ADMIN_PASSWORD, "enter")
        await until(lambda: isinstance(app.screen, SignInScreen))
        await until(lambda: "Your session was ended" in screen_text(app))


async def test_a_session_that_is_ended_with_an_unsaved_key_open_lets_its_owner_save_it(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks, ticks: Ticks
) -> None:
    async with console(sqlite_url, clock) as (app, pilot):
        await pilot.press("c")
        await until(lambda: isinstance(app.screen, CreateServiceAccount))
        await pilot.press(*"ci-bot", "enter")
        await until(lambda: isinstance(app.screen, Reveal) and app.screen.query(SecretLine))
        app.action_lock_now()
        await locked(app)
        before = app.operator.session_id
        store.services.sessions.end(store.admin, before or "")
        await app.session.look()
        assert app.locked
        await pilot.press(*"wrong words", "enter")
        await until(lambda: "✕" in screen_text(app))
        await unlock(app, pilot)
        assert isinstance(app.screen, Reveal)
        assert app.operator.session_id != before
        ticks.now += 10
        await pilot.press("tab", "tab", "tab", "escape")
        await until(lambda: type(app.screen).__name__ == "LeaveReveal")


async def test_who_leaves_or_signs_out_has_no_session_any_more(
    store: Store, sqlite_url: str, clock: SetClock, idle: Ticks
) -> None:
    before = live(store)
    async with console(sqlite_url, clock) as (app, pilot):
        assert live(store) == before + 1
        app.action_lock_now()
        await locked(app)
        await pilot.press("ctrl+q")
    assert live(store) == before
    async with console(sqlite_url, clock) as (app, _):
        press_command(app, "sign_out")
        await until(lambda: live(store) == before)
