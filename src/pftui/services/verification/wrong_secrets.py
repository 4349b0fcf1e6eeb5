"""Tells the trail of wrong secrets for a key that there is, within bounds (R8).

What a process has told of lately it counts in memory, so that nobody makes it write more than some ten
times a minute; the store has the bounds for all processes together. A note that cannot be written changes
no answer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from pftui.domain.api_key import shown
from pftui.domain.clock import Clock
from pftui.domain.errors import PftuiError
from pftui.services.verification.matches import Monotonic

if TYPE_CHECKING:
    from pftui.repositories.key_lookup.records import KeyRecord
    from pftui.repositories.key_lookup.uses import UseNotes
    from pftui.services.trail.writer import AuditWriter

_PAUSE = 60.0  # seconds between two notes of one key
_MOST = 10  # notes in that time
_AFTER_FAILURE = 5.0  # seconds without notes after one that could not be written

Notes = Callable[[], "UseNotes"]

_log = logging.getLogger("pftui.verification")


class WrongSecrets:
    """The wrong secrets that this process has met for one store, whichever verifier was asked."""

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._told: dict[str, float] = {}  # when, of the keys of the last minute
        self._untold = 0
        self._not_before = self._next_count_at = monotonic()
        self._lock = threading.Lock()

    def after_fork(self) -> None:
        """Replace the lock, and leave the count to the parent process."""
        self._lock = threading.Lock()
        self._untold = 0

    def due(self, key_id: str) -> int:
        """How many are to be told of, now that one more came; 0 where it is only counted."""
        now = self._monotonic()
        with self._lock:
            self._told = {key: when for key, when in self._told.items() if now - when < _PAUSE}
            if key_id in self._told or len(self._told) >= _MOST or now < self._not_before:
                self._untold += 1
                return 0
            self._told[key_id] = now
            times, self._untold = self._untold + 1, 0
            return times

    def put_off(self, key_id: str, times: int) -> None:
        """Take back that so many were `due`: there was nobody to tell of them."""
        with self._lock:
            self._told.pop(key_id, None)
            self._untold += times

    def tell(self, record: KeyRecord, times: int, clock: Clock, notes: Notes) -> None:
        """Tell of as many as are `due`."""
        if not self._written(lambda writer: _tell(writer, record, times), clock, notes):
            with self._lock:
                self._untold += times

    def leave_count(self, clock: Clock, notes: Notes) -> None:
        """Leave the count of those that were not told in the store.

        Not more than once a minute: a verifier that is made for each call would let strangers cause writes.
        """
        now = self._monotonic()
        with self._lock:
            if not self._untold or now < max(self._next_count_at, self._not_before):
                return
            untold, self._untold, self._next_count_at = self._untold, 0, now + _PAUSE
        if not self._written(lambda writer: _count(writer, untold), clock, notes):
            with self._lock:
                self._untold += untold

    def _written(self, tell: Callable[[AuditWriter], None], clock: Clock, notes: Notes) -> bool:
        try:
            with notes().change() as unit:
                from pftui.domain.audit import ANONYMOUS
                from pftui.domain.source import Means, Origin
                from pftui.services.trail.writer import AuditWriter

                tell(AuditWriter(unit, ANONYMOUS, Origin(Means.KEY), clock()))
                unit.commit()
        except PftuiError as error:
            _log.warning("wrong secrets were not told in the trail: %s", error.message)
        except Exception:  # noqa: BLE001  # a bug in a note must not turn into an answer either
            _log.warning("wrong secrets were not told in the trail", exc_info=True)
        else:
            return True
        self._not_before = self._monotonic() + _AFTER_FAILURE
        return False


def _tell(writer: AuditWriter, record: KeyRecord, times: int) -> None:
    from pftui.domain.audit import Action, Target
    from pftui.services.trail.bounded import record_bounded

    account, key_id = record.facts.account, record.facts.key_id
    record_bounded(
        writer,
        Action.API_KEY_WRONG_SECRET,
        Target.API_KEY,
        key_id,
        f"A wrong secret was given for API key {shown(key_id)} of {account.name}",
        times,
        accountId=account.id,
    )


def _count(writer: AuditWriter, untold: int) -> None:
    from pftui.domain.audit import Action

    writer.unit.audit.count_untold(Action.API_KEY_WRONG_SECRET, untold)
