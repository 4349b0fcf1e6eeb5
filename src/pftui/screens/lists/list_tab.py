"""A tab that lists the rows of a service: filter, table, sorting, counts; a subclass adds what is beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum, StrEnum
from textwrap import wrap
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from textual import on
from textual.binding import Binding, BindingType

from pftui.domain.api_key import mask_typed_keys
from pftui.domain.errors import NotFound, PftuiError
from pftui.domain.search import NoState, parse_search
from pftui.presentation.gone import CHOOSE, gone
from pftui.screens.command import PALETTE_KEY
from pftui.screens.console import console_of
from pftui.screens.lists.tab import Tab
from pftui.widgets.cells import Cell
from pftui.widgets.filter_bar import FilterBar
from pftui.widgets.paged_table import PagedTable
from pftui.widgets.pages import Row as AnyRow
from pftui.widgets.table_lines import Lines

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.screens.lists.rows import QueryRows
    from pftui.services.contracts import Services

#: Columns from which on what is selected stands beside the list.
WIDE = 110
#: Columns of a sentence in the list, for the narrowest that a list can be.
WRAPPED = 54


class ListQuery(Protocol):
    """The query of a list: a frozen dataclass with at least these fields."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def text(self) -> str:
        """What is looked for."""

    @property
    def sort(self) -> Enum:
        """What it is ordered by; the values of the enumeration are ids of columns."""

    @property
    def descending(self) -> bool:
        """The other way round."""


class NamedRow(AnyRow, Protocol):
    """A row that has a name for people."""

    @property
    def name(self) -> str:
        """As it is listed."""


Row = TypeVar("Row", bound=NamedRow)
Query = TypeVar("Query", bound=ListQuery)


#: The value by which lists are sorted by when their rows were used last.
LAST_USED = "last_used"


class ListTab(Tab, Generic[Row, Query]):
    """A filter bar, a table, and how the two work together.

    Subclasses give the query's rows (`rows_of`), show one (`shower`), say what stands where there are none
    (`describe_nothing`), show how many there are (`show_counts`), and follow the cursor (`follow_cursor`).
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "clear_filter", show=False)]
    #: What the filter knows after `is:`.
    states: ClassVar[type[StrEnum]] = NoState

    def __init__(
        self,
        query: Query,
        bar: FilterBar,
        table: PagedTable[Row],
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id)
        self.query_now = query
        self.bar = bar
        self.bar.input.clean = mask_typed_keys
        self.bar.show_key(console_of(self).keys.shown("filter"))
        self.table = table
        self.rows: QueryRows[Row, Query, Any] | None = None
        self._created: str | None = None
        self._narrowed = False
        self._lost: Row | None = None

    # What a subclass gives

    def rows_of(self, services: Services, operator: Operator, query: Query) -> QueryRows[Row, Query, Any]:
        """The rows of a query."""
        raise NotImplementedError

    def narrowed(self, query: Query) -> Query:
        """The query with what the filter bar says."""
        return replace(query, text=self.bar.text)

    def describe_nothing(self) -> Lines:
        """What would be here, and which key makes the first one."""
        raise NotImplementedError

    def show_counts(self) -> None:
        """Say in the filter bar how many rows there are."""
        raise NotImplementedError

    def follow_cursor(self, *, now: bool) -> None:
        """The cursor is on another row, or (`now`) the rows were read: show what is selected."""
        raise NotImplementedError

    def shower(self, services: Services) -> Callable[[Operator, str], object]:
        """The method of a service that shows one row by its id, and raises `NotFound`."""
        raise NotImplementedError

    def show_gone(self, sentence: str) -> None:
        """What was selected is there no more: say so where it was shown beside the list."""

    # What the shell asks

    @property
    def focus_at_visit(self) -> PagedTable[Any]:
        """What has the keys when the tab is opened."""
        return self.table

    def visit(self) -> None:
        """Opened: the list has the keys, and what is current is asked for."""
        self.focus_at_visit.focus()
        self.read(follow=True)

    def reload(self) -> None:
        """Ask again, as whoever is signed in now."""
        self.read(follow=True)

    def reload_uses(self) -> None:
        """Read what is on the screen; all, where the order is by what has changed."""
        if self.query_now.sort.value == LAST_USED:
            self.reload()
        else:
            self.table.reload_seen()

    @on(PagedTable.ReadAgain)
    def _read_again(self, event: PagedTable.ReadAgain) -> None:
        event.stop()
        self.follow_cursor(now=True)

    def reveal(self, row_id: str, text: str = "") -> None:
        """Put the cursor on a row that the palette found; `text` is the filter then, whatever it was."""
        self._show_all(text)
        self.table.focus()
        self.read(follow=True, row_id=row_id)
        self.settle(self.table)

    def select_created(self, row_id: str) -> None:
        """Put the cursor on a row that was just created; if the filter hides it, show all again."""
        self._created = row_id
        self.table.focus()
        self.read(follow=True, row_id=row_id)
        self.settle(self.table)

    def _show_all(self, text: str = "") -> None:
        with self.prevent(FilterBar.Changed):
            self.bar.fill(text)
            self.bar.choose(0)

    # Commands (`lists.commands`)

    def start_filter(self) -> None:
        """Let keys go into the filter."""
        self.bar.start()

    def next_view(self) -> None:
        """Switch the next chip on."""
        self.bar.cycle()

    def sort_by_next(self) -> None:
        """By the next of the columns that are seen to be sorted; the others have no room now."""
        now = self.query_now.sort
        shown = self.table.shown_columns | {now.value}
        order = [sort for sort in type(now) if sort.value in shown]
        self._sort_by(order[(order.index(now) + 1) % len(order)], False)

    def reverse(self) -> None:
        """The same column, the other way round."""
        self._sort_by(self.query_now.sort, not self.query_now.descending)

    # The query

    def read(self, *, follow: bool, row_id: str | None = None) -> None:
        """Ask for the rows; `follow` keeps the cursor on its row, `row_id` puts it on that one."""
        console = console_of(self)
        if not console.ready:
            return
        self.query_now = query = self.narrowed(self.query_now)
        self.rows = self.rows_of(console.services, console.operator, query)
        self.table.sorted_by = (query.sort.value, query.descending)
        self.table.show(self.rows, follow=follow, row_id=row_id)

    @on(FilterBar.Changed)
    def _filtered(self, event: FilterBar.Changed) -> None:
        event.stop()
        # A narrower view begins at its first row; a wider one finds the row again.
        self._narrowed = True
        self.read(follow=not self.bar.text)
        self.settle(self.table)

    @on(FilterBar.Left)
    def _filter_left(self, event: FilterBar.Left) -> None:
        event.stop()
        self.settle(self.table)
        self.table.focus()

    def action_clear_filter(self) -> None:
        """Esc in the list."""
        self.bar.clear()

    def _sort_by(self, sort: Enum, descending: bool) -> None:
        self.query_now = replace(self.query_now, sort=sort, descending=descending)
        self.read(follow=False)

    @on(PagedTable.SortRequested)
    def _title_clicked(self, event: PagedTable.SortRequested) -> None:
        event.stop()
        now = self.query_now
        sort = type(now.sort)(event.column)
        self._sort_by(sort, not now.descending if sort is now.sort else False)

    # What comes back

    @on(PagedTable.Arrived)
    def _created_is_listed(self, event: PagedTable.Arrived) -> None:
        created, missing = self._created, event.missing is not None and event.missing == self._created
        if created is None or (self.table.reading and not missing):
            return  # this may be the answer to what was asked before
        self._created = None
        if missing and self.bar.narrows:
            self._show_all()
            self.read(follow=True, row_id=created)
            self.settle(self.table)
            self.post_message(self.Widened())

    @on(PagedTable.Arrived)
    def _arrived(self, event: PagedTable.Arrived) -> None:
        by_hand = self._narrowed and not self.table.reading
        if by_hand:
            self._narrowed = False
            if self.table.lost is not None:
                self.table.choose()  # it was left out by the hand that narrowed the list
        self.show_counts()
        self.follow_cursor(now=True)
        self.post_message(self.ContextChanged())
        if self.table.reading:
            return
        lost, self._lost = self._lost, self.table.lost
        if self._lost is not None and not by_hand and (lost is None or lost.id != self._lost.id):
            self.run_worker(self._look_for(self._lost), group="lost", exclusive=True)
        elif event.missing is not None and self._lost is None:
            console_of(self).notify(f"What you looked for is gone. {CHOOSE}", severity="warning")

    async def _look_for(self, row: Row) -> None:
        """Nothing takes the place of what was selected: say where it is, or who deleted it."""
        console = console_of(self)
        problem: NotFound | None = None
        try:
            await console.call(self.shower(console.services), console.operator, row.id)
        except NotFound as error:
            problem = error
        except PftuiError:
            return  # which the list has met too
        if self.table.lost is not None:
            sentence = gone(row.name, problem)
            self.show_gone(sentence)
            by = problem.ended_by if problem is not None else None
            if by is None or by.id != console.operator.id:  # who deleted it oneself is told so by then
                console.notify(f"{sentence} {CHOOSE}", severity="warning")

    @on(PagedTable.Moved)
    def _moved(self, event: PagedTable.Moved) -> None:
        event.stop()
        self.follow_cursor(now=False)
        self.post_message(self.ContextChanged())

    def describe_empty(self) -> Lines:
        """What stands where there are no rows."""
        unknown = parse_search(self.query_now.text, self.states).unknown
        if unknown and len(self.states):
            known = wrap(f"is: knows {', '.join(self.states)}.", WRAPPED)
            return [
                (Cell("There is no "), Cell(unknown[0], "bold"), Cell(".")),
                *((Cell(line, "muted"),) for line in known),
            ]
        if self.query_now.text:
            return [
                (Cell("Nothing matches "), Cell(self.query_now.text, "bold"), Cell(".")),
                (Cell("Press ", "muted"), Cell("esc", "accent"), Cell(" to clear the filter.", "muted")),
            ]
        return self.describe_nothing()


def next_step(key: str, then: str, before: str = "") -> Sequence[Cell]:
    """`Press c to create the first one.`; what has no key is found by another one."""
    return (
        Cell(f"{before}Press ", "muted"),
        Cell(key or PALETTE_KEY, "accent"),
        Cell(f" to {then}.", "muted"),
    )
