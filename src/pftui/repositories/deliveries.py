"""A deliverer's work in the store: leases, how far a webhook is, what became of events, what is parked.

All times are microseconds since 1970. None of this writes an event of the trail: it is bookkeeping (R8).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Delete, Update, delete, func, insert, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from pftui.domain.clock import UNKNOWN_TIME, Clock, from_microseconds, to_microseconds
from pftui.domain.webhooks import LONGEST_PAUSE, Delivery, Parked
from pftui.repositories.models import WebhookCursor, WebhookDelivery, WebhookParked, WebhookRow
from pftui.repositories.webhooks import delivery_of

#: Microseconds that a webhook is kept from other deliverers: thrice what one event may take.
LEASE = 30_000_000
_LONGEST_PAUSE = int(LONGEST_PAUSE.total_seconds() * 1_000_000)


class Place(NamedTuple):
    """How far a webhook is, and how often its next event was tried in vain."""

    sequence: int
    attempts: int = 0
    next_attempt_at: int = 0


class ParkedRange(NamedTuple):
    """A range of the trail that is sent again; `first` moves as it goes."""

    number: int
    first: int
    last: int
    events: int
    resending_at: int
    attempts: int
    next_attempt_at: int


class DeliveryRepository:
    """Leases, cursors, deliveries and what is parked, one transaction long."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # Who is at work

    def now(self, host_clock: Clock) -> int:
        """The store's time: the server's, for all hosts that deliver; of a file, the host's that has it."""
        if self._session.get_bind().dialect.name == "sqlite":
            return to_microseconds(host_clock())
        moment = self._session.scalar(select(func.clock_timestamp()))  # not `now()`: the transaction's begin
        return to_microseconds(moment) if moment is not None else to_microseconds(host_clock())

    def to_do(self, head: int, now: int) -> list[str]:
        """The webhooks, enabled and leased by nobody, that have something left to be looked at now."""
        cursor = WebhookCursor
        behind = (cursor.sequence < head) & _due(cursor.next_attempt_at, now)
        resent = select(WebhookParked.webhook_id).where(
            WebhookParked.resending_at > 0, _due(WebhookParked.next_attempt_at, now)
        )
        statement = (
            select(cursor.webhook_id)
            .join(WebhookRow, WebhookRow.id == cursor.webhook_id)
            .where(
                WebhookRow.enabled,
                WebhookRow.secret != "",
                _free(now),
                or_(behind, cursor.webhook_id.in_(resent)),
            )
            .order_by(cursor.webhook_id)
        )
        return list(self._session.scalars(statement))

    def place(self, webhook_id: str) -> Place | None:
        """How far a webhook is; None where there is none any more."""
        row = self._session.scalar(
            select(WebhookCursor)
            .where(WebhookCursor.webhook_id == webhook_id)
            .execution_options(populate_existing=True)
        )
        return Place(row.sequence, row.attempts, row.next_attempt_at) if row is not None else None

    def lease(self, webhook_id: str, owner: str, now: int) -> bool:
        """Take a webhook for oneself; False where somebody else has it, or it is there no more."""
        return self._send(
            update(WebhookCursor)
            .where(
                WebhookCursor.webhook_id == webhook_id, or_(WebhookCursor.lease_owner == owner, _free(now))
            )
            .values(lease_owner=owner, lease_until=now + LEASE)
        )

    def holds(self, webhook_id: str, owner: str, now: int) -> bool:
        """Lease it further; False where somebody else has it by now."""
        return self._own(webhook_id, owner, {"lease_until": now + LEASE})

    def keep(self, webhook_id: str, owner: str, place: Place) -> None:
        """Note how far a webhook is that oneself has leased."""
        self._own(webhook_id, owner, place._asdict())

    def release(self, webhook_id: str, owner: str) -> None:
        """Give a webhook back."""
        self._own(webhook_id, owner, {"lease_owner": "", "lease_until": 0})

    def _own(self, webhook_id: str, owner: str, values: dict[str, Any]) -> bool:
        cursor = WebhookCursor
        of_own = cursor.webhook_id == webhook_id, cursor.lease_owner == owner
        return self._send(update(cursor).where(*of_own).values(**values))

    def pass_over(self, webhook_id: str, sequence: int, now: int) -> None:
        """Nothing up to this number is for a webhook, on which nobody is at work."""
        cursor = WebhookCursor
        self._send(
            update(cursor)
            .where(cursor.webhook_id == webhook_id, cursor.sequence < sequence, _free(now))
            .values(sequence=sequence)
        )

    def try_now(self, webhook_id: str) -> None:
        """Wait no longer before the next attempt."""
        for table in (WebhookCursor, WebhookParked):
            self._send(
                update(table).where(table.webhook_id == webhook_id).values(attempts=0, next_attempt_at=0)
            )

    def newest_numbers(self) -> str:
        """A text that differs once more was delivered or parked."""
        numbers = select(
            select(func.max(WebhookDelivery.number)).scalar_subquery(),
            select(func.max(WebhookParked.number)).scalar_subquery(),
        )
        return ".".join(str(each) for each in self._session.execute(numbers).one())

    # What became of events

    def record(self, webhook_id: str, deliveries: Sequence[Delivery], at: Sequence[int]) -> None:
        """Keep what became of attempts, each at its time."""
        rows = [
            {
                "webhook_id": webhook_id,
                "event_id": each.event_id,
                "sequence": each.sequence,
                "event": each.event,
                "attempted_at": moment,
                "attempt": each.attempt,
                "milliseconds": each.milliseconds,
                "status": each.status,
                "failure": each.failure,
                "answer": each.answer,
            }
            for each, moment in zip(deliveries, at, strict=True)
        ]
        if rows:
            self._session.execute(insert(WebhookDelivery), rows)

    def trim(self, webhook_id: str, most: int, before: int) -> None:
        """Keep the newest of a webhook, so many, and of none what was before that time."""
        row = WebhookDelivery
        self._send(delete(row).where(row.attempted_at < before))
        numbers = select(row.number).where(row.webhook_id == webhook_id).order_by(row.number.desc())
        last_kept = self._session.scalar(numbers.offset(most - 1).limit(1))
        if last_kept is not None:
            self._send(delete(row).where(row.webhook_id == webhook_id, row.number < last_kept))

    def newest(self, webhook_id: str, *, failed: bool, limit: int) -> list[Delivery]:
        """The newest deliveries of a webhook; with `failed` only those that failed."""
        row = WebhookDelivery
        statement = select(row).where(row.webhook_id == webhook_id)
        if failed:
            statement = statement.where(row.failure != "")
        return [delivery_of(each) for each in self._session.scalars(_newest(statement, limit))]

    # What is parked

    def earliest(self) -> tuple[int, str] | None:
        """The first event that waits for a webhook, parked or not looked at yet, and that webhook's name."""
        cursor, parked, name = WebhookCursor, WebhookParked, WebhookRow.name
        waiting = select(cursor.sequence + 1, name).join(WebhookRow, WebhookRow.id == cursor.webhook_id)
        aside = select(parked.first, name).join(WebhookRow, WebhookRow.id == parked.webhook_id)
        firsts = [
            self._session.execute(statement.order_by(first).limit(1)).first()
            for statement, first in ((waiting, cursor.sequence), (aside, parked.first))
        ]
        return min(((row[0], row[1]) for row in firsts if row is not None), default=None)

    def parked(self, webhook_id: str) -> list[Parked]:
        """What is parked of a webhook, oldest first."""
        row = WebhookParked
        found = self._session.scalars(select(row).where(row.webhook_id == webhook_id).order_by(row.first))
        return [
            Parked(
                each.first,
                each.last,
                each.events,
                from_microseconds(each.parked_at) or UNKNOWN_TIME,
                from_microseconds(each.resending_at),
            )
            for each in found
        ]

    def park(self, webhook_id: str, first: int, last: int, events: int, now: int) -> None:
        """Put a range of the trail aside."""
        row = WebhookParked(webhook_id=webhook_id, first=first, last=last, events=events, parked_at=now)
        self._session.add(row)
        self._session.flush()

    def newest_parked(self, webhook_id: str) -> ParkedRange | None:
        """The range that was put aside last and is not sent again."""
        row = WebhookParked
        statement = select(row).where(row.webhook_id == webhook_id, row.resending_at == 0)
        return _range(self._session.scalar(statement.order_by(row.last.desc()).limit(1)))

    def extend(self, number: int, last: int, events: int) -> None:
        """Put more aside in a range that is there: what follows it."""
        row = WebhookParked
        self._send(
            update(row).where(row.number == number).values(last=last, events=WebhookParked.events + events)
        )

    def resend_parked(self, webhook_id: str, now: int) -> None:
        """Have all that is parked sent again from now on."""
        row = WebhookParked
        values = {"resending_at": now, "attempts": 0, "next_attempt_at": 0}
        self._send(update(row).where(row.webhook_id == webhook_id).values(values))

    def drop_parked(self, webhook_id: str) -> None:
        """Give up what is parked."""
        self._send(delete(WebhookParked).where(WebhookParked.webhook_id == webhook_id))

    def resending(self, webhook_id: str, now: int) -> ParkedRange | None:
        """The first range that is to be sent again now."""
        row = WebhookParked
        statement = select(row).where(
            row.webhook_id == webhook_id, row.resending_at > 0, _due(row.next_attempt_at, now)
        )
        return _range(self._session.scalar(statement.order_by(row.first).limit(1)))

    def note_range(self, range_: ParkedRange) -> None:
        """How far a range is; of one that is through nothing stays."""
        row = WebhookParked
        if range_.first > range_.last:
            self._send(delete(row).where(row.number == range_.number))
            return
        values = {name: value for name, value in range_._asdict().items() if name != "number"}
        self._send(update(row).where(row.number == range_.number).values(values))

    def _send(self, statement: Update | Delete) -> bool:
        """Whether any row was concerned."""
        result = self._session.execute(statement.execution_options(synchronize_session=False))
        return isinstance(result, CursorResult) and result.rowcount > 0


def is_due(next_attempt_at: int, now: int) -> bool:
    """Whether it is time for the next attempt; the same as `_due`."""
    return not now < next_attempt_at <= now + _LONGEST_PAUSE


def _due(next_attempt_at: Any, now: int) -> Any:
    """Whether it is time; a time further on than any pause is of a clock that was wrong."""
    return or_(next_attempt_at <= now, next_attempt_at > now + _LONGEST_PAUSE)


def _free(now: int) -> Any:
    """Whether nobody is at work on a webhook; a lease longer than any is of a clock that was wrong."""
    return or_(WebhookCursor.lease_until <= now, WebhookCursor.lease_until > now + LEASE)


def _newest(statement: Any, limit: int) -> Any:
    return statement.order_by(WebhookDelivery.number.desc()).limit(limit)


def _range(row: WebhookParked | None) -> ParkedRange | None:
    if row is None:
        return None
    return ParkedRange(
        row.number, row.first, row.last, row.events, row.resending_at, row.attempts, row.next_attempt_at
    )
