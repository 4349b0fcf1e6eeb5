"""The help has all keys, and says why some cannot be used now."""

from __future__ import annotations

from pftui.screens.command import CommandContext
from pftui.screens.dialogs.text_modal import TextModal
from pftui.screens.help import help_text, room
from pftui.screens.places import USERS
from pftui.screens.registry import COMMANDS, FOOTERS, available
from tests.conftest import SetClock
from tests.screens.console_app import screen_text, signed_in, until
from tests.screens.flow_app import Store


def test_every_key_of_a_place_is_there() -> None:
    for place in FOOTERS:
        text = help_text(CommandContext(place), room(80)).plain
        for command in available(CommandContext(place)):
            if command.keys:
                assert command.title in text, (place, command.id)


def test_it_gives_the_reason_beside_what_cannot_be_used(store: Store) -> None:
    context = CommandContext(USERS, store.admin, store.accounts()["Alice Ng"])
    text = help_text(context, room(120)).plain
    assert "Only service accounts have API keys; Alice Ng is a user." in text
    assert COMMANDS["new_user"].tooltip in text


def test_its_lines_fit() -> None:
    for width in (60, 80, 120):
        text = help_text(CommandContext(USERS), room(width)).plain
        assert max(len(line) for line in text.splitlines()) <= room(width)


async def test_it_opens_scrolls_and_closes(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, pilot):
        await pilot.press("question_mark")
        await until(lambda: isinstance(app.screen, TextModal))
        await until(lambda: "Create Service Account" in screen_text(app))
        assert "Quit pftui" not in screen_text(app)
        for _ in range(8):
            await pilot.press("pagedown")
        await until(lambda: "Quit pftui" in screen_text(app))
        await pilot.press("escape")
        await until(lambda: app.screen is app.shell)
