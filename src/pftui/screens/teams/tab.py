"""The Teams tab: the list of teams, and who is in the selected one."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message

from pftui.domain.clock import Clock, utc_now
from pftui.domain.teams import TeamQuery, TeamSort, TeamSummary
from pftui.presentation.words import counted
from pftui.screens.command import CommandContext, Place
from pftui.screens.console import console_of
from pftui.screens.dialogs.choose import TeamRows
from pftui.screens.frame.tab import Tab
from pftui.screens.teams.columns import TEAM_COLUMNS
from pftui.screens.teams.pane import TeamPane
from pftui.widgets.cells import Cell
from pftui.widgets.filter_bar import FilterBar
from pftui.widgets.paged_table import PagedTable
from pftui.widgets.table_lines import Lines

#: Columns from which on the selected team stands beside the list; below, Enter steps into it.
WIDE = 110
STYLES = Path(str(resources.files("pftui.styles") / "teams.tcss"))


class TeamTable(PagedTable[TeamSummary]):
    """The list of teams: Enter goes into the selected one."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,right", "step_in", show=False)]

    class SteppedIn(Message):
        """The selected team is wanted."""

    def action_step_in(self) -> None:
        """Go into the team."""
        self.post_message(self.SteppedIn())

    def on_paged_table_opened(self, event: PagedTable.Opened) -> None:
        """A double click goes into the team too."""
        event.stop()
        self.action_step_in()


class TeamsTab(Tab):
    """Filter, list, and the selected team's two sections."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "step_out", show=False),
        Binding("left", "step_out", show=False),
    ]

    def __init__(self, *, clock: Clock = utc_now, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._query = TeamQuery()
        self._all = 0
        self._inside = False
        self.bar = FilterBar("filter by team")
        self.table = TeamTable(TEAM_COLUMNS, describe_empty=self._describe_empty, clock=clock, id="teams")
        self.pane = TeamPane(clock=clock)
        # Read at the first visit, which costs a start nothing; before anything is styled.
        self.app.stylesheet.read(STYLES)

    def compose(self) -> ComposeResult:
        """The parts."""
        yield self.bar
        with Horizontal(classes="list-and-team"):
            yield self.table
            yield self.pane

    # What the shell asks

    def context(self) -> CommandContext:
        """The selected team, and the account under the cursor of the section that has the keys."""
        console = console_of(self)
        team, section = self.table.row, self.pane.focused_table
        row = section.row if section else None
        member = row is not None and team is not None
        return CommandContext(
            Place.TEAMS,
            console.operator if console.ready else None,
            account=row.account if row else None,
            team=team,
            member_team_id=team.id if team and member else None,
        )

    def visit(self) -> None:
        """Opened: the list has the keys, or the team that was being looked at."""
        if self._inside:
            self.pane.services.table.focus()
        else:
            self.table.focus()
        self._ask(follow=True)

    def reload(self) -> None:
        """Ask again; the sections follow once the list has come."""
        self._ask(follow=True)

    def reveal(self, row_id: str) -> None:
        """Put the cursor on a team that the palette found, whatever the filter was."""
        with self.prevent(FilterBar.Changed):
            self.bar.clear()
        self._step_out()
        self._query = replace(self._query, text="")
        self._ask(follow=True, row_id=row_id)
        self.settle(self.table)

    def perform(self, command_id: str) -> bool:
        """What only a list can do."""
        actions = {"filter": self._filter, "sort": self._sort_by_next, "reverse": self._reverse}
        if command_id not in actions:
            return False
        actions[command_id]()
        return True

    # The query

    def _ask(self, *, follow: bool, row_id: str | None = None) -> None:
        console = console_of(self)
        if not console.ready:
            return
        self._query = replace(self._query, text=self.bar.text)
        self.table.sorted_by = (self._query.sort.value, self._query.descending)
        rows = TeamRows(console.services, console.operator, self._query)
        self.table.show(rows, follow=follow, row_id=row_id)

    def _filter(self) -> None:
        self._step_out()
        self.bar.start()

    @on(FilterBar.Changed)
    def _filtered(self, event: FilterBar.Changed) -> None:
        event.stop()
        self._ask(follow=not self.bar.text)
        self.settle(self.table)

    @on(FilterBar.Left)
    def _filter_left(self, event: FilterBar.Left) -> None:
        self.settle(self.table)
        self.table.focus()

    def _sort_by(self, sort: TeamSort, descending: bool) -> None:
        self._query = replace(self._query, sort=sort, descending=descending)
        self._ask(follow=False)

    def _sort_by_next(self) -> None:
        order = [sort for sort in TeamSort if sort.value in self.table.shown_columns | {self._query.sort}]
        self._sort_by(order[(order.index(self._query.sort) + 1) % len(order)], False)

    def _reverse(self) -> None:
        self._sort_by(self._query.sort, not self._query.descending)

    @on(PagedTable.SortRequested)
    def _title_clicked(self, event: PagedTable.SortRequested) -> None:
        event.stop()
        sort = TeamSort(event.column)
        self._sort_by(sort, not self._query.descending if sort is self._query.sort else False)

    # What comes back

    @on(PagedTable.Arrived)
    def _arrived(self) -> None:
        self._tell_count()
        self.pane.follow(self.table.row, now=True)
        if self.table.row is None and self._inside:
            self._step_out()
        self.post_message(self.ContextChanged())

    @on(PagedTable.Moved)
    def _moved(self, event: PagedTable.Moved) -> None:
        event.stop()
        self.pane.follow(self.table.row, now=False)
        self.post_message(self.ContextChanged())

    @on(TeamPane.Changed)
    def _section_changed(self, event: TeamPane.Changed) -> None:
        event.stop()
        self.post_message(self.ContextChanged())

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Another list has the keys: commands act on something else."""
        if isinstance(event.widget, PagedTable):
            self._inside = event.widget is not self.table
        self.post_message(self.ContextChanged())

    def _tell_count(self) -> None:
        count = self.table.row_count or 0
        if not self._query.text:
            self._all = count
        text = (
            counted(count, "team") if not self._query.text else f"{count:,} of {counted(self._all, 'team')}"
        )
        self.bar.tell_counts(Content.styled(text, "$muted"))

    # Into the team and out again

    @on(TeamTable.SteppedIn)
    def _step_in(self, event: TeamTable.SteppedIn) -> None:
        event.stop()
        if self.table.row is None:
            return
        self._inside = True
        self._arrange()
        self.pane.settle()
        services, members = self.pane.tables
        (members if services.row_count == 0 and members.row_count else services).focus()

    def action_step_out(self) -> None:
        """Back to the list, or where that has the keys, forget the filter."""
        if self.pane.focused_table is not None or self._inside:
            self._step_out()
        else:
            self.bar.clear()

    def _step_out(self) -> None:
        self._inside = False
        self._arrange()
        self.table.focus()

    def on_resize(self, event: events.Resize) -> None:
        """The team stands beside the list where there is room."""
        self._arrange()

    def _arrange(self) -> None:
        wide = self.size.width >= WIDE
        self.set_class(wide, "-wide")
        self.table.display = wide or not self._inside
        self.bar.display = wide or not self._inside
        self.pane.display = wide or self._inside
        self.pane.stand(alone=not wide)

    def _describe_empty(self) -> Lines:
        """What would be context, and which key makes the first one."""
        if self._query.text:
            return [
                (Cell("Nothing matches "), Cell(self._query.text, "bold"), Cell(".")),
                (Cell("Press ", "muted"), Cell("esc", "accent"), Cell(" to clear the filter.", "muted")),
            ]
        if not console_of(self).operator.global_admin:
            return [(Cell("You are in no team yet. A global admin can assign you to one.", "muted"),)]
        return [
            (Cell("No teams yet."),),
            (Cell("Press ", "muted"), Cell("t", "accent"), Cell(" to create the first one.", "muted")),
        ]
