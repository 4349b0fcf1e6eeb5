"""The password once more, before what matters most."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from pftui.domain.errors import InvalidInput, PftuiError, SessionEnded, SignInFailed
from pftui.domain.secret import Secret
from pftui.presentation.text import visible
from pftui.screens.console import console_of
from pftui.screens.dialogs.dialog import Choice
from pftui.screens.dialogs.form import Field, Form
from pftui.widgets.password_input import PasswordInput

if TYPE_CHECKING:
    from textual.widget import Widget

MINUTES = 15


class Prove(Form[bool]):
    """Asks whoever is at the keyboard for the operator's password; what is beneath waits for the answer.

    Args:
        name: the operator's.
        prove: looks at the password and forgets it, in a thread; raises what `SessionService.prove` does.
    """

    AUTO_FOCUS = "#password"
    verb = "Go on"

    def __init__(self, name: str, prove: Callable[[Secret], None]) -> None:
        super().__init__("Your password once more")
        self._whose = name
        self._prove = prove

    def body(self) -> Iterable[Widget]:
        """Why it is asked for, and the field."""
        sentence = (
            f"It is more than {MINUTES} minutes since you gave it, and what you are about to do needs it "
            "again. Nothing has been changed yet."
        )
        yield Static(Content(sentence), classes="sentence")
        yield Field("password", f"Password of {visible(self._whose)}", password=True)

    def choices(self) -> Iterable[Choice]:
        """Give up, go on."""
        yield Choice("Change nothing", id="cancel", key="esc")
        yield Choice(self.verb, id="submit", key="⏎", kind="primary")

    async def save(self) -> None:
        """Prove it."""
        if not self.typed("password"):
            raise InvalidInput("password", "Type your password, or press esc to change nothing.")
        await console_of(self).call(self._prove, Secret(self.typed("password")))
        self.dismiss(True)

    def wait_no_longer(self) -> None:
        """Esc while the password is looked at: nothing was changed, and nothing will be."""
        console_of(self).give_up()

    def show_problem(self, problem: PftuiError) -> None:
        """A wrong password stands beside its field."""
        if isinstance(problem, SignInFailed) and not isinstance(problem, SessionEnded):
            self.query_one(PasswordInput).forget()
            problem = InvalidInput("password", problem.message)
        super().show_problem(problem)

    def action_cancel(self) -> None:
        """Leave; a password that was typed is nothing to be asked about."""
        if self.busy:
            self.wait_no_longer()
        elif not self.occupied:
            self.dismiss(False)
