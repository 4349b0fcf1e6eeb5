"""When *last used* is written; how is in `repositories/key_lookup/uses.py`."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from pftui.domain.clock import Clock, to_microseconds
from pftui.domain.errors import PftuiError
from pftui.domain.key_tag import tag_of
from pftui.repositories.key_lookup.reader import KeyReader, KeyRecord
from pftui.repositories.key_lookup.uses import UseNotes
from pftui.services.verification.matches import Monotonic

if TYPE_CHECKING:
    from datetime import datetime

    from pftui.repositories.unit_of_work import UnitOfWork

NOTED_EVERY = 60_000_000  # microseconds
_NOTES_PAUSE = 5.0  # seconds without notes after one that could not be written

_log = logging.getLogger("pftui.verification")
_log.addHandler(logging.NullHandler())  # a library's log goes where its program says, or nowhere


def _first_use(unit: UnitOfWork, account_id: str, key_id: str, moment: datetime) -> None:
    from pftui.services.verification.first_use import tell_of_first_use  # and the models: for this alone

    tell_of_first_use(unit, account_id, key_id, moment)


class NotedUses:
    """When *last used* is written: once a minute for a key at most, and at the first use of an unsaved one.

    A note that cannot be written never changes an answer, and for some seconds no other is tried.
    """

    def __init__(self, reader: KeyReader, clock: Clock, monotonic: Monotonic) -> None:
        self._reader = reader
        self._clock = clock
        self._monotonic = monotonic
        self._pause_until = monotonic()
        self._notes: UseNotes | None = None
        self._renew_lock()

    def _renew_lock(self) -> None:
        self._under_way: set[str] = set()
        self._lock = threading.Lock()

    def note(self, record: KeyRecord, text: str) -> None:
        """The key was used, just now and with success. One that is older than tags are gets its own."""
        try:
            now = to_microseconds(self._clock())
        except Exception:  # noqa: BLE001  # nor may a clock
            _log.warning("last use of a key was not written: the clock cannot be read", exc_info=True)
            return
        before = now - NOTED_EVERY
        # What is in the future was noted by a clock that was ahead, and stands in nobody's way.
        if record.saved and before < record.last_used_at <= now:
            return
        key_id = record.facts.key_id
        with self._lock:
            if key_id in self._under_way or self._monotonic() < self._pause_until:
                return
            self._under_way.add(key_id)
        try:
            self.store().write(key_id, now, before)
            if record.tag is None:
                self.store().add_tag(key_id, record.hash, tag_of(text))
        except PftuiError as error:
            _log.warning("last use of key %s was not written: %s", key_id, error.message)
            self._pause_until = self._monotonic() + _NOTES_PAUSE
        except Exception:  # noqa: BLE001  # a bug in a note must not turn into an answer either
            _log.warning("last use of key %s was not written", key_id, exc_info=True)
            self._pause_until = self._monotonic() + _NOTES_PAUSE
        finally:
            with self._lock:
                self._under_way.discard(key_id)

    def store(self) -> UseNotes:
        """The way to write into the store, which is opened when it is needed."""
        with self._lock:
            if self._notes is None:
                self._notes = UseNotes(self._reader, _first_use)
            return self._notes

    def close(self) -> None:
        """Close the connections."""
        if self._notes is not None:
            self._notes.close()

    def after_fork(self) -> None:
        """Let go of the parent's lock and connections."""
        self._renew_lock()
        if self._notes is not None:
            self._notes.after_fork()
