"""Connections to the store, and the check of its version before it is used."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from pftui.domain.errors import (
    StoreMissing,
    StoreOutdated,
    StoreUnavailable,
    StoreVersionChanged,
    WrongUsage,
)
from pftui.repositories.database.files import StoreFile, check_file
from pftui.repositories.database.generation import Keeper, check_belongs
from pftui.repositories.database.revisions import REVISIONS, SCHEMA_REVISION
from pftui.repositories.database.sqlite_connections import connect_sqlite
from pftui.repositories.database.waiting import begin_write
from pftui.repositories.errors import translated

BUSY_SECONDS = 5.0
LONG_ANSWER_SECONDS = 600.0
"""For a server's answer where much is looked at or changed at once: checking and upgrading a store."""
_READS, _WRITES = "pftui_reads", "pftui_writes"


def connect(url: str, *, busy_seconds: float = BUSY_SECONDS, anywhere: bool = False) -> Engine:
    """An engine for an existing store, checked: it is there, ours, and of this version.

    Args:
        url: an SQLAlchemy URL (`sqlite:///…` or `postgresql+psycopg://…`).
        busy_seconds: how long a write waits for another writer.
        anywhere: look also at a server that may be behind (see `postgresql.py`).

    Raises:
        WrongUsage: the URL cannot be understood.
        StoreMissing, StoreOutdated, StoreUnavailable: with what to do; nothing was touched.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        check_file(sqlite_file(parsed))
    engine = open_engine(parsed, busy_seconds=busy_seconds, anywhere=anywhere)
    try:
        check_version(engine)
        if engine.dialect.name == "sqlite":
            _with_a_log(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _with_a_log(engine: Engine) -> None:
    """Give a store that was taken out of use back its log, as a restore that was killed leaves it."""
    with translated(), engine.connect() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    if mode != "wal":
        engine.dispose()  # nobody may be in it
        with contextlib.suppress(sqlite3.Error):  # it can be used as it is, by one after another
            enable_wal(sqlite_file(engine.url))


_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgres", "postgresql", "postgresql+psycopg"})


def parse_url(url: str) -> URL:
    """The URL in parts. Raises `WrongUsage` without repeating it, since it may hold a password."""
    try:
        parsed = make_url(url)
        known = parsed.drivername in _DRIVERS and "\0" not in (parsed.database or "")
        known = known and not any("@" in (part or "") for part in (parsed.host, parsed.database))
        (parsed.host or "").encode("idna")
        (parsed.password or "").encode()
    except (ArgumentError, ValueError):
        known = False
    if not known or not _are_hosts(parsed.query):
        raise WrongUsage(
            "The store's URL is not understood: give a path, sqlite:///path or postgresql://…, with %40 for "
            "an @ in a password and the like"
        )
    if parsed.drivername.startswith("postgres"):
        if parsed.query.get("prepared", "no") not in ("yes", "no"):
            raise WrongUsage("In the store's URL, `prepared` is yes or no.")
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and (not parsed.database or parsed.host):
        raise WrongUsage("The store's URL names no file: sqlite:///path.")
    if parsed.get_backend_name() == "sqlite" and "?" in url:
        raise WrongUsage("The URL of an SQLite store has no options; a question mark in its path is %3F.")
    return parsed


def _are_hosts(query: Mapping[str, str | Sequence[str]]) -> bool:
    """Whether the hosts and the port that a URL's options name can be such."""
    hosts, port = query.get("host", ()), query.get("port", "0")
    if not (isinstance(port, str) and all(each.isdecimal() for each in port.split(","))):
        return False
    return all(map(_is_host, (hosts,) if isinstance(hosts, str) else hosts))


def _is_host(text: str) -> bool:
    """Of one of several: a name, an address or a socket's path, and a port behind a colon."""
    if "@" in text or text.startswith("/"):
        return "@" not in text
    name, colon, port = text.rpartition(":")
    return not colon or ("," not in text and port.isdecimal() and int(port) < 2**16 and bool(name))


def sqlite_file(url: URL) -> Path:
    """The file behind an SQLite URL."""
    return Path(url.database or "").absolute()


def open_engine(
    url: URL,
    *,
    busy_seconds: float = BUSY_SECONDS,
    answer_seconds: float | None = None,
    anywhere: bool = False,
) -> Engine:
    """An engine with pftui's settings: nothing is connected to yet, nothing created.

    `answer_seconds` is how long a server has for an answer, and `anywhere` whether also one is looked at that
    may be behind (see `postgresql.py`).
    """
    if url.get_backend_name() == "sqlite":
        path = sqlite_file(url)
        engine = create_engine(url, creator=partial(connect_sqlite, path, busy_seconds), hide_parameters=True)
        keeper = Keeper(engine, path)

        def begin(connection: Connection) -> None:
            _begin_sqlite(connection, busy_seconds)
            keeper.begun(connection)

        event.listen(engine, "begin", begin)
        return engine
    try:
        from pftui.repositories.database.postgresql import open_postgresql

        return open_postgresql(
            url, busy_seconds=busy_seconds, answer_seconds=answer_seconds, anywhere=anywhere
        )
    except (ImportError, NoSuchModuleError):
        raise WrongUsage("PostgreSQL needs its driver: install pftui[postgresql].") from None


def _begin_sqlite(connection: Connection, busy_seconds: float) -> None:
    # The driver's own BEGIN is off (isolation_level=None); a write takes the lock at once, so that
    # two writers wait for each other instead of failing half way.
    if connection.get_execution_options().get(_WRITES, False):
        driver: Any = connection.connection.driver_connection
        begin_write(driver, connection.exec_driver_sql, busy_seconds)
    else:
        connection.exec_driver_sql("BEGIN")


def enable_wal(path: Path) -> None:
    """Let readers and a writer work at once. A lasting property of the file, not of a connection."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def for_writing(engine: Engine) -> Engine:
    """The same connections, whose transactions take the write lock when they begin."""
    return engine.execution_options(**{_WRITES: True})


def for_reading(engine: Engine) -> Engine:
    """The same connections, whose transactions see one state of the database from begin to end.

    SQLite's always do; PostgreSQL's default would let each statement see what was committed meanwhile.
    """
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", **{_READS: True})


def watched_file(engine: Engine) -> StoreFile | None:
    """Notices an SQLite file that was replaced under the engine's connections; None elsewhere."""
    if engine.dialect.name != "sqlite":
        return None
    return StoreFile(sqlite_file(engine.url), release=engine.dispose, accept=lambda: check_version(engine))


def check_version(engine: Engine) -> None:
    """Refuse a database whose schema is not this pftui's. Two cheap queries; alembic is not needed."""
    found = schema_revision(engine)
    if found == SCHEMA_REVISION:
        return
    if found is None:
        if engine.dialect.name == "sqlite":
            raise StoreUnavailable("This SQLite database is not a pftui store. It was not touched.")
        raise StoreMissing("This database holds no store yet. Make one with `pftui init`.")
    if found in REVISIONS:
        raise StoreOutdated(
            "This store is of an older version. Run `pftui db upgrade`, which backs it up first."
        )
    raise StoreUnavailable("This store is of a newer version of pftui. Update pftui; it was not touched.")


def refuse_other_version(connection: Connection) -> None:
    """Raise `StoreVersionChanged` where the store, checked when it was opened, is not this pftui's any more.

    One cheap query, in the transaction of a write: `pftui db upgrade` may have come between.
    """
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found != SCHEMA_REVISION:
        raise StoreVersionChanged(
            "The store was brought to another version of pftui while it was open here. Nothing was changed; "
            "start pftui again, in the version that the store has now."
        )


def schema_revision(engine: Engine) -> str | None:
    """The revision that the store says it has; None where no pftui store is.

    Raises:
        StoreUnavailable: it cannot be read; or its file and the log beside it do not belong together, which
            is found before either is touched.
    """
    if engine.dialect.name == "sqlite":
        check_belongs(sqlite_file(engine.url))
    with translated(), engine.connect() as connection:
        return revision_in(connection)


def revision_in(connection: Connection) -> str | None:
    """The same, in a transaction that is under way."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    # Other programs have a table of this name too; and one of ours may be lost, of which we know.
    ours = [inspect(connection).has_table(name) for name in ("audit_head", "principals")]
    if any(ours) if revision in REVISIONS else all(ours):
        return revision
    if connection.dialect.name == "sqlite":
        return None
    raise StoreUnavailable(
        "This database belongs to another program: it has an alembic_version and not pftui's tables. It was "
        "not touched; give pftui a database of its own, or a schema, as `search_path`."
    )
