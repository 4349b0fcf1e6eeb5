"""The verifier on an event loop: the same answers, and nothing that waits on the loop's own thread."""

from __future__ import annotations

import asyncio
import inspect
import os
import pickle
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from pftui import AsyncVerifier, Decision, StoreMissing, StoreUnavailable, TryAgain, UnknownTeam, Verifier
from pftui.domain.decisions import Reason
from pftui.repositories.key_lookup.reader import KeyReader
from pftui.repositories.key_lookup.uses import UseNotes
from pftui.services import hashing
from pftui.services.verification.pools import pools_of
from tests.patience import PATIENCE
from tests.services.verification.test_verifier import with_wrong_secret


@pytest.fixture
async def asked(store_url: str) -> AsyncIterator[AsyncVerifier]:
    async with AsyncVerifier(store_url) as opened:
        yield opened


class Threads:
    """Notes on which threads argon2, reads and writes run, and can hold the reads."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, set[str]] = {"argon2": set(), "read": set(), "write": set()}
        self.reading, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()
        for what, place, name in (
            ("argon2", hashing, "key_matches"),
            ("read", KeyReader, "read"),
            ("write", UseNotes, "write"),
        ):
            monkeypatch.setattr(place, name, self._spied(what, getattr(place, name)))

    def _spied(self, what: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def spy(*arguments: Any) -> Any:
            self.names[what].add(threading.current_thread().name.rpartition("_")[0])
            if what == "read":
                self.reading.set()
                assert self.go_on.wait(PATIENCE)
            return real(*arguments)

        return spy


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> Threads:
    return Threads(monkeypatch)


QUESTIONS: list[tuple[Any, ...]] = [
    (),
    ("red-team",),
    ("RED-TEAM", "run_scans"),
    ("red-team", "manage_targets"),
    ("default",),
]


async def test_it_gives_the_answers_of_a_verifier(asked: AsyncVerifier, verifier: Verifier, key: str) -> None:
    for each in (key, key.encode(), with_wrong_secret(key), key[:-1], "", None):
        for question in QUESTIONS:
            assert await asked.verify(each, *question) == verifier.verify(each, *question)
            header = each or ""
            told = await asked.verify_header(None, header, *question)
            assert told == verifier.verify_header(None, header, *question)
    with pytest.raises(UnknownTeam):
        await asked.verify(key, "nowhere")
    with pytest.raises(UnknownTeam):
        await asked.check("nowhere")
    await asked.check("red-team", "run_scans")
    await asked.health()


def test_it_has_the_methods_of_a_verifier_with_the_same_parameters() -> None:
    for name in ("verify", "verify_header", "check", "health"):
        mine, theirs = getattr(AsyncVerifier, name), getattr(Verifier, name)
        assert inspect.signature(mine) == inspect.signature(theirs)
        assert inspect.iscoroutinefunction(mine)


async def test_nothing_runs_on_the_loops_own_thread(asked: AsyncVerifier, key: str, threads: Threads) -> None:
    for each in (key, key, with_wrong_secret(key), "nonsense", None):
        await asked.verify(each, team="red-team")
    assert threads.names["argon2"] == {"pftui-unknown"}
    assert threads.names["read"] == {"pftui-known", "pftui-unknown"}
    assert threads.names["write"] <= {"pftui-known", "pftui-unknown"}
    assert threads.names["write"]


async def test_a_held_store_holds_neither_the_loop_nor_who_needs_no_store(
    asked: AsyncVerifier, key: str, threads: Threads
) -> None:
    threads.go_on.clear()
    waiting = asyncio.create_task(asked.verify(key))
    assert await asyncio.to_thread(threads.reading.wait, PATIENCE)
    assert (await asked.verify("nonsense")).reason is Reason.MALFORMED
    assert not waiting.done()
    threads.go_on.set()
    assert (await waiting).allowed


async def test_strangers_keep_nobody_waiting_who_was_here_before(
    verifier: Verifier, key: str, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = AsyncVerifier.sharing(verifier)
    assert await asked.verify(key)
    held, go_on = threading.Event(), threading.Event()

    def hold() -> bool:
        held.set()
        return go_on.wait(PATIENCE)

    unknown = pools_of(verifier).unknown
    strangers = [asyncio.create_task(unknown.run(hold)) for _ in range(100)]
    assert await asyncio.to_thread(held.wait, PATIENCE)
    with pytest.raises(TryAgain):
        await asked.verify(with_wrong_secret(key))
    assert await asked.verify(key)
    go_on.set()
    assert all(await asyncio.gather(*strangers))


async def test_who_is_cancelled_takes_nobodys_answer_along(
    asked: AsyncVerifier, key: str, threads: Threads
) -> None:
    threads.go_on.clear()
    calls = [asyncio.create_task(asked.verify(key)) for _ in range(3)]
    assert await asyncio.to_thread(threads.reading.wait, PATIENCE)
    calls[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await calls[0]
    threads.go_on.set()
    answers: list[Decision] = await asyncio.gather(*calls[1:])
    assert all(answers)
    assert await asked.verify(key)


async def test_it_answers_only_while_it_is_open(sqlite_url: str, tmp_path: Path) -> None:
    asked = AsyncVerifier(sqlite_url)
    with pytest.raises(StoreUnavailable, match="async with"):
        await asked.verify("")
    async with asked:
        assert not await asked.verify("")
    with pytest.raises(StoreUnavailable, match="async with"):
        await asked.verify("")
    async with asked:  # and may be opened again
        assert not await asked.verify("")
    with pytest.raises(StoreMissing):
        async with AsyncVerifier(tmp_path / "not-there.db"):
            pass
    with pytest.raises(TypeError, match="make one in each process"):
        pickle.dumps(asked)


async def test_what_is_shared_stays_open(verifier: Verifier, key: str) -> None:
    asked = AsyncVerifier.sharing(verifier)
    for _ in range(2):
        async with asked:
            assert await asked.verify(key)
    assert verifier.verify(key)


def test_a_forked_child_has_threads_of_its_own(verifier: Verifier, key: str) -> None:
    asked = AsyncVerifier.sharing(verifier)
    assert asyncio.run(asked.verify(key)).allowed
    child = os.fork()
    if child == 0:  # pragma: no cover  # in the child
        code = 1
        try:
            code = 0 if asyncio.run(asyncio.wait_for(asked.verify(key), PATIENCE)) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert asyncio.run(asked.verify(key)).allowed
