"""The Teams tab: the list of teams, and who is in the selected one."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message

from pftui.domain.clock import Clock, utc_now
from pftui.domain.search import TeamState
from pftui.domain.teams import TeamQuery, TeamSummary
from pftui.presentation.text import counted
from pftui.screens.command import CommandContext
from pftui.screens.console import console_of
from pftui.screens.created import Created, What
from pftui.screens.lists.list_tab import WIDE, ListTab, next_step
from pftui.screens.lists.rows import QueryRows
from pftui.screens.places import TEAMS
from pftui.screens.teams.columns import TEAM_COLUMNS
from pftui.screens.teams.pane import TeamPane
from pftui.widgets.cells import Cell
from pftui.widgets.filter_bar import FilterBar
from pftui.widgets.paged_table import PagedTable
from pftui.widgets.table_lines import Lines

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services

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


class TeamsTab(ListTab[TeamSummary, TeamQuery]):
    """Filter, list, and the selected team's two sections; below `WIDE` columns, Enter steps into the team."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "step_out", show=False),
        Binding("left", "step_out", show=False),
    ]

    states = TeamState

    def __init__(self, *, clock: Clock = utc_now, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        table = TeamTable(TEAM_COLUMNS, describe_empty=self.describe_empty, clock=clock, id="teams")
        super().__init__(TeamQuery(), FilterBar("filter by team"), table, id=id)
        self._all = 0
        self._inside = False
        self.pane = TeamPane(clock=clock)
        # Read at the first visit, which costs a start nothing; before anything is styled.
        self.app.stylesheet.read(STYLES)

    def compose(self) -> ComposeResult:
        """The parts."""
        yield self.bar
        with Horizontal(classes="list-and-team"):
            yield self.table
            yield self.pane

    def context(self) -> CommandContext:
        """The selected team, and the account under the cursor of the section that has the keys."""
        console = console_of(self)
        team, section = self.table.row, self.pane.focused_table
        row = section.row if section else None
        return CommandContext(
            TEAMS,
            console.operator if console.ready else None,
            account=row.account if row else None,
            team=team,
            member_team_id=team.id if team and row else None,
        )

    @property
    def focus_at_visit(self) -> PagedTable[Any]:
        """The list, or the team that was being looked at."""
        return self.pane.services.table if self._inside else self.table

    def reveal(self, row_id: str, text: str = "") -> None:
        """Put the cursor on a team that the palette found; out of the team that was being looked at."""
        self._step_out()
        super().reveal(row_id, text)

    def show_created(self, created: Created) -> None:
        """Select a team, or in the selected team who was assigned to it."""
        team = self.table.row
        if created.what is What.TEAM:
            self._step_out()
            self.select_created(created.id)
        elif created.what is What.ASSIGNMENT and team is not None and created.within == team.id:
            self._go_inside()
            section = self.pane.table_of(created.kind)
            section.focus()
            section.seek(created.id)
            self.settle(section)

    def start_filter(self) -> None:
        """The filter is beside the list: out of the team."""
        self._step_out()
        super().start_filter()

    # The list (`ListTab`)

    def rows_of(
        self, services: Services, operator: Operator, query: TeamQuery
    ) -> QueryRows[TeamSummary, TeamQuery, int]:
        """The teams."""
        return QueryRows(services.teams, operator, query)

    def show_counts(self) -> None:
        """How many, and of how many where they are filtered."""
        count = self.table.row_count or 0
        if not self.query_now.text:
            self._all = count
        everything = counted(self._all, "team")
        text = f"{count:,} of {everything}" if self.query_now.text else everything
        self.bar.tell_counts(Content.styled(text, "$muted"))

    def reload_uses(self) -> None:
        """Teams do not tell of it; their members do."""
        self.follow_cursor(now=True)

    def follow_cursor(self, *, now: bool) -> None:
        """Show the team; where there is none any more, out of it."""
        self.pane.follow(self.table.row, now=now)
        if now and self.table.row is None and self._inside:
            self._step_out()

    def shower(self, services: Services) -> Callable[[Operator, str], object]:
        """A team."""
        return services.teams.show

    def show_gone(self, sentence: str) -> None:
        """In place of the team."""
        self.pane.show_gone(sentence)

    def describe_nothing(self) -> Lines:
        """What would be here, and which key makes the first one."""
        if not console_of(self).operator.global_admin:
            return [(Cell("You are in no team yet. A global admin can assign you to one.", "muted"),)]
        return [
            (Cell("No teams yet."),),
            next_step(console_of(self).keys.shown("new_team"), "create the first one"),
        ]

    # The sections

    @on(TeamPane.Changed)
    def _section_changed(self, event: TeamPane.Changed) -> None:
        event.stop()
        self._settled()
        self.post_message(self.ContextChanged())

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Another list has the keys: commands act on something else."""
        if isinstance(event.widget, PagedTable):
            self._inside = event.widget is not self.table
        self.post_message(self.ContextChanged())

    # Into the team and out again

    @on(TeamTable.SteppedIn)
    def _step_in(self, event: TeamTable.SteppedIn) -> None:
        event.stop()
        if self.table.row is None:
            return
        self._go_inside()
        services, members = self.pane.tables
        (members if services.row_count == 0 and members.row_count else services).focus()

    def _go_inside(self) -> None:
        self._inside = True
        self._arrange()
        self.pane.settle()

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
