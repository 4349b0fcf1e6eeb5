"""The verifier's look-up for a process that asks once: by the bare driver, with SQL that was rendered before.

SQLAlchemy's import takes longer than all else that such a process does. So this goes one way only, that of a
store as it nearly always is: whatever else is met is `Unusual`, and is left to the reader (`reader.py`),
which finds out what it is and says so. What protects a store is asked here as there, by the same functions.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from pftui.domain.errors import PftuiError
from pftui.domain.store_urls import server_url, sqlite_path
from pftui.repositories.database.files import check_file, file_identity
from pftui.repositories.database.generation import check_belongs, count_change
from pftui.repositories.database.revisions import SCHEMA_REVISION
from pftui.repositories.database.sqlite_connections import connect_sqlite
from pftui.repositories.key_lookup.records import KeyRecord, record_of, references
from pftui.repositories.key_lookup.rendered import POSTGRESQL, SQLITE, Rendered

_BUSY_SECONDS: Final = 0.25  # as a note waits; a reader waits for nobody, but where a log is to be mended
_CONNECT_SECONDS: Final = 2  # the least that libpq knows; where it takes longer, the reader has its own wait
_ANSWER_SECONDS: Final = 2.0
_SQLITE_SCHEMES: Final = ("sqlite", "sqlite+pysqlite")
_POSTGRESQL_SCHEMES: Final = ("postgres", "postgresql", "postgresql+psycopg")

Rows = list[tuple[Any, ...]]


class Unusual(Exception):
    """What this way is not made for. No answer follows from it; the reader may be asked instead."""


class BareStore:
    """A store that was found to be there, whole and of this version; for one thread and a moment.

    Raises:
        Unusual: by all of it, for what it does not understand.
    """

    sql: Rendered
    error: type[Exception]

    def record(self, key_id: str, team: str | None) -> KeyRecord | None:
        """The key with this id as the store has it now; None where there is none."""
        if team is None:
            rows = self.rows(self.sql.key, {"key_id": key_id})
        else:
            reference, folded = references(team)
            asked = {"key_id": key_id, "team": reference, "team_folded": folded}
            rows = self.rows(self.sql.key_with_team, asked)
        return record_of(key_id, rows) if rows else None

    def note(self, key_id: str, now: int, before: int) -> None:
        """As `UseNotes.write` with one use. The first of a key is unusual: an event tells of it."""
        raise NotImplementedError

    def rows(self, sql: str, parameters: dict[str, Any] | None = None) -> Rows:
        """What the store answers."""
        raise NotImplementedError

    def close(self) -> None:
        """Close the connection."""
        raise NotImplementedError

    def _check_version(self) -> None:
        if self.rows(self.sql.version) != [(SCHEMA_REVISION,)]:
            raise Unusual

    def _noted(self, key_id: str, now: int, before: int) -> bool:
        """Write the note in the transaction that is under way; False where there is none to write."""
        self._check_version()
        rows = self.rows(self.sql.due, {"key_id": key_id})
        if not rows:
            return False  # ended since it was read
        ((_, account_id, saved, last_used_at),) = rows
        if saved not in (True, 1):
            raise Unusual
        noted = last_used_at if isinstance(last_used_at, int) else 0
        if before < noted <= now:
            return False  # by another process
        self._change(self.sql.note_key, {"used_key": key_id, "used_at": now})
        self._change(self.sql.note_account, {"used_account": account_id, "used_at": now})
        return True

    def _change(self, sql: str, parameters: dict[str, Any]) -> None:
        raise NotImplementedError


class _Sqlite(BareStore):
    sql = SQLITE
    error = sqlite3.Error

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity = file_identity(path)
        check_file(path)
        check_belongs(path)
        self._connection = connect_sqlite(path, _BUSY_SECONDS)
        try:
            self._connection.execute("PRAGMA query_only=ON")
            if self._connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                raise Unusual
            self._check_version()
        except BaseException:
            self._connection.close()
            raise

    def rows(self, sql: str, parameters: dict[str, Any] | None = None) -> Rows:
        if file_identity(self._path) != self._identity:
            raise Unusual  # another file in its place
        return self._connection.execute(sql, parameters or {}).fetchall()

    def _change(self, sql: str, parameters: dict[str, Any]) -> None:
        self._connection.execute(sql, parameters)

    def note(self, key_id: str, now: int, before: int) -> None:
        from pftui.repositories.database.waiting import begin_write  # most have no note to write

        execute = self._connection.execute
        execute("PRAGMA query_only=OFF")
        execute("PRAGMA synchronous=NORMAL")  # as of all notes: a power cut may lose the newest
        begin_write(self._connection, execute, _BUSY_SECONDS)  # what is not committed is undone by `close`
        if self._noted(key_id, now, before):
            count_change(self._connection)
        execute("COMMIT")

    def close(self) -> None:
        self._connection.close()


class _Postgresql(BareStore):
    sql = POSTGRESQL

    def __init__(self, url: str) -> None:
        try:
            import psycopg

            from pftui.repositories.completion import libpq_parameters
            from pftui.repositories.database.connections import connect_believed
        except ImportError:
            raise Unusual from None
        self.error = psycopg.Error
        parameters = libpq_parameters(url)
        if not os.environ.get("PGCONNECT_TIMEOUT"):
            parameters.setdefault("connect_timeout", _CONNECT_SECONDS)
        try:
            self._connection = connect_believed(parameters, _ANSWER_SECONDS)
        except psycopg.Error as error:
            raise Unusual from error
        try:
            self._connection.autocommit = True
            self._connection.cancels = True
            self._connection.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
            self._check_version()
        except psycopg.Error as error:
            self._connection.close()
            raise Unusual from error
        except BaseException:
            self._connection.close()
            raise

    def rows(self, sql: str, parameters: dict[str, Any] | None = None) -> Rows:
        return self._connection.execute(sql.encode(), parameters).fetchall()

    def note(self, key_id: str, now: int, before: int) -> None:
        from pftui.repositories.database.connections import transaction_settings

        with self._connection.transaction():
            self._connection.execute(transaction_settings(_BUSY_SECONDS, _ANSWER_SECONDS).encode())
            self.rows(self.sql.lock)
            self._noted(key_id, now, before)

    def _change(self, sql: str, parameters: dict[str, Any]) -> None:
        self._connection.execute(sql.encode(), parameters)

    def close(self) -> None:
        self._connection.close()


@contextmanager
def bare_store(url: str) -> Iterator[BareStore]:
    """Open a store that is there.

    Args:
        url: as `connect` takes it.

    Raises:
        Unusual: here or later, for what the reader is to look at.
    """
    try:
        store = _opened(url)
    except (PftuiError, OSError, ValueError, sqlite3.Error) as error:
        raise Unusual from error
    with closing(store):
        try:
            yield store
        except store.error as error:
            raise Unusual from error


def _opened(url: str) -> BareStore:
    scheme, _, rest = url.partition("://")
    if scheme in _SQLITE_SCHEMES:
        path = sqlite_path(url)
        if (
            path is None
            or not rest.startswith("/")
            or "?" in rest
            or any(each in str(path) for each in "@\0")
        ):
            raise Unusual
        return _Sqlite(path.absolute())
    if scheme not in _POSTGRESQL_SCHEMES or not _is_plain(url):
        raise Unusual
    return _Postgresql(url)


def _is_plain(url: str) -> bool:
    """Whether SQLAlchemy would certainly read the same in a server's URL."""
    server = server_url(url)
    names = [name for name, _ in server.options if name != "host"]
    options = dict(server.options)
    return (
        len(set(names)) == len(names)
        and not set("@\0") & set(server.host + server.database)
        and server.host.isascii()
        and options.get("prepared", "no") in ("yes", "no")
        and options.get("port", "0").isdecimal()
    )
