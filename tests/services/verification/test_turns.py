"""Whose run is next."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from pftui.services.verification.turns import Turns
from tests.patience import PATIENCE


def waiting(queue: Turns) -> int:
    return sum(map(len, queue._waiting.values()))


def wait_for(queue: Turns, number: int) -> None:
    end = time.monotonic() + PATIENCE
    while waiting(queue) < number:
        assert time.monotonic() < end
        time.sleep(0.001)


@contextmanager
def in_line(queue: Turns, key_ids: str) -> Iterator[list[str]]:
    """They come one after another while a run is under way; gives in which order they had their turns."""
    served: list[str] = []

    def ask(key_id: str) -> None:
        with queue.turn(key_id):
            served.append(key_id)

    with ThreadPoolExecutor(len(key_ids)) as pool:
        with queue.turn("under way"):
            asked: list[Future[None]] = []
            for number, key_id in enumerate(key_ids, 1):
                asked.append(pool.submit(ask, key_id))
                wait_for(queue, number)
        for each in asked:
            each.result()
    yield served


def test_keys_take_turns_however_many_wait_with_one() -> None:
    with in_line(Turns(1), "AAAAAABC") as served:
        assert "".join(served) == "ABCAAAAA"


def test_as_many_run_at_once_as_may() -> None:
    queue = Turns(2)
    together = threading.Barrier(2)

    def ask(_: int) -> None:
        with queue.turn("A"):
            together.wait(PATIENCE)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(4)))
    assert queue._free == 2


@pytest.mark.parametrize("had_come", [True, False])
def test_who_is_interrupted_while_waiting_keeps_nobody_from_their_turn(
    had_come: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = Turns(1)

    class Interrupted(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            if had_come:
                queue.pass_on()
            raise KeyboardInterrupt

    queue.ask("under way", int)
    monkeypatch.setattr(threading, "Event", Interrupted)
    with pytest.raises(KeyboardInterrupt), queue.turn("A"):
        pytest.fail("had a turn")
    assert (queue._free, waiting(queue)) == (1 if had_come else 0, 0)
