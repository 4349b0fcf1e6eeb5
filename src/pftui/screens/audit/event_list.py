"""A table of events, and the look through a long trail that goes on behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.message import Message
from textual.worker import Worker, get_current_worker

from pftui.domain.clock import Clock
from pftui.domain.errors import PftuiError
from pftui.screens.audit.columns import EVENT_COLUMNS
from pftui.screens.audit.rows import EventRow, EventRows
from pftui.widgets.paged_table import PagedTable
from pftui.widgets.table_lines import Lines

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds after which what was found meanwhile is shown.
SHOWN_EVERY = 0.3


class EventList(PagedTable[EventRow]):
    """Shows what is found of a query while older events are still being looked through."""

    class Searched(Message):
        """More of the trail was looked through; nothing may have been found in it."""

    def __init__(self, describe_empty: Callable[[], Lines], *, clock: Clock, id: str) -> None:  # noqa: A002
        super().__init__(EVENT_COLUMNS, describe_empty=describe_empty, clock=clock, id=id)
        self.sorted_by = ("date", True)
        self.events: EventRows | None = None
        self._searching: EventRows | None = None
        self._seen = 0  # the newest event that stood in the list while its top was seen

    def show_events(self, events: EventRows, *, follow: bool, row_id: str | None = None) -> None:
        """Show these; where they are not all found yet, go on looking until something else is asked for."""
        if events is not self.events:
            self.workers.cancel_group(self, "search")
            self._seen = 0
        self.events = events
        self.show(events, follow=follow, row_id=row_id)

    def say_nothing(self) -> None:
        """Nobody may see any: say so, and ask for none."""
        self.clear()
        self.events, self._count = None, 0
        self.refresh()

    @property
    def unseen(self) -> int:
        """How many events have come above what is seen."""
        if self.events is None or not self._seen:
            return 0
        return min(self.events.above(self._seen), round(self.scroll_y))

    def on_paged_table_arrived(self) -> None:
        """The first rows are there: look for more."""
        self._note_seen()
        events = self.events
        if events is None or events.complete or self.reading or self._searching is events:
            return
        self._searching = events
        self.run_worker(
            lambda: self._search(events), thread=True, exclusive=True, group="search", exit_on_error=False
        )

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolled: what is above may be seen now."""
        super().watch_scroll_y(old_value, new_value)
        self._note_seen()

    def _note_seen(self) -> None:
        if self.events is not None and (round(self.scroll_y) == 0 or not self._seen):
            self._seen = self.events.last

    def _search(self, events: EventRows) -> None:
        """In a thread: one stretch after another."""
        worker = get_current_worker()
        try:
            self._search_on(events, worker)
        finally:
            self.call_later(self._search_ended, events)

    def _search_on(self, events: EventRows, worker: Worker[Any]) -> None:
        while not worker.is_cancelled and not events.complete:
            before = events.found
            try:
                events.advance(SHOWN_EVERY, cancelled=lambda: worker.is_cancelled)
            except PftuiError as error:
                self.call_later(self._search_failed, events, error)
                return
            if not worker.is_cancelled:
                self.call_later(self._searched, events, events.found > before or events.complete)

    def _search_ended(self, events: EventRows) -> None:
        if self._searching is events:
            self._searching = None

    def _searched(self, events: EventRows, more: bool) -> None:
        if events is self.events:
            if more:
                self.reload()
            self.post_message(self.Searched())

    def _search_failed(self, events: EventRows, error: PftuiError) -> None:
        if events is self.events:
            self.post_message(self.Failed(error))
