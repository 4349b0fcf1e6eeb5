"""What changes cost: accounts a second without argon2, by one process and by two that meet."""

from __future__ import annotations

import contextlib
import itertools
import json
import shutil
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event

from benchmarks import big
from benchmarks.databases import on_postgresql
from benchmarks.stores import ADMIN_EMAIL, ADMIN_PASSWORD
from benchmarks.table import Row, Target, left_out, paired
from pftui.bootstrap import open_services
from pftui.domain.errors import StoreBusy
from pftui.domain.secret import Secret
from pftui.repositories.database import engine
from pftui.services import keys
from pftui.services.hashing import KEYS

CREATES = Target("≥", 0.6)
TOTAL, SHARE, WAIT = Target("≥", 0.8), Target("≥", 33, absolute=True), Target("≤", 200, absolute=True)
_AT_ONCE = 60  # accounts in one of the turns
_SECONDS = 4.0  # that two writers meet for, each time
_HASH = KEYS.hash("harvest")
Write = tuple[str, Any, bool]
Act = Callable[[], object]


def creates(home: Path, rounds: int) -> Iterator[Row]:
    """A service account with its key, beside the rows of just that by the driver alone, in one commit."""
    folder = _folder(home, "writing")
    for name in ("ours", "theirs"):
        shutil.copy(big.on_sqlite(big.SIZES[0]), folder / f"{name}.db")
    with closing(_sqlite(folder / "theirs.db")) as theirs, closing(_sqlite(folder / "one.db")) as one:
        one.execute("CREATE TABLE one (id TEXT PRIMARY KEY, text TEXT)")
        yield from _creates("SQLite", f"sqlite:///{folder / 'ours.db'}", theirs, one, "?", rounds)
    with on_postgresql() as served:
        if served is None:
            yield left_out(
                "PostgreSQL: creates a second without argon2", "/s", CREATES, "no server is installed"
            )
            return
        address = served.url.replace("+psycopg", "")
        with psycopg.connect(address.replace("/postgres", "/template1"), autocommit=True) as template:
            template.execute("CREATE DATABASE theirs TEMPLATE postgres")
        twin = address.replace("/postgres", "/theirs")
        with psycopg.connect(twin, autocommit=True, prepare_threshold=None) as other:
            other.execute("CREATE TABLE one (id TEXT PRIMARY KEY, text TEXT)")
            yield from _creates("PostgreSQL", served.url, other, other, "%s", rounds)


def _creates(database: str, url: str, theirs: Any, one: Any, place: str, rounds: int) -> Iterator[Row]:
    put = f"INSERT INTO one VALUES ({place}, {place})"  # places of values
    ours, rows, bare = [], [], []
    with _creating(url) as create:
        create()
        for number in range(rounds + 1):
            found = _per_second([create] * _AT_ONCE)
            with _told() as log:  # others, since to be told of each statement takes time
                for _ in range(_AT_ONCE):
                    log.append([])
                    create()
            same = _per_second([partial(_replay, theirs, writes) for writes in log])
            single = [[(put, (str(uuid.uuid4()), "x" * 100), False)] for _ in range(_AT_ONCE)]
            plain = _per_second([partial(_replay, one, writes) for writes in single])
            if number:
                ours.append(found)
                rows.append(same)
                bare.append(plain)
    what = f"{database}: creates a second without argon2"
    yield paired(f"{what} ÷ commits of their rows", ours, rows, "/s", CREATES)
    yield paired(f"{what} ÷ commits of one row", ours, bare, "/s", None)


@contextmanager
def _creating(url: str) -> Iterator[Act]:
    """Makes a service account, with a hash that is there already."""
    services = open_services(url)
    numbers, prefix = itertools.count(), uuid.uuid4().hex[:8]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "hash_key", lambda _: _HASH)
        try:
            password = Secret(ADMIN_PASSWORD)
            admin = services.sign_in.with_password(ADMIN_EMAIL, password, interactive=False).operator
            yield lambda: services.service_accounts.create(admin, name=f"{prefix}-{next(numbers)}")
        finally:
            services.lifecycle.close()


@contextmanager
def _told() -> Iterator[list[list[Write]]]:
    """What is written meanwhile, each into the last of the lists."""
    log: list[list[Write]] = []

    def note(_: Any, __: Any, statement: str, values: Any, ___: Any, many: bool) -> None:
        if statement.startswith(("INSERT", "UPDATE")):
            log[-1].append((statement, values, many))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield log
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def _replay(connection: Any, writes: list[Write]) -> None:
    cursor = connection.cursor()
    cursor.execute("BEGIN" if isinstance(connection, psycopg.Connection) else "BEGIN IMMEDIATE")
    for statement, values, many in writes:
        (cursor.executemany if many else cursor.execute)(statement, values)
    cursor.execute("COMMIT")


def _sqlite(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _per_second(acts: Sequence[Act]) -> float:
    begun = time.perf_counter()
    for act in acts:
        act()
    return len(acts) / (time.perf_counter() - begun)


def two_writers(home: Path, rounds: int = 5) -> Iterator[Row]:
    """Two processes that make accounts in one SQLite file, beside two that wait as SQLite itself does."""
    folder = _folder(home, "writers")
    path = folder / "pftui.db"
    shutil.copy(big.on_sqlite(big.SIZES[0]), path)
    ours, theirs, shares, waits = [], [], [], []
    for _ in range(rounds):
        figures = [_meet(path, way) for way in ("ours", "sqlite")]
        numbers = [[len(taken) for taken in each] for each in figures]
        ours.append(sum(numbers[0]) / _SECONDS)
        theirs.append(sum(numbers[1]) / _SECONDS)
        shares.append(100 * min(numbers[0]) / sum(numbers[0]))
        waits.append([1000 * max(_late(taken) for taken in each) for each in figures])
    yield paired(
        "two SQLite writers, creates a second ÷ with SQLite's own waiting", ours, theirs, "/s", TOTAL
    )
    least = f"the least of {rounds} rounds: {min(shares):.0f} %"
    yield Row("two SQLite writers, the slower one's share", median(shares), "%", target=SHARE, note=least)
    best = min(waits)
    yield Row(
        "two SQLite writers, 99th percentile of a create",
        best[0],
        "ms",
        min(each[1] for each in waits),
        target=WAIT,
        note=f"the least of {rounds} rounds; the most {max(waits)[0]:.0f} ms",
    )


def _late(taken: list[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.99)] if taken else _SECONDS


def _meet(path: Path, way: str) -> list[list[float]]:
    """The seconds that each change of two processes took."""
    program = [sys.executable, "-m", "benchmarks.writing", f"sqlite:///{path}", way]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with ExitStack() as stack:
        both = [stack.enter_context(subprocess.Popen(program, text=True, **pipes)) for _ in range(2)]  # type: ignore[call-overload]
        for process in both:
            assert process.stdout.readline() == "ready\n"
        for process in both:
            process.stdin.write("go\n")
            process.stdin.flush()
        return [json.loads(process.stdout.readline()) for process in both]


def _write(url: str, way: str) -> None:
    """What each of the two does."""
    taken = []
    with pytest.MonkeyPatch.context() as patch, _creating(url) as create:
        if way == "sqlite":
            patch.setattr(engine, "begin_write", _as_sqlite)
        print("ready", flush=True)
        sys.stdin.readline()
        ends = time.monotonic() + _SECONDS
        while (begun := time.monotonic()) < ends:
            with contextlib.suppress(StoreBusy):
                create()
            taken.append(time.monotonic() - begun)
    print(json.dumps(taken), flush=True)


def _as_sqlite(_driver: object, execute: Callable[[str], object], _: float) -> None:
    execute("BEGIN IMMEDIATE")


def _folder(home: Path, name: str) -> Path:
    folder = home / name
    folder.mkdir(mode=0o700)
    return folder


if __name__ == "__main__":
    _write(*sys.argv[1:])
