"""What the verifier reads of a key: everything in one statement, on a connection that stays open.

A single statement sees one consistent state of the database, so no transaction is begun around it.
It is written with SQLAlchemy, compiled once, and given to the driver itself: the way through
SQLAlchemy's own execution would cost several times as much as the look-up.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from enum import Enum
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Final

from sqlalchemy import Engine, Select, literal_column
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from pftui.domain.errors import StoreBehind, StoreUnavailable, StoreVersionChanged
from pftui.repositories.database.engine import check_version, connect, sqlite_file
from pftui.repositories.database.files import check_file, file_identity
from pftui.repositories.database.generation import check_belongs
from pftui.repositories.database.revisions import SCHEMA_REVISION
from pftui.repositories.database.standing import SEEN
from pftui.repositories.errors import translated
from pftui.repositories.key_lookup import statements
from pftui.repositories.key_lookup.kept import STATE, KeepingConnection, KeepingServerConnection
from pftui.repositories.key_lookup.records import KeyRecord, references, stored_text

#: Seconds for a server's answer, of which two are waited for at most.
_ANSWER_SECONDS = 5.0
LOOK_EVERY = 0.1
"""Seconds after which who must not wait is sent to look whether the store's file is still the same."""

Ask = Callable[[Any], Any]  # what a connection is to answer


class NotNow(Enum):
    """What is no answer: the caller would have to wait."""

    NOT_NOW = "not now"


NOT_NOW: Final = NotNow.NOT_NOW


class _Idle:
    """Connections to one incarnation of the store that wait for their next use.

    Those in `quick` are for callers that must not wait (see `KeyReader.read_quickly`); `looked_at` is when it
    was last seen that the store's file is still this one.
    """

    __slots__ = ("connections", "identity", "looked_at", "quick")

    def __init__(self, identity: tuple[int, int] | None) -> None:
        self.identity = identity
        self.connections: deque[Any] = deque()
        self.quick: deque[Any] = deque()
        self.looked_at = float("-inf")


class KeyReader:
    """Reads keys; safe to use from several threads at once, each of which gets a connection of its own.

    What else is connected to the store adds to `on_replaced` how it lets go.

    An SQLite file that was replaced, as by a backup brought back, is noticed at the next read:
    a connection to a file that is no longer in its place would answer from the past.

    `at_rest` says that nobody has it open, so that no connection stays open after its use; that is for who
    counts its users to say, at the same moment.

    Times `until` are those of `time.monotonic`, None for no end but that of each wait: what comes later is
    given up, and its connection closed.
    """

    def __init__(self, engine: Engine, *, owns_engine: bool = False) -> None:
        self.engine = engine
        self._owns_engine = owns_engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._is_limited = not self.is_sqlite
        self._path: Path | None = sqlite_file(engine.url) if self.is_sqlite else None
        self._file = str(self._path)
        self._error: type[Exception] = engine.dialect.loaded_dbapi.Error
        keys = [
            self._compiled(self._with_state(each())) for each in (statements.key, statements.key_with_team)
        ]
        self._question = partial(_question, *keys)
        self._teams = self._compiled(statements.teams())
        self._health = self._compiled(statements.health())
        self._opening = self._compiled(statements.opening())
        self._abandoned: list[Any] = []
        self._spoiled: deque[Any] = deque()
        self.at_rest = False
        self._store_id = ""
        self.on_replaced: list[Callable[[], None]] = []
        self._renew_lock()
        self._idle = _Idle(self._identity())

    @classmethod
    def open(cls, url: str) -> KeyReader:
        """A reader of an existing store with an engine of its own. Raises what `connect` does."""
        return cls(connect(url), owns_engine=True)

    def read(self, key_id: str, team: str | None, until: float | None = None) -> KeyRecord | None:
        """The key with this id as the store has it now; None where there is none.

        Raises:
            StoreUnavailable: the store cannot be read, also after one more attempt to connect.
        """
        record: KeyRecord | None = self._answer(partial(self._record, key_id, team), until)
        if not self._store_id:
            self._learn_id(until)
        return record

    def read_beside(self, key_id: str, team: str | None, until: float | None = None) -> KeyRecord | None:
        """The same, after which `read_quickly` may have its turn."""
        looked_at = monotonic()
        record = self.read(key_id, team, until)
        if self.is_sqlite:
            self._close_spoiled()
            self._make_quick(looked_at)
        return record

    def read_quickly(self, key_id: str, team: str | None, *, look: bool) -> KeyRecord | NotNow | None:
        """The same for a caller that must wait for no lock, and `NOT_NOW` where it would have to.

        It opens and closes nothing.

        Args:
            look: whether it looks at the file. Without, another one in its place is noticed by `read_beside`,
                up to a tenth of a second later.
        """
        idle = self._idle
        if not self.is_sqlite or not idle.quick:
            return NOT_NOW
        if file_identity(self._file) != idle.identity if look else monotonic() - idle.looked_at > LOOK_EVERY:
            return NOT_NOW
        try:
            connection = idle.quick.pop()
        except IndexError:
            return NOT_NOW
        try:
            record: KeyRecord | None = connection.record(key_id, team)
        except sqlite3.Error:  # busy, for one: the other way finds out what it is
            self._spoiled.append(connection)
            return NOT_NOW
        except BaseException:
            self._spoiled.append(connection)
            raise
        idle.quick.append(connection)
        if idle is not self._idle:
            self._spoil(idle)
        return record

    @property
    def store_id(self) -> str:
        """What the store calls itself, wherever it is; known once something was read of it."""
        return self._store_id

    def teams(self, team: str, until: float | None = None) -> frozenset[str]:
        """The ids of the teams that have this id, slug or name. Raises `StoreUnavailable`."""
        reference, folded = references(team)
        rows = self._rows(self._teams, {"team": reference, "team_folded": folded}, until)
        return frozenset([stored_text(team_id) for (team_id,) in rows])

    def check_health(self, until: float | None = None) -> None:
        """Read the schema's version and a row, as a look-up would be read.

        Raises:
            StoreUnavailable: it cannot be read; `StoreVersionChanged` where it is another pftui's by now.
        """
        rows = self._rows(self._health, {}, until)
        if not rows or rows[0][0] != SCHEMA_REVISION:
            raise StoreVersionChanged(
                "The store is of another version of pftui than this process. Nothing was changed; start it "
                "again, with the version that the store has now."
            )

    def open_again(self, *, alone: bool, until: float | None = None) -> None:
        """Take up a store that was open in this process before, by one statement.

        Args:
            alone: nobody else has this reader open, so that there is no connection either.

        Raises:
            StoreMissing, StoreOutdated, StoreUnavailable: as `connect` says.
        """
        if alone and self._path is not None:
            check_file(self._path)
            check_belongs(self._path)
        if self._learn_id(until) != SCHEMA_REVISION:
            check_version(self.engine)  # says what is the matter

    def close(self) -> None:
        """Close the connections that are not in use; `at_rest`, the others are closed when they come back."""
        self._retire(self._idle)
        self._close_spoiled()
        if self._owns_engine:
            self.engine.dispose()

    def after_fork(self) -> None:
        """Forget the connections of the parent process, without closing what it still uses."""
        self._renew_lock()
        SEEN.renew_lock()
        self._abandoned += [self._idle, self._spoiled]
        self._spoiled = deque()
        self._idle = _Idle(self._idle.identity)
        self.engine.dispose(close=False)

    def _renew_lock(self) -> None:
        self._lock = threading.Lock()

    def _compiled(self, statement: Select[Any]) -> str:
        dialect = sqlite.dialect(paramstyle="named") if self.is_sqlite else self.engine.dialect
        return str(statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True}))

    def _learn_id(self, until: float | None) -> str | None:
        """Read what the store calls itself, and give its schema's version."""
        rows = self._rows(self._opening, {}, until)
        version, store_id = rows[0] if rows else (None, None)
        # A damaged store that has no id of its own is told by its place.
        self._store_id = stored_text(store_id) if store_id else repr(self.engine.url)
        return version if isinstance(version, str) else None

    def _with_state(self, statement: Select[Any]) -> Select[Any]:
        if self.is_sqlite:
            return statement
        return statements.with_head(statement).add_columns(literal_column(STATE))

    @staticmethod
    def _record(key_id: str, team: str | None, connection: Any) -> KeyRecord | None:
        record: KeyRecord | None = connection.record(key_id, team)
        return record

    def _rows(self, sql: str, parameters: dict[str, Any], until: float | None) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._answer(
            lambda connection: connection.execute(sql, parameters).fetchall(), until
        )
        return rows

    def _answer(self, ask: Ask, until: float | None) -> Any:
        """What a connection says."""
        try:
            try:
                return self._attempt(ask, until)
            except (self._error, StoreBehind):
                self._retire(self._idle)
                if self.is_sqlite or _is_over(until):
                    raise
            # A server that was restarted has dropped every connection: ask once more on a new one. It may
            # have another store by now.
            self._store_id = ""
            return self._attempt(ask, until)
        except self._error as error:
            with translated():
                raise DBAPIError(None, None, error) from error
            raise

    def _attempt(self, ask: Ask, until: float | None) -> Any:
        idle = self._current()
        try:
            connection = idle.connections.pop()
        except IndexError:
            connection = self._connect()
        try:
            if self._is_limited or until is not None:
                self._limit(connection, until)
            answer = ask(connection)
        except BaseException:  # an interrupt too: what the connection still expects is not known
            connection.close()
            raise
        if until is not None and _is_over(until):  # nobody waits for it any more
            connection.close()
            raise store_slow()
        idle.connections.append(connection)
        if self.at_rest or idle is not self._idle:
            self._retire(idle)
        return answer

    def _limit(self, connection: Any, until: float | None) -> None:
        """Let a connection wait for an answer up to a time."""
        if _is_over(until):
            raise store_slow()
        if not self.is_sqlite:
            left = _ANSWER_SECONDS if until is None else until - monotonic()
            connection.limit(min(_ANSWER_SECONDS, left))

    def _current(self) -> _Idle:
        """The connections to the file that is in the store's place now."""
        idle = self._idle
        if self._path is not None and file_identity(self._file) != idle.identity:
            return self._reopen()
        return idle

    def _identity(self) -> tuple[int, int] | None:
        if self._path is None:
            return None
        identity = file_identity(self._file)
        if identity is None:
            check_file(self._path)  # says what is the matter
            raise StoreUnavailable(f"The store at {self._path} cannot be opened now.")
        return identity

    def _reopen(self) -> _Idle:
        with self._lock:
            identity = self._identity()
            if identity != self._idle.identity and self._path is not None:
                # The old connections go first: SQLite knows its log by the path alone, and would take
                # that of the old file for the new one's.
                self._retire(self._idle)
                self._close_spoiled()
                for forget in (self.engine.dispose, *self.on_replaced):
                    forget()
                check_file(self._path)
                check_version(self.engine)
                self._store_id = ""
                self._idle = _Idle(identity)
            return self._idle

    def _connect(self) -> Any:
        with translated():
            pooled = self.engine.raw_connection()
            connection = pooled.driver_connection
            pooled.detach()  # ours from here on: as many as there are threads, whatever the pool allows
            if self.is_sqlite:
                return self._keeping(connection)
            if connection is None:
                raise StoreUnavailable("The store cannot be connected to now.")
            connection.autocommit = True
            connection.cancels = True
            return KeepingServerConnection(connection, self._question)

    def _keeping(self, connection: Any) -> KeepingConnection:
        try:
            return KeepingConnection(connection, self._question)
        except sqlite3.Error:
            connection.close()
            raise

    def _make_quick(self, looked_at: float) -> None:
        """Have a connection ready that waits for no lock, and whose statements need no more than to be run.

        Only where a log lets readers and a writer work at once: else a reader may have to mend the file.
        """
        idle = self._idle
        idle.looked_at = max(idle.looked_at, looked_at)
        if idle.quick:
            return
        try:
            connection = self._connect()
        except StoreUnavailable:
            return  # the next look tells
        try:
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
            connection.execute("PRAGMA busy_timeout = 0")
            for team in (None, ""):
                connection.record("", team)
        except sqlite3.Error:
            mode = ""
        if mode != "wal" or idle is not self._idle:
            connection.close()
            return
        idle.quick.append(connection)
        if self.at_rest:
            self._retire(idle)

    def _spoil(self, idle: _Idle) -> None:
        """Leave what can be used no more to those who may wait for its end."""
        while idle.quick:
            try:
                self._spoiled.append(idle.quick.pop())
            except IndexError:
                return

    def _close_spoiled(self) -> None:
        while self._spoiled:
            try:
                self._spoiled.pop().close()
            except IndexError:
                return

    @staticmethod
    def _retire(idle: _Idle) -> None:
        for connections in (idle.connections, idle.quick):
            while connections:
                try:
                    connection = connections.pop()
                except IndexError:  # another thread took the last one, and brings it back here
                    break
                connection.close()


def _question(key: str, key_with_team: str, key_id: str, team: str | None) -> tuple[str, dict[str, Any]]:
    """The one of two statements that is needed, and its parameters."""
    if team is None:
        return key, {"key_id": key_id}
    reference, folded = references(team)
    return key_with_team, {"key_id": key_id, "team": reference, "team_folded": folded}


def _is_over(until: float | None) -> bool:
    return until is not None and monotonic() >= until


def store_slow() -> StoreUnavailable:
    """The store has not answered in time."""
    return StoreUnavailable("The store did not answer in time. Nothing was decided; try again.")
