"""A store that stops, is silent or held keeps nobody waiting for longer than they said."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pftui import AsyncVerifier, StoreUnavailable, TryAgain, Verifier, WrongUsage
from pftui.bootstrap import open_services
from pftui.domain.api_key import generate
from pftui.domain.secret import Secret
from pftui.repositories.key_lookup.reader import KeyReader
from pftui.repositories.key_lookup.uses import UseNotes
from pftui.services import hashing
from pftui.services.verification.process import PROCESS
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.patience import PATIENCE
from tests.peers.postgresql import PostgreSQL
from tests.peers.relay import Relay

LIMIT = 0.4
#: How much later than the limit an answer may come on a machine with much to do; whoever goes by the limits
#: that hold for everybody waits longer (`ANSWER_SECONDS`).
LATE = 8.0
#: A limit in which a machine with much to do comes to wait for what does not come.
ENOUGH = 5.0


def new_key(url: str, clock: SetClock) -> str:
    """A key in a store."""
    services = open_services(url, clock)
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    made = services.service_accounts.create(admin, name="ci-bot", global_admin=True)
    services.lifecycle.close()
    return made.key.reveal()


class Loop:
    """An AsyncVerifier on a loop of its own, asked as a Verifier is."""

    def __init__(self, url: str, **options: Any) -> None:
        self._runner = asyncio.Runner()
        self._verifier = AsyncVerifier(url, **options)
        try:
            self._run(self._verifier.__aenter__())
        except BaseException:
            self._runner.close()
            raise

    def _run(self, what: Any) -> Any:
        return self._runner.run(what)

    def verify(self, *arguments: Any, **options: Any) -> Any:
        return self._run(self._verifier.verify(*arguments, **options))

    def health(self, **options: Any) -> None:
        self._run(self._verifier.health(**options))

    def check(self, *arguments: Any, **options: Any) -> None:
        self._run(self._verifier.check(*arguments, **options))

    def close(self) -> None:
        self._run(self._verifier.aclose())
        self._runner.close()


@pytest.fixture(params=[Verifier, Loop], ids=["Verifier", "AsyncVerifier"])
def opened(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Opens verifiers of either kind."""
    made: list[Any] = []

    def make(url: str | Path, **options: Any) -> Any:
        made.append(request.param(url, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


@contextmanager
def in_time(limit: float = LIMIT) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < limit + LATE


def backends(postgresql: PostgreSQL) -> list[int]:
    """The processes that serve clients of pftui."""
    with psycopg.connect(postgresql.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'pftui'")
        return [pid for (pid,) in rows]


def postmaster(postgresql: PostgreSQL) -> int:
    return int((postgresql._data / "postmaster.pid").read_text().split()[0])


@contextmanager
def stopped(pids: list[int]) -> Iterator[None]:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def test_a_backend_that_is_stopped(
    postgresql: PostgreSQL, postgresql_url: str, clock: SetClock, opened: Callable[..., Any]
) -> None:
    key = new_key(postgresql_url, clock)
    asked = opened(postgresql_url)
    assert asked.verify(key)
    with stopped(backends(postgresql)):
        with in_time(), pytest.raises(StoreUnavailable, match="in time"):
            asked.verify(key, timeout=LIMIT)
        # The server itself is well, and the connection is not asked again.
        assert asked.verify(key, timeout=PATIENCE)
    assert asked.verify(key)


def test_a_server_that_is_stopped(
    postgresql: PostgreSQL, postgresql_url: str, clock: SetClock, opened: Callable[..., Any]
) -> None:
    key = new_key(postgresql_url, clock)
    asked = opened(postgresql_url, timeout=LIMIT)
    assert asked.verify(key, timeout=PATIENCE)
    with stopped([postmaster(postgresql), *backends(postgresql)]):
        asks: list[Callable[[], object]] = [
            lambda: asked.verify(key),
            asked.health,
            lambda: asked.check("default"),
        ]
        for ask in asks:
            with in_time(), pytest.raises(StoreUnavailable, match="in time"):
                ask()
        with in_time(), pytest.raises(StoreUnavailable, match="in time"):
            opened(f"{postgresql_url}?connect_timeout=3", timeout=LIMIT)
    assert asked.verify(key, timeout=PATIENCE)


def test_a_relay_that_is_silent(
    relay: Relay, postgresql_url: str, clock: SetClock, opened: Callable[..., Any]
) -> None:
    key = new_key(postgresql_url, clock)
    asked = opened(relay.url(postgresql_url))
    assert asked.verify(key)
    relay.fall_silent()
    for ask in (asked.verify, asked.verify):  # of which the second has to connect
        with in_time(), pytest.raises(StoreUnavailable):
            ask(key, timeout=LIMIT)
    relay.heal()
    assert asked.verify(key)


def test_a_table_that_is_locked(
    postgresql: PostgreSQL, postgresql_url: str, clock: SetClock, opened: Callable[..., Any]
) -> None:
    key = new_key(postgresql_url, clock)
    asked = opened(postgresql_url)
    assert asked.verify(key)
    with psycopg.connect(postgresql_url.replace("+psycopg", "")) as other:
        other.execute("LOCK TABLE api_keys IN ACCESS EXCLUSIVE MODE")
        for _ in range(3):
            with in_time(), pytest.raises(StoreUnavailable, match="in time"):
                asked.verify(key, timeout=LIMIT)
        # Nor does the server keep a process that waits for each call that was given up.
        until = time.monotonic() + PATIENCE
        while waiting_for_a_lock(other) and time.monotonic() < until:
            time.sleep(0.05)
        assert not waiting_for_a_lock(other)
        other.rollback()
    assert asked.verify(key)


def waiting_for_a_lock(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return row[0] if row else 0


def test_an_sqlite_file_that_is_held(
    sqlite_url: str, clock: SetClock, opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By who lets nobody read, as is possible without a log beside the file."""
    key = new_key(sqlite_url, clock)
    monkeypatch.setattr("pftui.repositories.database.engine._with_a_log", lambda _: None)
    path = sqlite_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        asked = opened(sqlite_url)
        assert asked.verify(key)
        other.execute("BEGIN EXCLUSIVE")
        asks: list[Callable[[], object]] = [
            lambda: asked.verify(key, timeout=LIMIT),
            lambda: asked.health(timeout=LIMIT),
        ]
        for ask in asks:
            with in_time(), pytest.raises(StoreUnavailable, match="in time"):
                ask()
        other.execute("ROLLBACK")
    assert asked.verify(key)


def test_what_comes_too_late_is_asked_of_a_connection_that_is_closed(
    sqlite_url: str, clock: SetClock, opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_key(sqlite_url, clock)
    asked = opened(sqlite_url)
    go_on, connected, closed = threading.Event(), [], []
    real = KeyReader._connect

    class Slow:
        def __init__(self, connection: Any) -> None:
            self._connection = connection

        def record(self, *arguments: Any) -> Any:
            assert go_on.wait(PATIENCE)
            return self._connection.record(*arguments)

        def close(self) -> None:
            closed.append(self)
            self._connection.close()

    def connect(reader: KeyReader) -> Any:
        connected.append(Slow(real(reader)))
        return connected[-1]

    reader = KeyReader.read_beside
    monkeypatch.setattr(KeyReader, "_connect", connect)
    idle = next(iter(PROCESS.connections._known[sqlite_url].reader._idle.connections), None)
    assert idle is not None
    PROCESS.connections._known[sqlite_url].reader._idle.connections.clear()
    over = threading.Event()

    def read(*arguments: Any) -> Any:
        try:
            return reader(*arguments)
        finally:
            over.set()

    monkeypatch.setattr(KeyReader, "read_beside", read)
    with in_time(), pytest.raises(StoreUnavailable, match="in time"):
        asked.verify(key, timeout=LIMIT)
    assert not closed
    go_on.set()
    assert over.wait(PATIENCE)
    assert closed == connected[:1]
    assert closed[0] not in PROCESS.connections._known[sqlite_url].reader._idle.connections
    idle.close()


def test_a_turn_that_does_not_come(
    sqlite_url: str, clock: SetClock, opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_key(sqlite_url, clock)
    asked = opened(sqlite_url)
    held, go_on = threading.Event(), threading.Event()
    real = hashing.key_matches

    def run(*arguments: Any) -> bool:
        held.set()
        assert go_on.wait(PATIENCE)
        return real(*arguments)

    monkeypatch.setattr(hashing, "key_matches", run)
    with in_time(ENOUGH), pytest.raises(TryAgain, match="again in 1 s") as refused:
        asked.verify(key, timeout=ENOUGH)
    assert refused.value.seconds >= 1
    assert held.is_set()
    go_on.set()
    # The run went on in its thread: who comes again finds what it found.
    monkeypatch.setattr(hashing, "key_matches", lambda *_: pytest.fail("ran again"))
    until = time.monotonic() + PATIENCE
    while not PROCESS.memory._matched and time.monotonic() < until:
        time.sleep(0.01)
    assert asked.verify(key, timeout=PATIENCE)


def test_a_note_that_takes_its_time_changes_no_answer(
    sqlite_url: str, clock: SetClock, opened: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_key(sqlite_url, clock)
    asked = opened(sqlite_url, clock=clock)
    assert asked.verify(key)
    go_on = threading.Event()
    real = UseNotes.write

    def write(*arguments: Any) -> None:
        assert go_on.wait(PATIENCE)
        real(*arguments)

    monkeypatch.setattr(UseNotes, "write", write)
    clock.forward(minutes=2)
    with in_time(ENOUGH):
        assert asked.verify(key, timeout=ENOUGH)
    go_on.set()


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), float("inf"), "1", True])
def test_a_time_limit_is_a_number_of_seconds(wrong: Any, sqlite_url: str, opened: Callable[..., Any]) -> None:
    with pytest.raises(WrongUsage, match="`timeout`"):
        opened(sqlite_url, timeout=wrong)
    asked = opened(sqlite_url, timeout=1e300)
    asks: list[Callable[[], object]] = [
        lambda: asked.verify("", timeout=wrong),
        lambda: asked.verify(generate().text, timeout=wrong),
        lambda: asked.health(timeout=wrong),
        lambda: asked.check("default", timeout=wrong),
    ]
    for ask in asks:
        with pytest.raises(WrongUsage, match="`timeout`"):
            ask()
    assert not asked.verify(generate().text)
