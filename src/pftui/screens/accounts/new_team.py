"""The form for a new team: asked for in the Teams tab, and where an account is to be assigned to one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from pftui.domain.teams import TeamSummary
from pftui.screens.console import console_of
from pftui.screens.dialogs.form import Field, Form

if TYPE_CHECKING:
    from textual.widget import Widget


class NewTeam(Form[TeamSummary]):
    """Asks for a name."""

    verb = "Create team"

    def __init__(self, name: str = "") -> None:
        super().__init__("New team")
        self._typed_before = name

    def body(self) -> Iterable[Widget]:
        """The name, and what a team is."""
        yield Field("name", "Name", self._typed_before)
        yield Static(
            Content("People and service accounts are assigned to it, each with a role."), classes="note"
        )

    async def save(self) -> None:
        """Create it."""
        console = console_of(self)
        team = await console.call(console.services.teams.create, console.operator, self.typed("name"))
        self.dismiss(team)
