"""What an app must not give away: a secret on its screen, what was copied, the variables of a crash."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual.app import SystemCommand
from textual.screen import Screen

from pftui.domain.errors import Refused
from pftui.terminal import clipboard
from pftui.terminal.textual_private import AppHooks, driver_of, end_messages, unhandled_error


class SecretGuard(AppHooks):
    """An app that gives no secret away."""

    secret_on_screen = False
    """While true no picture of the screen is made."""

    def run(self, *args: Any, **kwargs: Any) -> None:
        """Run to the end. What nobody foresaw is raised, once the terminal is given back."""
        super().run(*args, **kwargs)
        error = unhandled_error(self)
        if error is not None:
            raise error

    def report_crash(self) -> None:
        """Only end: Textual would print the traceback with all local variables, secrets among them."""
        end_messages(self)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """None of Textual's own: no screenshot, and commands of ours instead of the rest."""
        return ()

    def copy_to_clipboard(self, text: str) -> None:
        """Send text to the clipboard without keeping it, as Textual's own does."""
        driver = driver_of(self)
        if driver is not None and text:
            clipboard.copy(text, driver.write)

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """An SVG of the screen; every other kind of screenshot comes through here.

        Raises:
            Refused: a secret is on the screen.
        """
        if self.secret_on_screen:
            raise Refused("A secret is on the screen, so no picture of it is made.")
        return super().export_screenshot(title=title, simplify=simplify)
