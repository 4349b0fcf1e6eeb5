"""The form that invites a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from pftui.presentation.accounts import ADMIN_MEANING
from pftui.screens.accounts.name_warning import NameWarning
from pftui.screens.console import console_of
from pftui.screens.dialogs.form import Field, Form, Tick
from pftui.services.results import TemporaryPassword

if TYPE_CHECKING:
    from textual.widget import Widget


class NewUser(Form[TemporaryPassword]):
    """Name, e-mail, global admin privileges; the temporary password is revealed next."""

    verb = "Create user"
    makes_secret = True

    def __init__(self, name: str = "") -> None:
        super().__init__("New user")
        self._typed_before = name
        self._warning = NameWarning(self)

    def body(self) -> Iterable[Widget]:
        """The fields."""
        yield Field("name", "Name", self._typed_before)
        yield Field("email", "E-mail", hint="They sign in with it.")
        yield Tick("Global admin privileges", id="admin")
        yield Static(Content(ADMIN_MEANING), classes="note -indented")
        yield Static(Content("A temporary password is shown next, once."), classes="note")

    async def save(self) -> None:
        """Create the person."""
        if await self._warning.holds_up():
            return
        console = console_of(self)
        temporary = await console.call(
            console.services.users.create,
            console.operator,
            email=self.typed("email"),
            name=self.typed("name"),
            global_admin=self.query_one("#admin", Tick).value,
        )
        self.dismiss(temporary)
