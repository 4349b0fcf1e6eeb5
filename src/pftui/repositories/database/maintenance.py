"""The database as a thing: what state it is in, its upgrade, a copy of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.engine import URL

from pftui.domain.errors import PftuiError, StoreUnavailable, WrongUsage
from pftui.domain.progress import Progress, silent
from pftui.repositories.database.copies import copy_sqlite
from pftui.repositories.database.engine import (
    LONG_ANSWER_SECONDS,
    check_version,
    for_writing,
    open_engine,
    parse_url,
    schema_revision,
    sqlite_file,
)
from pftui.repositories.database.files import check_file
from pftui.repositories.database.indexing import complete, lacks
from pftui.repositories.database.revisions import REVISIONS, SCHEMA_REVISION
from pftui.repositories.errors import translated
from pftui.repositories.lost_answers import looked_up

_COUNTED = {
    "users": "SELECT count(*) FROM principals WHERE kind = 'user'",
    "service_accounts": "SELECT count(*) FROM principals WHERE kind = 'service_account'",
    "api_keys": "SELECT count(*) FROM api_keys",
    "teams": "SELECT count(*) FROM teams",
    "roles": "SELECT count(*) FROM roles",
    "assignments": "SELECT (SELECT count(*) FROM assignments) - "
    "(SELECT count(*) FROM assignments WHERE team_id IN (SELECT id FROM ended_teams))",
    "audit_events": "SELECT count(*) FROM audit_events",
}
_HEAD = "SELECT sequence, hash FROM audit_head"


@dataclass(frozen=True, slots=True)
class Condition:
    """What `inspect_store` found; the counts and the trail's head only where the schema is ours."""

    location: str
    database: str
    revision: str
    size_bytes: int
    counts: dict[str, int]
    audit_sequence: int | None
    audit_hash: str | None
    problems: tuple[str, ...]
    slower: str | None
    """Why a filter looks through all accounts, where it does."""


def inspect_store(url: str) -> Condition:
    """Look at a store of any version, and change nothing.

    Raises:
        StoreMissing, StoreUnavailable: there is none, or it cannot be read.
    """
    parsed, engine = opened(url)
    try:
        revision = _revision(engine)
        with translated(), engine.connect() as connection:
            missing = missing_tables(connection) if revision == SCHEMA_REVISION else ()
            ours = revision == SCHEMA_REVISION and not missing
            counts = {what: _number(connection, query) for what, query in _COUNTED.items()} if ours else {}
            head = connection.execute(text(_HEAD)).first() if ours else None
            problems = _sqlite_problems(connection) if engine.dialect.name == "sqlite" else ()
            problems += tuple(f"the table {name} is missing" for name in missing)
            if ours and head is None:
                problems += ("the audit trail has lost its head",)
            elif head is not None and not (type(head[0]) is int and type(head[1]) is str):
                problems, head = (*problems, "the head of the audit trail is damaged"), None
            return Condition(
                location=location_of(parsed),
                database=_database(connection),
                revision=revision,
                size_bytes=_number(connection, _SIZES[engine.dialect.name]),
                counts=counts,
                audit_sequence=head[0] if head else None,
                audit_hash=head[1] if head else None,
                problems=problems,
                slower=lacks(connection) if ours else None,
            )
    finally:
        engine.dispose()


_SIZES = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    "postgresql": "SELECT pg_database_size(current_database())",
}


def opened(url: str, answer_seconds: float | None = None) -> tuple[URL, Engine]:
    """A store of any version, and connections to it (see `open_engine`)."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        check_file(sqlite_file(parsed))
    return parsed, open_engine(parsed, answer_seconds=answer_seconds, anywhere=True)


def _revision(engine: Engine) -> str:
    revision = schema_revision(engine)
    if revision is None:
        check_version(engine)  # says what is there instead
        raise StoreUnavailable("There is no store. Nothing was changed.")
    return revision


def missing_tables(connection: Connection) -> tuple[str, ...]:
    """The tables of this schema that are not there."""
    from pftui.repositories.models import Base  # the models: not for a process that only upgrades

    there = set(inspect(connection).get_table_names())
    return tuple(table.name for table in Base.metadata.sorted_tables if table.name not in there)


def _number(connection: Connection, query: str) -> int:
    return int(connection.execute(text(query)).scalar() or 0)


def location_of(url: URL) -> str:
    """Where the store is, without the credentials that a URL may hold in more than one place."""
    if url.get_backend_name() == "sqlite":
        return str(sqlite_file(url))
    shown = {name: value for name, value in url.query.items() if name in ("host", "port")}
    return url._replace(username=None, password=None).set(query=shown).render_as_string(hide_password=True)


def _database(connection: Connection) -> str:
    if connection.dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    version, in_recovery = connection.execute(
        text("SELECT current_setting('server_version'), pg_is_in_recovery()")
    ).one()
    return f"PostgreSQL {str(version).partition(' ')[0]}" + (", a standby" if in_recovery else "")


def _sqlite_problems(connection: Connection) -> tuple[str, ...]:
    found = [row[0] for row in connection.exec_driver_sql("PRAGMA quick_check(20)") if row[0] != "ok"]
    for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        found.append(f"a row of {row[0]} refers to a missing row of {row[2]}")
    return tuple(found[:20])


@dataclass(frozen=True, slots=True)
class Upgrade:
    """From which revision to which; `backup` is the copy of before, of an SQLite store.

    `indexed` says that the index of texts was not whole, and is now; `cleared` how many assignments
    deleted teams had left.
    """

    before: str
    after: str
    backup: Path | None
    indexed: bool = False
    cleared: int = 0


def upgrade_store(url: str, stamp: str, progress: Progress = silent) -> Upgrade:
    """Bring a store's schema to this pftui's revision, whole or not at all; nothing if it is there.

    An SQLite file is copied first, to a file beside it whose name holds the old revision and `stamp`. The
    index of texts is made whole afterwards, in steps that last.

    Raises:
        StoreMissing, StoreUnavailable: also for a store that is newer. Nothing was changed, or as it says.
    """
    parsed, engine = opened(url, LONG_ANSWER_SECONDS)
    try:
        if _revision(engine) not in REVISIONS[:-1]:
            check_version(engine)  # refuses a newer one
            return Upgrade(SCHEMA_REVISION, SCHEMA_REVISION, None, complete(engine, progress))
        with translated(), for_writing(engine).connect() as connection:
            # Under the lock: another process may have been quicker.
            before = _locked_revision(connection)
            if before == SCHEMA_REVISION:
                return Upgrade(before, before, None)
            copy = None
            if connection.dialect.name == "sqlite":
                path = sqlite_file(parsed)
                copy = path.with_name(f"{path.name}.{before}.{stamp}.backup")
                copy_sqlite(path, copy)
            from pftui.repositories.database.schema import (
                migrate,  # alembic: only where something is upgraded
            )

            migrate(connection, progress)
            with looked_up(engine, lambda new: _locked_revision(new) == SCHEMA_REVISION):
                connection.commit()
        upgraded = Upgrade(before, SCHEMA_REVISION, copy)
        with telling_of(upgraded):
            return replace(upgraded, indexed=complete(engine, progress))
    finally:
        engine.dispose()


@contextmanager
def telling_of(upgraded: Upgrade) -> Iterator[None]:
    """An error inside says first that the store was upgraded, which lasts, if it was."""
    try:
        yield
    except PftuiError as error:
        if upgraded.before != upgraded.after:
            error.after(
                f"The store was upgraded to schema {upgraded.after}; to go on, run `pftui db upgrade` again."
            )
        raise


def _locked_revision(connection: Connection) -> str:
    """The revision, once whoever may be changing it has come to an end; nobody else changes it now."""
    if connection.dialect.name != "sqlite":
        connection.execute(text("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE"))
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())


def backup_store(url: str, target: Path) -> int:
    """Copy an SQLite store, which may be in use, into a new file; its size in bytes.

    Raises:
        WrongUsage: PostgreSQL, or there is something at `target`.
        StoreUnavailable: the store cannot be read, or the copy cannot be written; none is left behind.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        raise WrongUsage("PostgreSQL is backed up by its own tools: pg_dump, or the server's base backups.")
    check_file(sqlite_file(parsed))
    engine = open_engine(parsed)
    try:
        _revision(engine)
    finally:
        engine.dispose()
    return copy_sqlite(sqlite_file(parsed), target)
