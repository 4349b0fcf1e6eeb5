"""The head of the trail, and the events that are still to be sent behind it.

They are read and written past the ORM, which would take several times as long for a row; `StoreSession` sends
them with each flush, so that a query sees them as it sees other rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from pftui.domain.audit import AuditEvent
from pftui.domain.audit_form import hash_of, stored_event
from pftui.repositories.models import AuditEventRow, AuditHead, OrganizationRow
from pftui.repositories.stored import Rule, as_can_be, rule_of

_ROWS: Any = AuditHead.__table__
_COLUMNS = [column for column in _ROWS.c if column.key != "id"]
_INDISPENSABLE = ("id", "sequence", "hash")  # what a head cannot do without
_RULES = {column.key: rule_of(column.key, column.type) for column in _ROWS.c}
_LOCK = select(_ROWS, select(func.min(OrganizationRow.id)).scalar_subquery().label("organization_id"))
_LOCK = _LOCK.with_for_update(of=_ROWS)
_MOVE = (
    update(_ROWS)
    .where(_ROWS.c.id == bindparam("own_id"))
    .values({column: bindparam(f"new_{column.key}") for column in _COLUMNS})
)
_EVENTS: Any = AuditEventRow.__table__
_INSERT = insert(_EVENTS)
# SQLAlchemy sends many rows in one statement where it is to give something back; else PostgreSQL plans each.
_INSERT_MANY = _INSERT.returning(_EVENTS.c.sequence)
_MANY = 10
_KEPT = "pftui_trail_head"


class TrailHead:
    """The row of the head, which this transaction has locked, and what it is to become."""

    def __init__(self, values: Mapping[str, Any], organization_id: str | None) -> None:
        self._values = {**values}
        self._events: list[dict[str, Any]] = []
        self._moved = False
        #: Whose trail it is; None where there is no organization yet.
        self.organization_id = organization_id

    def __getitem__(self, column: str) -> Any:
        return self._values[column]

    def set(self, **values: Any) -> None:
        """Change some of its columns."""
        self._values.update(values)
        self._moved = True

    def append(self, event: AuditEvent) -> AuditEvent:
        """The event with its number and hashes, which from now on are the head's."""
        unhashed = stored_event(event)._replace(sequence=self["sequence"] + 1, previous_hash=self["hash"])
        stored = unhashed._replace(hash=hash_of(unhashed))
        self._events.append({**stored._asdict(), "created_at": event.created_at})
        self.set(sequence=stored.sequence, hash=stored.hash)
        return replace(event, sequence=stored.sequence, previous_hash=stored.previous_hash, hash=stored.hash)

    def send(self, session: Session) -> None:
        """Write what has changed since this was last called."""
        if self._events:
            events, self._events = self._events, []
            statement = _INSERT if len(events) < _MANY else _INSERT_MANY
            session.connection().execute(statement, events).close()
        if self._moved:
            self._moved = False
            values = {f"new_{column.key}": self._values[column.key] for column in _COLUMNS}
            session.connection().execute(_MOVE, {"own_id": self._values["id"], **values})


def lock_head(session: Session) -> TrailHead | None:
    """Lock the head until the end of the transaction; None where it is missing or damaged."""
    session.info.pop(_KEPT, None)
    found = session.connection().execute(_LOCK).mappings().one_or_none()
    if found is None or not all(_RULES[name].whole(found[name]) for name in _INDISPENSABLE):
        return None
    values = {name: _as_can_be(found[name], rule) for name, rule in _RULES.items()}
    organization_id = found["organization_id"]
    if organization_id is not None:
        organization_id = as_can_be(organization_id, OrganizationRow.id.expression)
    head = TrailHead(values, organization_id)
    session.info[_KEPT] = head
    return head


def _as_can_be(value: Any, rule: Rule) -> Any:
    return value if rule.whole(value) else rule.instead(value)


def send_head(session: Session) -> None:
    """Send the session's head and events, where it has any."""
    head: TrailHead | None = session.info.get(_KEPT)
    if head is not None:
        head.send(session)
