"""The selected event beside the list: it follows the cursor once it rests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from pftui.domain.clock import Clock, utc_now
from pftui.screens.audit.rows import EventRow
from pftui.screens.audit.text import event_text
from pftui.widgets.reading_box import ReadingBox

if TYPE_CHECKING:
    from textual.timer import Timer

#: Seconds that the cursor rests before the event follows: a held key must not paint every one.
REST = 0.15


class EventPane(ReadingBox):
    """Shows one event."""

    def __init__(self, *, clock: Clock = utc_now) -> None:
        super().__init__(id="event")
        self._clock = clock
        self._text = Static()
        self._row: EventRow | None = None
        self._last = 0
        self._timer: Timer | None = None
        self._back = ""

    def compose(self) -> ComposeResult:
        """The text."""
        yield self._text

    def follow(self, row: EventRow | None, last: int, *, now: bool) -> None:
        """Show this event, once the cursor has rested on it; `last` is the number of the newest one."""
        same = row is not None and self._row is not None and row.id == self._row.id
        self._row, self._last = row, last
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if row is None or now or same:
            self._show()
        else:
            self._timer = self.set_timer(REST, self._show)
        if not same:
            self.scroll_home(animate=False)

    def stand(self, back: str) -> None:
        """Say how one comes back to the list, where it is not beside the event: to what."""
        if back != self._back:
            self._back = back
            self._show()

    def _show(self) -> None:
        self._timer = None
        row = self._row
        text = event_text(row.event, self._last, self._clock()) if row is not None else Content("")
        back = Content.assemble(("esc", "$key"), (f" {self._back}\n\n", "$muted"))
        self._text.update(back + text if self._back else text)
