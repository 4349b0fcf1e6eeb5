"""ctrl+p works everywhere or says why not: in every screen that there is."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pftui.app import PftuiApp
from pftui.screens.account_details import AccountDetailsScreen
from pftui.screens.console import ConsoleScreen
from pftui.screens.dialogs.confirm import Confirm
from pftui.screens.frame.palette import Palette
from pftui.screens.frame.shell import Shell
from pftui.screens.frame.sign_in import SignInScreen
from pftui.screens.frame.welcome import WelcomeScreen
from pftui.screens.reveal.reveal import Reveal
from tests.conftest import SetClock
from tests.screens.console_app import (
    console_on,
    press_command,
    screen_text,
    selected,
    signed_in,
    until,
    users,
)
from tests.screens.flow_app import Store, Ticks
from tests.screens.test_moving import of_pftui

#: The keys that lead to each screen from ci-bot in the list; ":" begins a command, "'" what is typed, and
#: "dana" is a person.
WAYS: dict[str, str] = {
    "Shell": "",
    "AccountDetailsScreen": "enter",
    "CreateServiceAccount": "c",
    "NewUser": "n",
    "NewTeam": "t",
    "EditAccount": "e",
    "NewKeyForm": "k",
    "Confirm": "d",
    "Choose": "a",
    "ChooseRole": "a enter",
    "TextModal": "question_mark",
    "Palette": "ctrl+p",
    "CommandLine": "colon",
    "OwnPassword": ":change_own_password",
    "Reveal": "c 'x enter",
    "LeaveReveal": "c 'x enter escape",
    "RenameTeam": "2 e",
    "NewRole": "3 n",
    "EditRole": "3 e",
    "DuplicateRole": "3 c",
    "ConfirmRole": "3 D",
    "Offboard": "dana o",
    "OffboardingReport": "dana o 'Dana enter",
    "Prove": "late D 'ci-bot enter",
    "LockScreen": "lock",
    "NewWebhook": "4 n",
    "EditWebhook": "4 e",
    "HistoryScreen": "H",
    "Filters": "5 f",
}
#: Those that others are made of, and that are shown themselves.
BASES_TOO = {Palette, Confirm}
#: Those before somebody is signed in.
BEFORE = {"SignInScreen", "WelcomeScreen"}


def screens() -> dict[str, type]:
    """All that are shown: not the bases of others, but for what is both."""
    found = [each for each in of_pftui(ConsoleScreen) if each.__module__.startswith("pftui.")]
    return {each.__name__: each for each in found if each in BASES_TOO or not list(of_pftui(each))}


def test_every_screen_has_a_way_to_it() -> None:
    assert set(screens()) == {*WAYS, *BEFORE}


def is_another(app: PftuiApp, before: object) -> bool:
    return app.screen is not before


async def go(app: PftuiApp, pilot: Any, store: Store, clock: SetClock, ticks: Ticks, keys: str) -> None:
    for key in keys.split():
        if key == "late":
            clock.forward(minutes=16)
            continue
        if key == "dana":
            users(app).reveal(store.person("Dana"))
            await until(lambda: selected(app) == "Dana")
            continue
        before = app.screen
        if key.startswith(":"):
            press_command(app, key[1:])
        elif key == "lock":
            app.action_lock_now()
        elif key.startswith("'"):
            await pilot.press(*key[1:])
            continue
        else:
            await pilot.press(key)
        if key == "2":
            await until(lambda: app.shell and app.shell.context().team)
        elif key == "3":
            await until(lambda: app.shell and app.shell.context().role)
        elif key == "4":
            await until(lambda: app.shell and app.shell.context().webhook)
        elif key == "5":
            await until(lambda: app.shell and app.shell.context().event)
        else:
            await until(partial(is_another, app, before))
        if isinstance(app.screen, Reveal):
            ticks.now += 10
        if isinstance(app.screen, AccountDetailsScreen):
            await until(lambda: app.screen.context().account)  # type: ignore[attr-defined]
        await pilot.pause(0.05)


@pytest.mark.parametrize("name", WAYS)
async def test_ctrl_p_opens_it_or_says_why_not(
    name: str, store: Store, sqlite_url: str, clock: SetClock, ticks: Ticks
) -> None:
    store.service_account("ci-bot")
    store.services.roles.create(store.admin, "Able", ["run_scans"])  # the first of the list, and a custom one
    store.services.webhooks.create(store.admin, "SIEM", "https://127.0.0.1:9/", ["user.*"])
    async with signed_in(sqlite_url, clock) as (app, pilot):
        users(app).reveal(store.accounts()["ci-bot"].id)
        await until(lambda: selected(app) == "ci-bot")
        await go(app, pilot, store, clock, ticks, WAYS[name])
        wanted = screens()[name]
        await until(lambda: type(app.screen) is wanted)
        before = screen_text(app)
        await pilot.press("ctrl+p")
        if wanted is Shell:
            await until(lambda: type(app.screen) is Palette)
            return
        await until(lambda: screen_text(app) != before)
        assert type(app.screen) is wanted, "nothing opens over it, and it stays open"
        said = [line for line in screen_text(app).splitlines() if line not in before.splitlines()]
        assert any("first" in line or "This is it" in line for line in said), said


async def test_before_the_sign_in_and_before_there_is_a_store(
    store: Store, sqlite_url: str, clock: SetClock, tmp_path: Path
) -> None:
    for url, wanted, words in (
        (sqlite_url, SignInScreen, "Sign in first"),
        (f"sqlite:///{tmp_path}/none/pftui.db", WelcomeScreen, "Create the store first"),
    ):
        async with console_on(url, clock) as (app, pilot):
            await until(lambda: isinstance(app.screen, wanted))  # noqa: B023 - awaited here
            await pilot.pause(0.05)
            await pilot.press("ctrl+p")
            await until(lambda: words in screen_text(app))  # noqa: B023 - awaited here
