"""The work on one webhook: its events one after another, in the order of the trail, until none is due.

What is not taken is tried again after a pause, and holds up what follows it; what is older than 24 hours is
put aside, and the rest goes on. What was sent is noted every 100 events or every second: who dies in between
has the same sent again by whoever comes next, with the same bytes and the same `X-Webhook-Event-Id`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from pftui.domain.audit import AuditEvent
from pftui.domain.clock import to_microseconds
from pftui.domain.webhook_events import event_name
from pftui.domain.webhooks import RETRIED_FOR, Delivery, pause_after
from pftui.repositories.deliveries import Place
from pftui.services.delivering.outbox import PORTION, Done, Outbox, Receiver, Work, delivery_of
from pftui.services.sending.answer import Answer, Outcome, SendRequest

_NOTED_EVERY = 1.0  # seconds
_RETRIED_FOR = int(RETRIED_FOR.total_seconds() * 1_000_000)


class Sends(Protocol):
    """What sends a request and says what came of it (`services/sending/client.py`)."""

    def send(self, request: SendRequest) -> Answer:
        """Send it, once; blocks."""


class Taken(Exception):
    """Another deliverer has the webhook by now, or it was deleted: what was done since is not noted."""


@dataclass
class Tally:
    """How many events were delivered, failed once more, and were parked."""

    delivered: int = 0
    failed: int = 0
    parked: int = 0


@dataclass
class Turn:
    """One deliverer's work on a webhook that it has leased.

    Args:
        stopped: whether to end after the event at hand.
        tell: is given a sentence on what somebody may want to know.
        chance: 0 to 1, for the length of pauses.
    """

    outbox: Outbox
    webhook_id: str
    sender: Sends
    stopped: Callable[[], bool]
    tell: Callable[[str], None]
    chance: Callable[[], float] = random.random
    monotonic: Callable[[], float] = time.monotonic
    tally: Tally = field(default_factory=Tally)
    _noted_at: float = 0.0
    _made: list[tuple[Delivery, int]] = field(default_factory=list)
    _aside: list[tuple[int, int, int]] = field(default_factory=list)

    def serve(self) -> Tally:
        """Send what is due.

        Raises:
            Taken, StoreUnavailable: what was not noted is sent once more by whoever comes next.
        """
        self._noted_at = self.monotonic()
        while not self.stopped():
            work = self.outbox.next_work(self.webhook_id)
            if work is None or not (self._send_on(work) if work.parked is None else self._send_again(work)):
                break
        return self.tally

    def _send_on(self, work: Work) -> bool:
        """What comes next in the trail; whether more may be due."""
        place = work.place
        for event in work.events:
            if self.stopped():
                return self._note(Done(self._made, place, self._aside))
            if self._too_old(event, to_microseconds(event.created_at)):
                self._put_aside(event)
                place = place._replace(sequence=event.sequence, next_attempt_at=0)
                continue
            answer = self._try(work.receiver, event, place.attempts + 1)
            if not answer.delivered:
                self._note(Done(self._made, self._later(work.receiver, event, place, answer), self._aside))
                return False
            place = Place(event.sequence)
            if self._is_time():
                return self._note(Done(self._made, place, self._aside))
        return self._note(Done(self._made, place._replace(sequence=work.reached), self._aside))

    def _send_again(self, work: Work) -> bool:
        """A range that was parked, from where it is; whether more may be due."""
        parked = work.parked
        if parked is None:
            return False
        for event in work.events:
            if self.stopped():
                return self._note(Done(self._made, parked=parked))
            if self.outbox.time() - parked.resending_at > _RETRIED_FOR:
                self.tell(f"{work.receiver.name}: what was parked was not taken within 24 hours once more.")
                return self._note(Done(self._made, parked=parked._replace(resending_at=0, attempts=0)))
            answer = self._try(work.receiver, event, parked.attempts + 1)
            if not answer.delivered:
                pause = self._pause(work.receiver, event, parked.attempts + 1, answer)
                due = self.outbox.time() + pause
                parked = parked._replace(attempts=parked.attempts + 1, next_attempt_at=due)
                self._note(Done(self._made, parked=parked))
                return True  # what happens meanwhile need not wait for it
            left = max(parked.events - 1, 1)
            parked = parked._replace(first=event.sequence + 1, events=left, attempts=0, next_attempt_at=0)
            if self._is_time():
                return self._note(Done(self._made, parked=parked))
        return self._note(Done(self._made, parked=parked._replace(first=work.reached + 1)))

    def _too_old(self, event: AuditEvent, at: int) -> bool:
        return self.outbox.time() - at > _RETRIED_FOR

    def _put_aside(self, event: AuditEvent) -> None:
        """Park it, with those before it that were not sent either."""
        self.tally.parked += 1
        sent = self._made[-1][0].sequence if self._made else 0
        if self._aside and self._aside[-1][1] > sent:
            first, _, events = self._aside[-1]
            self._aside[-1] = (first, event.sequence, events + 1)
        else:
            self._aside.append((event.sequence, event.sequence, 1))

    def _try(self, receiver: Receiver, event: AuditEvent, attempt: int) -> Answer:
        if receiver.secret is None:
            answer = Answer(Outcome.CONNECTION, receiver.problem, 0.0)
        else:
            answer = self.sender.send(receiver.request(event))
        self._made.append(delivery_of(event, answer, attempt, self.outbox.time()))
        if answer.delivered:
            self.tally.delivered += 1
        else:
            self.tally.failed += 1
        return answer

    def _later(self, receiver: Receiver, event: AuditEvent, place: Place, answer: Answer) -> Place:
        """The same place, to be tried again after a pause; no later than the event is too old."""
        attempts = place.attempts + 1
        due = self.outbox.time() + self._pause(receiver, event, attempts, answer)
        over = to_microseconds(event.created_at) + _RETRIED_FOR + 1
        return Place(place.sequence, attempts, min(due, over))

    def _pause(self, receiver: Receiver, event: AuditEvent, attempts: int, answer: Answer) -> int:
        pause = pause_after(attempts, self.chance()).total_seconds()
        name = event_name(event.target, event.action)
        self.tell(
            f"{receiver.name}: {name} failed, try {attempts}: {answer.sentence} Again in {pause:.0f} s."
        )
        return int(pause * 1_000_000)

    def _is_time(self) -> bool:
        return len(self._made) >= PORTION or self.monotonic() - self._noted_at >= _NOTED_EVERY

    def _note(self, done: Done) -> bool:
        if not self.outbox.note(self.webhook_id, done):
            raise Taken
        self._noted_at = self.monotonic()
        self._made, self._aside = [], []
        return True
