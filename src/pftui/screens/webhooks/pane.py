"""The selected webhook beside the list: it follows the cursor once it rests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static
from textual.worker import get_current_worker

from pftui.domain.clock import Clock
from pftui.domain.errors import NotFound, PftuiError
from pftui.domain.webhooks import Delivery, Parked, WebhookView
from pftui.screens.accounts.text import gone_text
from pftui.screens.console import console_of
from pftui.screens.webhooks.text import webhook_text, who_sends
from pftui.widgets.reading_box import ReadingBox

if TYPE_CHECKING:
    from textual.timer import Timer

    from pftui.domain.accounts import Operator
    from pftui.services.webhooks import WebhookService

#: Seconds that the cursor rests before the webhook follows.
REST = 0.15
#: Deliveries that are listed; the command line has all.
_LISTED = 50


class _Read(NamedTuple):
    row: WebhookView
    made: Sequence[Delivery]
    parked: Sequence[Parked]


class WebhookPane(ReadingBox):
    """Shows one webhook: what it gets, how far it is, and what it was sent."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(id="webhook")
        self._clock = clock
        self._text = Static()
        self._row: WebhookView | None = None
        self._timer: Timer | None = None
        self._alone = False
        self._shown = Content("")
        self._read_last: _Read | None = None

    def compose(self) -> ComposeResult:
        """The text."""
        yield self._text

    def follow(self, row: WebhookView | None, *, now: bool) -> None:
        """Show this webhook, once the cursor has rested on it."""
        if row is None and self._row is None:
            return  # what is said there stays
        same = row is not None and self._row is not None and row.id == self._row.id
        self._row = row
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if row is None:
            self._show(Content(""))
            return
        if not same:
            self.scroll_home(animate=False)
        self._timer = self.set_timer(0.01 if now or same else REST, self._ask)

    def show_gone(self, sentence: str) -> None:
        """The webhook that was shown is there no more; no other takes its place."""
        self.follow(None, now=True)
        self._show(gone_text(sentence))

    def stand(self, *, alone: bool) -> None:
        """Say how one comes back to the list, where it is not beside the webhook."""
        if alone != self._alone:
            self._alone = alone
            self._show(self._shown)

    def _ask(self) -> None:
        self._timer = None
        if self._row is not None and self.display:
            console = console_of(self)
            self.run_worker(
                partial(self._read, console.services.webhooks, console.operator, self._row),
                thread=True,
                exclusive=True,
                group="webhook",
            )

    def _read(self, webhooks: WebhookService, operator: Operator, row: WebhookView) -> None:
        """In a thread: read what it was sent, and what is parked."""
        worker = get_current_worker()
        try:
            made = webhooks.deliveries(operator, row.id, limit=_LISTED)
            parked = webhooks.parked(operator, row.id) if row.parked else ()
        except NotFound:
            return  # deleted meanwhile: the list hears of it and moves on
        except PftuiError as error:
            self.call_later(self._show, Content.styled(error.message, "$error"))
            return
        if not worker.is_cancelled:
            self.call_later(self._show_read, _Read(row, made, parked))

    def _show_read(self, read: _Read) -> None:
        if self._row is not None and read.row.id == self._row.id:
            self._read_last = read
            self._show_again()

    def on_resize(self) -> None:
        """More or less of a line fits."""
        self._show_again()

    def _show_again(self) -> None:
        read = self._read_last
        if read is None or self._row is None or read.row.id != self._row.id:
            return
        console, width = console_of(self), self.scrollable_content_region.width
        sends = who_sends(console.delivers, console.keys.press("deliver"))
        self._show(webhook_text(*read, width, self._clock(), sends))

    def _show(self, text: Content) -> None:
        self._shown = text
        back = Content.assemble(("esc", "$key"), (" Webhooks\n\n", "$muted")) if self._alone else Content("")
        self._text.update(back + text)
