"""Big stores, made once and kept outside of the repository: seconds for 100,000 accounts, minutes for more.

`python -m benchmarks.big 100000 [--postgresql]` makes one and says where it is. They are in
`$PFTUI_BENCH_STORES`, else `~/.cache/pftui-bench` (`/var/tmp/pftui-bench` for root, whose home the server's
own user cannot enter), by size and by what their schema and rows come from.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import made_up
from benchmarks.made_up import MadeUp, Seed
from benchmarks.stores import fill
from pftui.repositories.audit import columns_of
from pftui.repositories.database.revisions import SCHEMA_REVISION
from pftui.repositories.database.standing import SEEN
from pftui.services.store_admin import upgrade
from tests.peers.postgresql import PostgreSQL, binaries

SIZES = (1_000, 100_000, 1_000_000)
_AT_ONCE = 10_000  # rows
Rows = Iterable[Mapping[str, Any]]
Put = Callable[[str, Rows], None]


def folder() -> Path:
    """Where they are kept."""
    chosen = os.environ.get("PFTUI_BENCH_STORES")
    if chosen:
        found = Path(chosen)
    elif os.geteuid() == 0:
        found = Path("/var/tmp/pftui-bench")  # what is there is looked at below
    else:
        found = Path.home() / ".cache" / "pftui-bench"
    found.mkdir(mode=0o711, parents=True, exist_ok=True)
    if found.stat().st_uid != os.geteuid():
        raise PermissionError(f"{found} is somebody else's")
    return found


@contextmanager
def _alone(kept: Path) -> Iterator[None]:
    """Only one process at a time makes a store, or has a server on it."""
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _name(accounts: int) -> str:
    return f"{accounts}-{SCHEMA_REVISION}-{made_up.VERSION}"


def on_sqlite(accounts: int, home: Path | None = None) -> Path:
    """The file of a store of so many accounts; not to be written to."""
    kept = (home or folder()) / f"{_name(accounts)}-sqlite"
    with _alone(kept):
        if not kept.exists():
            unfinished = _empty(kept.with_suffix(".new"))
            path = unfinished / "pftui.db"
            fill(f"sqlite:///{path}")
            with closing(sqlite3.connect(path, isolation_level=None)) as connection:
                _fill_sqlite(connection, accounts)
            unfinished.rename(kept)
    return kept / "pftui.db"


def copy_on_sqlite(accounts: int, home: Path) -> Path:
    """A copy of the same, to be written to."""
    copy = home / f"copy-of-{accounts}.db"
    shutil.copyfile(on_sqlite(accounts), copy)
    copy.chmod(0o600)
    return copy


@contextmanager
def copy_on_postgresql(accounts: int, home: Path) -> Iterator[str | None]:
    """The URL of a copy on a server that runs meanwhile; None where none is installed."""
    if binaries() is None:
        yield None
        return
    with on_postgresql(accounts):
        pass  # it is there, and stopped in order
    copy = Path(tempfile.mkdtemp(prefix="pftui-bench-"))  # where the server's own user may be
    try:
        subprocess.run(["cp", "-a", str(_kept_on_postgresql(accounts) / "data"), str(copy)], check=True)
        server = PostgreSQL(copy)
        try:
            yield server.url("postgres")
        finally:
            server.stop()
    finally:
        SEEN.forget()  # of the copy, which is another store by the same name
        shutil.rmtree(copy)


def _kept_on_postgresql(accounts: int) -> Path:
    return folder() / f"{_name(accounts)}-postgresql"


@contextmanager
def on_postgresql(accounts: int) -> Iterator[str | None]:
    """The URL of the same on a server that runs meanwhile; None where none is installed."""
    if binaries() is None:
        yield None
        return
    kept = _kept_on_postgresql(accounts)
    with _alone(kept):
        if not kept.exists():
            unfinished = _empty(kept.with_suffix(".new"))
            server = PostgreSQL(unfinished)
            try:
                _fill_postgresql(server.url("postgres"), accounts)
            finally:
                server.stop(at_once=False)
            unfinished.rename(kept)
        server = PostgreSQL(kept)
        try:
            yield server.url("postgres")
        finally:
            server.stop(at_once=False)


def _empty(path: Path) -> Path:
    if path.exists():
        shutil.rmtree(path)
    path.mkdir(mode=0o700)
    return path


def _fill_sqlite(connection: sqlite3.Connection, accounts: int) -> None:
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA foreign_keys=OFF")  # a test looks at all of them
    connection.execute("PRAGMA cache_size=-200000")

    def put(table: str, rows: Rows) -> None:
        for batch in _batches(rows):
            named = ", ".join(batch[0])
            places = ", ".join("?" * len(batch[0]))
            values = [[_sqlite_value(value) for value in row.values()] for row in batch]
            connection.executemany(f"INSERT INTO {table} ({named}) VALUES ({places})", values)

    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    connection.execute("BEGIN")
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    url = f"sqlite:///{connection.execute('PRAGMA database_list').fetchone()[2]}"
    made = MadeUp(accounts, _seed(connection.execute))
    _fill(made, put, connection.execute)
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("COMMIT")
    _finish(url)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _fill_postgresql(url: str, accounts: int) -> None:
    fill(url)
    with psycopg.connect(url.replace("+psycopg", "")) as connection:

        def put(table: str, rows: Rows) -> None:
            for batch in _batches(rows):
                command = f"COPY {table} ({', '.join(batch[0])}) FROM STDIN".encode()
                with connection.cursor().copy(command) as copy:
                    for row in batch:
                        copy.write_row(list(row.values()))

        def execute(sql: str, values: Sequence[Any] = ()) -> Any:
            return connection.execute(sql.replace("?", "%s").encode(), values)

        indexes = execute(
            "SELECT indexname, indexdef FROM pg_indexes "
            "WHERE schemaname = 'public' AND indexname LIKE 'ix_%%'"
        ).fetchall()
        connection.execute("SET session_replication_role = replica")
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}".encode())
        _fill(MadeUp(accounts, _seed(execute)), put, execute)
        for _, sql in indexes:
            connection.execute(sql.encode())
    _finish(url)


def _finish(url: str) -> None:
    """The index of texts, and what the database wants to know of the rows."""
    upgrade(url)
    if not url.startswith("sqlite"):
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")


def _fill(made: MadeUp, put: Put, execute: Callable[..., Any]) -> None:
    put("principals", made.principals())
    put("passwords", made.passwords())
    put("api_keys", made.api_keys())
    put("teams", made.teams_rows())
    put("assignments", made.assignments())
    execute("DELETE FROM account_counts")
    execute(
        "INSERT INTO account_counts (kind, status, number) "
        "SELECT kind, status, count(*) FROM principals GROUP BY kind, status"
    )
    for role_id, (people, others) in made.role_counts().items():
        execute(
            "UPDATE roles SET member_count = member_count + ?, "
            "service_account_count = service_account_count + ? WHERE id = ?",
            (people, others, role_id),
        )
    last: list[tuple[int, str]] = [(made.seed.sequence, made.seed.head)]

    def rows() -> Iterator[Mapping[str, Any]]:
        for event in made.events():
            last[0] = (event.sequence, event.hash)
            row = columns_of(event)
            row["metadata"] = row.pop("metadata_json")
            yield row

    put("audit_events", rows())
    execute("UPDATE audit_head SET sequence = ?, hash = ?", last[0])


def _seed(execute: Callable[..., Any]) -> Seed:
    admin = execute("SELECT id, email FROM principals WHERE email IS NOT NULL").fetchone()
    head = execute("SELECT sequence, hash FROM audit_head").fetchone()
    roles = execute("SELECT id FROM roles ORDER BY position").fetchall()
    return Seed(
        admin_id=admin[0],
        admin_email=admin[1],
        organization_id=execute("SELECT id FROM organizations").fetchone()[0],
        role_ids=tuple(row[0] for row in roles),
        key_hash=execute("SELECT hash FROM api_keys").fetchone()[0],
        password_hash=execute("SELECT hash FROM passwords").fetchone()[0],
        sequence=head[0],
        head=head[1],
    )


def _batches(rows: Rows) -> Iterator[list[Mapping[str, Any]]]:
    source = iter(rows)
    while batch := list(islice(source, _AT_ONCE)):
        yield batch


def _sqlite_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds")
    return value


def main() -> None:
    """Make one, and say where it is and how long it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.big", description=__doc__)
    parser.add_argument("accounts", type=int)
    parser.add_argument("--postgresql", action="store_true")
    options = parser.parse_args()
    begun = time.monotonic()
    if options.postgresql:
        with on_postgresql(options.accounts) as url:
            sys.stdout.write(f"{url}\n")
    else:
        sys.stdout.write(f"{on_sqlite(options.accounts)}\n")
    sys.stdout.write(f"{time.monotonic() - begun:.1f} s\n")


if __name__ == "__main__":
    main()
