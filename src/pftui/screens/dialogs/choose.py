"""Search a long list and pick one row; the next question opens above, so that the way back is one key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Generic

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input

from pftui.domain.api_key import mask_typed_keys
from pftui.domain.errors import PftuiError
from pftui.domain.names import fold
from pftui.screens.dialogs.dialog import Choice, Dialog
from pftui.widgets.cells import Cell
from pftui.widgets.columns import Column
from pftui.widgets.entry import Entry
from pftui.widgets.paged_table import PagedTable
from pftui.widgets.pages import RowSource, RowT
from pftui.widgets.table_lines import Lines

if TYPE_CHECKING:
    from textual.widget import Widget


@dataclass(frozen=True, slots=True)
class Search(Generic[RowT]):
    """What is searched, and what follows.

    `pick` asks what else is needed and makes the change; it returns whether it was made.
    `create` makes what is missing (it gets what was typed) and returns whether that was used.
    """

    title: str
    what: str
    columns: Sequence[Column[RowT]]
    source: Callable[[str], RowSource[RowT]]
    name: Callable[[RowT], str]
    pick: Callable[[RowT], Awaitable[bool]]
    nobody: str
    create: Callable[[str], Awaitable[bool]] | None = None
    create_label: str = ""


class Choose(Dialog[bool], Generic[RowT]):
    """The search. Dismisses with True once something was picked and the change made."""

    AUTO_FOCUS = "#search"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "row(1)", show=False),
        Binding("up", "row(-1)", show=False),
        Binding("pagedown", "rows(1)", show=False),
        Binding("pageup", "rows(-1)", show=False),
        Binding("enter", "pick", show=False),
        Binding("slash", "search", show=False),
        Binding("c,ctrl+n", "create", show=False),
    ]

    def __init__(self, search: Search[RowT]) -> None:
        super().__init__(search.title)
        self._search = search
        self._table: PagedTable[RowT] = PagedTable(search.columns, describe_empty=self._empty, id="rows")
        self._searched = False
        self._picking = False
        self._steps = 0
        self._unread = False

    def body(self) -> Iterable[Widget]:
        """The search field and what it finds."""
        entry = Entry(id="search", placeholder=f"type to search {self._search.what}")
        entry.clean = mask_typed_keys
        yield entry
        yield self._table

    def choices(self) -> Iterable[Choice]:
        """Cancel, create what is missing, go on."""
        yield Choice("Cancel", id="cancel", key="esc")
        if self._search.create is not None:
            yield Choice(self._search.create_label, id="create", key="ctrl+n")
        yield Choice("Choose", id="pick", key="⏎", kind="primary")

    def on_mount(self) -> None:
        """Show all there is."""
        self._show("")

    @property
    def may_give_up(self) -> bool:
        """Esc waits for no search."""
        return self._picking or super().may_give_up

    def _show(self, typed: str) -> None:
        self._steps = 0
        self._searched = bool(typed.strip())
        self._table.show(self._search.source(typed), follow=False)

    @on(Input.Changed, "#search")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._wait_no_more()
        self._show(event.value)

    def _empty(self) -> Lines:
        if self.query_one("#search", Input).value:
            lines: list[Sequence[Cell]] = [(Cell("Nothing matches what you typed.", "muted"),)]
        else:
            lines = [(Cell(self._search.nobody, "muted"),)]
        if self._search.create is not None:
            lines.append((Cell("ctrl+n", "accent"), Cell(f"  {self._search.create_label}", "muted")))
        return lines

    @on(PagedTable.Failed)
    def _failed(self, event: PagedTable.Failed) -> None:
        event.stop()
        self._wait_no_more()
        self._unread = True
        self.show_problem(event.error)

    @on(PagedTable.Arrived)
    def _arrived(self, event: PagedTable.Arrived) -> None:
        event.stop()
        self._unread = False
        self.clear_problems()
        if self._searched:
            self._searched = False
            self._select_best()
        if self._steps:
            self._table.action_move(self._steps)
            self._steps = 0
        if self._wait_no_more():
            self.action_pick()

    def _select_best(self) -> None:
        """Put the cursor on the row with the name that was typed, or else one that begins like it."""
        typed = fold(self.query_one("#search", Input).value.strip())
        if not self._table.select(lambda row: fold(self._search.name(row)) == typed):
            self._table.select(lambda row: fold(self._search.name(row)).startswith(typed))

    def _wait_no_more(self) -> bool:
        """Returns whether Enter waited for the search to have its answer."""
        waited = self._picking
        if waited:
            self._picking = self.opening = False
        return waited

    @on(PagedTable.Opened)
    @on(Input.Submitted, "#search")
    @on(Choice.Pressed, "#pick")
    def _picked(self, event: PagedTable.Opened | Input.Submitted | Choice.Pressed) -> None:
        event.stop()
        if isinstance(event, PagedTable.Opened):
            self._wait_no_more()
            self._pick()  # the row that was pointed at
        else:
            self.action_pick()

    @on(Choice.Pressed, "#create")
    def _create_pressed(self, event: Choice.Pressed) -> None:
        event.stop()
        self.action_create()

    def action_row(self, by: int) -> None:
        """Move the cursor while the search keeps the focus; in the rows to come, where they are awaited."""
        if self._table.reading:
            self._steps += by
        else:
            self._table.action_move(by)

    def action_rows(self, by: int) -> None:
        """Move the cursor by a page."""
        self._table.action_move_page(by)

    def action_search(self) -> None:
        """Back to the search."""
        self.query_one("#search").focus()

    def action_pick(self) -> None:
        """Go on with the row under the cursor, once it is one that was searched for.

        Where reading failed, read again.
        """
        if self.occupied:
            return
        if self._table.reading:
            self._picking = self.opening = True
        elif self._unread:
            self._table.reload()
        else:
            self._pick()

    def _pick(self) -> None:
        row = self._table.row
        if row is not None:
            self.go_on(partial(self._take, partial(self._search.pick, row)))
        elif self._table.lost is not None:
            self.say(f"{self._search.name(self._table.lost)} is gone. Choose another one.", "warning")

    def action_create(self) -> None:
        """Make what is missing; what was typed is its name."""
        if self._search.create is not None:
            typed = self.query_one("#search", Input).value.strip()
            self.go_on(partial(self._take, partial(self._search.create, typed)))

    async def _take(self, step: Callable[[], Awaitable[bool]]) -> None:
        try:
            done = await step()
        except PftuiError as problem:
            self.show_problem(problem)
            return
        if done:
            self.dismiss(True)
        else:
            self._table.reload()

    def action_cancel(self) -> None:
        """Esc empties the search first."""
        self._wait_no_more()
        search = self.query_one("#search", Input)
        if self.occupied:
            return
        if search.value:
            search.value = ""
            search.focus()
        else:
            self.dismiss(False)
