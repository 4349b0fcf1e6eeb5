"""The audit trail: the columns of its table."""

from __future__ import annotations

from pftui.domain.audit import Actor, AuditEvent, DamagedEvent
from pftui.presentation.columns import Column
from pftui.presentation.times import exact

Event = AuditEvent | DamagedEvent
_UNKNOWN = "?"


def who(actor: Actor) -> str:
    """An actor by what nobody else has: people may share a name, and then it is their address that tells."""
    return f"{actor.name} ({actor.email})" if actor.email else actor.name


EVENT_COLUMNS = (
    Column[Event](
        "When", lambda row, now: exact(row.created_at) if isinstance(row, AuditEvent) else _UNKNOWN
    ),
    Column[Event]("Who", lambda row, now: who(row.actor) if isinstance(row, AuditEvent) else _UNKNOWN),
    Column[Event]("Action", lambda row, now: row.action.label if isinstance(row, AuditEvent) else _UNKNOWN),
    Column[Event]("What", lambda row, now: row.description),
)
