"""Verification of a key: the whole command, and calls of a verifier that has seen the key."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.databases import on_postgresql
from benchmarks.programs import BARE, environment, seconds
from benchmarks.stores import Store
from benchmarks.table import Row, Target, left_out, paired
from pftui import Verifier
from pftui.domain.secret import Secret
from pftui.services.hashing import KEYS
from tests.terminal.harness import python

SQLITE, POSTGRESQL, CALLS = Target("≤", 0.6), Target("≤", 1.3), Target("≥", 300)


def command(home: Path, store: Store, rounds: int) -> Iterator[Row]:
    """The whole process of `pftui verify` against an interpreter with the imports of its longer way.

    The first process does not count; it notes the key's use in the store, as is done once a minute.
    """
    yield _command("SQLite", home, store.url, store.key, rounds, SQLITE)
    with on_postgresql() as served:
        if served is None:
            yield left_out(_command_on("PostgreSQL"), "ms", POSTGRESQL, "no server is installed")
            return
        yield _command("PostgreSQL", home, served.url, served.key, rounds, POSTGRESQL)


def _command_on(database: str) -> str:
    return f'pftui verify on {database} ÷ python -c "import sqlalchemy, argon2"'


def _command(database: str, home: Path, url: str, key: Secret, rounds: int, target: Target) -> Row:
    environ = {**environment(BARE, home), "PFTUI_DATABASE_URL": url}
    ours = python("pftui", "verify", "--team", "default", "--permission", "run_scans")
    theirs = [sys.executable, "-c", "import sqlalchemy, argon2"]
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        pair = seconds(ours, environ, key.reveal()) * 1000, seconds(theirs, environ) * 1000
        if number:
            for taken, took in zip(times, pair, strict=True):
                taken.append(took)
    return paired(_command_on(database), *times, "ms", target)


def calls(store: Store, rounds: int) -> Iterator[Row]:
    """Calls on a known key against runs of argon2 at the same parameters."""
    key = store.key.reveal()
    hashed = KEYS.hash(key)
    with Verifier(store.url) as verifier:

        def ask() -> None:
            assert verifier.verify(key, team="default", permission="run_scans").allowed

        ask()
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(per_second(ask, 0.4))
            theirs.append(per_second(lambda: KEYS.verify(hashed, key), 0.4))
    yield paired("Verifier on a known key ÷ argon2 verifications", ours, theirs, "/s", CALLS)


def per_second(act: Callable[[], object], duration: float) -> float:
    """How often something can be done in a second, tried for so many seconds."""
    begun = time.perf_counter()
    done = 0
    while (taken := time.perf_counter() - begun) < duration:
        act()
        done += 1
    return done / taken
