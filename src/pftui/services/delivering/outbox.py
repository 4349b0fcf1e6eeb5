"""What a deliverer reads from the store and notes there. Each method is one short transaction.

A lease keeps others from a webhook while one is at work on it; who finds that somebody else has it by now
notes nothing. Times are the store's, in microseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from pftui.domain.addresses import Network, networks
from pftui.domain.audit import AuditEvent
from pftui.domain.clock import Clock, to_microseconds
from pftui.domain.errors import StoreKeyUnavailable
from pftui.domain.secret import Secret
from pftui.domain.webhook_events import Selection, event_name
from pftui.domain.webhooks import DELIVERIES_KEPT_FOR, MOST_DELIVERIES, Delivery
from pftui.repositories.deliveries import ParkedRange, Place, is_due
from pftui.repositories.models import WebhookRow
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.sealing import StoreKeys
from pftui.services.sending.answer import Answer, SendRequest
from pftui.services.sending.payload import body_of
from pftui.services.trail.writer import new_id

#: Events that are read, and whose deliveries are noted, at once.
PORTION = 100
_KEPT_FOR = int(DELIVERIES_KEPT_FOR.total_seconds() * 1_000_000)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where a webhook's events go now. Without a `secret` nothing can be sent, and `problem` says why."""

    webhook_id: str
    name: str
    url: str = field(repr=False)
    selection: Selection
    secret: Secret | None
    previous: Secret | None = None
    allowed: tuple[Network, ...] = ()
    proxy: str | None = None
    problem: str = ""

    def request(self, event: AuditEvent) -> SendRequest:
        """An event as it is sent; a repeat has the same bytes. Needs a secret."""
        if self.secret is None:
            raise RuntimeError("nothing is sent that cannot be signed")
        name = event_name(event.target, event.action)
        return SendRequest(
            url=self.url,
            body=body_of(name, event.created_at, event.as_json()),
            webhook_id=self.webhook_id,
            event_id=event.id,
            secret=self.secret,
            previous=self.previous,
            allowed=self.allowed,
            proxy=self.proxy,
        )


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do for a webhook: some events, and up to which number there are no others.

    With `parked` they are of a range that is sent again, else what comes behind `place`.
    """

    receiver: Receiver
    place: Place
    events: tuple[AuditEvent, ...]
    reached: int
    parked: ParkedRange | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of some events, to be noted at once: attempts with their times, and ranges put aside."""

    deliveries: Sequence[tuple[Delivery, int]]
    place: Place | None = None
    aside: Sequence[tuple[int, int, int]] = ()
    parked: ParkedRange | None = None


def delivery_of(event: AuditEvent, answer: Answer, attempt: int, now: int) -> tuple[Delivery, int]:
    """An attempt as it is kept, with its time."""
    return (
        Delivery(
            number=0,
            event_id=event.id,
            sequence=event.sequence,
            event=event_name(event.target, event.action),
            at=event.created_at,
            attempt=attempt,
            milliseconds=round(answer.seconds * 1000),
            status=answer.status,
            failure=answer.sentence,
            answer=answer.text,
        ),
        now,
    )


@dataclass(slots=True)
class Outbox:
    """The store, as one deliverer sees it.

    `store_clock` stands for the clock of the store's server, so that no test sleeps.
    """

    store: Store
    keys: StoreKeys
    clock: Clock
    store_clock: Clock | None = None
    owner: str = field(default_factory=new_id)
    #: Microseconds that the store's clock is ahead of this host's.
    _ahead: int = 0
    #: Up to which number of the trail nothing is for a webhook of this version: nobody looks there twice.
    _nothing_until: dict[str, tuple[int, int]] = field(default_factory=dict)

    def to_do(self) -> list[str]:
        """The webhooks for which there is something to send now."""
        with self.store.read() as unit:
            head, now = _head(unit), self._now(unit)
            waiting = unit.deliveries.to_do(head, now)
            return [each for each in waiting if self._has_work(unit, each, head, now)]

    def _has_work(self, unit: UnitOfWork, webhook_id: str, head: int, now: int) -> bool:
        row, place = unit.webhooks.get(webhook_id), unit.deliveries.place(webhook_id)
        if row is None or place is None:
            return False
        if unit.deliveries.resending(webhook_id, now) is not None:
            return True
        version, until = self._nothing_until.get(webhook_id, (row.version, 0))
        after = max(place.sequence, until if version == row.version and until <= head else 0)
        found = unit.audit.selected(_selection(row), after, head, 1)
        if found.events:
            return True
        self._nothing_until[webhook_id] = (row.version, found.reached)
        return False

    def check_key(self) -> None:
        """Raise `StoreKeyUnavailable` where the key that seals the signing secrets is not here."""
        with self.store.read() as unit:
            known = unit.webhooks.key()
        if known is not None:
            self.keys.find(known.fingerprint)

    def pass_over(self) -> None:
        """Move those on for which nothing is in the trail, so that nothing waits for them."""
        with self.store.read() as unit:
            if not unit.webhooks.count():
                return
        with self.store.write() as unit:
            head, now = _head(unit), self._now(unit)
            for webhook_id in unit.deliveries.to_do(head, now):
                row, place = unit.webhooks.get(webhook_id), unit.deliveries.place(webhook_id)
                if row is not None and place is not None:
                    found = unit.audit.selected(_selection(row), place.sequence, head, 1)
                    last = found.events[0].sequence - 1 if found.events else found.reached
                    unit.deliveries.pass_over(webhook_id, last, now)
            unit.webhooks.forget_previous(self.clock())
            unit.commit()

    def lease(self, webhook_id: str) -> bool:
        """Take a webhook for this deliverer; False where another one is at work on it."""
        with self.store.write() as unit:
            taken = unit.deliveries.lease(webhook_id, self.owner, self._now(unit))
            unit.commit()
            return taken

    def release(self, webhook_id: str) -> None:
        """Let others have it."""
        with self.store.write() as unit:
            unit.deliveries.release(webhook_id, self.owner)
            unit.commit()

    def next_work(self, webhook_id: str) -> Work | None:
        """What comes next for a webhook, as everything is now; None where nothing is due."""
        with self.store.read() as unit:
            row, place = unit.webhooks.get(webhook_id), unit.deliveries.place(webhook_id)
            if row is None or place is None or not row.enabled or not row.secret:
                return None
            receiver, head, now = self._receiver(unit, row), _head(unit), self._now(unit)
            if is_due(place.next_attempt_at, now):
                found = unit.audit.selected(receiver.selection, place.sequence, head, PORTION)
                if found.events:
                    return Work(receiver, place, found.events, found.reached)
            parked = unit.deliveries.resending(webhook_id, now)
            if parked is None:
                return None
            found = unit.audit.selected(receiver.selection, parked.first - 1, parked.last, PORTION)
            return Work(receiver, place, found.events, found.reached, parked)

    def receiver(self, webhook_id: str) -> Receiver | None:
        """Where a webhook's events go now; None where it is there no more."""
        with self.store.read() as unit:
            row = unit.webhooks.get(webhook_id)
            return self._receiver(unit, row) if row is not None else None

    def _receiver(self, unit: UnitOfWork, row: WebhookRow) -> Receiver:
        organization = unit.organization.get()
        receiver = Receiver(
            webhook_id=row.id,
            name=row.name,
            url=row.url,
            selection=_selection(row),
            secret=None,
            allowed=networks(organization.networks),
            proxy=organization.webhook_proxy or None,
        )
        try:
            return self._with_secrets(receiver, row)
        except StoreKeyUnavailable as error:
            return replace(receiver, problem=error.message)

    def _with_secrets(self, receiver: Receiver, row: WebhookRow) -> Receiver:
        if not row.secret:
            return replace(receiver, problem="Its signing secret is lost: regenerate it. Nothing was sent.")
        key = self.keys.find(row.sealed_by)
        secret, previous = key.open(row.secret, row.id), None
        if row.previous_secret and row.previous_until is not None and row.previous_until > self.clock():
            previous = key.open(row.previous_secret, row.id)
        return replace(receiver, secret=secret, previous=previous)

    def note(self, webhook_id: str, done: Done) -> bool:
        """Keep what became of events; False where somebody else has the webhook by now, or it is gone."""
        with self.store.write() as unit:
            now = self._now(unit)
            if not unit.deliveries.holds(webhook_id, self.owner, now):
                return False
            keep_deliveries(unit, webhook_id, done.deliveries, now)
            if done.aside:
                _put_aside(unit, webhook_id, done.aside, now)
            if done.place is not None:
                unit.deliveries.keep(webhook_id, self.owner, done.place)
            if done.parked is not None:
                unit.deliveries.note_range(done.parked)
            unit.commit()
            return True

    def time(self) -> int:
        """The store's time, as this host's clock and the last transaction tell it."""
        return to_microseconds(self.clock()) + self._ahead

    def _now(self, unit: UnitOfWork) -> int:
        now = to_microseconds(self.store_clock()) if self.store_clock else unit.deliveries.now(self.clock)
        self._ahead = now - to_microseconds(self.clock())
        return now


def keep_deliveries(
    unit: UnitOfWork, webhook_id: str, deliveries: Iterable[tuple[Delivery, int]], now: int
) -> None:
    """Keep what became of attempts, and of all of them no more than is kept."""
    made = list(deliveries)
    if made:
        unit.deliveries.record(webhook_id, [each for each, _ in made], [at for _, at in made])
        unit.deliveries.trim(webhook_id, MOST_DELIVERIES, now - _KEPT_FOR)


def _put_aside(unit: UnitOfWork, webhook_id: str, aside: Iterable[tuple[int, int, int]], now: int) -> None:
    """Park ranges of the trail; what follows the newest one, with nothing sent between, goes on with it."""
    row = unit.webhooks.get(webhook_id)
    for first, last, events in aside:
        newest = unit.deliveries.newest_parked(webhook_id)
        if (
            row is not None
            and newest is not None
            and newest.last < first
            and not unit.audit.count_selected(_selection(row), newest.last + 1, first - 1)
        ):
            unit.deliveries.extend(newest.number, last, events)
        else:
            unit.deliveries.park(webhook_id, first, last, events, now)


def _selection(row: WebhookRow) -> Selection:
    return Selection.of(row.events.split(), row.team_id)


def _head(unit: UnitOfWork) -> int:
    head = unit.audit.head()
    return head[0] if head is not None else 0
