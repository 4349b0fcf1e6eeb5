"""What a connection has read, kept exactly as long as nothing was committed since (R9): asked at each call.

SQLite: `PRAGMA data_version` gives a connection another number once any other connection, of this process
or another, has committed something (https://www.sqlite.org/pragma.html#pragma_data_version). It changes
whenever SQLite finds its own cache of pages to be old, whatever the journal's mode, so that what is kept
here is as new as a read would be. To ask is a look at the shared index of the log, or at the file's header:
a part of what it takes to read a key's rows.

PostgreSQL: two statements whose snapshots are equal see the same rows. A snapshot says what is not to be
seen: some transactions by number, and all from a number on
(https://www.postgresql.org/docs/current/functions-info.html). What commits was among them, and is not in
the next. That holds where transactions have numbers: on a standby they are not in what is told of a
snapshot. And it is one server's word, which counts for nothing where a pooler may hand the next statement
to another: the process that answers is then not the one that the connection was told of when it began. All
three are read in one statement, together with the rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, Final

from pftui.domain.names import NAME_LENGTH
from pftui.repositories.database.standing import SEEN, Head
from pftui.repositories.key_lookup.records import KeyRecord, record_of

Question = Callable[[str, str | None], tuple[str, dict[str, Any]]]

MOST_ROWS: Final = 1024
"""How many rows' worth of records a connection keeps, 1 MB at most; beyond them it begins anew."""
# What SQLite keeps of the file, in KiB: a look-up needs little, and there are many connections.
_PAGES: Final = "PRAGMA cache_size = -256"
# The number does not tell of a connection's own commits: so there are none.
_READS_ONLY: Final = "PRAGMA query_only = ON"
_VERSION: Final = "PRAGMA data_version"

STATE: Final = "concat_ws(' ', pg_is_in_recovery(), pg_backend_pid(), pg_current_snapshot())"
_ASK_STATE: Final = f"SELECT {STATE}"


class _Keeping:
    """The records that a connection has read; no other has them, and they end with it."""

    __slots__ = ("_records", "_rows")

    def __init__(self) -> None:
        self._records: dict[tuple[str, str | None], KeyRecord] = {}
        self._rows = 0

    def _keep(self, key_id: str, team: str | None, record: KeyRecord, rows: int) -> None:
        if rows > MOST_ROWS or (team is not None and len(team) > NAME_LENGTH):
            return  # a team's name may come from a request, and be of any length
        if self._rows + rows > MOST_ROWS:
            self._forget()
        self._rows += rows
        self._records[key_id, team] = record

    def _forget(self) -> None:
        self._records.clear()
        self._rows = 0


class KeepingConnection(_Keeping):
    """A connection to an SQLite file that keeps the records that it has read; for one thread at a time.

    Args:
        connection: in autocommit; from here on it only reads.
        question: the statement for a key id and a team, and its parameters.

    Raises:
        sqlite3.Error: by all of it, where SQLite does.
    """

    __slots__ = ("_asked", "_question", "_version", "close", "execute")

    def __init__(self, connection: sqlite3.Connection, question: Question) -> None:
        super().__init__()
        for setting in (_PAGES, _READS_ONLY):
            connection.execute(setting)
        self.execute = connection.execute
        self.close = connection.close
        self._asked = connection.cursor()
        self._question = question
        self._version: object = None

    def record(self, key_id: str, team: str | None) -> KeyRecord | None:
        """The key with this id as the store has it now; None where there is none."""
        # Asked before the rows are read: what is committed in between ends what is kept too early, not late.
        version = self._asked.execute(_VERSION).fetchone()
        if version != self._version:
            self._forget()
            self._version = version
        record = self._records.get((key_id, team))
        if record is None:
            rows = self.execute(*self._question(key_id, team)).fetchall()
            if not rows:
                return None  # any number of ids may be made up
            record = record_of(key_id, rows)
            self._keep(key_id, team, record, len(rows))
        return record


class KeepingServerConnection(_Keeping):
    """The same for a connection to PostgreSQL.

    To ask whether anything was committed costs as much as to read a row, so it is asked where that is likely
    to spare the reading: once two reads one after the other have seen the same, and until one finds that
    something was committed.

    Args:
        connection: in autocommit.
        question: the statement for a key id and a team, and its parameters; the last columns are the newest
            event's number and hash, and `STATE`.

    Raises:
        psycopg.Error: by all of it, where psycopg does.
        StoreBehind: the server lacks what was seen of its store, by whatever connection.
    """

    __slots__ = (
        "_asked", "_connection", "_head", "_is_quiet", "_own", "_question", "_state", "close", "execute",
    )  # fmt: skip

    def __init__(self, connection: Any, question: Question) -> None:
        super().__init__()
        self._connection = connection
        self.execute = connection.execute
        self.close = connection.close
        self._asked = connection.cursor()
        self._question = question
        self._own = f"f {connection.info.backend_pid} "
        self._state = ""
        self._head: Head | None = None
        self._is_quiet = False

    def limit(self, seconds: float) -> None:
        """Let it wait that long for each answer that follows."""
        self._connection.answer_seconds = seconds

    def record(self, key_id: str, team: str | None) -> KeyRecord | None:
        """The key with this id as the store has it now; None where there is none."""
        store_id = self._connection.store_id
        seen = SEEN.newest(store_id)
        record = self._records.get((key_id, team)) if self._is_quiet else None
        # A server on which nothing is committed may be one that another took the place of.
        if record is not None and (seen is None or (self._head is not None and not self._head.before(seen))):
            (state,) = self._asked.execute(_ASK_STATE).fetchone()
            if state == self._state:
                return record
        rows = self.execute(*self._question(key_id, team)).fetchall()
        if not rows:
            return None
        sequence, hash_, state = rows[0][-3:]
        SEEN.believe(store_id, seen, sequence, hash_)
        self._head = Head(sequence, hash_)
        self._is_quiet = state == self._state and state.startswith(self._own)
        if not self._is_quiet:
            self._forget()
            self._state = state
        record = record_of(key_id, [row[:-3] for row in rows])
        if state.startswith(self._own):
            self._keep(key_id, team, record, len(rows))
        return record
