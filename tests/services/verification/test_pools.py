"""Threads beside a caller: bounded, in turn, and theirs until they are through."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from queue import SimpleQueue

import pytest

from pftui.domain.errors import TryAgain
from pftui.services.verification.pools import Pool
from pftui.services.verification.turns import Turns
from tests.patience import PATIENCE


class Held:
    """Work that goes on when it is told."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self) -> bool:
        self.begun.set()
        return self.go_on.wait(PATIENCE)


def test_it_gives_what_comes_of_the_work() -> None:
    pool = Pool("test", threads=2, waiting=10)
    assert [pool.submit(lambda: 7).result(PATIENCE) for _ in range(10)] == [7] * 10
    with pytest.raises(ZeroDivisionError):
        pool.submit(lambda: 1 // 0).result(PATIENCE)
    assert pool.submit(threading.current_thread).result(PATIENCE).daemon


def test_who_waits_no_longer_keeps_the_place_until_the_thread_is_through() -> None:
    pool, held = Pool("test", threads=1, waiting=1), Held()
    under_way = pool.submit(held)
    assert held.begun.wait(PATIENCE)
    assert not under_way.cancel()
    with pytest.raises(TryAgain, match="again in 1 s"):
        pool.submit(lambda: True)
    held.go_on.set()
    assert under_way.result(PATIENCE)
    assert pool.submit(lambda: True).result(PATIENCE)  # the place is free before the answer is told


def test_there_are_no_more_threads_than_there_may_be() -> None:
    pool, together = Pool("test", threads=3, waiting=100), threading.Barrier(3)
    names: set[str] = set()

    def work() -> None:
        together.wait(PATIENCE)
        names.add(threading.current_thread().name)

    for each in [pool.submit(work) for _ in range(30)]:
        each.result(PATIENCE)
    assert len(names) == 3


def test_a_held_thread_keeps_no_work_from_the_others() -> None:
    pool, held = Pool("test", threads=2, waiting=10), Held()
    for _ in range(5):
        assert pool.submit(lambda: True).result(PATIENCE)
    waiting = pool.submit(held)
    assert all(pool.submit(lambda: True).result(PATIENCE) for _ in range(5))
    held.go_on.set()
    assert waiting.result(PATIENCE)


def test_in_a_pool_with_turns_a_group_is_no_later_for_others_who_wait() -> None:
    turns = Turns(1)
    pool, served = Pool("test", threads=1, waiting=100, turns=turns), []
    with turns.turn("under way"):  # in a thread that is not the pool's

        def work(name: str) -> Callable[[], None]:
            return lambda: served.append(name)

        asked = [pool.submit(work(name), group=name) for name in "AAAAAABC"]
        assert not served
    for each in asked:
        each.result(PATIENCE)
    assert "".join(served) == "ABCAAAAA"


def test_where_the_system_has_no_more_threads_the_work_is_done_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    pool = Pool("test", threads=1, waiting=1)
    for _ in range(3):
        assert pool.submit(lambda: True).result(0)


def test_who_finds_the_work_taken_by_another_does_not_wait_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    pool = Pool("test", threads=1, waiting=2)

    class Taken(SimpleQueue[Callable[[], None]]):
        """Its work goes to another caller after each look."""

        def empty(self) -> bool:
            if super().empty():
                return True
            self.get_nowait()()
            return False

        def get(self, block: bool = True, timeout: float | None = None) -> Callable[[], None]:
            return super().get(block, 0.01)

    pool._queue = Taken()
    assert pool.submit(lambda: True).result(0)


def test_a_future_of_a_pool_cannot_be_cancelled_by_who_waits() -> None:
    pool, held = Pool("test", threads=1, waiting=2), Held()
    first, second = pool.submit(held), pool.submit(lambda: True)
    for future in (first, second):
        assert isinstance(future, Future)
        assert not future.cancel()
    held.go_on.set()
    try:
        assert second.result(PATIENCE)
    except CancelledError:  # pragma: no cover
        pytest.fail("was cancelled")
