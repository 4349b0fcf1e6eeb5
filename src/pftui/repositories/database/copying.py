"""All rows of a store in a new one, on the same database or the other: loaded, and compared afterwards.

Rows go over some at a time, in the order of their keys; the tables are those that the models name. Indexes
are made when the rows are there. What is a file's own is made anew: its mark, and its index of texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Column, Connection, Engine, func, insert, select, text, update
from sqlalchemy.exc import DataError, IntegrityError

from pftui.domain.errors import StoreUnavailable
from pftui.domain.progress import Progress
from pftui.repositories.database import indexing
from pftui.repositories.database.copies import finish
from pftui.repositories.database.creation import (
    ensure_no_schema,
    is_made,
    new_sqlite_file,
    telling,
    wait_for_others,
)
from pftui.repositories.database.engine import (
    LONG_ANSWER_SECONDS,
    check_version,
    enable_wal,
    open_engine,
    parse_url,
    sqlite_file,
)
from pftui.repositories.database.files import check_file
from pftui.repositories.database.generation import new_mark
from pftui.repositories.database.maintenance import location_of
from pftui.repositories.database.schema import migrate
from pftui.repositories.errors import translated
from pftui.repositories.lost_answers import looked_up
from pftui.repositories.models import Base, SessionRow
from pftui.repositories.stored import readable
from pftui.repositories.unit_of_work import UnitOfWork

AT_ONCE = 2_000  # rows in memory

#: By table, what is a file's own: what it says of itself, and the numbers in its index of texts.
_OWN = {"store_identity": ("mark", "in_use"), "principals": ("index_number",)}
_TABLES = Base.metadata.sorted_tables


def shown(url: str) -> str:
    """Where a store is, without credentials."""
    return location_of(parse_url(url))


def source_of(url: str) -> Engine:
    """Connections to the store that is copied, whose server has time for much at once.

    Raises:
        StoreMissing, StoreOutdated, StoreUnavailable: as `connect` says.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        check_file(sqlite_file(parsed))
    engine = open_engine(parsed, answer_seconds=LONG_ANSWER_SECONDS)
    try:
        check_version(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


class NewStore:
    """A store that nobody else sees yet: rows and what follows from them are put in, in a transaction.

    On SQLite it is a file that has no name yet, and each `step` is a transaction of its own; on PostgreSQL
    all of it is one.
    """

    def __init__(self, engine: Engine, connection: Connection) -> None:
        self.engine = engine
        self.connection = connection
        self.is_sqlite = connection.dialect.name == "sqlite"

    def step(self) -> None:
        """So much is done."""
        if self.is_sqlite:
            self.connection.commit()
            self.connection.begin()

    def put(self, columns: Sequence[Column[Any]], rows: Sequence[Any]) -> None:
        """Put rows into the columns' table."""
        if self.is_sqlite:
            names = [column.name for column in columns]
            self.connection.execute(
                insert(columns[0].table), [dict(zip(names, row, strict=True)) for row in rows]
            )
        else:
            from pftui.repositories.database.postgresql import put_rows

            put_rows(self.connection, columns[0].table.name, [column.name for column in columns], rows)

    def indexes(self) -> list[tuple[str, str]]:
        """The names of the indexes that hold no constraint, and the statements that make them."""
        query = _INDEXES_SQLITE if self.is_sqlite else _INDEXES_POSTGRESQL
        return [(str(name), str(made)) for name, made in self.connection.execute(text(query))]


_INDEXES_SQLITE = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
_INDEXES_POSTGRESQL = (
    "SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
    "JOIN pg_class t ON t.oid = i.indrelid WHERE t.relnamespace = current_schema()::regnamespace AND NOT "
    "EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = c.oid AND contype IN ('p', 'u', 'x'))"
)


@contextmanager
def new_store(url: str, newest: Any) -> Iterator[NewStore]:
    """A store with the schema and nothing in it, that is there at the end of the `with`, or not at all.

    Args:
        newest: gives, at the end, the id of the event that was appended last.

    Raises:
        StoreExists, StoreUnavailable: nothing was changed, nothing is left behind.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite":
        with _on_server(parsed, newest) as store:
            yield store
        return
    path = sqlite_file(parsed)
    with telling(path), new_sqlite_file(path) as unfinished:
        with translated():
            enable_wal(unfinished)
        with _in_file(unfinished) as store:
            yield store
        finish(unfinished)


@contextmanager
def _in_file(unfinished: Path) -> Iterator[NewStore]:
    engine = open_engine(URL.create("sqlite", database=str(unfinished)))
    try:
        with translated(), engine.connect() as connection:
            driver = connection.connection.driver_connection
            if driver is not None:
                driver.execute("PRAGMA synchronous=OFF")  # `finish` waits for the disk
            connection.begin()
            migrate(connection)
            yield NewStore(engine, connection)
            connection.commit()
    finally:
        engine.dispose()


@contextmanager
def _on_server(url: URL, newest: Any) -> Iterator[NewStore]:
    engine = open_engine(url, answer_seconds=LONG_ANSWER_SECONDS)
    try:
        with translated(), engine.connect() as connection:
            connection.begin()
            wait_for_others(connection)
            ensure_no_schema(connection)
            migrate(connection)
            yield NewStore(engine, connection)
            with looked_up(engine, lambda new: is_made(newest(), new)):
                connection.commit()
    finally:
        engine.dispose()


def copy_rows(source: Connection, target: NewStore, progress: Progress) -> dict[str, int]:
    """Put all rows of a store into a new one, then make its indexes; how many rows each table has.

    Raises:
        StoreUnavailable: the source holds something that the other database cannot.
    """
    counts = {
        table.name: int(source.scalar(select(func.count()).select_from(table)) or 0) for table in _TABLES
    }
    total, done = sum(counts.values()), 0
    indexes = target.indexes()
    for name, _ in indexes:
        target.connection.exec_driver_sql(f'DROP INDEX "{name}"')
    for table in _TABLES:
        columns = _columns(table.name)
        own = [column for column in table.columns if column.name == "mark"]
        for rows in _pages(source, columns):
            with _fits(table.name):
                target.put([*columns, *own], [(*row, *(new_mark() for _ in own)) for row in rows])
            target.step()
            done += len(rows)
            progress("Copying rows", done, total)
    for place, (_, made) in enumerate(indexes):
        progress("Making indexes", place, len(indexes))
        with _fits("an index"):
            target.connection.exec_driver_sql(made)
        target.step()
    _follow_up(target, progress)
    return counts


def _columns(table: str) -> list[Column[Any]]:
    own = _OWN.get(table, ())
    return [column for column in Base.metadata.tables[table].columns if column.name not in own]


def _pages(connection: Connection, columns: Sequence[Column[Any]]) -> Iterator[Sequence[Any]]:
    statement = select(*columns).order_by(*columns[0].table.primary_key.columns)
    with connection.execute(statement, execution_options={"yield_per": AT_ONCE}) as rows:
        yield from rows.partitions()


@contextmanager
def _fits(where: str) -> Iterator[None]:
    """Say of what the new database refuses, or its driver, that it cannot be."""
    try:
        yield
    except (DataError, IntegrityError, UnicodeError, ValueError, TypeError) as error:
        raise StoreUnavailable(
            f"The store holds something in {where} that cannot be, so it was not copied. Nothing was changed "
            "or left behind; `pftui db check` on the store tells what it is."
        ) from error


def _follow_up(target: NewStore, progress: Progress) -> None:
    """What the database makes of rows that it was not given one by one."""
    if target.is_sqlite:
        indexing.fill(target.connection, target.step, progress)
        return
    for table in _TABLES:
        number = table.primary_key.columns.get("number")
        if number is not None:  # one that the server gives: go on behind those that are there
            own = func.pg_get_serial_sequence(table.name, number.name)
            last = func.coalesce(func.max(number), 1)
            target.connection.execute(select(func.setval(own, last, func.max(number).is_not(None))))
        target.connection.exec_driver_sql(f"ANALYZE {table.name}")


def compare_rows(source: Connection, target: Connection, total: int, progress: Progress) -> None:
    """Raise `StoreUnavailable` where a row of one is not as that of the other, or is not there."""
    done = 0
    for table in _TABLES:
        columns = _columns(table.name)
        for here, there in zip_longest(_pages(source, columns), _pages(target, columns), fillvalue=()):
            if [tuple(row) for row in here] != [tuple(row) for row in there]:
                raise StoreUnavailable(
                    f"The copy is not as the store is, in {table.name} {_first(here, there)}. It was not "
                    "kept, and nothing was changed."
                )
            done += len(here)
            progress("Comparing rows", done, total)


def _first(here: Sequence[Any], there: Sequence[Any]) -> str:
    """The key of the first row that differs."""
    for one, other in zip_longest(here, there):
        if one is None or other is None or tuple(one) != tuple(other):
            return readable(str((one or other)[0]))
    return ""


def end_sessions(unit: UnitOfWork, by: str, now: datetime) -> None:
    """Let nobody be signed in to the copy who was to the store."""
    ended = update(SessionRow).where(SessionRow.ended_at.is_(None))
    unit.session.execute(ended.values(ended_at=now, ended_by=by))
