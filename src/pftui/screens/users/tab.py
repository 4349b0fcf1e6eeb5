"""The Users tab: people and service accounts in one list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content

from pftui.domain.accounts import AccountCounts, AccountQuery, AccountSort, AccountSummary, Kind, Operator
from pftui.domain.clock import Clock, utc_now
from pftui.domain.paging import PageRequest
from pftui.screens.accounts.columns import ACCOUNT_COLUMNS
from pftui.screens.command import CommandContext, Place
from pftui.screens.console import console_of
from pftui.screens.frame.tab import Tab
from pftui.screens.users.pane import DetailsPane
from pftui.widgets.cells import Cell
from pftui.widgets.filter_bar import FilterBar
from pftui.widgets.paged_table import PagedTable
from pftui.widgets.table_lines import Lines

if TYPE_CHECKING:
    from pftui.services.contracts import Accounts

CHIPS = ("All", "Users", "Service accounts")
KINDS = (None, Kind.USER, Kind.SERVICE_ACCOUNT)

HINT = "filter by name, e-mail, key or team"

#: Columns from which on the details stand beside the list.
WIDE = 110


class AccountRows:
    """One query's rows (implements `RowSource`); keeps the counts that come with it."""

    def __init__(self, accounts: Accounts, operator: Operator, query: AccountQuery) -> None:
        self._accounts = accounts
        self._operator = operator
        self.query = query
        self.counts: AccountCounts | None = None
        self.everything: AccountCounts | None = None

    def count(self) -> int:
        """How many there are; where they are filtered, also how many there would be without."""
        counts = self._accounts.count(self._operator, self.query)
        narrowed = self.query.text or self.query.kind
        everything = AccountQuery(not_in_team=self.query.not_in_team)
        self.everything = self._accounts.count(self._operator, everything) if narrowed else counts
        self.counts = counts
        return counts.total

    def page(self, request: PageRequest) -> Sequence[AccountSummary]:
        """Some of them."""
        return self._accounts.page(self._operator, self.query, request)

    def position(self, row_id: str) -> int | None:
        """Where one of them is."""
        return self._accounts.position(self._operator, self.query, row_id)


def counts_text(counts: AccountCounts, everything: int, width: int) -> Content:
    """`1,204 accounts · 3 need attention`, shorter where room is."""
    filtered = counts.total != everything
    number = f"{counts.total:,} of {everything:,}" if filtered else f"{counts.total:,}"
    noun = ("" if width < WIDE else " accounts") if everything != 1 else " account"
    parts = [(number + noun, "$muted")]
    if counts.attention and width >= 76:
        needs = "needs" if counts.attention == 1 else "need"
        parts += [(" · ", "$muted"), (f"{counts.attention:,} {needs} attention", "$warning")]
    return Content.assemble(*parts)


def longest_counts(everything: AccountCounts, width: int) -> int:
    """The cells that `counts_text` takes at most, whatever is filtered."""
    return counts_text(everything, everything.total + 1, width).cell_length


class UsersTab(Tab):
    """Filter, table, details."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "clear_filter", show=False)]

    def __init__(self, *, clock: Clock = utc_now, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._query = AccountQuery()
        self._rows: AccountRows | None = None
        self.bar = FilterBar(HINT, CHIPS)
        self.table: PagedTable[AccountSummary] = PagedTable(
            ACCOUNT_COLUMNS, describe_empty=self._describe_empty, clock=clock, id="accounts"
        )
        self.pane = DetailsPane(clock=clock)

    def compose(self) -> ComposeResult:
        """The parts."""
        yield self.bar
        with Horizontal(classes="list-and-details"):
            yield self.table
            yield self.pane

    # What the shell asks

    def context(self) -> CommandContext:
        """The account under the cursor."""
        console = console_of(self)
        return CommandContext(Place.USERS, console.operator if console.ready else None, self.table.row)

    def visit(self) -> None:
        """Opened: the list has the keys, and what is current is asked for."""
        self.table.focus()
        self._ask(follow=True)

    def reload(self) -> None:
        """Ask again, as whoever is signed in now."""
        self._ask(follow=True)

    def reveal(self, row_id: str) -> None:
        """Put the cursor on an account that the palette found, whatever the filter was."""
        with self.prevent(FilterBar.Changed):
            self.bar.clear()
            self.bar.choose(0)
        self.table.focus()
        self._query = replace(self._query, text="", kind=None)
        self._ask(follow=True, row_id=row_id)
        self.settle(self.table)

    def perform(self, command_id: str) -> bool:
        """What only a list can do."""
        actions = {
            "filter": self.bar.start,
            "cycle": self.bar.cycle,
            "sort": self._sort_by_next,
            "reverse": self._reverse,
        }
        if command_id not in actions:
            return False
        actions[command_id]()
        return True

    # The query

    def _ask(self, *, follow: bool, row_id: str | None = None) -> None:
        console = console_of(self)
        if not console.ready:
            return
        query = replace(self._query, text=self.bar.text, kind=KINDS[self.bar.chip])
        # A narrower view begins at its first row; a wider one finds the row again.
        self._query = query
        self._rows = AccountRows(console.services.accounts, console.operator, query)
        self.table.sorted_by = (query.sort.value, query.descending)
        self.table.show(self._rows, follow=follow, row_id=row_id)

    @on(FilterBar.Changed)
    def _filtered(self, event: FilterBar.Changed) -> None:
        event.stop()
        self._ask(follow=not self.bar.text)
        self.settle(self.table)

    @on(FilterBar.Left)
    def _filter_left(self, event: FilterBar.Left) -> None:
        event.stop()
        self.settle(self.table)
        self.table.focus()

    def action_clear_filter(self) -> None:
        """Esc in the list."""
        self.bar.clear()

    def _sort_by(self, sort: AccountSort, descending: bool) -> None:
        self._query = replace(self._query, sort=sort, descending=descending)
        self._ask(follow=False)

    def _sort_by_next(self) -> None:
        # By what is seen to be sorted only: the others have no room now.
        order = [sort for sort in AccountSort if sort.value in self.table.shown_columns | {self._query.sort}]
        self._sort_by(order[(order.index(self._query.sort) + 1) % len(order)], False)

    def _reverse(self) -> None:
        self._sort_by(self._query.sort, not self._query.descending)

    @on(PagedTable.SortRequested)
    def _title_clicked(self, event: PagedTable.SortRequested) -> None:
        event.stop()
        sort = AccountSort(event.column)
        self._sort_by(sort, not self._query.descending if sort is self._query.sort else False)

    # What comes back

    @on(PagedTable.Arrived)
    def _arrived(self) -> None:
        self._tell_counts()
        self._follow(now=True)
        self.post_message(self.ContextChanged())

    @on(PagedTable.Moved)
    def _moved(self, event: PagedTable.Moved) -> None:
        event.stop()
        self._follow(now=False)
        self.post_message(self.ContextChanged())

    def _follow(self, *, now: bool) -> None:
        row = self.table.row
        if self.pane.display:
            self.pane.follow(row.id if row else None, now=now)

    def _tell_counts(self) -> None:
        rows = self._rows
        if rows is not None and rows.counts is not None:
            everything, width = rows.everything or rows.counts, self.app.size.width
            text = counts_text(rows.counts, everything.total, width)
            self.bar.tell_counts(text, longest_counts(everything, width))

    def on_resize(self, event: events.Resize) -> None:
        """The details stand beside the list where there is room."""
        wide = event.size.width >= WIDE
        if self.pane.display != wide:
            self.pane.display = wide
            self._follow(now=True)
        self.bar.input.placeholder = HINT if wide else HINT.split(maxsplit=1)[0]
        self._tell_counts()

    def _describe_empty(self) -> Lines:
        """What would be context, and which key makes the first one."""
        query = self._query
        if query.text:
            return [
                (Cell("Nothing matches "), Cell(query.text, "bold"), Cell(".")),
                (Cell("Press ", "muted"), Cell("esc", "accent"), Cell(" to clear the filter.", "muted")),
            ]
        if not console_of(self).operator.global_admin:
            return [(Cell("Only a global admin sees service accounts and other users.", "muted"),)]
        service = query.kind is Kind.SERVICE_ACCOUNT
        what, key, then = (
            ("No service accounts yet.", "c", "create the first one")
            if service
            else ("No users yet.", "n", "invite one")
        )
        return [
            (Cell(what),),
            (
                Cell("They would be listed here. Press ", "muted"),
                Cell(key, "accent"),
                Cell(f" to {then}.", "muted"),
            ),
        ]
