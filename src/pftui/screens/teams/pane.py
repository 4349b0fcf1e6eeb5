"""The selected team: its Service Accounts and its Members, each with its role."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from pftui.domain.accounts import Kind
from pftui.domain.clock import Clock, utc_now
from pftui.domain.teams import Membership, TeamSummary
from pftui.presentation.accounts import damage
from pftui.presentation.gone import CHOOSE
from pftui.presentation.text import by, visible
from pftui.presentation.times import day_and_time
from pftui.screens.console import console_of
from pftui.screens.lists.gone import gone_text
from pftui.screens.lists.list_tab import next_step
from pftui.screens.teams.columns import MEMBER_COLUMNS, SERVICE_ACCOUNT_COLUMNS, MemberRows
from pftui.widgets.cells import Cell
from pftui.widgets.columns import Column
from pftui.widgets.paged_table import PagedTable
from pftui.widgets.table_lines import Lines

if TYPE_CHECKING:
    from rich.style import Style
    from textual.timer import Timer

#: Seconds that the cursor rests on a team before its sections follow.
REST = 0.15


class SectionTable(PagedTable[Membership]):
    """A section's rows. Only the section that has the keys shows a selected row."""

    def __init__(
        self,
        kind: Kind,
        columns: Sequence[Column[Membership]],
        *,
        describe_empty: Callable[[], Lines],
        clock: Clock,
    ) -> None:
        super().__init__(columns, describe_empty=describe_empty, clock=clock, id=f"{kind.value}s")
        self.kind = kind
        self.team_id: str | None = None

    def cell_style(self, style_name: str, selected: bool) -> Style:
        """Only a faint bar, without the focus, where the cursor would come back to."""
        if selected and not self.has_focus:
            return super().cell_style("rule" if style_name == "accent" else style_name, False)
        return super().cell_style(style_name, selected)

    def on_focus(self) -> None:
        """The selected row shows."""
        self.refresh()

    def on_blur(self) -> None:
        """It shows no more."""
        self.refresh()

    def follow(self, team_id: str | None) -> None:
        """Show this team's rows: from the first one, or where it is the same team, as they are now."""
        console = console_of(self)
        if team_id is None or not console.ready:
            self.team_id = None
            self.clear()
        elif team_id == self.team_id:
            self.reload()
        else:
            self.team_id = team_id
            self.show(MemberRows(console.services.teams, console.operator, team_id, self.kind), follow=False)


class Section(Vertical):
    """A heading with a count and the commands that belong here, and the rows."""

    def __init__(self, title: str, commands: Sequence[tuple[str, str]], table: SectionTable) -> None:
        super().__init__(classes="section")
        self._title = title
        self._commands = commands
        self.table = table
        self._heading = Static(classes="heading")
        self._hints = Static(classes="hints")

    def compose(self) -> ComposeResult:
        """Heading and rows."""
        with Horizontal(classes="heading-line"):
            yield self._heading
            yield self._hints
        yield self.table

    def tell(self, *, may_change: bool) -> None:
        """Say how many there are, and the keys where they work."""
        count = self.table.row_count
        # Who is no global admin sees only themselves: a number would be untrue.
        number = f" {count:,}" if count is not None and may_change else ""
        self._heading.update(Content.assemble((self._title, "$heading"), (number, "$muted")))
        keys = console_of(self).keys
        parts = [
            Content.assemble((key, "$key"), (f" {label}", "$muted"))
            for command_id, label in self._commands
            if may_change and (key := keys.shown(command_id))
        ]
        self._hints.update(Content("   ").join(parts))


class TeamPane(Vertical):
    """Shows one team; it follows the cursor of the list once that rests."""

    class Changed(Message):
        """A section has other rows, or its cursor is on another one."""

    def __init__(self, *, clock: Clock = utc_now) -> None:
        super().__init__(id="team")
        self._team: TeamSummary | None = None
        self._timer: Timer | None = None
        self._title = Static(id="team-title")
        self._alone = False
        self._told: set[SectionTable] = set()
        self.services = Section(
            "Service Accounts",
            (("assign_service_account", "Assign"), ("create_service_account", "Create here")),
            SectionTable(
                Kind.SERVICE_ACCOUNT,
                SERVICE_ACCOUNT_COLUMNS,
                describe_empty=lambda: self._empty(
                    "No service account has a role here yet.", "assign_service_account", "assign one"
                ),
                clock=clock,
            ),
        )
        self.members = Section(
            "Members",
            (("add_members", "Add team members"),),
            SectionTable(
                Kind.USER,
                MEMBER_COLUMNS,
                describe_empty=lambda: self._empty(
                    "Nobody has a role here yet.", "add_members", "add a member"
                ),
                clock=clock,
            ),
        )

    def compose(self) -> ComposeResult:
        """Title and the two sections."""
        yield self._title
        yield self.services
        yield self.members

    @property
    def tables(self) -> tuple[SectionTable, SectionTable]:
        """The rows of both sections."""
        return self.services.table, self.members.table

    def table_of(self, kind: Kind | None) -> SectionTable:
        """The section with accounts of this kind."""
        return next(table for table in self.tables if table.kind is kind)

    @property
    def focused_table(self) -> SectionTable | None:
        """The section that has the keys."""
        return next((table for table in self.tables if table.has_focus), None)

    def follow(self, team: TeamSummary | None, *, now: bool) -> None:
        """Show this team, once the cursor has rested on it."""
        if team is None and self._team is None:
            return  # what is said there stays
        same = bool(team and self._team and team.id == self._team.id)
        self._team = team
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if now or same or team is None:
            self._show()
        else:
            self._timer = self.set_timer(REST, self._show)

    def show_gone(self, sentence: str) -> None:
        """The team that was open is there no more; no other takes its place."""
        self.follow(None, now=True)
        self._title.update(gone_text(sentence))

    def stand(self, *, alone: bool) -> None:
        """Say how one comes back to the list, where it is not beside the team."""
        if alone != self._alone:
            self._alone = alone
            self._title.update(self._title_text())

    def settle(self) -> None:
        """Do not wait for the cursor to rest."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._show()

    def _show(self) -> None:
        self._timer = None
        self._title.update(self._title_text())
        for table in self.tables:
            table.follow(self._team.id if self._team else None)
        self._tell()

    def _title_text(self) -> Content:
        team = self._team
        if team is None:
            return Content("")
        when = day_and_time(team.created_at)
        back = [("esc", "$key"), (" Teams  ›  ", "$muted")] if self._alone else []
        damaged = [(f"  {damage(team.damaged)}", "$error")] if team.damaged else []
        return Content.assemble(
            *back,
            (visible(team.name), "bold $text"),
            (visible(f"  {team.slug} · created {when}{by(team.created_by)}"), "$muted"),
            *damaged,
        )

    @on(PagedTable.Arrived)
    def _arrived(self, event: PagedTable.Arrived) -> None:
        event.stop()
        self._look_for_lost()
        self._tell()
        self._share_height()
        self.post_message(self.Changed())

    def _look_for_lost(self) -> None:
        """Where a section has the keys, nobody takes the place of who is not in the team any more."""
        for table in self.tables:
            lost = table.lost
            if lost is None or self._team is None:
                self._told.discard(table)
            elif self.screen.focused is not table:
                table.choose()
            elif table not in self._told:
                self._told.add(table)
                console_of(self).notify(
                    f"{lost.account.name} is not in {self._team.name} any more. {CHOOSE}", severity="warning"
                )

    @on(PagedTable.Moved)
    def _moved(self, event: PagedTable.Moved) -> None:
        event.stop()
        self.post_message(self.Changed())

    def _tell(self) -> None:
        console = console_of(self)
        may_change = console.ready and console.operator.global_admin and self._team is not None
        for section in (self.services, self.members):
            section.display = self._team is not None
            section.tell(may_change=may_change)

    def on_resize(self) -> None:
        """More or fewer rows fit."""
        self._share_height()

    def _share_height(self) -> None:
        """Give each section the lines it needs; where both need more than there is, half each at least."""
        room = self.size.height - 5  # the title with its blank line, two headings, a blank line between
        wanted = [max(table.row_count or 0, 3) + 1 for table in self.tables]
        first = min(wanted[0], max(room // 2, room - wanted[1]))
        for table, lines in zip(self.tables, (first, room - first), strict=True):
            table.styles.height = max(2, min(lines, wanted[0] if table is self.tables[0] else wanted[1]))

    def _empty(self, sentence: str, command_id: str, then: str) -> Lines:
        if not console_of(self).operator.global_admin:
            return [(Cell("Only a global admin sees who else has a role here.", "muted"),)]
        return [(Cell(sentence, "muted"),), next_step(console_of(self).keys.shown(command_id), then)]
