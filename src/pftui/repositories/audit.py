"""The audit trail in the store: appended to, read, and checked; never changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import false, func, or_, select
from sqlalchemy.orm import Session

from pftui.domain.audit import (
    Action,
    Actor,
    AuditEvent,
    AuditPage,
    AuditQuery,
    Target,
    event_hash,
)
from pftui.domain.errors import DamagedTrail, StoreUnavailable
from pftui.domain.names import storable
from pftui.repositories.models import AuditEventRow, AuditHead
from pftui.repositories.paging import AnySelect

#: What is written about an account without its name, address, state or privileges having changed.
_NO_CHANGES = (
    Action.CHANGE_REFUSED,
    Action.LOGIN,
    Action.LOGIN_FAILED,
    Action.PASSWORD_CHANGED,
    Action.PASSWORD_RESET,
)


class AuditRepository:
    """Events of the trail, one transaction long."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._head: AuditHead | None = None

    def lock(self) -> None:
        """Wait for other writers and keep them out until the end of the transaction."""
        self._head = self._session.scalars(select(AuditHead).with_for_update()).one_or_none()
        if self._head is None:
            raise StoreUnavailable(
                "The audit trail of this store has lost its head, so nothing can be added to it. Nothing was "
                "changed; bring back a backup."
            )

    def append(self, event: AuditEvent) -> AuditEvent:
        """Add an event to the chain; its sequence and hashes are set here. Needs `lock` before."""
        head = self._head
        if head is None:
            raise RuntimeError("events are appended in a unit of work for writing")
        numbered = replace(event, sequence=head.sequence + 1, previous_hash=head.hash)
        chained = replace(numbered, hash=event_hash(numbered))
        self._session.add(AuditEventRow(**columns_of(chained)))
        head.sequence, head.hash = chained.sequence, chained.hash
        return chained

    def head(self) -> tuple[int, str]:
        """The sequence and hash of the newest event."""
        row = self._session.execute(select(AuditHead.sequence, AuditHead.hash)).one_or_none()
        return (row[0], row[1]) if row is not None else (0, "")

    def newest_about(self, target_id: str, team_id: str | None = None) -> AuditEvent | None:
        """The newest change of this target itself or, with `team_id`, of what it is in that team."""
        where = AuditEventRow.team_id
        scope = where == team_id if team_id else or_(where.is_(None), where == target_id)
        statement = (
            select(AuditEventRow)
            .where(AuditEventRow.target_id == target_id, scope, AuditEventRow.action.not_in(_NO_CHANGES))
            .order_by(AuditEventRow.sequence.desc())
            .limit(1)
        )
        row = self._session.scalar(statement)
        return _event(row) if row is not None else None

    def page(self, query: AuditQuery) -> AuditPage:
        """One page, newest first."""
        total = self._session.scalar(_filtered(select(func.count()).select_from(AuditEventRow), query)) or 0
        statement = (
            _filtered(select(AuditEventRow), query)
            .order_by(AuditEventRow.sequence.desc())
            .limit(query.limit)
            .offset(query.offset)
        )
        events = tuple(_event(row) for row in self._session.scalars(statement))
        return AuditPage(total, query.limit, query.offset, events)

    def oldest_first(self) -> Iterator[AuditEvent]:
        """All events from the first on, some at a time.

        Raises:
            DamagedTrail: an event cannot be read, or its metadata are not as they were written.
        """
        statement = select(AuditEventRow).order_by(AuditEventRow.sequence)
        with self._session.scalars(statement.execution_options(yield_per=1000)) as rows:
            sequence = 0
            try:
                for row in rows:
                    sequence = row.sequence - 1
                    yield _event(row)
                    sequence = row.sequence
            except (ValueError, TypeError) as error:  # also raised for a time that is none
                raise DamagedTrail(sequence + 1) from error


def _filtered(statement: AnySelect, query: AuditQuery) -> AnySelect:
    if query.created_from is not None:
        statement = statement.where(AuditEventRow.created_at >= query.created_from)
    if query.created_until is not None:
        statement = statement.where(AuditEventRow.created_at <= query.created_until)
    if query.action is not None:
        statement = statement.where(AuditEventRow.action == query.action.value)
    if query.target is not None:
        statement = statement.where(AuditEventRow.target == query.target.value)
    if query.actor_id is not None:
        known = AuditEventRow.actor_id == query.actor_id
        statement = statement.where(known if storable(query.actor_id) else false())
    return statement


def columns_of(event: AuditEvent) -> dict[str, Any]:
    """The event as a row of `AuditEventRow`."""
    return {
        "sequence": event.sequence,
        "id": event.id,
        "description": event.description,
        "actor_id": event.actor.id,
        "actor_name": event.actor.name,
        "actor_email": event.actor.email,
        "action": event.action.value,
        "target": event.target.value,
        "target_id": event.target_id,
        "metadata_json": _written(event.metadata),
        "organization_id": event.organization_id,
        "team_id": event.team_id,
        "created_at": event.created_at,
        "previous_hash": event.previous_hash,
        "hash": event.hash,
    }


def _event(row: AuditEventRow) -> AuditEvent:
    try:
        event = _read(row)
    except (ValueError, TypeError) as error:
        raise DamagedTrail(row.sequence) from error
    if _written(event.metadata) != row.metadata_json:
        raise DamagedTrail(row.sequence)
    return event


def _written(metadata: dict[str, Any]) -> str:
    return json.dumps(metadata, sort_keys=True, ensure_ascii=True)


def _read(row: AuditEventRow) -> AuditEvent:
    return AuditEvent(
        sequence=row.sequence,
        id=row.id,
        description=row.description,
        actor=Actor(row.actor_id, row.actor_name, row.actor_email),
        action=Action(row.action),
        target=Target(row.target),
        target_id=row.target_id,
        organization_id=row.organization_id,
        team_id=row.team_id,
        created_at=row.created_at,
        metadata=json.loads(row.metadata_json),
        previous_hash=row.previous_hash,
        hash=row.hash,
    )
