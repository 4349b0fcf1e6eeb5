"""The audit trail: the columns of its table."""

from __future__ import annotations

from pftui.domain.audit import AuditEvent, DamagedEvent
from pftui.presentation.columns import Column
from pftui.presentation.times import exact

Event = AuditEvent | DamagedEvent
_UNKNOWN = "?"

EVENT_COLUMNS = (
    Column[Event](
        "When", lambda row, now: exact(row.created_at) if isinstance(row, AuditEvent) else _UNKNOWN
    ),
    Column[Event]("Who", lambda row, now: row.actor.name if isinstance(row, AuditEvent) else _UNKNOWN),
    Column[Event]("Action", lambda row, now: row.action.label if isinstance(row, AuditEvent) else _UNKNOWN),
    Column[Event]("What", lambda row, now: row.description),
)
