"""The form for another name of a team."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from pftui.domain.teams import TeamSummary
from pftui.screens.console import console_of
from pftui.screens.dialogs.form import EditForm, Field

if TYPE_CHECKING:
    from textual.widget import Widget


class RenameTeam(EditForm[TeamSummary]):
    """Asks for another name; the slug stays."""

    verb = "Rename"

    def __init__(self, team: TeamSummary) -> None:
        super().__init__(f"Rename {team.name}", team.version)
        self._team = team

    def body(self) -> Iterable[Widget]:
        """The name, and what does not change."""
        yield Field("name", "Name", self._team.name)
        yield Static(Content(f"Programs go on to know it as {self._team.slug}."), classes="note")

    async def save(self) -> None:
        """Rename it, unless somebody else did meanwhile."""
        console = console_of(self)
        team = await console.call(
            console.services.teams.rename, console.operator, self._team.id, self.typed("name"), self.version
        )
        self.dismiss(team)

    async def read_again(self) -> tuple[int, Mapping[str, str]]:
        """The version and name there are now."""
        console = console_of(self)
        team = await console.call(console.services.teams.show, console.operator, self._team.id)
        return team.version, {"name": team.name}
