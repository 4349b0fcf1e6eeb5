"""Keys that are known: beside the bare look-up of a row, in many teams, many of them, and by many at once."""

from __future__ import annotations

import multiprocessing
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import psycopg
from argon2 import PasswordHasher
from sqlalchemy import Connection, text

from benchmarks.stores import fill
from benchmarks.table import Row, Target, left_out, paired
from benchmarks.verifying import per_second
from pftui import Verifier
from pftui.domain.api_key import generate
from pftui.domain.key_tag import tag_of
from pftui.repositories.database.engine import connect
from pftui.repositories.key_lookup import kept
from tests.peers.postgresql import PostgreSQL, binaries

TEAMS = (1, 100, 5_000)
IN_USE = 10_000
THREADS, PROCESSES = 8, 2
_ROUNDS = 7
_CHEAPEST = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
_THEN = "2024-01-01 00:00:00.000000"
_BARE = "SELECT hash, principal_id, revoked_at FROM api_keys WHERE key_id = "
SQLITE, PREPARED, UNPREPARED = Target("≥", 0.5), Target("≥", 0.85), Target("≥", 0.85)
IN_TEAMS, NOT_SLOWER, BY_TWO = Target("≥", 0.8), Target("≥", 1), Target("≥", 1.7)


@dataclass(frozen=True, slots=True)
class Known:
    """A store with keys of accounts in so many teams, and with `IN_USE` of one account."""

    url: str
    in_teams: dict[int, str]
    in_use: list[str]


def keys(home: Path) -> Iterator[Row]:
    """All rows, on both databases."""
    yield from _rows("SQLite", _made(f"sqlite:///{_folder(home, 'known') / 'pftui.db'}"), (("", SQLITE),))
    if binaries() is None:
        yield left_out("a known key, PostgreSQL", "/s", PREPARED, "no server is installed")
        return
    with TemporaryDirectory(prefix="pftui-bench-server-") as folder:  # which the server's user can get at
        server = PostgreSQL(Path(folder))
        try:
            ways = (("", UNPREPARED), ("?prepared=yes", PREPARED))
            yield from _rows("PostgreSQL", _made(server.url("postgres")), ways)
        finally:
            server.stop()


def _rows(database: str, known: Known, ways: Sequence[tuple[str, Target]]) -> Iterator[Row]:
    for options, target in ways:
        name = f"{database}, prepared" if options else database
        url = known.url + options
        yield from _known_key(name, url, known.in_teams[1], target)
        yield from _in_teams(name, url, known)
        yield from _many_keys(name, url, known.in_use)
        yield from _at_once(name, url, known.in_teams[1])


def _known_key(name: str, url: str, key: str, target: Target) -> Iterator[Row]:
    with Verifier(url) as verifier, _bare(url) as look_up:
        ask, look = partial(_ask, verifier, key, "team-0"), partial(look_up, key[5:15])
        yield _compared(f"{name}: a known key ÷ its row by primary key", ask, look, target)


def _in_teams(name: str, url: str, known: Known) -> Iterator[Row]:
    """Read from the store each time, as where much is committed; and without that."""
    with Verifier(url) as verifier:
        asks = {number: partial(_ask, verifier, key, "team-0") for number, key in known.in_teams.items()}
        for number in TEAMS[1:]:
            what = f"{name}: a key in {number:,} teams ÷ in one, asked with a team"
            yield _compared(what, asks[number], asks[1], IN_TEAMS)
            with _nothing_kept(verifier):
                yield _compared(f"{what}, read each time", asks[number], asks[1], IN_TEAMS)


def _many_keys(name: str, url: str, known: Sequence[str]) -> Iterator[Row]:
    """One after the other, against reading each time; quiet, and while another process commits."""
    with Verifier(url) as verifier:
        for key in known:  # argon2 runs for each, and the uses are noted
            verifier.verify(key)
        time.sleep(6)
        ways: list[tuple[str, Callable[[], AbstractContextManager[object]]]] = [
            (f"{name}: {IN_USE:,} keys in use", ExitStack),
            (f"{name}: the same, and a foreign writer", partial(_writer, url)),
        ]
        for what, meanwhile in ways:
            ask = partial(_ask_next, verifier, cycle(known))
            with meanwhile():
                ours, theirs = [], []
                for _ in range(_ROUNDS):
                    ours.append(per_second(ask, 0.3))
                    with _nothing_kept(verifier):
                        theirs.append(per_second(ask, 0.3))
            yield paired(f"{what} ÷ read each time", ours, theirs, "/s", NOT_SLOWER)


def _at_once(name: str, url: str, key: str) -> Iterator[Row]:
    """By threads of one verifier, and by processes."""
    with Verifier(url) as verifier:
        _ask(verifier, key, "team-0")
        one, eight = [], []
        for _ in range(_ROUNDS):
            one.append(per_second(partial(_ask, verifier, key, "team-0"), 0.3))
            eight.append(_by_threads(verifier, key))
    yield paired(f"{name}: {THREADS} threads on one verifier ÷ one", eight, one, "/s", None)
    pairs = [(_by_processes(url, key, PROCESSES), _by_processes(url, key, 1)) for _ in range(3)]
    both, single = zip(*pairs, strict=True)
    yield paired(f"{name}: {PROCESSES} processes ÷ one", both, single, "/s", BY_TWO)


def _by_threads(verifier: Verifier, key: str) -> float:
    with ThreadPoolExecutor(THREADS) as pool:
        ask = partial(_ask, verifier, key, "team-0")
        return sum(pool.map(lambda _: per_second(ask, 0.3), range(THREADS)))


def _by_processes(url: str, key: str, number: int) -> float:
    spawning = multiprocessing.get_context("spawn")
    start, results = spawning.Barrier(number), spawning.Queue()
    running = [spawning.Process(target=_process, args=(url, key, start, results)) for _ in range(number)]
    for process in running:
        process.start()
    found = [results.get(timeout=60) for _ in running]
    for process in running:
        process.join()
    return float(sum(found))


def _process(url: str, key: str, start: threading.Barrier, results: Any) -> None:
    with Verifier(url) as verifier:
        ask = partial(_ask, verifier, key, "team-0")
        for _ in range(20):
            ask()
        start.wait(60)
        results.put(per_second(ask, 1))


def _ask(verifier: Verifier, key: str, team: str) -> None:
    assert verifier.verify(key, team=team).allowed


def _ask_next(verifier: Verifier, known: Iterator[str]) -> None:
    assert verifier.verify(next(known)).allowed


def _compared(what: str, ours: Callable[[], object], theirs: Callable[[], object], target: Target) -> Row:
    for _ in range(20):
        ours()
        theirs()
    pairs = [(per_second(ours, 0.25), per_second(theirs, 0.25)) for _ in range(_ROUNDS)]
    return paired(what, [pair[0] for pair in pairs], [pair[1] for pair in pairs], "/s", target)


@contextmanager
def _nothing_kept(verifier: Verifier) -> Iterator[None]:
    """Every record is read from the store, as before any was kept."""
    verifier.answering.reader.close()  # with what they have kept; others are opened when they are needed
    with patch.object(kept, "MOST_ROWS", -1):
        yield


@contextmanager
def _bare(url: str) -> Iterator[Callable[[str], object]]:
    """Looks a row up by the driver alone."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as file:
            yield lambda key_id: file.execute(f"{_BARE}?", (key_id,)).fetchone()
        return
    plain, _, options = url.replace("+psycopg", "").partition("?")
    with psycopg.connect(plain, autocommit=True, prepare_threshold=5 if options else None) as server:
        yield lambda key_id: server.execute(f"{_BARE}%s".encode(), (key_id,)).fetchone()


_WRITING = """
import sys, time
from sqlalchemy import text
from pftui.repositories.database.engine import connect
engine = connect(sys.argv[1])
while True:
    with engine.begin() as connection:
        connection.execute(text("UPDATE roles SET description = description"))
    time.sleep(0.01)
"""


@contextmanager
def _writer(url: str) -> Iterator[None]:
    """Another process that commits some 100 times a second."""
    with subprocess.Popen([sys.executable, "-c", _WRITING, url]) as process:
        try:
            time.sleep(1)
            yield
        finally:
            process.kill()


def _folder(home: Path, name: str) -> Path:
    home.joinpath(name).mkdir(mode=0o700)
    return home / name


def _made(url: str) -> Known:
    fill(url)
    engine = connect(url)
    with engine.begin() as connection:
        found = _filled(connection, url)
    engine.dispose()
    if not url.startswith("sqlite"):
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as server:
            server.execute("VACUUM ANALYZE")
    return found


def _filled(connection: Connection, url: str) -> Known:
    role = connection.execute(text("SELECT id FROM roles ORDER BY position")).scalar()
    teams = [
        {"id": str(uuid.uuid4()), "name": f"team-{number}", "then": _THEN} for number in range(TEAMS[-1])
    ]
    connection.execute(
        text(
            "INSERT INTO teams (id, name, name_folded, slug, member_count, service_account_count, created_at,"
            " created_by, version) VALUES (:id, :name, :name, :name, 0, 0, :then, 'x', 1)"
        ),
        teams,
    )
    in_teams = {}
    for number in TEAMS:
        account = {"id": f"in-{number}", "number": number, "then": _THEN}
        connection.execute(
            text(
                "INSERT INTO principals (id, kind, name, name_folded, identifier, identifier_folded,"
                " description, global_admin, disabled, status, team_count, last_used_at, created_at,"
                " created_by, version) VALUES (:id, 'service_account', :id, :id, '', '', '', false, false,"
                " 1, :number, 0, :then, 'x', 1)"
            ),
            account,
        )
        connection.execute(
            text(
                "INSERT INTO assignments (principal_id, team_id, role_id, created_at, created_by)"
                " VALUES (:account, :team, :role, :then, 'x')"
            ),
            [
                {"account": account["id"], "team": team["id"], "role": role, "then": _THEN}
                for team in teams[:number]
            ],
        )
        (in_teams[number],) = _keys(connection, account["id"], 1)
    return Known(url, in_teams, _keys(connection, "in-1", IN_USE))


def _keys(connection: Connection, account: object, number: int) -> list[str]:
    made = [generate() for _ in range(number)]
    connection.execute(
        text(
            "INSERT INTO api_keys (key_id, principal_id, label, hash, tag, saved, created_at, created_by,"
            " last_used_at) VALUES (:id, :account, '', :hash, :tag, true, :then, 'x', 0)"
        ),
        [
            {
                "id": key.key_id,
                "account": account,
                "hash": _CHEAPEST.hash(key.text.reveal()),
                "tag": tag_of(key.text.reveal()),
                "then": _THEN,
            }
            for key in made
        ],
    )
    return [key.text.reveal() for key in made]
