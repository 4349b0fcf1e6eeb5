"""Verification of a key: the whole command, and calls of a verifier that has seen the key."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.programs import BARE, environment, seconds
from benchmarks.stores import Store
from benchmarks.table import Row, Target, paired
from pftui import Verifier
from pftui.services.hashing import KEYS
from tests.terminal.harness import python

COMMAND, CALLS = Target("≤", 2), Target("≥", 300)


def command(home: Path, store: Store, rounds: int) -> Iterator[Row]:
    """The whole process of `pftui verify` against an interpreter with the two imports that it needs."""
    environ = environment(BARE, home)
    ours = python(
        "pftui", "--store", str(store.path), "verify", "--team", "default", "--permission", "run_scans"
    )
    theirs = [sys.executable, "-c", "import sqlalchemy, argon2"]
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        pair = seconds(ours, environ, store.key.reveal()) * 1000, seconds(theirs, environ) * 1000
        if number:
            for taken, took in zip(times, pair, strict=True):
                taken.append(took)
    yield paired('pftui verify ÷ python -c "import sqlalchemy, argon2"', *times, "ms", COMMAND)


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
