"""The selected webhook beside the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from pftui.domain.clock import Clock
from pftui.domain.webhooks import Delivery, Parked, WebhookView
from pftui.screens.console import console_of
from pftui.screens.lists.reading_pane import ReadingPane
from pftui.screens.webhooks.text import webhook_text, who_sends

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services

#: Deliveries that are listed; the command line has all.
_LISTED = 50


class _Read(NamedTuple):
    made: Sequence[Delivery]
    parked: Sequence[Parked]


class WebhookPane(ReadingPane[WebhookView, _Read]):
    """Shows one webhook: what it gets, how far it is, and what it was sent."""

    def __init__(self, clock: Clock) -> None:
        super().__init__("Webhooks", id="webhook")
        self._clock = clock

    def read(self, services: Services, operator: Operator, row: WebhookView) -> _Read:
        """What it was sent, and what is parked."""
        made = services.webhooks.deliveries(operator, row.id, limit=_LISTED)
        return _Read(made, services.webhooks.parked(operator, row.id) if row.parked else ())

    def text_of(self, row: WebhookView, read: _Read, width: int) -> Content:
        """What it is, and what became of what it was sent."""
        console = console_of(self)
        sends = who_sends(console.delivers, console.keys.press("deliver"))
        return webhook_text(row, *read, width, self._clock(), sends)
