"""The console on a store whose texts somebody else has written, and whose words a newer pftui has."""

from __future__ import annotations

import asyncio
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.command import CommandList
from textual.screen import Screen
from textual.widgets import Input

from pftui.app import PftuiApp
from pftui.screens.account_details import AccountDetailsScreen
from pftui.screens.accounts.edit_account import EditAccount
from pftui.screens.dialogs.confirm import Confirm
from pftui.screens.frame.palette import Palette
from pftui.screens.teams.dialogs import RenameTeam
from tests.conftest import SetClock
from tests.patience import PATIENCE
from tests.screens.console_app import press_command, screen_text, signed_in, until, users
from tests.screens.flow_app import Store

#: C1 controls, separators, directions, private use, tags, fillers; each between what can be looked for.
HOSTILE = "aa\x85bb\x9b31mcc\u2028dd\u202eee\ue000ff\U000e0067gg\u3164hh"
SHOWN = (r"\x85", r"\x9b31m", r"\u2028", r"\u202e", r"\ue000", r"\U000e0067", r"\u3164")


def harmless(text: str) -> bool:
    """Whether nothing of it can do something to a terminal."""
    return all(sign.isprintable() or sign == "\n" for sign in text) and not set("\u3164") & set(text)


def on_top(app: PftuiApp, screen: type[Screen[Any]]) -> bool:
    return isinstance(app.screen, screen)


def shown(app: PftuiApp, words: str) -> bool:
    return words in screen_text(app)


@pytest.fixture
def hostile(store: Store, sqlite_path: Path) -> Store:
    """A service account with a key in a team, of which all texts are hostile."""
    bot = store.service_account("ci-bot", "Red Team")
    with sqlite3.connect(sqlite_path) as connection:
        connection.execute(
            "UPDATE principals SET name = ?, description = ?, created_by = ? WHERE id = ?",
            (HOSTILE, HOSTILE, HOSTILE, bot),
        )
        connection.execute("UPDATE api_keys SET label = ?, created_by = ?", (HOSTILE, HOSTILE))
        connection.execute(
            "UPDATE teams SET name = ?, created_by = ? WHERE slug = 'red-team'", (HOSTILE, HOSTILE)
        )
        connection.execute("UPDATE roles SET name = ? WHERE name = 'CI Runner'", (HOSTILE,))
        connection.execute("UPDATE organizations SET name = ?", (HOSTILE,))
        connection.execute("UPDATE audit_events SET description = ?, actor_name = ?", (HOSTILE, HOSTILE))
    connection.close()
    return store


async def test_hostile_texts_are_escapes_on_every_screen(
    hostile: Store, sqlite_url: str, clock: SetClock
) -> None:
    bot = next(row.id for name, row in hostile.accounts().items() if name == HOSTILE)
    async with signed_in(sqlite_url, clock, size=(200, 50)) as (app, pilot):

        async def looks(*words: str) -> None:
            async with asyncio.timeout(PATIENCE):
                while not all(word in screen_text(app) for word in words):
                    assert harmless(screen_text(app))
                    await asyncio.sleep(0.02)
            assert harmless(screen_text(app))

        users(app).reveal(bot)
        await looks(SHOWN[0], SHOWN[1], "Created")
        for command, screen in (("edit", EditAccount), ("delete", Confirm)):
            press_command(app, command)
            await until(partial(on_top, app, screen))
            await looks(SHOWN[0])
            await pilot.press("escape")
            await until(lambda: not isinstance(app.screen, EditAccount | Confirm))
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, AccountDetailsScreen))
        await looks(*SHOWN)
        await pilot.press("escape")
        await until(lambda: not isinstance(app.screen, AccountDetailsScreen))
        await pilot.press("2")
        await looks(SHOWN[0], "Service Accounts")
        press_command(app, "rename_team")
        await until(lambda: isinstance(app.screen, RenameTeam))
        await looks(SHOWN[0])
        await pilot.press("escape")
        await until(lambda: not isinstance(app.screen, RenameTeam))
        await pilot.press("ctrl+p")
        await until(lambda: isinstance(app.screen, Palette))
        app.screen.query_one(Input).value = "aa"
        await until(lambda: app.screen.query_one(CommandList).option_count)
        await looks(SHOWN[0])


async def test_a_newer_pftuis_words_are_unknown_on_every_screen(
    store: Store, sqlite_path: Path, sqlite_url: str, clock: SetClock
) -> None:
    bot = store.service_account("ci-bot", "Red Team")
    other = store.service_account("other", "Red Team", "Viewer")
    with sqlite3.connect(sqlite_path) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("UPDATE principals SET status = 999 WHERE id = ?", (bot,))
        connection.execute("UPDATE principals SET kind = 'robot' WHERE id = ?", (other,))
        connection.execute("UPDATE role_permissions SET permission = 'fly' WHERE permission = 'run_scans'")
    connection.close()
    async with signed_in(sqlite_url, clock, size=(160, 50)) as (app, pilot):
        for account, words in ((bot, "? unknown"), (other, "account of an unknown kind")):
            users(app).reveal(account)
            await until(partial(shown, app, words))
        users(app).reveal(bot)
        await until(lambda: "Fly (unknown)" in screen_text(app))
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, AccountDetailsScreen))
        await until(lambda: "Fly (unknown)" in screen_text(app))
        await pilot.press("escape", "2")
        await until(lambda: "Service Accounts" in screen_text(app))
        await pilot.press("down")  # from Default
        await until(lambda: "view · unknown" in screen_text(app))
        assert app.return_code is None
