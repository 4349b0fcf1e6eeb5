"""A store that does not answer: Esc gives up waiting, and what comes of a change is told when it is known."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from pftui.app import PftuiApp
from pftui.domain.errors import OutcomeUnknown, StoreUnavailable
from pftui.screens.accounts.create_service_account import CreateServiceAccount
from pftui.screens.accounts.new_team import NewTeam
from pftui.screens.dialogs.dialog import Choice
from pftui.screens.frame.shell import Shell
from pftui.screens.frame.sign_in import SignInScreen
from pftui.screens.reveal.reveal import Reveal
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.patience import PATIENCE
from tests.screens.console_app import LOST, console_on, screen_text, signed_in, until


class Hanging:
    """A service whose answers come when its gate is opened: that it has failed, or what it was asked for."""

    def __init__(self, real: object, failure: Exception | None) -> None:
        self._real, self._failure = real, failure
        self.gate, self.asked = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def hang(*args: Any, **kwargs: Any) -> Any:
            self.asked.set()
            self.gate.wait(PATIENCE)
            if self._failure is not None:
                raise self._failure
            return getattr(self._real, name)(*args, **kwargs)

        return hang


@pytest.fixture
def hanging() -> Iterator[Callable[..., Any]]:
    """Makes services that hang, until the test is over."""
    made: list[Hanging] = []

    def make(real: object, failure: Exception | None = None) -> Any:
        made.append(Hanging(real, failure))
        return made[-1]

    yield make
    for each in made:
        each.gate.set()


async def a_team_is_being_made(app: PftuiApp, pilot: Any, teams: Any) -> None:
    app.services = replace(app.services, teams=teams)
    await pilot.press("2")
    await until(lambda: "Default" in screen_text(app))
    app.screen.action_command("new_team")  # type: ignore[attr-defined]
    await until(lambda: isinstance(app.screen, NewTeam))
    await pilot.press(*"Blue", "enter")
    await until(teams.asked.is_set)


def told(app: PftuiApp) -> str:
    return " ".join(notice.text for notice in app.notices.past())


@pytest.mark.parametrize("fails", [False, True])
async def test_esc_gives_up_a_change_of_which_is_told_later(
    fails: bool, sqlite_url: str, clock: SetClock, hanging: Callable[..., Any]
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        real = app.services.teams
        teams = _Only("create", real, hanging(real, StoreUnavailable(LOST) if fails else None))
        await a_team_is_being_made(app, pilot, teams)
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, Shell))
        assert "You did not wait" in told(app)
        assert "Nothing was changed" not in told(app)
        teams.gate.set()
        await until(lambda: "What you did not wait for" in told(app))
        assert (LOST in told(app)) == fails
        assert ("is done" in told(app)) == (not fails)
        if not fails:
            await until(lambda: "Blue" in screen_text(app))


class _Only:
    """One method of a service hangs, the others do not."""

    def __init__(self, name: str, real: object, hanging: Hanging) -> None:
        self._name, self._real, self._hanging = name, real, hanging
        self.gate, self.asked = hanging.gate, hanging.asked

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hanging if name == self._name else self._real, name)


async def test_neither_esc_nor_a_quit_loses_a_key_that_is_being_made(
    sqlite_url: str, clock: SetClock, hanging: Callable[..., Any]
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        bots = hanging(app.services.service_accounts)
        app.services = replace(app.services, service_accounts=bots)
        app.screen.action_command("create_service_account")  # type: ignore[attr-defined]
        await until(lambda: isinstance(app.screen, CreateServiceAccount))
        await pilot.press(*"ci-bot", "enter")
        await until(bots.asked.is_set)
        await pilot.press("escape", "ctrl+q")
        await until(lambda: "only once" in screen_text(app))
        assert isinstance(app.screen, CreateServiceAccount)
        assert app.is_running
        bots.gate.set()
        await until(lambda: isinstance(app.screen, Reveal))
        assert app.secret_on_screen


async def test_a_lost_key_lets_one_leave(
    sqlite_url: str, clock: SetClock, hanging: Callable[..., Any]
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        bots = hanging(app.services.service_accounts, StoreUnavailable(LOST))
        bots.gate.set()
        app.services = replace(app.services, service_accounts=bots)
        app.screen.action_command("create_service_account")  # type: ignore[attr-defined]
        await until(lambda: isinstance(app.screen, CreateServiceAccount))
        await pilot.press(*"ci-bot", "enter")
        await until(lambda: "Retry" in screen_text(app))
        assert not app.secret_on_screen


async def test_what_nobody_knows_is_not_tried_again_from_the_same_form(
    sqlite_url: str, clock: SetClock, hanging: Callable[..., Any]
) -> None:
    """It may have been done: the second time its name would be taken, or it would be there twice."""
    async with signed_in(sqlite_url, clock) as (app, pilot):
        bots = hanging(
            app.services.service_accounts, OutcomeUnknown("It is not known whether this was done.")
        )
        bots.gate.set()
        app.services = replace(app.services, service_accounts=bots)
        app.screen.action_command("create_service_account")  # type: ignore[attr-defined]
        await until(lambda: isinstance(app.screen, CreateServiceAccount))
        await pilot.press(*"ci-bot", "enter")
        await until(lambda: "not known" in screen_text(app))
        assert [choice.label for choice in app.screen.query(Choice) if choice.display] == ["Cancel"]
        bots.asked.clear()
        await pilot.press("enter")
        await pilot.pause()
        assert not bots.asked.is_set()


async def test_esc_gives_up_what_is_read_before_a_question(
    sqlite_url: str, clock: SetClock, hanging: Callable[..., Any]
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        accounts = app.services.accounts
        hung = _Only("show", accounts, hanging(accounts))
        app.services = replace(app.services, accounts=hung)  # type: ignore[arg-type]
        app.HOLD_KEYS = True
        await pilot.press("x")
        await pilot.press("enter")
        await until(hung.asked.is_set)
        await pilot.press("escape")
        await until(lambda: not app.waiting)
        assert isinstance(app.screen, Shell) or app.screen.holds_keys is False  # type: ignore[attr-defined]
        hung.gate.set()


async def test_esc_gives_up_a_sign_in(sqlite_url: str, clock: SetClock, hanging: Callable[..., Any]) -> None:
    async with console_on(sqlite_url, clock) as (app, pilot):
        await app.session.wait_until_open()
        real = app.services.sign_in
        hung = hanging(real)
        app.services = replace(app.services, sign_in=hung)
        await pilot.press(*ADMIN_EMAIL, "enter", *ADMIN_PASSWORD, "enter")
        await until(hung.asked.is_set)
        await pilot.press("escape")
        await until(lambda: "did not wait" in screen_text(app))
        assert isinstance(app.screen, SignInScreen)
        app.services = replace(app.services, sign_in=real)
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, Shell))
        hung.gate.set()
