"""Audit events as tests ask for them."""

from __future__ import annotations

from collections.abc import Iterable

from pftui.domain.accounts import Operator
from pftui.domain.audit import AuditEvent, AuditQuery, DamagedEvent
from pftui.domain.audit_form import StoredEvent, event_of
from pftui.services.contracts import Services


def whole(events: Iterable[StoredEvent]) -> list[AuditEvent]:
    """The stored events, none of which is damaged."""
    return readable(map(event_of, events))


def readable(events: Iterable[AuditEvent | DamagedEvent]) -> list[AuditEvent]:
    """The events, none of which is damaged."""
    undamaged = []
    for event in events:
        assert not isinstance(event, DamagedEvent), event
        undamaged.append(event)
    return undamaged


def latest(services: Services, operator: Operator, limit: int = 100) -> list[AuditEvent]:
    """The newest events, newest first."""
    return readable(services.audit.list(operator, AuditQuery(limit=limit)).events)
