"""When *last used* is written; how is in `repositories/key_lookup/uses.py`."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from pftui.domain.clock import Clock, to_microseconds
from pftui.domain.errors import PftuiError, StoreDamaged, StoreUnavailable
from pftui.domain.key_tag import tag_of
from pftui.repositories.key_lookup.uses import Use
from pftui.services.verification.matches import Monotonic
from pftui.services.verification.questions import NOTED_EVERY, to_be_noted

if TYPE_CHECKING:
    from pftui.repositories.key_lookup.records import KeyRecord
    from pftui.repositories.key_lookup.uses import UseNotes

PAUSE: Final = 5.0
"""Seconds between two transactions with notes: each of them ends what connections have kept of the store."""
MOST_AT_ONCE: Final = 1_000
"""Notes in one transaction, so that it holds other writers up for a fraction of a second."""
_MOST_WAITING: Final = 20 * MOST_AT_ONCE

Notes = Callable[[], "UseNotes"]

_log = logging.getLogger("pftui.verification")
_log.addHandler(logging.NullHandler())  # a library's log goes where its program says, or nowhere


def due(record: KeyRecord, clock: Clock) -> int:
    """The time of a use just now that is to be noted, in microseconds since 1970; 0 where one is already."""
    try:
        now = to_microseconds(clock())
    except Exception:  # noqa: BLE001  # nor may a clock change an answer
        _log.warning("last use of a key was not written: the clock cannot be read", exc_info=True)
        return 0
    return now if to_be_noted(record, now) else 0


class NotedUses:
    """The notes of one store in this process: once a minute for a key, and its first use if it is unsaved.

    The first is written by who brings it. What comes in the seconds after that waits, and is written with
    whatever has come until then, by a thread. A note that cannot be written never changes an answer, and for
    some seconds none other is taken.
    """

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._next_at = self._pause_until = monotonic()
        self.after_fork()

    def after_fork(self) -> None:
        """Let go of the parent's lock and thread, and leave to it what it has not written yet."""
        self._waiting: dict[str, Use] = {}
        self._under_way: dict[str, Use] = {}
        self._notes: Notes | None = None
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def add(self, record: KeyRecord, text: str, now: int, notes: Notes) -> bool:
        """Take a use that is `due`; whether it is now to be written. A key older than tags is to get its own.

        Args:
            now: microseconds since 1970.
        """
        key_id = record.facts.key_id
        moment = self._monotonic()
        if key_id in self._waiting or key_id in self._under_way:  # as at each call until it is written
            return moment >= self._next_at and not self._under_way
        with self._lock:
            if moment < self._pause_until or len(self._waiting) >= _MOST_WAITING:
                return False
            tag = tag_of(text) if record.tag is None else None
            self._waiting[key_id] = Use(key_id, now, now - NOTED_EVERY, record.hash, tag)
            self._notes = notes
            return moment >= self._next_at and not self._under_way

    def write(self) -> None:
        """Write what waits, unless somebody else does or has just done so."""
        with self._lock:
            is_time = self._monotonic() >= self._next_at and not self._under_way
        if is_time:
            self.leave()

    def leave(self) -> None:
        """Write what waits, however short a time it is since the last ones."""
        with self._lock:
            if self._under_way or not self._waiting or self._notes is None:
                return
            for key_id in list(self._waiting)[:MOST_AT_ONCE]:
                self._under_way[key_id] = self._waiting.pop(key_id)
            notes, uses = self._notes, list(self._under_way.values())
            self._next_at = self._monotonic() + PAUSE
        try:
            self._write(notes, uses)
        finally:
            with self._lock:
                self._under_way.clear()
                # Here, since who brings a use may be an event loop, which should start no thread.
                if self._timer is None:
                    self._timer = threading.Timer(PAUSE, self._leave_later)
                    self._timer.daemon, self._timer.name = True, "pftui-notes"
                    self._timer.start()

    def _leave_later(self) -> None:
        with self._lock:
            self._timer = None
        self.leave()

    def _write(self, notes: Notes, uses: list[Use]) -> None:
        try:
            notes().write(uses)
        except PftuiError as error:
            if len(uses) > 1 and (isinstance(error, StoreDamaged) or not isinstance(error, StoreUnavailable)):
                self._one_by_one(notes, uses)
                return
            self._not_written(uses, error.message)
        except Exception:  # noqa: BLE001  # a bug in a note must not turn into an answer either
            if len(uses) > 1:
                self._one_by_one(notes, uses)
                return
            self._not_written(uses, "a defect of pftui's, or of the store", told=True)

    def _one_by_one(self, notes: Notes, uses: list[Use]) -> None:
        """One of them is in the way of the others."""
        for use in uses:
            self._write(notes, [use])

    def _not_written(self, uses: list[Use], why: str, *, told: bool = False) -> None:
        which = f"key {uses[0].key_id}" if len(uses) == 1 else f"{len(uses):,} keys"
        _log.warning("last use of %s was not written: %s", which, why, exc_info=told)
        self._pause_until = self._monotonic() + PAUSE
