"""Delivers to all webhooks at once, each in order: a receiver that answers late or never delays no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from pftui.domain.errors import PftuiError, StoreKeyUnavailable, StoreUnavailable, StoreVersionChanged
from pftui.domain.webhooks import MOST_WEBHOOKS
from pftui.services.delivering.outbox import Outbox
from pftui.services.delivering.turn import Sends, Taken, Tally, Turn

#: Seconds between two looks at the trail.
LOOKS_EVERY = 1.0
#: Seconds until a store that could not be reached is tried again.
_TRIES_EVERY = 5.0
#: Seconds between two notes of what nothing is in the trail for.
_PASSES_EVERY = 60.0


@dataclass
class Deliverer:
    """Sends the events of the trail to the webhooks of a store. It acts for nobody.

    Any number of them may work on one store: each webhook is one's at a time, and who dies is replaced once
    the lease is over.

    Args:
        tell: is given a sentence on what somebody may want to know.
    """

    outbox: Outbox
    sender: Sends
    tell: Callable[[str], None]
    stopped: threading.Event = field(default_factory=threading.Event)
    tally: Tally = field(default_factory=Tally)
    monotonic: Callable[[], float] = time.monotonic
    _running: dict[str, Future[Tally]] = field(default_factory=dict)

    def once(self) -> Tally:
        """Send all that is due, and come back; what failed waits for a later time.

        Raises:
            StoreUnavailable: the store cannot be used; what was sent and not noted is sent again.
            StoreKeyUnavailable: the key that seals signing secrets is not here.
        """
        with self._pool() as pool:
            while not self.stopped.is_set() and (self._begin(pool) or self._running):
                wait(self._running.values(), timeout=LOOKS_EVERY, return_when=FIRST_COMPLETED)
                self._collect()
        self._collect()
        self.outbox.pass_over()
        return self.tally

    def follow(self) -> Tally:
        """Send what is due, and go on until `stopped` is set; a store that is away is waited for.

        Raises:
            StoreVersionChanged: the store is of another version now: this process must be started again.
        """
        passed_at, told = self.monotonic(), ""
        with self._pool() as pool:
            while not self.stopped.is_set():
                pause = LOOKS_EVERY
                try:
                    self._begin(pool)
                    if self.monotonic() - passed_at >= _PASSES_EVERY:
                        self.outbox.pass_over()
                        passed_at = self.monotonic()
                    self._collect()
                except StoreVersionChanged:
                    self.stopped.set()
                    raise
                except (StoreUnavailable, StoreKeyUnavailable) as error:
                    if error.message != told:
                        self.tell(error.message)
                    told, pause = error.message, _TRIES_EVERY
                self._wait(pause)
        self._collect()
        return self.tally

    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(MOST_WEBHOOKS, thread_name_prefix="pftui-webhook")

    def _begin(self, pool: ThreadPoolExecutor) -> bool:
        """Begin a turn of each webhook that has something to send and is not served yet; whether any was."""
        begun = False
        self.outbox.check_key()
        for webhook_id in self.outbox.to_do():
            if webhook_id not in self._running:
                self._running[webhook_id] = pool.submit(self._serve, webhook_id)
                begun = True
        return begun

    def _serve(self, webhook_id: str) -> Tally:
        """In a thread: lease, send, release."""
        if not self.outbox.lease(webhook_id):
            return Tally()
        turn = Turn(self.outbox, webhook_id, self.sender, self.stopped.is_set, self.tell)
        try:
            turn.serve()
        except Taken:
            return turn.tally
        self.outbox.release(webhook_id)
        return turn.tally

    def _collect(self) -> None:
        """Count what those have done that are through; what failed in one is raised here, at the end."""
        problem: PftuiError | None = None
        for webhook_id in [each for each, future in self._running.items() if future.done()]:
            try:
                done = self._running.pop(webhook_id).result()
            except PftuiError as error:
                problem = error
                continue
            self.tally.delivered += done.delivered
            self.tally.failed += done.failed
            self.tally.parked += done.parked
        if problem is not None:
            raise problem

    def _wait(self, seconds: float) -> None:
        """Until it is time for the next look; a turn that ends may leave room for more at once."""
        if self._running and seconds == LOOKS_EVERY:
            wait(self._running.values(), timeout=seconds, return_when=FIRST_COMPLETED)
            self.stopped.wait(0.02)
        else:
            self.stopped.wait(seconds)
