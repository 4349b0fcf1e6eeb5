"""The form for one's own password, also the first thing after a temporary one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from pftui.domain.errors import InvalidInput, PftuiError, SignInFailed
from pftui.domain.passwords import SHORTEST
from pftui.domain.secret import Secret
from pftui.screens.console import console_of
from pftui.screens.dialogs.dialog import Choice
from pftui.screens.dialogs.form import Field, Form

if TYPE_CHECKING:
    from textual.widget import Widget


class OwnPassword(Form[bool]):
    """The current password, and the new one twice; a temporary one was typed just now, to sign in."""

    verb = "Change password"

    def __init__(self, *, forced: bool) -> None:
        super().__init__("Choose your own password" if forced else "Change your password")
        self._forced = forced

    def body(self) -> Iterable[Widget]:
        """The fields; pasting works."""
        if self._forced:
            sentence = "You signed in with a temporary password. Choose your own before you go on."
            yield Static(Content(sentence), classes="sentence")
        else:
            yield Field("current", "Current password", password=True)
        hint = f"{SHORTEST} characters at least. Several unrelated words work well."
        yield Field("password", "New password", hint=hint, password=True)
        yield Field("again", "New password again", password=True)

    def choices(self) -> Iterable[Choice]:
        """Without a password of one's own there is only the way out."""
        yield Choice("Sign out" if self._forced else "Cancel", id="cancel", key="esc")
        yield Choice(self.verb, id="submit", key="⏎", kind="primary")

    async def save(self) -> None:
        """Change it."""
        if self.typed("password") and not self.typed("again"):
            raise InvalidInput("again", "Type the new password once more.")
        if self.typed("password") != self.typed("again"):
            raise InvalidInput("again", "The two new passwords differ. Type the same one twice.")
        console = console_of(self)
        sign_in, new = console.services.sign_in, Secret(self.typed("password"))
        current = Secret("" if self._forced else self.typed("current"))
        try:
            if self._forced:
                operator = await console.call(sign_in.choose_password, console.operator, new)
            else:
                operator = await console.call(sign_in.change_password, console.operator, current, new)
        finally:
            current.forget()
            new.forget()
        console.operator = operator
        self.dismiss(True)

    def show_problem(self, problem: PftuiError) -> None:
        """A wrong current password stands beside its field."""
        if isinstance(problem, SignInFailed) and not self._forced:
            problem = InvalidInput("current", "This is not your current password. Nothing was changed.")
        super().show_problem(problem)
