"""When *last used* is written; how is in `repositories/key_lookup/uses.py`."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from pftui.domain.clock import Clock, to_microseconds
from pftui.domain.errors import PftuiError
from pftui.domain.key_tag import tag_of
from pftui.services.verification.matches import Monotonic
from pftui.services.verification.questions import NOTED_EVERY, to_be_noted

if TYPE_CHECKING:
    from collections.abc import Callable

    from pftui.repositories.key_lookup.records import KeyRecord
    from pftui.repositories.key_lookup.uses import UseNotes

_NOTES_PAUSE = 5.0  # seconds without notes after one that could not be written

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

    A note that cannot be written never changes an answer, and for some seconds no other is tried.
    """

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._pause_until = monotonic()
        self.after_fork()

    def after_fork(self) -> None:
        """Let go of the parent's lock, and of what it is writing."""
        self._under_way: set[str] = set()
        self._lock = threading.Lock()

    def write(self, record: KeyRecord, text: str, now: int, notes: Callable[[], UseNotes]) -> None:
        """Note a use that is `due`. A key that is older than tags are gets its own."""
        key_id = record.facts.key_id
        with self._lock:
            if key_id in self._under_way or self._monotonic() < self._pause_until:
                return
            self._under_way.add(key_id)
        try:
            notes().write(key_id, now, now - NOTED_EVERY)
            if record.tag is None:
                notes().add_tag(key_id, record.hash, tag_of(text))
        except PftuiError as error:
            _log.warning("last use of key %s was not written: %s", key_id, error.message)
            self._pause_until = self._monotonic() + _NOTES_PAUSE
        except Exception:  # noqa: BLE001  # a bug in a note must not turn into an answer either
            _log.warning("last use of key %s was not written", key_id, exc_info=True)
            self._pause_until = self._monotonic() + _NOTES_PAUSE
        finally:
            with self._lock:
                self._under_way.discard(key_id)
