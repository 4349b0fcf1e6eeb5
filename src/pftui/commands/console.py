"""The bare `pftui` and `pftui --demo`: the console, if there is a terminal for it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from pftui.commands.settings import Settings
from pftui.domain.errors import WrongUsage

if TYPE_CHECKING:
    from pftui.domain.audit import Checkpoint

#: What `PFTUI_THEME` may be; a test holds it to the themes there are, which are not imported for a refusal.
THEME_WORDS = ("dark", "light", "16")


def open_console(
    context: click.Context, settings: Settings, *, demo: bool, lock_minutes: int | None = None
) -> None:
    """Run the console and exit as it says.

    Args:
        lock_minutes: lock it after so many minutes without a key, where it would not lock sooner.

    Raises:
        WrongUsage: there is no terminal that can show it; Textual was not imported.
    """
    from pftui.terminal.capabilities import refusal

    _refuse_options(settings)
    theme = os.environ.get("PFTUI_THEME")
    if theme and theme not in THEME_WORDS:
        raise WrongUsage(f"PFTUI_THEME is one of {', '.join(THEME_WORDS)}, and not {theme!r}.")
    sentence = refusal(os.environ, sys.stdin, sys.stdout, sys.stderr)
    if sentence is not None:
        raise WrongUsage(sentence)
    from pftui.app import PftuiApp
    from pftui.process.guard import TerminalGuard
    from pftui.process.imports import look_through_seldom
    from pftui.process.own_files import state_folder
    from pftui.process.remembered import Remembered
    from pftui.screens.key_file import config_file, read_key_map

    look_through_seldom()
    url = None if demo else settings.url
    with TerminalGuard() as guard:
        app = PftuiApp(
            url,
            demo=demo,
            lock_minutes=lock_minutes,
            keys=read_key_map(config_file()),
            remembered=Remembered(state_folder() / "themes"),
        )
        guard.watch(app)
        app.on_leaving = guard.leave
        app.run()
    _tell_head(app.session.head)
    context.exit(app.return_code or 0)


def _tell_head(head: Checkpoint | None) -> None:
    """What an admin who quits reads, as one does who signs out; there is no screen left for it."""
    if head is not None:
        from pftui.presentation.audit import signed_out

        click.echo(signed_out(head), err=True)


def _refuse_options(settings: Settings) -> None:
    """The console signs people in itself, and asks for itself."""
    given = {
        "--as": settings.operator_email,
        "--password-file": settings.password_file,
        "--json": settings.json,
        "--yes": settings.yes,
    }
    for flag, value in given.items():
        if value:
            raise WrongUsage(f"{flag} goes with a command, and there is none. See 'pftui --help'.")
