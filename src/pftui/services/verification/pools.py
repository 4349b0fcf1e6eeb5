"""Threads for an event loop's questions, so that neither argon2 nor a slow store ever holds the loop."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar
from weakref import WeakKeyDictionary

from pftui.domain.api_key import is_key
from pftui.domain.errors import TryAgain
from pftui.services.verification.verifier import Verifier

Answer = TypeVar("Answer")


class Pool:
    """So many threads, for so many who wait; made at the first use in a process, and anew after a fork.

    Args:
        name: of the threads.
        threads: at most.
        waiting: how many may be under way or wait; who comes then hears `TryAgain`.
    """

    def __init__(self, name: str, threads: int, waiting: int) -> None:
        self._name = name
        self._threads = threads
        self._waiting = waiting
        self._executor: ThreadPoolExecutor | None = None
        self._process = 0
        self._begin()

    def _begin(self) -> None:
        self._places = threading.BoundedSemaphore(self._waiting)
        self._process = os.getpid()
        self._executor = None

    async def run(self, ask: Callable[[], Answer]) -> Answer:
        """The answer, found in one of the threads. Who is cancelled keeps the place until the thread ends.

        Raises:
            TryAgain: too many wait already; nothing was asked.
        """
        if self._process != os.getpid():
            self._begin()  # the parent's threads are not here, and its places may be taken for ever
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix=self._name)
        places = self._places
        if not places.acquire(blocking=False):
            raise TryAgain("Too many keys wait to be looked at. Nothing was decided; try again in 1 s.", 1.0)
        try:
            future = self._executor.submit(ask)
        except BaseException:
            places.release()
            raise

        def leave(_: Future[Answer]) -> None:
            places.release()

        future.add_done_callback(leave)
        return await asyncio.wrap_future(future)

    def finish(self) -> None:
        """Wait for what is under way. Blocks; it may be used again afterwards."""
        executor, self._executor = self._executor, None
        if executor is not None and self._process == os.getpid():
            executor.shutdown()


class Pools:
    """One for keys that have matched before, which wait for the store alone, and one for all others.

    So strangers with made-up keys keep nobody waiting who was here before.
    """

    def __init__(self) -> None:
        cores = os.cpu_count() or 1
        self.known = Pool("pftui-known", threads=4 + cores, waiting=1_000)
        self.unknown = Pool("pftui-unknown", threads=2 + cores, waiting=100)


_pools: WeakKeyDictionary[Verifier, Pools] = WeakKeyDictionary()


def pools_of(verifier: Verifier) -> Pools:
    """Those of a verifier, however many places ask it."""
    return _pools.setdefault(verifier, Pools())


async def ask_beside(verifier: Verifier, key: str, ask: Callable[[], Answer]) -> Answer:
    """The answer about a key, found beside the event loop; what is none is answered at once, by its text.

    Raises:
        TryAgain: too many wait already; nothing was asked.
    """
    if verifier.remembers(key):
        return await pools_of(verifier).known.run(ask)
    return await pools_of(verifier).unknown.run(ask) if is_key(key) else ask()
