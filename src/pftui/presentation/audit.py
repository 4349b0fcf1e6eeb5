"""The audit trail: the columns of its table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from pftui.domain.audit import AuditEvent, DamagedEvent
from pftui.presentation.columns import Column
from pftui.presentation.times import exact

Event = AuditEvent | DamagedEvent
_UNKNOWN = "?"


def came(source: Mapping[str, Any]) -> str:
    """How an actor came, and from where, from the `source` of an event; whatever a newer pftui put there."""
    by = " ".join(str(source[field]) for field in ("by", "keyId") if field in source)
    uid = f"uid {source['uid']}" if "uid" in source else ""
    claimed = source.get("claimed")
    claims = ", ".join(f"{field} {text}" for field, text in claimed.items()) if _is_object(claimed) else ""
    return ", ".join(part for part in (by, uid, claims and f"as claimed: {claims}") if part)


def _is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, dict)


EVENT_COLUMNS = (
    Column[Event](
        "When", lambda row, now: exact(row.created_at) if isinstance(row, AuditEvent) else _UNKNOWN
    ),
    Column[Event]("Who", lambda row, now: row.who if isinstance(row, AuditEvent) else _UNKNOWN),
    Column[Event]("Action", lambda row, now: row.action.label if isinstance(row, AuditEvent) else _UNKNOWN),
    Column[Event]("What", lambda row, now: row.description),
)


def event_fields(event: Event) -> Iterator[tuple[str, str]]:
    """All that is known of one event, a label and a text each."""
    yield "Number", str(event.sequence)
    yield "What", event.description
    if not isinstance(event, AuditEvent):
        return
    yield "When", exact(event.created_at)
    yield "Who", event.who
    yield "Who (id)", event.actor.id
    yield "Came", came(event.source) or "not known"
    yield "Action", event.action.value
    yield "Target", f"{event.target.value} {event.target_id}".rstrip()
    if event.team_id:
        yield "Team", event.team_id
    for name, value in sorted(event.metadata.items()):
        yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    yield "Hash", event.hash
