"""Whose run of argon2 is next: the keys in turn, and of each key who came first."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Go = Callable[[], object]


class Turns:
    """So many runs at once. However many wait with one key id, the next id is no later for it.

    A semaphore would promise nothing of the kind: who comes just then may be quicker than who waits.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self.after_fork()

    def after_fork(self) -> None:
        """Begin anew: those whose turn it is, and those who wait, are in the parent process."""
        self._free = self._at_once
        self._waiting: OrderedDict[str, deque[Go]] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, key_id: str, go: Go) -> None:
        """Call `go` once it is this key's turn, now or later and from any thread; it ends with `pass_on`."""
        with self._lock:
            if self._free == 0:
                self._waiting.setdefault(key_id, deque()).append(go)
                return
            self._free -= 1
        go()

    def pass_on(self) -> None:
        """A turn is over."""
        with self._lock:
            if not self._waiting:
                self._free += 1
                return
            key_id, queue = self._waiting.popitem(last=False)
            go = queue.popleft()
            if queue:
                self._waiting[key_id] = queue
        go()

    @contextmanager
    def turn(self, key_id: str) -> Iterator[None]:
        """Wait until it is this key's turn; over when left."""
        come = threading.Event()
        go = come.set
        self.ask(key_id, go)
        try:
            come.wait()
            yield
        except BaseException:
            if not self._given_up(key_id, go):  # as who is interrupted while waiting has
                self.pass_on()
            raise
        else:
            self.pass_on()

    def _given_up(self, key_id: str, go: Go) -> bool:
        """Whether somebody was still waiting, and waits no longer."""
        with self._lock:
            queue = self._waiting.get(key_id, deque())
            if go not in queue:
                return False
            queue.remove(go)
            if not queue:
                del self._waiting[key_id]
            return True
