"""What a thread reads can be given up by another one: who has typed on wants no answer to what was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock

from pftui.domain.errors import PftuiError


class Interrupted(PftuiError):
    """What was asked was given up, as whoever asked it has said."""


_current: ContextVar[Interrupt | None] = ContextVar("pftui_interrupt", default=None)


class Interrupt:
    """Ends, for good, what the threads read that it applies to."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stops: list[Callable[[], object]] = []
        self.interrupted = False

    def interrupt(self) -> None:
        """End what is read now, and let nothing more be read. May wait for a server, for a second at most."""
        with self._lock:
            self.interrupted = True
            for stop in self._stops:
                stop()

    def check(self) -> None:
        """Raise `Interrupted` where it was."""
        if self.interrupted:
            raise Interrupted("This was given up for something newer.") from None

    @contextmanager
    def applied(self) -> Iterator[None]:
        """It applies to what this thread reads meanwhile."""
        before = _current.set(self)
        try:
            yield
        finally:
            _current.reset(before)

    @contextmanager
    def stopped_by(self, stop: Callable[[], object]) -> Iterator[None]:
        """What is read meanwhile is ended by `stop`, which another thread calls while this lasts.

        Raises:
            Interrupted: it was interrupted before, or is meanwhile.
        """
        with self._lock:
            self.check()
            self._stops.append(stop)
        try:
            yield
        except Exception:
            self.check()
            raise
        finally:
            with self._lock:
                self._stops.remove(stop)


def current() -> Interrupt | None:
    """What applies to what this thread reads."""
    return _current.get()
