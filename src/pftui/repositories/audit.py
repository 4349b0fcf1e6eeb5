"""The audit trail in the store: appended to, read, and checked; never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from pftui.domain.accounts import Kind
from pftui.domain.audit import (
    ENDINGS,
    Action,
    AuditEvent,
    AuditPage,
    AuditQuery,
    Checkpoint,
    DamagedEvent,
    Extent,
)
from pftui.domain.audit_archive import START
from pftui.domain.audit_form import StoredEvent, canonical_json, event_of, stored_event
from pftui.domain.errors import StoreDamaged
from pftui.domain.names import storable
from pftui.domain.webhook_events import Selection
from pftui.repositories import audit_tallies
from pftui.repositories.audit_finding import conditions, counted, newest_first
from pftui.repositories.audit_tallies import Total, extent
from pftui.repositories.models import AuditEventRow, AuditHead, OrganizationRow
from pftui.repositories.paging import AnySelect
from pftui.repositories.quick_reading import AnyTuple, UnreadableText, in_batches
from pftui.repositories.shared_view import OtherView, share
from pftui.repositories.stored import as_can_be
from pftui.repositories.trail_head import TrailHead, lock_head

#: What is written about an account without its name, address, state or privileges having changed.
_NO_CHANGES = (
    Action.CHANGE_REFUSED,
    Action.LOGIN,
    Action.LOGIN_FAILED,
    Action.LOGIN_PUT_OFF,
    Action.PASSWORD_CHANGED,
    Action.PASSWORD_RESET,
    Action.BACKUP_CREATED,
    Action.AUDIT_CHAIN_STARTED,
    Action.AUDIT_ARCHIVED,
    Action.LOGOUT,
    Action.SESSION_ENDED,
)
#: Events that are bounded, and where the head counts those that were not told one by one.
_UNTOLD = {
    Action.API_KEY_WRONG_SECRET: "untold_wrong_secrets",
    Action.LOGIN_PUT_OFF: "untold_sign_ins",
}
# The times that Python can hold; what somebody writes into a database may be others, or none.
_EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
_LATEST = datetime(9999, 12, 30, tzinfo=UTC)
_FEW = 10  # things that a name may have meant
_SOME = 100  # changes of an operator's that are looked through
_AT_ONCE = 1000  # events in memory
_LARGEST_OFFSET = 2**63 - 1


class AuditRepository:
    """Events of the trail, one transaction long."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._head: TrailHead | None = None
        self._filled = False
        self.newest_id: str | None = None
        """The id of the event that was appended last: by it a change whose end is not known is found."""

    def lock(self) -> None:
        """Wait for other writers and keep them out until the end of the transaction."""
        self._head = lock_head(self._session)
        if self._head is None:
            raise StoreDamaged(
                "The audit trail of this store has lost its head, or the head is damaged, so nothing can be "
                "added to it. Nothing was changed. `pftui db check` tells more; bring back a backup with "
                "`pftui db restore`."
            )

    @property
    def locked(self) -> Checkpoint | None:
        """The newest event, of this transaction's own too; None without `lock`."""
        return Checkpoint(self._head["sequence"], self._head["hash"]) if self._head is not None else None

    def append(self, event: AuditEvent) -> AuditEvent:
        """Add an event to the chain; its sequence and hashes are set here. Needs `lock` before."""
        chained = self._locked().append(event)
        self.newest_id = chained.id
        self._filled = self._filled or chained.sequence % audit_tallies.SIZE == 0
        return chained

    def append_all(self, events: Iterable[AuditEvent]) -> None:
        """The same for thousands."""
        for event in events:
            self.append(event)

    def organization_id(self) -> str:
        """Whose trail it is. Needs `lock` before."""
        head = self._locked()
        if head.organization_id is None:  # it is made in this transaction
            head.organization_id = self._session.scalars(select(OrganizationRow.id)).one()
        return head.organization_id

    def _locked(self) -> TrailHead:
        if self._head is None:
            raise RuntimeError("the trail is added to in a unit of work for writing")
        return self._head

    def count_filled(self) -> None:
        """Count the block that was filled, in the transaction that did; its events were sent."""
        if self._filled and self._head is not None:
            last = self._head["sequence"]
            audit_tallies.count_full(self._session.connection(), last, audit_tallies.AT_ONCE)
            self._filled = False

    def told_between(
        self, after: datetime, until: datetime, action: Action, target_id: str | None = None, most: int = 1
    ) -> bool:
        """Whether `most` events of an action, about one target or in all, are of this time."""
        statement = select(AuditEventRow.created_at).where(AuditEventRow.action == action.value)
        if target_id is not None:
            statement = statement.where(AuditEventRow.target_id == target_id)
        newest = self._session.scalars(statement.order_by(AuditEventRow.sequence.desc()).limit(most))
        return sum(isinstance(when, datetime) and after < when <= until for when in newest) >= most

    def count_untold(self, action: Action, more: int) -> None:
        """Count what no event of its own tells of. Needs `lock` before."""
        head, column = self._locked(), _UNTOLD[action]
        head.set(**{column: head[column] + more})

    def take_untold(self, action: Action) -> int:
        """How many were counted since this was last asked. Needs `lock` before."""
        head, column = self._locked(), _UNTOLD[action]
        untold = int(head[column])
        if untold:
            head.set(**{column: 0})
        return untold

    def numbered(self, sequence: int) -> AuditEvent | DamagedEvent | None:
        """One event by its number."""
        row = self._session.execute(self._stored().where(AuditEventRow.sequence == sequence)).first()
        return event_of(_stored_event(row)) if row is not None else None

    def head(self) -> tuple[int, str] | None:
        """The sequence and hash of the newest event; None where the record of them is missing."""
        return self._point(AuditHead.sequence, AuditHead.hash)

    def archived(self) -> tuple[int, str]:
        """The number and hash of the last event that was archived; of none, what the first event follows."""
        return self._point(AuditHead.archived_sequence, AuditHead.archived_hash) or START

    def _point(self, number: Any, of_hash: Any) -> tuple[int, str] | None:
        row = self._session.execute(select(number, of_hash)).first()
        return (as_can_be(row[0], number), as_can_be(row[1], of_hash)) if row is not None else None

    def remove_archived(self, last: Checkpoint) -> None:
        """Remove what is archived, up to this event, behind which the trail begins then. Needs `lock`."""
        head = self._locked()
        self._session.execute(delete(AuditEventRow).where(AuditEventRow.sequence <= last.sequence))
        audit_tallies.forget(self._session, last.sequence)
        head.set(archived_sequence=last.sequence, archived_hash=last.hash)

    def first_since(self, moment: datetime) -> int | None:
        """The number of the first event of this time or later; None where there is none."""
        row = AuditEventRow
        return self._session.scalar(select(func.min(row.sequence)).where(row.created_at >= moment))

    def stored_at(self, sequence: int) -> StoredEvent | None:
        """One event as it is stored."""
        row = self._session.execute(self._stored().where(AuditEventRow.sequence == sequence)).first()
        return _stored_event(row) if row is not None else None

    def stored_between(self, first: int, last: int, most: int) -> list[StoredEvent]:
        """Events as they are stored, oldest first: so many at most."""
        return self.stored_from(AuditQuery(), first, last, most)

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
        row, named = AuditEventRow, canonical_json({"name": reference})[1:-1]
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
        return self._first(statement)

    def newest_of(
        self, target_id: str, actions: Collection[Action], team_id: str | None = None
    ) -> AuditEvent | None:
        """The newest event of these actions about this target; with `team_id`, in that team."""
        statement = self._stored().where(
            AuditEventRow.target_id == target_id, AuditEventRow.action.in_([each.value for each in actions])
        )
        if team_id is not None:
            statement = statement.where(AuditEventRow.team_id == team_id)
        return self._first(statement.order_by(AuditEventRow.sequence.desc()).limit(1))

    def _first(self, statement: AnySelect) -> AuditEvent | None:
        row = self._session.execute(statement).first()
        event = event_of(_stored_event(row)) if row is not None else None
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
        found = (event_of(_stored_event(row)) for row in self._session.execute(statement))
        return [event for event in found if isinstance(event, AuditEvent)]

    def count_since(self, sequence: int, target_id: str, action: Action) -> int:
        """How many events of this action about this target are newer than the one with this number."""
        row = AuditEventRow
        newer = (row.target_id == target_id, row.sequence > sequence, row.action == action.value)
        return self._session.scalar(select(func.count()).select_from(row).where(*newer)) or 0

    def page(self, query: AuditQuery) -> AuditPage:
        """One page, newest first. What is archived counts where nothing is left out."""
        found = conditions(self._session, query)
        head = self.head() if query.everything else None
        there = Total(head[0]) if head is not None else counted(self._session, query, found)
        if not there.events:
            return AuditPage(0, query.limit, query.offset, ())
        statement = newest_first(query, self._stored().where(*found), there)
        rows = self._session.execute(statement.limit(query.limit).offset(min(query.offset, _LARGEST_OFFSET)))
        return AuditPage(
            there.events, query.limit, query.offset, tuple(event_of(_stored_event(row)) for row in rows)
        )

    def extent(self) -> Extent:
        """From which event to which the trail is in the store."""
        return extent(self._session)

    def numbers(self, query: AuditQuery, newest: int, oldest: int) -> Sequence[int]:
        """The numbers of the events that a query finds from one number down to another, newest first."""
        number = AuditEventRow.sequence
        found = conditions(self._session, query)
        statement = select(number).where(number.between(oldest, newest), *found).order_by(number.desc())
        return self._session.scalars(statement).all()

    def with_numbers(self, numbers: Sequence[int]) -> list[AuditEvent | DamagedEvent]:
        """The events with these numbers, in their order; what is not there is told to be missing."""
        rows = self._session.execute(self._stored().where(AuditEventRow.sequence.in_(numbers)))
        there = {row.sequence: event_of(_stored_event(row)) for row in rows}
        return [there.get(number) or DamagedEvent(number, missing=True) for number in numbers]

    def stored_from(self, query: AuditQuery, first: int, last: int, most: int) -> list[StoredEvent]:
        """Events as they are stored, oldest first: so many at most of those that a query finds."""
        number = AuditEventRow.sequence
        found = conditions(self._session, query)
        statement = self._stored().where(number.between(first, last), *found).order_by(number).limit(most)
        # Columns alone, of which the session would make nothing else: quicker without it.
        return list(map(_stored_event, self._session.connection().execute(statement)))

    def oldest_first(self, after: int | None = None, until: int | None = None) -> Iterator[StoredEvent]:
        """All events as they are stored, from the first on, some at a time; or some of them, by number."""
        number, last = AuditEventRow.sequence, None
        statement = self._stored().order_by(number)
        if after is not None:
            statement = statement.where(number > after)
        if until is not None:
            statement = statement.where(number <= until)
        connection = self._session.connection()  # past the ORM, which would take a quarter of the time
        try:
            for some in in_batches(connection, statement, _AT_ONCE):
                yield from map(_stored_event, some)
                last = some[-1][_SEQUENCE]
        except UnreadableText:
            # From there on with more care: it is told of with the event.
            rest = statement if last is None else statement.where(number > last)
            with connection.execute(rest, execution_options={"yield_per": _AT_ONCE}) as rows:
                yield from map(_stored_event, rows)

    def selected(self, selection: Selection, after: int, until: int, most: int) -> Portion:
        """Events that a webhook gets, oldest first: numbered from behind `after` to `until`, so many at most.

        One that was edited, so that it cannot be read, is none of them.
        """
        row = AuditEventRow
        statement = self._stored().where(row.sequence > after, row.sequence <= until)
        statement = _of_selection(statement, selection).order_by(row.sequence).limit(most)
        rows = self._session.execute(statement).all()
        found = (event_of(_stored_event(each)) for each in rows)
        events = tuple(event for event in found if isinstance(event, AuditEvent))
        return Portion(events, int(rows[-1].sequence) if len(rows) == most else until)

    def count_selected(self, selection: Selection, first: int, last: int) -> int:
        """How many events of these numbers, both included, a webhook gets."""
        row = AuditEventRow
        statement = select(func.count()).select_from(row).where(row.sequence.between(first, last))
        return self._session.scalar(_of_selection(statement, selection)) or 0

    def first_selected_at(self, selection: Selection, after: int) -> datetime | None:
        """The time of the first event behind `after` that a webhook gets; None where none waits."""
        events = self.selected(selection, after, _LARGEST_OFFSET, _FEW).events
        return events[0].created_at if events else None

    def hash_at(self, sequence: int) -> str | None:
        """The hash of one event, whatever it is; None where there is no such event."""
        number, of_hash = AuditEventRow.sequence, AuditEventRow.hash
        found = self._session.execute(select(of_hash).where(number == sequence)).scalar()
        return found if isinstance(found, str) else None

    def shared_view(self, after: int, last: int) -> str | None:
        """What this transaction sees, for another process (`shared_view.py`).

        None where there are events outside of these numbers, or it cannot be shared.
        """
        number = AuditEventRow.sequence
        outside = (number.is_(None), number <= after, number > last)
        if any(self._session.scalars(select(number).where(each).limit(1)).all() for each in outside):
            return None
        try:
            return share(self._session.connection())
        except (OtherView, OSError):
            return None

    def _stored(self) -> AnySelect:
        """Rows as they are in the database, whatever has become of them there; see `_stored_event`."""
        moment = AuditEventRow.created_at
        readable = (
            type_coerce(moment, String)
            if self._session.get_bind().dialect.name == "sqlite"
            else case((moment.between(_EARLIEST, _LATEST), moment))
        )
        special = {"created_at": readable, "metadata": AuditEventRow.metadata_json}
        columns = (special.get(name, getattr(AuditEventRow, name)) for name in StoredEvent._fields)
        return select(*columns)


class Portion(NamedTuple):
    """Some events of a selection, and up to which number there are no others."""

    events: tuple[AuditEvent, ...]
    reached: int


def is_recorded(connection: Connection, event_id: str) -> bool:
    """Whether an event is in the trail, once the one who may be adding it has come to an end."""
    connection.execute(select(AuditHead.id).with_for_update())
    found = select(AuditEventRow.sequence).where(AuditEventRow.id == event_id)
    return connection.execute(found).first() is not None


def _of_selection(statement: AnySelect, selection: Selection) -> AnySelect:
    row = AuditEventRow
    if selection.team_id is not None:
        statement = statement.where(row.team_id == selection.team_id)
    if selection.everything:
        return statement
    kinds: list[ColumnElement[bool]] = [row.target.in_([each.value for each in selection.targets])]
    for target in {each.target for each in selection.types}:
        actions = [each.action.value for each in selection.types if each.target is target]
        kinds.append(and_(row.target == target.value, row.action.in_(actions)))
    return statement.where(or_(*kinds))


def columns_of(event: AuditEvent) -> dict[str, Any]:
    """The event as a row of `AuditEventRow`."""
    columns = {**stored_event(event)._asdict(), "created_at": event.created_at}
    columns["metadata_json"] = columns.pop("metadata")
    return columns


_MOMENT = StoredEvent._fields.index("created_at")


_SEQUENCE = StoredEvent._fields.index("sequence")


def _stored_event(row: AnyTuple) -> StoredEvent:
    """A row of `AuditRepository._stored`."""
    values = list(row)
    values[_MOMENT] = _rfc3339(values[_MOMENT])
    return StoredEvent._make(values)


def _rfc3339(stored: Any) -> Any:
    """A time in the notation in which it is hashed; None for one in another notation than the store's own."""
    if isinstance(stored, str):
        # SQLite's, as SQLAlchemy writes it; what else is wrong in it is seen by its hash.
        return f"{stored[:10]}T{stored[11:]}Z" if len(stored) == 26 and stored[10] == " " else None
    if isinstance(stored, datetime) and stored.tzinfo is not None:
        moment = stored if stored.tzinfo is UTC else stored.astimezone(UTC)
        return f"{moment.replace(tzinfo=None).isoformat('T', 'microseconds')}Z"
    return None
