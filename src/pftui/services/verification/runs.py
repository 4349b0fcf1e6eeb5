"""Runs of argon2 under way: one for a key and a hash, however many ask at the same time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future

from pftui.domain.errors import PftuiError, StoreDamaged, TryAgain

Name = tuple[bytes, str]

_log = logging.getLogger("pftui.verification")


class Runs:
    """What is being found out, by the digest of the key and the hash."""

    def __init__(self) -> None:
        self.after_fork()

    def after_fork(self) -> None:
        """Begin anew: whoever has begun a run is in the parent process."""
        self._under_way: dict[Name, Future[bool]] = {}
        self._lock = threading.Lock()

    def join(self, name: Name) -> tuple[Future[bool], bool]:
        """The answer to come, and whether it is the caller who has to `find` it."""
        with self._lock:
            under_way = self._under_way.get(name)
            if under_way is not None:
                return under_way, False
            mine = self._under_way[name] = Future()
            mine.set_running_or_notify_cancel()  # so that nobody who stops waiting cancels it for the others
            return mine, True

    def find(self, name: Name, run: Callable[[], bool]) -> None:
        """Run, and tell all who wait, of an error too; one that is none of ours breaks off here besides."""
        future = self._under_way[name]
        matched, error = False, None
        try:
            matched = run()
        except BaseException as problem:
            error = problem
            if not isinstance(problem, PftuiError):
                if isinstance(problem, Exception):  # in a pool nobody hears of it but as of a `TryAgain`
                    _log.warning("a run of argon2 failed", exc_info=True)
                raise
        finally:
            with self._lock:
                self._under_way.pop(name, None)
            if error is None:
                future.set_result(matched)
            else:
                future.set_exception(_for_all(error))


def _for_all(error: BaseException) -> PftuiError:
    """An error as each of several hears it."""
    if isinstance(error, StoreDamaged):
        return StoreDamaged(error.message)
    if isinstance(error, TryAgain):
        return TryAgain(error.message, error.seconds)
    return TryAgain("The key could not be looked at. Nothing was decided; try again in 1 s.", 1.0)
