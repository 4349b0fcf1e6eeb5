"""The Roles tab: the list of roles, and what the selected one allows."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
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
from pftui.screens.lists.list_tab import WIDE, ListTab
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


class RolesTab(ListTab[RoleView, RoleQuery]):
    """Filter, list, and the selected role; below `WIDE` columns, Enter steps into the role."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "step_out", show=False),
        Binding("left", "step_out", show=False),
    ]

    states = RoleState

    def __init__(self, *, clock: Clock = utc_now, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        table: PagedTable[RoleView] = PagedTable(
            ROLE_COLUMNS, describe_empty=self.describe_empty, clock=clock, id="roles-list"
        )
        super().__init__(RoleQuery(), FilterBar("filter by role"), table, id=id)
        self._inside = False
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

    def reveal(self, row_id: str, text: str = "") -> None:
        """Put the cursor on a role that the palette found; out of the role that was being looked at."""
        self._step_out()
        super().reveal(row_id, text)

    def show_created(self, created: Created) -> None:
        """Select a role that was just made."""
        if created.what is What.ROLE:
            self._step_out()
            self.select_created(created.id)

    def start_filter(self) -> None:
        """The filter is beside the list: out of the role."""
        self._step_out()
        super().start_filter()

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
        if now and self.table.row is None and self._inside:
            self._step_out()

    def shower(self, services: Services) -> Callable[[Operator, str], object]:
        """A role."""
        return services.roles.show

    def show_gone(self, sentence: str) -> None:
        """In place of the role."""
        self.pane.show_gone(sentence)

    def describe_nothing(self) -> Lines:
        """Every store has the predefined roles."""
        return [(Cell("No roles."),)]

    # Into the role and out again

    @property
    def focus_at_visit(self) -> PagedTable[Any]:
        """The list, also where a role was being looked at."""
        self._inside = False
        self._arrange()
        return self.table

    def open_role(self) -> None:
        """Look at the role: its text has the keys."""
        if self.table.row is None:
            return
        self._inside = True
        self._arrange()
        self.pane.focus()
        self.pane.follow(self.table.row, now=True)

    def action_step_out(self) -> None:
        """Back to the list, or where that has the keys, forget the filter."""
        if self._inside or self.pane.has_focus:
            self._step_out()
        else:
            self.bar.clear()

    def _step_out(self) -> None:
        self._inside = False
        self._arrange()
        self.table.focus()

    def on_resize(self, event: events.Resize) -> None:
        """The role stands beside the list where there is room."""
        self._arrange()

    def _arrange(self) -> None:
        # At a visit that is the first one it has no size yet, and would be painted twice.
        wide = (self.size.width or self.app.size.width) >= WIDE
        self.set_class(wide, "-wide")
        self.table.display = wide or not self._inside
        self.bar.display = wide or not self._inside
        self.pane.display = wide or self._inside
        self.pane.stand(alone=not wide)
