"""The rows of the Webhooks tab, and the deliveries of one to choose from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pftui.domain.clock import UNKNOWN_TIME, Clock
from pftui.domain.names import fold
from pftui.domain.search import Search, Term, WebhookState, parse_search, searched_text
from pftui.domain.webhooks import Delivery, WebhookQuery, WebhookSort, WebhookStatus, WebhookView
from pftui.presentation.webhooks import team_of
from pftui.screens.lists.rows import page_of

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.domain.paging import PageRequest
    from pftui.services.contracts import Services
    from pftui.services.webhooks import WebhookService


@dataclass(frozen=True, slots=True)
class WebhookCounts:
    """How many webhooks a query finds; and of all there are, how many need attention."""

    total: int
    attention: int
    everything: int


@dataclass(frozen=True, slots=True)
class WebhookPages:
    """The webhooks in pages (implements `lists.rows.Pages`). They are few, and the service lists them whole.

    Who is no global admin sees none of them, and need not be refused for looking.
    """

    services: Services
    clock: Clock

    def page(self, operator: Operator, query: WebhookQuery, request: PageRequest) -> Sequence[WebhookView]:
        """Some of them."""
        return page_of(self._found(operator, query), request)

    def count(self, operator: Operator, query: WebhookQuery) -> WebhookCounts:
        """How many there are."""
        everything, now = self._all(operator), self.clock()
        attention = sum(row.status(now).needs_attention for row in everything)
        return WebhookCounts(len(_fitting(everything, query, now)), attention, len(everything))

    def position(self, operator: Operator, query: WebhookQuery, row_id: str, /) -> int | None:
        """Where one of them is."""
        ids = [row.id for row in self._found(operator, query)]
        return ids.index(row_id) if row_id in ids else None

    def _all(self, operator: Operator) -> Sequence[WebhookView]:
        return self.services.webhooks.list(operator) if operator.global_admin else ()

    def _found(self, operator: Operator, query: WebhookQuery) -> list[WebhookView]:
        now = self.clock()
        found = _fitting(self._all(operator), query, now)
        key = _keys(now)[query.sort]
        return sorted(found, key=lambda row: (key(row), fold(row.name), row.id), reverse=query.descending)


def _keys(now: datetime) -> dict[WebhookSort, Callable[[WebhookView], Any]]:
    order = list(WebhookStatus)
    return {
        WebhookSort.NAME: lambda row: 0,
        WebhookSort.TEAM: lambda row: fold(team_of(row)) if row.team_id else "",
        WebhookSort.LAST: lambda row: row.last.at if row.last is not None else UNKNOWN_TIME,
        WebhookSort.STATUS: lambda row: order.index(row.status(now)),
    }


def _fitting(rows: Sequence[WebhookView], query: WebhookQuery, now: datetime) -> list[WebhookView]:
    search = parse_search(query.text, WebhookState)
    return [row for row in rows if fits(row, search, now)]


def fits(row: WebhookView, search: Search, now: datetime) -> bool:
    """Whether a webhook fits every word: by its name, address, events or team, or by its state."""
    return not search.hopeless and all(_holds(row, term, now) is not term.excluded for term in search.terms)


def _holds(row: WebhookView, term: Term, now: datetime) -> bool:
    texts = (row.name, row.url, *row.events, row.team_name or "")
    if term.text and term.text in searched_text(texts):
        return True
    status = row.status(now)
    states = {
        WebhookState.ATTENTION: status.needs_attention,
        WebhookState.PARKED: row.parked > 0,
        WebhookState.PAUSED: not row.enabled,
        WebhookState.RETRYING: status is WebhookStatus.RETRYING,
    }
    return any(states[WebhookState(state)] for state in term.states)


@dataclass(frozen=True, slots=True)
class DeliveryRows:
    """What a webhook was sent, newest first, whose event holds a text (implements `RowSource`)."""

    webhooks: WebhookService
    operator: Operator
    webhook_id: str
    text: str

    def count(self) -> int:
        """How many there are."""
        return len(self._found())

    def page(self, request: PageRequest) -> Sequence[Delivery]:
        """Some of them."""
        return page_of(self._found(), request)

    def position(self, row_id: str) -> int | None:
        """Where one of them is."""
        ids = [row.id for row in self._found()]
        return ids.index(row_id) if row_id in ids else None

    def _found(self) -> Sequence[Delivery]:
        made = self.webhooks.deliveries(self.operator, self.webhook_id)
        text = self.text.strip().lower()
        return [each for each in made if text in each.event or text in each.event_id]
