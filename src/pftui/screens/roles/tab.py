"""The Roles tab: the list of roles, and what the selected one allows."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from pftui.domain.clock import Clock, utc_now
from pftui.domain.roles import RoleQuery
from pftui.domain.search import RoleState
from pftui.domain.teams import RoleView
from pftui.presentation.text import counted
from pftui.screens.command import CommandContext
from pftui.screens.console import console_of
from pftui.screens.created import Created, What
from pftui.screens.lists.pane_tab import PaneTab
from pftui.screens.lists.rows import QueryRows
from pftui.screens.places import ROLES
from pftui.screens.roles.columns import ROLE_COLUMNS
from pftui.screens.roles.pane import RolePane
from pftui.screens.roles.rows import RoleCounts, RolePages
from pftui.widgets.cells import Cell
from pftui.widgets.filter_bar import FilterBar
from pftui.widgets.paged_table import PagedTable
from pftui.widgets.table_lines import Lines

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services

STYLES = Path(str(resources.files("pftui.styles") / "roles.tcss"))


class RolesTab(PaneTab[RoleView, RoleQuery]):
    """Filter, list, and the selected role; below `WIDE` columns, Enter steps into the role."""

    pane: RolePane
    states = RoleState

    def __init__(self, *, clock: Clock = utc_now, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        table: PagedTable[RoleView] = PagedTable(
            ROLE_COLUMNS, describe_empty=self.describe_empty, clock=clock, id="roles-list"
        )
        super().__init__(RoleQuery(), FilterBar("filter by role"), table, id=id)
        self.pane = RolePane()
        # Read at the first visit, which costs a start nothing; before anything is styled.
        self.app.stylesheet.read(STYLES)

    def compose(self) -> ComposeResult:
        """The parts."""
        yield self.bar
        with Horizontal(classes="list-and-role"):
            yield self.table
            yield self.pane

    def context(self) -> CommandContext:
        """The selected role."""
        console = console_of(self)
        return CommandContext(ROLES, console.operator if console.ready else None, role=self.table.row)

    def show_created(self, created: Created) -> None:
        """Select a role that was just made."""
        if created.what is What.ROLE:
            self.step_out()
            self.select_created(created.id)

    # The list (`ListTab`)

    def rows_of(
        self, services: Services, operator: Operator, query: RoleQuery
    ) -> QueryRows[RoleView, RoleQuery, RoleCounts]:
        """The roles."""
        return QueryRows(RolePages(services), operator, query)

    def show_counts(self) -> None:
        """How many, and of how many where they are filtered; else how many are custom ones."""
        counts: RoleCounts | None = self.rows.counts if self.rows is not None else None
        if counts is None:
            return
        some = f"{counts.total:,}" if self.query_now.text else f"{counts.custom:,} custom"
        self.bar.tell_counts(Content.styled(f"{some} of {counted(counts.everything, 'role')}", "$muted"))

    def follow_cursor(self, *, now: bool) -> None:
        """Show the role; where there is none any more, out of it."""
        self.pane.follow(self.table.row, now=now)
        self.leave_nothing(now=now)

    def shower(self, services: Services) -> Callable[[Operator, str], object]:
        """A role."""
        return services.roles.show

    def show_gone(self, sentence: str) -> None:
        """In place of the role."""
        self.pane.show_gone(sentence)

    def describe_nothing(self) -> Lines:
        """Every store has the predefined roles."""
        return [(Cell("No roles."),)]

    def stand(self, *, alone: bool) -> None:
        """The pane knows its list."""
        self.pane.stand(alone=alone)
