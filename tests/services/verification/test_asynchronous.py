"""The verifier on an event loop: the same answers, and nothing that waits on the loop's own thread."""

from __future__ import annotations

import asyncio
import inspect
import os
import pickle
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from pftui import AsyncVerifier, Decision, StoreMissing, StoreUnavailable, TryAgain, UnknownTeam, Verifier
from pftui.domain.api_key import generate
from pftui.domain.decisions import Reason
from pftui.repositories.database.engine import connect
from pftui.repositories.key_lookup import reader
from pftui.repositories.key_lookup.reader import KeyReader
from pftui.repositories.key_lookup.uses import UseNotes
from pftui.repositories.unit_of_work import Store
from pftui.services import hashing
from pftui.services.verification.process import PROCESS
from tests.conftest import SetClock
from tests.patience import PATIENCE
from tests.services.verification.test_verifier import _bare_key, with_wrong_secret


@pytest.fixture
async def asked(store_url: str) -> AsyncIterator[AsyncVerifier]:
    async with AsyncVerifier(store_url) as opened:
        yield opened


class Threads:
    """Notes which threads do what may take its time, and can hold the reads that are made beside the loop."""

    WATCHED: tuple[tuple[str, Any, str], ...] = (
        ("argon2", hashing, "key_matches"),
        ("read", KeyReader, "read"),
        ("read on the loop", KeyReader, "read_quickly"),
        ("connect", KeyReader, "_connect"),
        ("reopen", KeyReader, "_reopen"),
        ("stat", reader, "file_identity"),
        ("stat", reader, "check_file"),
        ("write", UseNotes, "write"),
        ("write", UseNotes, "change"),
        ("wait", threading.Event, "wait"),
        ("wait", Future, "result"),
    )

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, set[str]] = {what: set() for what, _, _ in self.WATCHED}
        self._loops = threading.get_ident()
        self.reading, self.go_on = Event(), Event()
        self.go_on.set()
        for what, place, name in self.WATCHED:
            monkeypatch.setattr(place, name, self._spied(what, getattr(place, name)))

    def _spied(self, what: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def spy(*arguments: Any, **options: Any) -> Any:
            name = threading.current_thread().name.rpartition("_")[0]
            waits = what != "wait" or not isinstance(arguments[0], Future) or not arguments[0].done()
            if threading.get_ident() == self._loops and waits:
                self.names[what].add("the loop's")
            elif name.startswith("pftui-"):
                self.names[what].add(name)
            if what == "read":
                self.reading.set()
                assert self.go_on.wait(PATIENCE)
            return real(*arguments, **options)

        return spy

    def on_the_loop(self) -> set[str]:
        """What was done on the loop's own thread."""
        return {what for what, names in self.names.items() if "the loop's" in names}


class Event(threading.Event):
    """One that nobody watches."""

    wait = threading.Event.wait


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


async def test_on_the_loop_nothing_is_waited_for(
    asked: AsyncVerifier, key: str, threads: Threads, store_url: str
) -> None:
    for each in (key, key, key, with_wrong_secret(key), generate().text, "nonsense", None):
        await asked.verify(each, team="red-team")
        await asked.verify_header(None, each if isinstance(each, str) else None)
    assert threads.names["argon2"] == {"pftui-argon2"}
    assert threads.names["read"] == {"pftui-store"}
    assert threads.names["write"] == {"pftui-store"}
    assert threads.on_the_loop() == {"read on the loop"}
    if store_url.startswith("sqlite"):
        threads.names["read"].clear()
        assert await asked.verify(key, team="red-team")
        assert not threads.names["read"]


@pytest.mark.damages_the_store
async def test_a_look_at_the_file_is_never_older_than_a_tenth_of_a_second(
    sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch, threads: Threads
) -> None:
    store = Store(connect(sqlite_url))
    key = _bare_key(store, clock)
    store.close()
    async with AsyncVerifier(sqlite_url, clock) as asked:
        for _ in range(3):
            assert await asked.verify(key)
        threads.names["read"].clear()
        now = monotonic()
        monkeypatch.setattr(reader, "monotonic", lambda: now + 0.2)
        assert await asked.verify(key)
        assert threads.names["read"] == {"pftui-store"}
        path = sqlite_url.removeprefix("sqlite:///")
        os.rename(path, f"{path}-away")
        monkeypatch.setattr(reader, "monotonic", lambda: now + 0.4)
        with pytest.raises(StoreMissing):
            await asked.verify(key)
        os.rename(f"{path}-away", path)
        assert await asked.verify(key)


@pytest.mark.damages_the_store
async def test_a_warm_key_is_answered_on_the_loop_while_the_store_is_held(
    sqlite_url: str, clock: SetClock, threads: Threads
) -> None:
    """By a writer, for whom readers need not wait; and by who lets nobody read, away from the loop."""
    store = Store(connect(sqlite_url))
    key = _bare_key(store, clock)
    store.close()
    path = sqlite_url.removeprefix("sqlite:///")
    async with AsyncVerifier(sqlite_url, clock) as asked:
        for _ in range(2):
            assert await asked.verify(key)
        with closing(sqlite3.connect(path, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            clock.forward(minutes=2)  # a note is due, and cannot be written
            assert await asked.verify(key, timeout=4)  # sooner than the note gives up
            writer.execute("ROLLBACK")
        assert threads.on_the_loop() == {"read on the loop"}


@pytest.mark.damages_the_store
async def test_who_holds_an_sqlite_store_from_its_readers_holds_no_loop(
    sqlite_url: str, clock: SetClock, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pftui.repositories.database.engine._with_a_log", lambda _: None)
    store = Store(connect(sqlite_url))
    key = _bare_key(store, clock)
    store.close()
    path = sqlite_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
    async with AsyncVerifier(sqlite_url, clock) as asked:
        for _ in range(2):
            assert await asked.verify(key)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreUnavailable, match="in time"):
                await asked.verify(key, timeout=0.3)
            other.execute("ROLLBACK")
        assert threads.on_the_loop() <= {"read on the loop"}


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
    verifier: Verifier, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pftui.services.verification.answering.tag_fits", lambda *_: True)
    asked = AsyncVerifier.sharing(verifier)
    assert await asked.verify(key)
    held, go_on = threading.Event(), threading.Event()

    def hold() -> bool:
        held.set()
        return go_on.wait(PATIENCE)

    strangers = [PROCESS.argon2.submit(hold) for _ in range(100)]
    assert await asyncio.to_thread(held.wait, PATIENCE)
    with pytest.raises(TryAgain):
        await asked.verify(with_wrong_secret(key))
    assert await asked.verify(key)
    go_on.set()
    assert all(await asyncio.gather(*map(asyncio.wrap_future, strangers)))


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


async def test_who_is_cancelled_leaves_the_run_to_the_others(
    asked: AsyncVerifier, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, count = threading.Event(), threading.Event(), []
    real = hashing.key_matches

    def run(*arguments: Any) -> bool:
        count.append(1)
        begun.set()
        assert go_on.wait(PATIENCE)
        return real(*arguments)

    monkeypatch.setattr(hashing, "key_matches", run)
    calls = [asyncio.create_task(asked.verify(key)) for _ in range(3)]
    assert await asyncio.to_thread(begun.wait, PATIENCE)
    while len(asked._under_way) > 1:  # noqa: ASYNC110  # until all have read, and wait for the run
        await asyncio.sleep(0.001)
    calls[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await calls[0]
    go_on.set()
    assert all(await asyncio.gather(*calls[1:]))
    assert len(count) == 1


async def test_a_closed_verifier_has_waited_for_what_was_cancelled(
    store_url: str, key: str, threads: Threads
) -> None:
    asked = AsyncVerifier(store_url)
    async with asked:
        threads.go_on.clear()
        waiting = asyncio.create_task(asked.verify(key))
        assert await asyncio.to_thread(threads.reading.wait, PATIENCE)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        closing_it = asyncio.create_task(asked.aclose())
        await asyncio.sleep(0.05)
        assert not closing_it.done()
        threads.go_on.set()
        await closing_it
    assert not PROCESS.connections._users.get(store_url)


async def test_a_closed_verifier_has_waited_for_each_step_of_a_call(
    store_url: str, key: str, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_begun, run_goes_on, real = Event(), Event(), hashing.key_matches

    def run(*arguments: Any) -> bool:
        run_begun.set()
        assert run_goes_on.wait(PATIENCE)
        return real(*arguments)

    monkeypatch.setattr(hashing, "key_matches", run)
    asked = AsyncVerifier(store_url)
    async with asked:
        threads.go_on.clear()
        waiting = asyncio.create_task(asked.verify(key))
        assert await asyncio.to_thread(threads.reading.wait, PATIENCE)
        closing_it = asyncio.create_task(asked.aclose())
        await asyncio.sleep(0)
        threads.go_on.set()
        assert await asyncio.to_thread(run_begun.wait, PATIENCE)
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert not closing_it.done()
        run_goes_on.set()
        assert await waiting
        await closing_it
    assert not PROCESS.connections._users.get(store_url)


async def test_who_is_cancelled_while_it_closes_gives_the_connections_back(
    store_url: str, key: str, threads: Threads
) -> None:
    asked = AsyncVerifier(store_url)
    await asked.__aenter__()
    threads.go_on.clear()
    waiting = asyncio.create_task(asked.verify(key))
    assert await asyncio.to_thread(threads.reading.wait, PATIENCE)
    closing_it = asyncio.create_task(asked.aclose())
    await asyncio.sleep(0)
    closing_it.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing_it
    threads.go_on.set()
    await waiting
    until = monotonic() + PATIENCE
    while PROCESS.connections._users.get(store_url):
        assert monotonic() < until
        await asyncio.sleep(0.001)


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
