"""The rows of a list of events: what is found of them, from the newest on, bit by bit.

What an event is does not change, and neither does what lies behind it. So a filter is asked of each stretch
of the trail once: what was found stays found, new events are asked for above it, older ones below. A list of
all events needs no asking: its rows are numbers.
"""

from __future__ import annotations

import threading
import time
from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pftui.domain.audit import AuditEvent, AuditQuery, DamagedEvent, Extent
from pftui.domain.errors import Ambiguous, InvalidInput, NotFound

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.domain.audit_filter import AuditFilter
    from pftui.domain.paging import PageRequest
    from pftui.services.audit import AuditService

#: Seconds that somebody waits for the first rows; what is not found by then shows as it is found.
PATIENCE = 0.15
_FIRST_STRETCH, _LONGEST_STRETCH = 2_000, 200_000  # events that are asked for at once
_QUICK = 0.05  # seconds in which a stretch is asked for that may be twice as long the next time


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event in a list (implements `widgets.pages.Row`)."""

    event: AuditEvent | DamagedEvent

    @property
    def id(self) -> str:
        """Its number."""
        return str(self.event.sequence)

    @property
    def name(self) -> str:
        """As a sentence names it."""
        return f"Event #{self.event.sequence:,}"


class EventRows:
    """What one query finds (implements `widgets.pages.RowSource`). Every method blocks, but the properties.

    Threads may share it.
    """

    def __init__(self, audit: AuditService, operator: Operator, typed: AuditFilter) -> None:
        self._audit = audit
        self.operator = operator
        self.problem = ""
        """Why nothing can be found; empty where something can."""
        self._typed = typed
        self._query: AuditQuery | None = None
        self._newer = array("q")  # in order, what came after the first look
        self._older = array("q")  # newest first, what was there then
        self._above: int | None = None  # up to which number it was looked through
        self._below = 0  # down to which
        self._extent = Extent(1, 0)
        self._stretch = _FIRST_STRETCH
        self._lock = threading.RLock()

    # What is known without asking

    @property
    def found(self) -> int:
        """How many events are found so far."""
        if self._everything:
            return self._extent.last - self._extent.first + 1
        return len(self._newer) + len(self._older)

    @property
    def last(self) -> int:
        """The number of the newest event: how many there ever were."""
        return self._extent.last

    @property
    def archived(self) -> int:
        """How many events are no longer in the store."""
        return self._extent.first - 1

    @property
    def complete(self) -> bool:
        """Whether all was looked through."""
        if self._everything or self.problem:
            return True
        return self._above is not None and self._below <= self._extent.first

    @property
    def _everything(self) -> bool:
        return self._query is not None and self._query.everything

    @property
    def looked_through(self) -> int:
        """How many events were asked for."""
        return (self._above or 0) - self._below + 1 if self._above is not None else 0

    def above(self, number: int) -> int:
        """How many of those found are newer than an event."""
        if self._everything:
            return max(0, self._extent.last - number)
        newer = len(self._newer) - bisect_left(self._newer, number + 1)
        return newer + bisect_left(self._older, -number, key=lambda each: -each)

    # `RowSource`

    def count(self) -> int:
        """How many are found so far; what is new is among them."""
        with self._lock:
            self._look_up()
            if not self.found:
                self.advance(PATIENCE)
            return self.found

    def page(self, request: PageRequest) -> Sequence[EventRow]:
        """Some of them; waits a moment for what is not found yet."""
        with self._lock:
            if self._above is None:
                self._look_up()
            start, wanted = self._range(request)
            if self.found < wanted:
                self.advance(PATIENCE, wanted)
            numbers = self._slice(start, wanted)
        events = self._audit.numbered(self.operator, numbers) if numbers else ()
        return [EventRow(event) for event in events]

    def position(self, row_id: str) -> int | None:
        """Where one of them is; None where it is not found, or not yet."""
        if not row_id.isdigit():
            return None
        number = int(row_id)
        with self._lock:
            if self._above is None:
                self._look_up()
            at = self.above(number)
            return at if self._slice(at, at + 1) == [number] else None

    def _range(self, request: PageRequest) -> tuple[int, int]:
        """From which row to which; beside its neighbour, where one is named."""
        after = self.position(request.after) if request.after is not None else None
        if after is not None:
            return after + 1, after + 1 + request.size
        before = self.position(request.before) if request.before is not None else None
        if before is not None:
            return max(0, before - request.size), before
        return request.offset, request.offset + request.size

    def _slice(self, start: int, stop: int) -> list[int]:
        stop = min(stop, self.found)
        if self._everything:
            return [self._extent.last - at for at in range(start, stop)]
        newer = len(self._newer)
        return [
            self._newer[newer - 1 - at] if at < newer else self._older[at - newer]
            for at in range(start, stop)
        ]

    # Looking

    def advance(
        self, seconds: float, wanted: int | None = None, cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        """Look through older events until time is up, enough are found, or there are no more."""
        end = time.monotonic() + seconds
        while not self.complete and not cancelled():
            with self._lock:
                self._stretch_down()
            if time.monotonic() >= end or (wanted is not None and self.found >= wanted):
                return

    def _look_up(self) -> None:
        """See what is new, and what was archived."""
        self._extent = extent = self._audit.extent(self.operator)
        query = self._resolved()
        if query is None:
            return
        if self._above is None:
            self._above, self._below = extent.last, extent.last + 1
        self._forget_archived()
        while not query.everything and self._above < extent.last:
            top = min(extent.last, self._above + _LONGEST_STRETCH)
            found = self._audit.numbers(self.operator, query, top, self._above + 1)
            self._newer.extend(reversed(found))
            self._above = top
        self._above = max(self._above, extent.last)

    def _resolved(self) -> AuditQuery | None:
        """What was typed, with what it names; what is not there yet is looked for again."""
        if self._query is None:
            self.problem = ""
            try:
                self._query = self._audit.resolve(self.operator, self._typed)
            except (InvalidInput, NotFound, Ambiguous) as error:
                self.problem = error.message
        return self._query

    def _forget_archived(self) -> None:
        first = self._extent.first
        while self._older and self._older[-1] < first:
            self._older.pop()
        if self._newer and self._newer[0] < first:
            del self._newer[: bisect_left(self._newer, first)]

    def _stretch_down(self) -> None:
        if self._above is None:
            self._look_up()
        if self._query is None:
            return
        top = self._below - 1
        bottom = max(self._extent.first, top - self._stretch + 1)
        if top < bottom:
            self._below = min(self._below, self._extent.first)
            return
        begun = time.monotonic()
        self._older.extend(self._audit.numbers(self.operator, self._query, top, bottom))
        self._below = bottom
        if time.monotonic() - begun < _QUICK:
            self._stretch = min(self._stretch * 2, _LONGEST_STRETCH)
        elif self._stretch > _FIRST_STRETCH:
            self._stretch //= 2
