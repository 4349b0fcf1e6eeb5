"""What all verifiers of a process share, and what becomes of it after a fork."""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections import OrderedDict
from typing import Protocol

from pftui.services.verification.connections import Shared
from pftui.services.verification.cores import usable_cores
from pftui.services.verification.matches import MatchMemory, Monotonic, WrongSecretLimit
from pftui.services.verification.noted_uses import NotedUses
from pftui.services.verification.pools import Pool
from pftui.services.verification.runs import Runs
from pftui.services.verification.turns import Turns
from pftui.services.verification.wrong_secrets import WrongSecrets

_STORES = 256  # that a process has in mind; more than one is rare


class Bounds:
    """What a process keeps of one store: its limit of wrong secrets, what it runs, told and noted."""

    def __init__(self, monotonic: Monotonic) -> None:
        self.limit = WrongSecretLimit(monotonic)
        self.runs = Runs()
        self.wrong = WrongSecrets(monotonic)
        self.uses = NotedUses(monotonic)

    def after_fork(self) -> None:
        """Let go of the parent's locks and of what it has under way."""
        for part in (self.limit, self.runs, self.wrong, self.uses):
            part.after_fork()


class Forked(Protocol):
    """What must hear of a fork, in the child."""

    def after_fork(self) -> None: ...


class Process:
    """The memory of matches, the turns for argon2, the threads; of each store its bounds and connections."""

    def __init__(self) -> None:
        # More runs at once than cores would only make each of them slower.
        cores = usable_cores()
        self.memory = MatchMemory()
        self.turns = Turns(cores)
        self.argon2 = Pool("pftui-argon2", threads=cores, waiting=100, turns=self.turns)
        self.store = Pool("pftui-store", threads=4 + cores, waiting=1_000)
        self.connections = Shared()
        self.others: weakref.WeakSet[Forked] = weakref.WeakSet()
        self._bounds: OrderedDict[tuple[str, Monotonic], Bounds] = OrderedDict()
        self._lock = threading.Lock()

    def leave(self) -> None:
        """Write the notes that still wait, where a program ends without closing its verifiers."""
        with self._lock:
            known = list(self._bounds.values())
        for bounds in known:
            bounds.uses.leave()

    def bounds(self, store_id: str, monotonic: Monotonic) -> Bounds:
        """Those of a store; who goes by another clock has bounds of their own."""
        name = store_id, monotonic
        with self._lock:
            known = self._bounds.get(name)
            if known is None:
                known = self._bounds[name] = Bounds(monotonic)
            self._bounds.move_to_end(name)
            while len(self._bounds) > _STORES:
                self._bounds.popitem(last=False)
            return known

    def after_fork(self) -> None:
        """Let go of the parent's locks, threads and connections; what has matched is still known."""
        self._lock = threading.Lock()
        mine: list[Forked] = [self.memory, self.turns, self.argon2, self.store, self.connections]
        for part in (*mine, *self._bounds.values(), *list(self.others)):
            part.after_fork()


PROCESS = Process()

atexit.register(PROCESS.leave)
os.register_at_fork(after_in_child=PROCESS.after_fork)
