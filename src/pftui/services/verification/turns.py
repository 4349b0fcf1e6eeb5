"""Whose run of argon2 is next: the keys in turn, and of each key who came first."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """So many runs at once. However many wait with one key id, the next id is no later for it.

    A semaphore would promise nothing of the kind: who comes just then may be quicker than who waits.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: OrderedDict[str, deque[threading.Event]] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, key_id: str) -> Iterator[None]:
        """Wait until it is this key's turn; over when left."""
        self._begin(key_id)
        try:
            yield
        finally:
            with self._lock:
                self._pass_on()

    def _begin(self, key_id: str) -> None:
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return
            mine = threading.Event()
            self._waiting.setdefault(key_id, deque()).append(mine)
        try:
            mine.wait()
        except BaseException:  # an interrupt: the turn goes to others, whether it had come or not
            with self._lock:
                if mine.is_set():
                    self._pass_on()
                else:
                    self._give_up(key_id, mine)
            raise

    def _pass_on(self) -> None:
        if not self._waiting:
            self._free += 1
            return
        key_id, queue = self._waiting.popitem(last=False)
        queue.popleft().set()
        if queue:
            self._waiting[key_id] = queue

    def _give_up(self, key_id: str, mine: threading.Event) -> None:
        queue = self._waiting[key_id]
        queue.remove(mine)
        if not queue:
            del self._waiting[key_id]
