"""Threads beside a caller, so that neither argon2 nor a slow store holds a caller who cannot wait.

A caller may go before the answer is there: on an event loop that cancels, or at the end of its time-out. The
work then stays with its thread, and keeps its place until that is through with it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import Empty, SimpleQueue
from typing import TypeVar

from pftui.domain.errors import TryAgain
from pftui.services.verification.turns import Turns

Answer = TypeVar("Answer")
_FULL = "Too many keys wait to be looked at. Nothing was decided; try again in 1 s."


class Pool:
    """So many threads, for so many who wait; made as they are needed, and anew after a fork.

    The threads keep no process from ending: one may be held by what nobody can interrupt.

    Args:
        name: of the threads.
        threads: at most.
        waiting: how many may be under way or wait; who comes then hears `TryAgain`.
        turns: in which order they come, shared with those who do the same in threads of their own.
    """

    def __init__(self, name: str, threads: int, waiting: int, turns: Turns | None = None) -> None:
        self._name = name
        self._most = threads
        self._waiting = waiting
        self._turns = turns
        self.after_fork()

    def after_fork(self) -> None:
        """Begin anew: the parent's threads are not here, and its places would be taken for ever."""
        self._lock = threading.Lock()
        self._queue: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._taken = 0
        self._busy = 0
        self._threads = 0

    def start(self) -> None:
        """Have a thread ready: to start one takes a wait. Each that finds work sees that there is another."""
        with self._lock:
            if self._threads > 0:
                return
            self._threads = 1
        self._start_one()

    def submit(self, act: Callable[[], Answer], group: str = "") -> Future[Answer]:
        """What an act will give, done in one of the threads. It cannot be cancelled.

        Args:
            group: of those that take turns, which one this is of.

        Raises:
            TryAgain: too many wait already; nothing will be done.
        """
        with self._lock:
            if self._taken == self._waiting:
                raise TryAgain(_FULL, 1.0)
            self._taken += 1
        future: Future[Answer] = Future()
        future.set_running_or_notify_cancel()
        if self._turns is None:
            self._put(act, future)
        else:
            self._turns.ask(group, partial(self._put, act, future))
        return future

    def lend(self, act: Callable[[], Answer]) -> Answer:
        """What an act gives, done in one of the threads, while the caller has a turn and waits.

        Whoever frees much memory leaves it with their thread: so what needs much is done in these few
        (https://sourceware.org/glibc/wiki/MallocInternals, "Arenas").
        """
        future: Future[Answer] = Future()
        future.set_running_or_notify_cancel()
        self._queue.put(partial(_finish, future, act))
        self.start()
        return future.result()

    def _put(self, act: Callable[[], Answer], future: Future[Answer]) -> None:
        self._queue.put(partial(self._do, act, future))
        self.start()

    def _do(self, act: Callable[[], Answer], future: Future[Answer]) -> None:
        _finish(future, act, self._leave)

    def _leave(self) -> None:
        with self._lock:
            self._taken -= 1
        if self._turns is not None:
            self._turns.pass_on()

    def _start_one(self) -> None:
        name = f"{self._name}_{self._threads}"
        try:
            threading.Thread(target=self._serve, args=(self._queue,), name=name, daemon=True).start()
        except RuntimeError:  # the system has no more of them: those that there are have to do
            with self._lock:
                self._threads -= 1
                alone = self._threads == 0
            while alone and not self._queue.empty():
                try:
                    work = self._queue.get_nowait()
                except Empty:  # another caller has taken it
                    break
                work()

    def _serve(self, queue: SimpleQueue[Callable[[], None]]) -> None:
        while True:
            work = queue.get()
            with self._lock:
                self._busy += 1
                spare = self._busy == self._threads < self._most
                self._threads += spare
            if spare:
                self._start_one()
            work()
            del work  # and with it what it holds, a key for one, until the next comes
            with self._lock:
                self._busy -= 1


def _finish(
    future: Future[Answer], act: Callable[[], Answer], leave: Callable[[], None] = lambda: None
) -> None:
    """Do an act, then `leave`, and then tell who waits."""
    answer, error = None, None
    try:
        answer = act()
    except BaseException as problem:  # noqa: BLE001  # it is raised where it is waited for
        error = problem
    leave()
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(answer)  # type: ignore[arg-type]  # the act has given it
