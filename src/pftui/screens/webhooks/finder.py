"""Webhooks for the palette."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pftui.domain.clock import utc_now
from pftui.domain.search import WebhookState, parse_search
from pftui.presentation.webhooks import events_of
from pftui.screens.tab_spec import Found
from pftui.screens.webhooks.rows import fits

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services


def find(services: Services, operator: Operator, text: str, limit: int) -> Sequence[Found]:
    """Webhooks whose name, address, events or team hold the text."""
    if not operator.global_admin:
        return []
    search, now = parse_search(text, WebhookState), utc_now()
    rows = [row for row in services.webhooks.list(operator) if fits(row, search, now)]
    return [Found(row.id, row.name, f"webhook · {events_of(row, 2)}") for row in rows[:limit]]
