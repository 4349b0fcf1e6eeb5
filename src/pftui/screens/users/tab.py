"""The Users tab: people and service accounts in one list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from pftui.domain.accounts import AccountCounts, AccountQuery, AccountSort, AccountSummary, Kind
from pftui.domain.clock import Clock, utc_now
from pftui.domain.search import AccountState
from pftui.screens.accounts.columns import ACCOUNT_COLUMNS
from pftui.screens.command import CommandContext
from pftui.screens.console import console_of
from pftui.screens.created import Created, What
from pftui.screens.lists.list_tab import WIDE, ListTab, next_step
from pftui.screens.lists.rows import QueryRows
from pftui.screens.places import USERS
from pftui.screens.users.pane import DetailsPane
from pftui.widgets.cells import Cell
from pftui.widgets.filter_bar import FilterBar
from pftui.widgets.paged_table import PagedTable
from pftui.widgets.table_lines import Lines

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services

#: The views of the list, and the kind of account in each; the last one is titled by `attention_title`.
VIEWS = {"All": None, "Users": Kind.USER, "Service accounts": Kind.SERVICE_ACCOUNT, "": None}
_ATTENTION = len(VIEWS) - 1

#: Columns below which words are short.
NARROW = 76
HINT = "filter by words, is:disabled, !word"


def counts_text(count: int, everything: int, width: int) -> Content:
    """`1,204 accounts`, shorter where room is."""
    number = f"{count:,} of {everything:,}" if count != everything else f"{count:,}"
    noun = ("" if width < WIDE else " accounts") if everything != 1 else " account"
    return Content.styled(number + noun, "$muted")


def attention_title(needing: int, width: int) -> str:
    """`3 need attention`, shorter where room is."""
    if width < NARROW:
        return f"{needing:,} !"
    return f"{needing:,} {'needs' if needing == 1 else 'need'} attention"


def longest_counts(everything: int, width: int) -> int:
    """The cells that `counts_text` takes at most, whatever is filtered."""
    return counts_text(everything, everything + 1, width).cell_length


class UsersTab(ListTab[AccountSummary, AccountQuery]):
    """Filter, table, details."""

    states = AccountState

    def __init__(self, *, clock: Clock = utc_now, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        table: PagedTable[AccountSummary] = PagedTable(
            ACCOUNT_COLUMNS, describe_empty=self.describe_empty, clock=clock, id="accounts"
        )
        super().__init__(AccountQuery(), FilterBar(HINT, tuple(VIEWS)), table, id=id)
        self.pane = DetailsPane(clock=clock)

    def compose(self) -> ComposeResult:
        """The parts."""
        yield self.bar
        with Horizontal(classes="list-and-details"):
            yield self.table
            yield self.pane

    def context(self) -> CommandContext:
        """The account under the cursor, and the key by which the filter has found it."""
        console = console_of(self)
        row = self.table.row
        operator = console.operator if console.ready else None
        return CommandContext(USERS, operator, row, key=row.found_key if row else None)

    def show_created(self, created: Created) -> None:
        """Select an account."""
        if created.what is What.ACCOUNT:
            self.select_created(created.id)

    def sort_by_creator(self) -> None:
        """The column that is rarely wide enough to be seen comes with it."""
        self._sort_by(AccountSort.CREATED_BY, False)

    # The list (`ListTab`)

    def rows_of(
        self, services: Services, operator: Operator, query: AccountQuery
    ) -> QueryRows[AccountSummary, AccountQuery, AccountCounts]:
        """The accounts, and how many there would be without filter and view."""
        return QueryRows(
            services.accounts, operator, query, replace(query, text="", kind=None, attention=False)
        )

    def narrowed(self, query: AccountQuery) -> AccountQuery:
        """The text, and the view."""
        chip = self.bar.chip
        return replace(
            super().narrowed(query), kind=tuple(VIEWS.values())[chip], attention=chip == _ATTENTION
        )

    def show_counts(self) -> None:
        """How many, and how many need attention."""
        if self.rows is not None and self.rows.counts is not None:
            everything, width = self.rows.whole_counts or self.rows.counts, self.app.size.width
            text = counts_text(self.rows.counts.total, everything.total, width)
            self.bar.tell_counts(text, longest_counts(everything.total, width))
            offered = everything.attention or self.bar.chip == _ATTENTION
            title = attention_title(everything.attention, width) if offered else ""
            self.bar.title_chip(_ATTENTION, title, "$warning")

    def follow_cursor(self, *, now: bool) -> None:
        """Show the account's details, where there is room for them."""
        row = self.table.row
        if self.pane.display:
            self.pane.follow(row.id if row else None, row.found_key if row else None, now=now)

    def shower(self, services: Services) -> Callable[[Operator, str], object]:
        """An account's details."""
        return services.accounts.show

    def show_gone(self, sentence: str) -> None:
        """In place of the details."""
        self.pane.show_gone(sentence)

    def describe_nothing(self) -> Lines:
        """What would be here, and which key makes the first one."""
        if not console_of(self).operator.global_admin:
            return [(Cell("Only a global admin sees service accounts and other users.", "muted"),)]
        if self.query_now.attention:
            return [(Cell("Nothing needs attention.", "muted"),)]
        service = self.query_now.kind is Kind.SERVICE_ACCOUNT
        what, command_id, then = (
            ("No service accounts yet.", "create_service_account", "create the first one")
            if service
            else ("No users yet.", "new_user", "invite one")
        )
        key = console_of(self).keys.shown(command_id)
        return [(Cell(what),), next_step(key, then, "They would be listed here. ")]

    def on_resize(self, event: events.Resize) -> None:
        """The details stand beside the list where there is room."""
        wide = event.size.width >= WIDE
        if self.pane.display != wide:
            self.pane.display = wide
            self.follow_cursor(now=True)
        self.bar.set_class(event.size.width < NARROW, "-narrow")
        self.bar.input.placeholder = HINT if wide else HINT.split(maxsplit=1)[0]
        self.show_counts()
