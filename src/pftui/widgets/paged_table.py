"""A table that reads only what it shows: a million rows cost no more than ten.

Textual's Line API (`render_line`) over keyset pages, each read in a thread. The cursor stays on
its row, found again by its id, whatever happens to the rows around it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.worker import get_current_worker

from pftui.domain.clock import Clock, utc_now
from pftui.domain.errors import PftuiError
from pftui.domain.interrupting import Interrupt, Interrupted
from pftui.widgets.columns import Column
from pftui.widgets.pages import PAGE, Cancelled, Loaded, RowSource, RowT, View, load, read_page
from pftui.widgets.table_lines import Lines, TableLines
from pftui.widgets.twice import Twice

if TYPE_CHECKING:
    from textual.timer import Timer

#: Seconds before a table says that it is loading: sooner it would only flicker.
PATIENCE = 0.15


class PagedTable(TableLines[RowT], can_focus=True):
    """The table.

    Give it a source with `show`; ask it with `reload` to read the same query again. `describe_empty`
    says what stands where there are no rows.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "move_page(-1)", show=False),
        Binding("pagedown,space", "move_page(1)", show=False),
        Binding("home", "move_to(0)", show=False),
        Binding("end,G", "move_to(-1)", show=False),
        Binding("g", "first_of_two", show=False),
        Binding("ctrl+d", "move_half_page(1)", show=False),
        Binding("ctrl+u", "move_half_page(-1)", show=False),
    ]

    class Moved(Message):
        """The cursor is on another row, or on the same one with other contents."""

    class Opened(Message):
        """A row was double-clicked."""

    class SortRequested(Message):
        """A column's title was clicked."""

        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    class Arrived(Message):
        """What was asked for has been read; `missing` is the row that was looked for in vain."""

        def __init__(self, missing: str | None = None) -> None:
            super().__init__()
            self.missing = missing

    class ReadAgain(Message):
        """The rows that are seen were read again, and that under the cursor is not what it was."""

    class Waiting(Message):
        """Reading takes long, or (with `waiting` false) is over."""

        def __init__(self, waiting: bool) -> None:
            super().__init__()
            self.waiting = waiting

    class Failed(Message):
        """The rows could not be read; those that were there stay."""

        def __init__(self, error: PftuiError) -> None:
            super().__init__()
            self.error = error

    def __init__(
        self,
        columns: Sequence[Column[RowT]],
        *,
        describe_empty: Callable[[], Lines] = lambda: (),
        clock: Clock = utc_now,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(columns, describe_empty=describe_empty, clock=clock, id=id)
        self._source: RowSource[RowT] | None = None
        self._generation = 0
        self._interrupt = Interrupt()
        self._shown_row: RowT | None = None
        self._before: RowT | None = None  # the row under the cursor as what is seen was read again
        self._sought: str | None = None  # the row that the cursor is to be put on once it is read
        self._reading = False
        self._follows = False
        self._moved_meanwhile = False  # by a hand, since those rows were asked for in which it moves
        self._twice = Twice()
        self._lost_row: RowT | None = None
        self._lost_told = False
        self._timer: Timer | None = None

    # What others ask for

    @property
    def row(self) -> RowT | None:
        """The row under the cursor; None while it is not known, and where none is selected."""
        return None if self._lost else self._cache.row(self._cursor)

    @property
    def lost(self) -> RowT | None:
        """The row that was selected and is not listed any more: no other takes its place unasked."""
        return self._lost_row if self._lost else None

    @property
    def row_count(self) -> int | None:
        """How many rows there are; None before the first answer."""
        return self._count

    @property
    def reading(self) -> bool:
        """Whether the rows of what was last asked for are still to come; the ones before show meanwhile."""
        return self._reading

    @property
    def cursor(self) -> int:
        """The cursor's row number, from 0."""
        return self._cursor

    def show(self, source: RowSource[RowT], *, follow: bool, row_id: str | None = None) -> None:
        """Show another query's rows.

        Args:
            follow: keep the cursor on its row rather than going to the first.
            row_id: put the cursor on this row instead.
        """
        self._source = source
        self._sought = row_id or (self._sought if follow else None)
        self._start(source, follow)

    def reload(self) -> None:
        """Read the same query again; the cursor stays on its row, and the row on its line."""
        if self._source is not None:
            self._start(self._source, True)

    def reload_seen(self) -> None:
        """Read the rows that are seen again: the same ones, of which something that is shown has changed."""
        if self._source is None or not self._count or self._reading:
            return
        top = round(self.scroll_y)
        last = min(self._count - 1, top + max(0, self._window - 1))
        numbers = list(range(top // PAGE, last // PAGE + 1))
        read = partial(self._read_pages, self._generation, self._source, numbers, self._interrupt, again=True)
        self._before = self.row
        self.run_worker(read, thread=True, exclusive=True, group="pages")

    def seek(self, row_id: str) -> None:
        """Read the same query again, and put the cursor on this row."""
        self._sought = row_id
        self.reload()

    def choose(self) -> None:
        """Select the row that is where a lost one was."""
        self._move_to(self._cursor)

    def select(self, wanted: Callable[[RowT], bool]) -> bool:
        """Put the cursor on the first row in sight that is wanted; returns whether there is one."""
        top = round(self.scroll_y)
        for number in range(top, top + self._window):
            row = self._cache.row(number)
            if row is not None and wanted(row):
                self._move_to(number)
                return True
        return False

    @property
    def shown_columns(self) -> frozenset[str]:
        """The ids of the columns that there is room for."""
        return frozenset(self._columns[index].id for index, _, _ in self._placed)

    def clear(self) -> None:
        """Forget the rows and the source."""
        self._generation += 1
        self._stop_waiting()
        self._source, self._sought, self._count, self._cursor = None, None, None, 0
        self._lost, self._lost_row, self._shown_row = False, None, None
        self._cache.clear()
        self.refresh()

    # Reading

    def _start(self, source: RowSource[RowT], follow: bool) -> None:
        self._generation += 1
        self._reading, self._follows, self._moved_meanwhile = True, follow, False
        wanted = self._sought or (self._shown_row.id if self._shown_row else None)
        view = View(self._cursor, wanted, round(self.scroll_y), max(1, self._window), follow)
        superseded, self._interrupt = self._interrupt, Interrupt()
        read = partial(self._read, self._generation, source, view, superseded, self._interrupt)
        self.run_worker(read, thread=True, exclusive=True, group="rows")
        if self._timer is None:
            self._timer = self.set_timer(PATIENCE, self._show_waiting)

    def _read(
        self,
        generation: int,
        source: RowSource[RowT],
        view: View,
        superseded: Interrupt,
        interrupt: Interrupt,
    ) -> None:
        """In a thread: read what the window shows, once what was read for another query is given up."""
        worker = get_current_worker()
        superseded.interrupt()
        try:
            with interrupt.applied():
                loaded = load(
                    source,
                    view,
                    lambda: worker.is_cancelled,
                    lambda early: self.call_later(self._came_early, generation, early),
                )
        except (Cancelled, Interrupted):
            return
        except PftuiError as error:
            self.call_later(self._read_failed, generation, error)
        else:
            self.call_later(self._arrived, generation, loaded)

    def _show_waiting(self) -> None:
        self._timer = None
        if self._reading:
            self._slow = True
            self.post_message(self.Waiting(True))
            if self._count is None:
                self.refresh()

    def _stop_waiting(self) -> None:
        self._reading = False
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._slow:
            self._slow = False
            self.post_message(self.Waiting(False))

    def _arrived(self, generation: int, loaded: Loaded[RowT]) -> None:
        """The rows of the window have come."""
        if generation != self._generation:
            return
        if self._moved_meanwhile and self._source is not None:
            self._start(self._source, True)  # what was read is for where the cursor was before
            return
        self._stop_waiting()
        self._failed = False
        sought, self._sought = self._sought, None
        self._put_in(loaded, sought)
        self.post_message(self.Arrived(sought if loaded.lost else None))
        self._request_pages()

    def _came_early(self, generation: int, loaded: Loaded[RowT]) -> None:
        """The first rows have come, while it is still being counted how many there are."""
        if generation == self._generation and self._reading and loaded.count:
            self._put_in(loaded, None)
            self._follows = True  # from here on the cursor moves in the rows that were asked for

    def _put_in(self, loaded: Loaded[RowT], sought: str | None) -> None:
        """Show these in the place of those that were there."""
        self._cache.clear()
        self._count, self._cursor = loaded.count, loaded.cursor
        # What was looked for in vain leaves nothing selected until somebody chooses, or asks for other rows.
        vain = self._lost and self._lost_row is None and self._follows and sought is None
        if loaded.lost and not self._lost and sought is None:
            self._lost_row = self._shown_row
        self._lost = loaded.lost or vain
        self._cache.add(loaded.pages, range(0))
        self.virtual_size = Size(self.size.width, loaded.count + 1)
        self.scroll_to(y=loaded.top, animate=False, force=True)
        self._keep_in_view()
        self.refresh()
        self._announce_row()

    def _read_failed(self, generation: int, error: PftuiError) -> None:
        """The store did not answer: what is there stays."""
        if generation != self._generation:
            return
        self._stop_waiting()
        self._failed = True
        self.refresh()
        self.post_message(self.Failed(error))

    def _request_pages(self) -> None:
        """Ask for pages that are seen, or soon will be, and are not at hand."""
        if self._source is None or not self._count:
            return
        top, last = round(self.scroll_y), self._count - 1
        first = max(0, min(top, last) - PAGE // 2) // PAGE
        final = min(last, top + self._window + PAGE // 2) // PAGE
        missing = self._cache.missing(range(first, final + 1))
        if missing:
            # What is on the screen first, what may come next after it.
            missing.sort(key=lambda number: abs(number * PAGE + PAGE // 2 - top))
            self.run_worker(
                partial(self._read_pages, self._generation, self._source, missing, self._interrupt),
                thread=True,
                exclusive=True,
                group="pages",
            )

    def _read_pages(
        self,
        generation: int,
        source: RowSource[RowT],
        numbers: list[int],
        interrupt: Interrupt,
        *,
        again: bool = False,
    ) -> None:
        """In a thread: read pages, each sent on as soon as it is there; tell when all were read `again`."""
        worker = get_current_worker()
        for number in numbers:
            if worker.is_cancelled or generation != self._generation:
                return
            try:
                with interrupt.applied():
                    rows = read_page(source, number, self._cache.around(number))
            except Interrupted:
                return
            except PftuiError as error:
                self.call_later(self._read_failed, generation, error)
                return
            self.call_later(self._page_arrived, generation, number, rows)
        if again:
            self.call_later(self._was_read_again, generation)

    def _was_read_again(self, generation: int) -> None:
        if generation != self._generation:
            return
        row = self.row
        if row is not None and self._before is not None and row.id == self._before.id and row != self._before:
            self.post_message(self.ReadAgain())
        self._request_pages()  # whose reading this may have ended

    def _page_arrived(self, generation: int, number: int, rows: tuple[RowT, ...]) -> None:
        if generation != self._generation:
            return
        top = round(self.scroll_y)
        seen = range(top // PAGE, (top + self._window) // PAGE + 1)
        same = self._cache.page(number) == rows
        self._cache.add({number: rows}, seen)
        if number in seen and not same:
            self.refresh()
        self._announce_row()

    # Moving

    @property
    def _window(self) -> int:
        """How many rows are seen."""
        return max(0, self.scrollable_content_region.height - 1)

    def action_move(self, by: int) -> None:
        """Move the cursor by rows; where none is selected, to the row above or below the gap."""
        self._move_to(self._cursor + (by - 1 if self._lost and by > 0 else by))

    def action_move_page(self, direction: int) -> None:
        """Move the cursor by a window, less one row to hold on to."""
        self._move_to(self._cursor + direction * max(1, self._window - 1), page=True)

    def action_move_half_page(self, direction: int) -> None:
        """Move the cursor by half a window."""
        self._move_to(self._cursor + direction * max(1, self._window // 2), page=True)

    def action_first_of_two(self) -> None:
        """`gg`: the first row."""
        if self._twice.pressed():
            self.action_move_to(0)

    def action_move_to(self, row: int) -> None:
        """Move the cursor to a row; -1 is the last."""
        self._move_to((self._count or 1) - 1 if row < 0 else row)

    def _move_to(self, row: int, page: bool = False) -> None:
        if not self._count:
            return
        self._sought = None  # a hand has chosen another one
        old, self._cursor = self._cursor, max(0, min(row, self._count - 1))
        if old == self._cursor and not self._lost:
            return
        self._lost, self._lost_row = False, None
        self._moved_meanwhile = self._follows
        if self.row is None:
            self._shown_row = None  # its page is not at hand: known by its number for now
        if page:
            self.scroll_to(y=round(self.scroll_y) + self._cursor - old, animate=False, force=True)
        self._keep_in_view()
        self.refresh_line(old + 1)
        self.refresh_line(self._cursor + 1)
        self._announce_row()

    def _keep_in_view(self) -> None:
        top = round(self.scroll_y)
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, force=True)
        elif self._window and self._cursor >= top + self._window:
            self.scroll_to(y=self._cursor - self._window + 1, animate=False, force=True)

    def _announce_row(self) -> None:
        row = self.row
        if self._lost:
            if not self._lost_told:
                self._lost_told = True
                self.post_message(self.Moved())
            return
        self._lost_told = False
        if row is not self._shown_row and (row is not None or not self._count):
            self._shown_row = row
            self.post_message(self.Moved())

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolled, by whatever: see that the rows are there."""
        super().watch_scroll_y(old_value, new_value)
        if round(old_value) != round(new_value):
            self._request_pages()

    def on_resize(self) -> None:
        """Keep the cursor in sight, and draw anew: the columns have moved."""
        self._keep_in_view()
        self.refresh()
        self._request_pages()

    def on_click(self, event: events.Click) -> None:
        """Select, open with a second click, sort by a title."""
        if event.y == 0:
            for index, x, width in self._placed:
                if x <= event.x < x + max(width, 1) and self._columns[index].sortable:
                    self.post_message(self.SortRequested(self._columns[index].id))
            return
        row = round(self.scroll_y) + event.y - 1
        if self._count and row < self._count:
            self._move_to(row)
            if event.chain == 2:
                self.post_message(self.Opened())
