"""The audit trail: what the tab and `audit list` ask of a million events, and the export."""

from __future__ import annotations

import json
import os
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory, mkdtemp

from benchmarks.stores import ADMIN_EMAIL, ADMIN_PASSWORD, make_store
from benchmarks.table import Row, Target, left_out, paired
from pftui.bootstrap import open_services
from pftui.domain.accounts import Operator
from pftui.domain.audit import AuditQuery
from pftui.domain.audit import Target as Kind
from pftui.domain.audit_filter import AuditFilter
from pftui.domain.audit_form import StoredEvent, hash_of, hashed_text
from pftui.domain.paging import PageRequest
from pftui.domain.secret import Secret
from pftui.presentation.audit_export import Format, lines
from pftui.screens.audit.rows import EventRows
from pftui.services.contracts import Services
from pftui.services.store_admin import upgrade, verify_trail
from pftui.services.store_copy import copy_store
from pftui.services.trail.processes import Processes
from tests.peers.postgresql import PostgreSQL, binaries

FEW, MANY, EXPORTED = 1_000, 1_000_000, 100_000
PAGE = 64
COMMON = "ci-bot"  # in one event of three
ROUNDS = 5


def trail(home: Path) -> Iterator[Row]:
    """What the tab and `audit list` ask for."""
    few, many = (_timed(home, events) for events in (FEW, MANY))
    for what, (target, taken) in many.items():
        baseline = None if target is not None and target.absolute else few[what][1]
        yield Row(f"{MANY:,} events ÷ {FEW:,}: {what}", taken, "ms", baseline, None, target)


def export(home: Path) -> Iterator[Row]:
    """`audit export` of many, beside reading and encoding the same rows bare."""
    with _Trail(home, EXPORTED) as (services, admin, path):
        ours = median(_milliseconds(lambda: _written(services, admin)) for _ in range(ROUNDS))
        bare = median(_milliseconds(lambda: _bare(path)) for _ in range(ROUNDS))
    note = "baseline: sqlite3 and json.dumps, a row at a time"
    yield Row(f"export of {EXPORTED:,} events", ours, "ms", bare, None, Target("≤", 2.0), note)


def verified(home: Path) -> Iterator[Row]:
    """`audit verify` of many, beside SHA-256 of the same bytes, event by event; in one process, in turns."""
    with _Trail(home, EXPORTED) as (services, admin, _):
        texts = [hashed_text(each).encode("ascii") for each in services.audit.stream(admin, AuditQuery())]
        ours, bare = [], []
        for _ in range(ROUNDS):
            ours.append(len(texts) / _milliseconds(lambda: services.audit.verify(admin)) * 1000)
            bare.append(
                len(texts) / _milliseconds(lambda: [sha256(each).hexdigest() for each in texts]) * 1000
            )
    yield paired("audit verify ÷ SHA-256 of the same bytes", ours, bare, "/s", Target("≥", 0.067))


def spread(home: Path) -> Iterator[Row]:
    """`audit verify` of very many in two processes, beside one; by the clock, in turns."""
    with _Trail(home, MANY) as (_, _, path):
        yield _spread(f"SQLite, {MANY:,} events", f"sqlite:///{path}")
        if binaries() is None:
            yield left_out(f"PostgreSQL, {MANY:,} events", "/s", None, "no server is installed")
            return
        with TemporaryDirectory(prefix="pftui-postgresql-") as folder:
            server = PostgreSQL(Path(folder))
            try:
                url = server.url("postgres")
                copy_store(f"sqlite:///{path}", url, "root")
                yield _spread(f"PostgreSQL, {MANY:,} events", url)
            finally:
                server.stop()


def _spread(where: str, url: str) -> Row:
    both: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for processes, taken in zip((2, 1), both, strict=True):
            begun = time.perf_counter()
            verdict = verify_trail(url, apart=Processes(url, processes))
            taken.append(verdict.events / (time.perf_counter() - begun))
            assert verdict.intact
    return paired(f"{where}: audit verify in two processes ÷ one", *both, "/s", Target("≥", 1.7))


def _written(services: Services, admin: Operator) -> None:
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        for line in lines(services.audit.stream(admin, AuditQuery()), Format.JSONL):
            nowhere.write(line)


def _bare(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    try:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            for row in connection.execute("SELECT * FROM audit_events ORDER BY sequence"):
                nowhere.write(f"{json.dumps(dict(row))}\n")
    finally:
        connection.close()


class _Trail:
    """An open store with so many events."""

    def __init__(self, home: Path, events: int) -> None:
        folder = Path(mkdtemp(prefix="trail-", dir=home))
        self._store = make_store(folder)
        _fill(self._store.path, events)
        upgrade(self._store.url)  # counts what was put in past pftui

    def __enter__(self) -> tuple[Services, Operator, Path]:
        self._services = open_services(self._store.url)
        admin = self._services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
        return self._services, admin, self._store.path

    def __exit__(self, *_: object) -> None:
        self._services.lifecycle.close()


def _timed(home: Path, events: int) -> dict[str, tuple[Target | None, float]]:
    """Milliseconds of each, on a trail of so many events, and the target."""
    with _Trail(home, events) as (services, admin, _):
        audit = services.audit
        lately = AuditQuery(created_from=datetime.now(UTC) - timedelta(minutes=1))

        def page(query: AuditQuery) -> object:
            rows = EventRows(audit, admin, AuditFilter(query))
            return rows.page(PageRequest(size=PAGE)), rows.position("1")

        def through(query: AuditQuery) -> None:
            rows = EventRows(audit, admin, AuditFilter(query))
            rows.advance(3600)

        acts: Mapping[str, tuple[Target | None, Callable[[], object]]] = {
            "the tab's first page": (Target("≤", 1.5), lambda: page(AuditQuery())),
            "first rows of a text that is common": (
                Target("≤", 3),
                lambda: page(AuditQuery(words=(COMMON,))),
            ),
            "a text that is nowhere, looked through to the end": (
                None,
                lambda: through(AuditQuery(words=("xyzzy",))),
            ),
            "audit list --since 1m": (Target("≤", 5, absolute=True), lambda: audit.list(admin, lately)),
            "audit list --target role": (
                Target("≤", 5, absolute=True),
                lambda: audit.list(admin, AuditQuery(target=Kind.ROLE)),
            ),
            "audit list --target api_key": (
                Target("≤", 5, absolute=True),
                lambda: audit.list(admin, AuditQuery(target=Kind.API_KEY)),
            ),
            "audit list": (Target("≤", 5, absolute=True), lambda: audit.list(admin, AuditQuery())),
        }
        return {
            what: (target, median(_milliseconds(act) for _ in range(ROUNDS)))
            for what, (target, act) in acts.items()
        }


def _milliseconds(act: Callable[[], object]) -> float:
    """Of the processor: all of it is done in this process, whatever the neighbours do."""
    begun = time.process_time()
    act()
    return (time.process_time() - begun) * 1000


def _fill(path: Path, events: int) -> None:
    """Repeat the events there are, chained, up to so many, a second apart and ending an hour ago."""
    fields = [name for name in StoredEvent._fields if name != "created_at"]
    connection = sqlite3.connect(path)
    try:
        there = connection.execute(
            f"SELECT {', '.join(fields)} FROM audit_events ORDER BY sequence"
        ).fetchall()
        last, previous = connection.execute("SELECT sequence, hash FROM audit_head").fetchone()
        begun = datetime.now(UTC) - timedelta(hours=1, seconds=events)
        rows = []
        for number in range(last + 1, events + 1):
            moment = (begun + timedelta(seconds=number)).replace(tzinfo=None)
            event = StoredEvent(
                **{
                    **dict(zip(fields, there[number % len(there)], strict=True)),
                    "created_at": f"{moment.isoformat('T', 'microseconds')}Z",
                    "id": str(uuid.UUID(int=number)),
                    "sequence": number,
                    "previous_hash": previous,
                    "hash": "",
                }
            )
            event = event._replace(hash=hash_of(event))
            previous = event.hash
            rows.append(event._replace(created_at=moment.isoformat(" ", "microseconds")))
        names, marks = ", ".join(StoredEvent._fields), ", ".join("?" * len(StoredEvent._fields))
        connection.executemany(f"INSERT INTO audit_events ({names}) VALUES ({marks})", rows)
        connection.execute("UPDATE audit_head SET sequence = ?, hash = ?", (events, previous))
        connection.commit()
    finally:
        connection.close()
