"""An event loop under load: how long it is held, and whether its answers are right while strangers knock."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from argon2 import PasswordHasher
from sqlalchemy import text

from benchmarks.stores import Store
from benchmarks.table import Row, Target, paired
from pftui import AsyncVerifier, TryAgain
from pftui.domain.api_key import base62, checksum, generate
from pftui.domain.decisions import Reason
from pftui.domain.key_tag import tag_of
from pftui.repositories.database.engine import connect
from pftui.services.hashing import KEYS

CHEAPEST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
GROWTH = Target("≤", 2.0, absolute=True)  # MB, from a third of the time to its end
_TICK = 0.001


@dataclass(frozen=True, slots=True)
class Scale:
    """How much there is of each, and for how many seconds."""

    keys: int = 10_000
    coroutines: int = 100
    wrong_a_second: int = 1_000
    unseen: int = 20
    seconds: float = 30.0


@dataclass(slots=True)
class Outcome:
    """What came of it: right answers by the kind of key, and wrong ones, of which there must be none."""

    answers: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    longest: float = 0.0
    early: float = 0.0
    late: float = 0.0

    @property
    def growth(self) -> float:
        """Megabytes of memory, from a third of the time on."""
        return self.late - self.early


def insert_keys(url: str, number: int, hasher: PasswordHasher) -> list[str]:
    """Put keys of the store's service account into it, as rows."""
    made = [generate() for _ in range(number)]
    now = datetime.now(UTC)
    rows = [
        {
            "id": key.key_id,
            "hash": hasher.hash(key.text.reveal()),
            "tag": tag_of(key.text.reveal()),
            "now": now.replace(tzinfo=None),
            "used": int(now.timestamp() * 1_000_000),
        }
        for key in made
    ]
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO api_keys (key_id, principal_id, label, hash, tag, saved, created_at, created_by,"
                " last_used_at) SELECT :id, id, '', :hash, :tag, true, :now, 'x', :used FROM principals"
                " WHERE kind = 'service_account' LIMIT 1"
            ),
            rows,
        )
    engine.dispose()
    return [key.text.reveal() for key in made]


def loop(store: Store, rounds: int) -> Iterator[Row]:
    """How long a loop is held by keys seen for the first time, and by the same threads with bare argon2."""
    cores = os.cpu_count() or 1
    ours, theirs = [], []
    for _ in range(rounds):
        keys = insert_keys(store.url, 10 * cores, KEYS)
        ours.append(1000 * asyncio.run(_gap_of_keys(store.url, keys)))
        theirs.append(1000 * asyncio.run(_gap_of_argon2(cores, len(keys))))
    yield paired("event loop: longest gap by cold keys ÷ bare argon2 threads", ours, theirs, "ms", None)


async def _gap_of_keys(url: str, keys: Sequence[str]) -> float:
    async with AsyncVerifier(url) as verifier:

        async def ask() -> None:
            answers = await asyncio.gather(*[verifier.verify(key) for key in keys])
            assert all(answers)

        return await _longest_gap(ask)


async def _gap_of_argon2(threads: int, number: int) -> float:
    hashed = KEYS.hash("key")
    running = asyncio.get_running_loop()
    with ThreadPoolExecutor(threads) as pool:

        async def run() -> None:
            runs = [running.run_in_executor(pool, KEYS.verify, hashed, "key") for _ in range(number)]
            await asyncio.gather(*runs)

        return await _longest_gap(run)


async def _longest_gap(act: Callable[[], Awaitable[None]]) -> float:
    """The seconds by which a tick of the loop came late at most, while something was done."""
    doing = asyncio.ensure_future(act())
    longest = 0.0
    while not doing.done():
        before = time.perf_counter()
        await asyncio.sleep(_TICK)
        longest = max(longest, time.perf_counter() - before - _TICK)
    await doing
    return longest


def load(store: Store) -> Iterator[Row]:
    """Remembered keys, made-up ones and unseen ones, all at once."""
    outcome = asyncio.run(under_load(store.url, Scale()))
    assert not outcome.wrong, outcome.wrong
    note = ", ".join(f"{count:,} {what}" for what, count in outcome.answers.most_common())
    yield Row("load: growth of memory from 10 s to 30 s", outcome.growth, "MB", target=GROWTH, note=note)
    yield Row("load: a remembered key, at most", outcome.longest * 1000, "ms")


async def under_load(url: str, scale: Scale) -> Outcome:
    """Ask for so long; each answer is looked at."""
    known = insert_keys(url, scale.keys, CHEAPEST)
    unseen = insert_keys(url, scale.unseen, KEYS)
    # The C library keeps what a thread of argon2 has used, which is no growth once each of them has run.
    before = insert_keys(url, 4 * (os.cpu_count() or 1), KEYS)
    outcome = Outcome()
    async with AsyncVerifier(url) as verifier:
        for key in known:
            assert await verifier.verify(key, touch=False)
        assert all(await asyncio.gather(*[verifier.verify(key) for key in before]))
        begun = time.monotonic()
        until = begun + scale.seconds

        async def ask_known(number: int) -> None:
            chosen = random.Random(number)
            while time.monotonic() < until:
                before = time.perf_counter()
                try:
                    right = (await verifier.verify(chosen.choice(known), "default", "run_scans")).allowed
                    _count(outcome, "remembered", right)
                except TryAgain:
                    _count(outcome, "remembered: try again", False)
                outcome.longest = max(outcome.longest, time.perf_counter() - before)
                await asyncio.sleep(0)

        async def ask_wrong(number: int) -> None:
            try:
                decision = await verifier.verify(made_up(known[number % len(known)], number))
                _count(outcome, "made up", decision.reason is Reason.UNKNOWN)
            except TryAgain:
                outcome.answers["made up: try again"] += 1

        async def knock() -> None:
            knocks: set[asyncio.Task[None]] = set()
            number = 0
            while (now := time.monotonic()) < until:
                while number < (now - begun) * scale.wrong_a_second:
                    task = asyncio.ensure_future(ask_wrong(number))
                    knocks.add(task)
                    task.add_done_callback(knocks.discard)
                    number += 1
                await asyncio.sleep(_TICK)
            await asyncio.gather(*knocks)

        async def ask_unseen(key: str, after: float) -> None:
            await asyncio.sleep(after)
            try:
                _count(outcome, "unseen", (await verifier.verify(key, "default")).allowed)
            except TryAgain:
                outcome.answers["unseen: try again"] += 1

        async def weigh() -> None:
            await asyncio.sleep(scale.seconds / 3)
            outcome.early = resident()
            await asyncio.sleep(scale.seconds - scale.seconds / 3 - 0.2)
            outcome.late = resident()

        newcomers = [ask_unseen(key, n * scale.seconds / scale.unseen) for n, key in enumerate(unseen)]
        askers = [ask_known(number) for number in range(scale.coroutines)]
        await asyncio.gather(knock(), weigh(), *newcomers, *askers)
    return outcome


def made_up(key: str, number: int) -> str:
    """A secret that nobody has, for the id of a key."""
    body = key[:15] + base62(number, 37) + ("A" if key[52] != "A" else "B")
    return body + checksum(body)


def resident() -> float:
    """The megabytes that this process holds (proc(5), `statm`)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _count(outcome: Outcome, what: str, right: bool) -> None:
    (outcome.answers if right else outcome.wrong)[what] += 1
