"""The lock: all that shows of a console that nobody has used for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from pftui.presentation.text import visible
from pftui.screens.console import console_of
from pftui.screens.dialogs.confirm import Confirm, Question
from pftui.screens.frame.credentials import CredentialScreen
from pftui.screens.frame.locking_app import LOCK, Locked
from pftui.widgets.key_footer import Item, KeyFooter
from pftui.widgets.password_input import PasswordInput

if TYPE_CHECKING:
    from pftui.domain.secret import Secret

FOOTER = (
    Item("unlock", "⏎", "Unlock", 1),
    Item("sign_out", "ctrl+o", "Sign out", 3),
    Item("quit", "ctrl+q", "Quit", 2),
)
KEPT = "What you had open is as you left it."
UNSAVED = (
    "A key or a password that was made here has not been saved, and cannot be shown again once it is lost."
)


class LockScreen(CredentialScreen):
    """Whose console it is, and one field for their password."""

    AUTO_FOCUS = "#password"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", show=False),
        Binding("ctrl+o", "sign_out", show=False),
    ]

    def __init__(self, locked: Locked) -> None:
        super().__init__(FOOTER, id="lock")
        self._locked = locked

    def compose(self) -> ComposeResult:
        """A narrow column in the middle."""
        locked = self._locked
        whose = visible(" · ".join(each for each in (locked.name, locked.email) if each))
        with Vertical(classes="column"):
            yield Static(
                Content.assemble(
                    (" pftui ", "$chip"), (f"  {visible(locked.organization)} is locked", "bold $text")
                ),
                id="title",
            )
            yield Static(Content(whose), id="who")
            yield Static(Content(f"{locked.why}\n{KEPT}"), id="why")
            yield Static("Password", classes="label", markup=False)
            yield PasswordInput(id="password")
            yield self.sentence
        yield self.footer

    @on(Input.Submitted)
    def action_submit(self) -> None:
        """Unlock, unless that is under way or has to wait."""
        password = self.query_one(PasswordInput)
        password.focus()
        if self.occupied:
            return
        if password.value:
            self.begin()
        else:
            self.say(f"Type the password of {visible(self._locked.name)}.", "warning")

    async def attempt(self, password: Secret) -> None:
        """Go back to what was open."""
        await console_of(self).unlock(password)
        self.query_one(PasswordInput).forget()

    def open_palette(self) -> None:
        """Nothing is found while it is locked."""
        self.warn("Unlock first: ctrl+p finds things from the lists.")

    def tell_unsaved(self) -> None:
        """Why nobody leaves just now."""
        self.say(f"{UNSAVED} Unlock to save it, or sign out (ctrl+o) to give it up.", "warning")

    def action_sign_out(self) -> None:
        """Let somebody else sign in; a secret that nobody has saved is not given up unasked."""
        if not self.opening:
            self.opening = True
            self.run_worker(self._sign_out(), group="sign-out")

    async def _sign_out(self) -> None:
        console = console_of(self)
        try:
            if not console.unsaved:
                console.leave()
            elif await self.app.push_screen_wait(self._question(), mode=LOCK):
                console.leave(f"{self._locked.name} was signed out, and what was made last is not saved.")
        finally:
            self.opening = False

    def _question(self) -> Confirm:
        sentences = (
            UNSAVED,
            f"Only {self._locked.name} can save it, by unlocking. An account whose key is given up "
            'goes on to say "key unsaved": revoke that key, and make another.',
        )
        return Confirm(Question("Give up what was made?", sentences, "Give it up and sign out", stay="Back"))

    @on(KeyFooter.Chosen)
    async def _key_clicked(self, event: KeyFooter.Chosen) -> None:
        event.stop()
        actions = {"unlock": "screen.submit", "sign_out": "screen.sign_out", "quit": "app.quit"}
        await self.run_action(actions[event.command_id])
