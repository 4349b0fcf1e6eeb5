"""The audit trail in the store: appended to, read, and checked; never changed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, case, false, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from pftui.domain.accounts import Kind
from pftui.domain.audit import (
    ENDINGS,
    Action,
    Actor,
    AuditEvent,
    AuditPage,
    AuditQuery,
    DamagedEvent,
    Target,
    event_hash,
)
from pftui.domain.errors import StoreDamaged
from pftui.domain.names import storable
from pftui.repositories.models import AuditEventRow, AuditHead, damaged
from pftui.repositories.paging import AnyRow, AnySelect

#: What is written about an account without its name, address, state or privileges having changed.
_NO_CHANGES = (
    Action.CHANGE_REFUSED,
    Action.LOGIN,
    Action.LOGIN_FAILED,
    Action.PASSWORD_CHANGED,
    Action.PASSWORD_RESET,
    Action.LOGOUT,
    Action.SESSION_ENDED,
)
# The times that Python can hold; what somebody writes into a database may be others, or none.
_EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
_LATEST = datetime(9999, 12, 30, tzinfo=UTC)
_FEW = 10  # things that a name may have meant
_SOME = 100  # changes of an operator's that are looked through
_LARGEST_OFFSET = 2**63 - 1


class AuditRepository:
    """Events of the trail, one transaction long."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._head: AuditHead | None = None
        self.newest_id: str | None = None
        """The id of the event that was appended last: by it a change whose end is not known is found."""

    def lock(self) -> None:
        """Wait for other writers and keep them out until the end of the transaction."""
        head = self._session.scalars(select(AuditHead).with_for_update()).one_or_none()
        self._head = None if head is None or damaged(head) else head
        if self._head is None:
            raise StoreDamaged(
                "The audit trail of this store has lost its head, or the head is damaged, so nothing can be "
                "added to it. Nothing was changed. `pftui db check` tells more; bring back a backup with "
                "`pftui db restore`."
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
        self.newest_id = chained.id
        return chained

    def head(self) -> tuple[int, str] | None:
        """The sequence and hash of the newest event; None where the record of them is missing."""
        row = self._session.execute(select(AuditHead.sequence, AuditHead.hash)).first()
        return (row[0], row[1]) if row is not None else None

    def actors(self, reference: str) -> list[str]:
        """The ids of those who did something under this id, name or address; at most a few."""
        if not storable(reference):
            return []
        row = AuditEventRow
        by = or_(
            row.actor_id == reference,
            func.lower(row.actor_email) == reference.lower(),
            row.actor_name == reference,
        )
        return list(self._session.scalars(select(row.actor_id).where(by).distinct().limit(_FEW)))

    def ended(self, reference: str) -> list[str]:
        """The ids of accounts and teams that were deleted under this id, name or address; at most a few."""
        if not storable(reference):
            return []
        row, named = AuditEventRow, json.dumps({"name": reference}, ensure_ascii=True)[1:-1]
        was = or_(
            row.target_id == reference,
            row.metadata_json.contains(named, autoescape=True),
            row.description == f"Deleted {Kind.USER.label} {reference}",
        )
        statement = select(row.target_id).where(row.action.in_(ENDINGS), was).distinct().limit(_FEW)
        return list(self._session.scalars(statement))

    def newest_about(self, target_id: str, team_id: str | None = None) -> AuditEvent | None:
        """The newest change of this target itself or, with `team_id`, of what it is in that team."""
        where = AuditEventRow.team_id
        scope = where == team_id if team_id else or_(where.is_(None), where == target_id)
        statement = (
            self._stored()
            .where(AuditEventRow.target_id == target_id, scope, AuditEventRow.action.not_in(_NO_CHANGES))
            .order_by(AuditEventRow.sequence.desc())
            .limit(1)
        )
        row = self._session.execute(statement).first()
        event = _event(row) if row is not None else None
        return event if isinstance(event, AuditEvent) else None

    def newest_of(
        self, target_id: str, actions: Collection[Action], team_id: str | None = None
    ) -> AuditEvent | None:
        """The newest event of these actions about this target; with `team_id`, in that team."""
        statement = self._stored().where(
            AuditEventRow.target_id == target_id, AuditEventRow.action.in_([each.value for each in actions])
        )
        if team_id is not None:
            statement = statement.where(AuditEventRow.team_id == team_id)
        row = self._session.execute(statement.order_by(AuditEventRow.sequence.desc()).limit(1)).first()
        event = _event(row) if row is not None else None
        return event if isinstance(event, AuditEvent) else None

    def get(self, event_id: str) -> AuditEvent | None:
        """The event with this id; None where there is none, or none that can be read."""
        if not storable(event_id):
            return None
        found = self._readable(self._stored().where(AuditEventRow.id == event_id))
        return found[0] if found else None

    def newest_by(self, actor_id: str, actions: Collection[Action], since: datetime) -> list[AuditEvent]:
        """The newest events of these actions by one actor, newest first: some hundred at most."""
        row = AuditEventRow
        statement = self._stored().where(
            row.actor_id == actor_id,
            row.action.in_([each.value for each in actions]),
            row.created_at >= since,
        )
        return self._readable(statement.order_by(row.sequence.desc()).limit(_SOME))

    def newer_of(
        self, sequence: int, target_id: str, actions: Collection[Action], team_id: str | None = None
    ) -> list[AuditEvent]:
        """The events of these actions about this target after the one with this number, newest first."""
        row = AuditEventRow
        statement = self._stored().where(
            row.target_id == target_id,
            row.action.in_([each.value for each in actions]),
            row.sequence > sequence,
        )
        if team_id is not None:
            statement = statement.where(row.team_id == team_id)
        return self._readable(statement.order_by(row.sequence.desc()))

    def _readable(self, statement: AnySelect) -> list[AuditEvent]:
        found = (_event(row) for row in self._session.execute(statement))
        return [event for event in found if isinstance(event, AuditEvent)]

    def count_since(self, sequence: int, target_id: str, action: Action) -> int:
        """How many events of this action about this target are newer than the one with this number."""
        row = AuditEventRow
        newer = (row.target_id == target_id, row.sequence > sequence, row.action == action.value)
        return self._session.scalar(select(func.count()).select_from(row).where(*newer)) or 0

    def page(self, query: AuditQuery) -> AuditPage:
        """One page, newest first."""
        total = self._session.scalar(_filtered(select(func.count()).select_from(AuditEventRow), query)) or 0
        statement = (
            _filtered(self._stored(), query)
            .order_by(AuditEventRow.sequence.desc())
            .limit(query.limit)
            .offset(min(query.offset, _LARGEST_OFFSET))
        )
        events = tuple(_event(row) for row in self._session.execute(statement))
        return AuditPage(total, query.limit, query.offset, events)

    def oldest_first(self) -> Iterator[AuditEvent | DamagedEvent]:
        """All events from the first on, some at a time."""
        statement = self._stored().order_by(AuditEventRow.sequence)
        with self._session.execute(statement.execution_options(yield_per=1000)) as rows:
            for row in rows:
                yield _event(row)

    def _stored(self) -> AnySelect:
        """Rows as they are in the database, whatever has become of them there."""
        moment = AuditEventRow.created_at
        readable = (
            type_coerce(moment, String)
            if self._session.get_bind().dialect.name == "sqlite"
            else case((moment.between(_EARLIEST, _LATEST), moment))
        )
        names = [column.key for column in AuditEventRow.__mapper__.column_attrs]
        others = [getattr(AuditEventRow, name) for name in names if name != moment.key]
        return select(*others, readable.label(moment.key))


def is_recorded(connection: Connection, event_id: str) -> bool:
    """Whether an event is in the trail, once the one who may be adding it has come to an end."""
    connection.execute(select(AuditHead.id).with_for_update())
    found = select(AuditEventRow.sequence).where(AuditEventRow.id == event_id)
    return connection.execute(found).first() is not None


def _filtered(statement: AnySelect, query: AuditQuery) -> AnySelect:
    if query.created_from is not None:
        statement = statement.where(AuditEventRow.created_at >= query.created_from)
    if query.created_until is not None:
        statement = statement.where(AuditEventRow.created_at <= query.created_until)
    if query.action is not None:
        statement = statement.where(AuditEventRow.action == query.action.value)
    if query.target is not None:
        statement = statement.where(AuditEventRow.target == query.target.value)
    if query.without:
        statement = statement.where(AuditEventRow.action.not_in([action.value for action in query.without]))
    if query.about_id is not None:
        statement = statement.where(_about(query.about_id) if storable(query.about_id) else false())
    if query.actor_id is not None:
        known = AuditEventRow.actor_id == query.actor_id
        statement = statement.where(known if storable(query.actor_id) else false())
    return statement


def _about(target_id: str) -> ColumnElement[bool]:
    """What happened to it, in it (a team), or to what is its own (an account's keys)."""
    of_account = json.dumps({"accountId": target_id}, ensure_ascii=True)[1:-1]
    return or_(
        AuditEventRow.target_id == target_id,
        AuditEventRow.team_id == target_id,
        AuditEventRow.metadata_json.contains(of_account, autoescape=True),
    )


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
        "metadata_json": _canonical(event.metadata),
        "organization_id": event.organization_id,
        "team_id": event.team_id,
        "created_at": event.created_at,
        "previous_hash": event.previous_hash,
        "hash": event.hash,
    }


def _canonical(metadata: dict[str, Any]) -> str:
    return json.dumps(metadata, sort_keys=True, ensure_ascii=True)


def _event(row: AnyRow) -> AuditEvent | DamagedEvent:
    """The event in a row of `AuditRepository._stored`, if it can be one that `columns_of` has made."""
    try:
        event = AuditEvent(
            sequence=row.sequence,
            id=row.id,
            description=row.description,
            actor=Actor(row.actor_id, row.actor_name, row.actor_email),
            action=Action.stored(row.action),
            target=Target.stored(row.target),
            target_id=row.target_id,
            organization_id=row.organization_id,
            team_id=row.team_id,
            created_at=_moment(row.created_at),
            metadata=json.loads(row.metadata_json),
            previous_hash=row.previous_hash,
            hash=row.hash,
        )
        # A key that is there twice would be read as one, and the other could hold anything.
        intact = row.metadata_json == _canonical(event.metadata) and _well_typed(event) and _known(event)
    except (ValueError, TypeError, OverflowError, RecursionError):
        intact = False
    if intact:
        return event
    return DamagedEvent(row.sequence if isinstance(row.sequence, int) else 0)


def _moment(stored: Any) -> datetime:
    moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    if not isinstance(moment, datetime):
        raise TypeError("not a time")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _known(event: AuditEvent) -> bool:
    """Whether a pftui has written it: this one, or a newer one, whose words its own hash must vouch for."""
    ours = event.action in Action.__members__.values() and event.target in Target.__members__.values()
    return ours or event_hash(event) == event.hash


def _well_typed(event: AuditEvent) -> bool:
    """Whether everything is what it should be: SQLite holds anything in any column."""
    needed = (event.id, event.description, event.actor.id, event.actor.name, event.target_id)
    others = (event.actor.email or "", event.team_id or "")
    texts = (*needed, *others, event.organization_id, event.previous_hash, event.hash)
    return (
        isinstance(event.sequence, int)
        and isinstance(event.metadata, dict)
        and all(isinstance(text, str) for text in texts)
    )
