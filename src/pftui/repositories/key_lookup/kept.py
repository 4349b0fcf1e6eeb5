"""What a connection to an SQLite file has read, kept exactly as long as nothing was committed since (R9).

`PRAGMA data_version` gives a connection another number once any other connection, of this process or another,
has committed something (https://www.sqlite.org/pragma.html#pragma_data_version). It changes whenever SQLite
finds its own cache of pages to be old, whatever the journal's mode, so that what is kept here is as new as a
read would be. To ask is a look at the shared index of the log, or at the file's header: a part of what it
takes to read a key's rows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, Final

from pftui.domain.names import NAME_LENGTH
from pftui.repositories.key_lookup.records import KeyRecord, record_of

Question = Callable[[str, str | None], tuple[str, dict[str, Any]]]

MOST_ROWS: Final = 1024
"""How many rows' worth of records a connection keeps, 1 MB at most; beyond them it begins anew."""
# What SQLite keeps of the file, in KiB: a look-up needs little, and there are many connections.
_PAGES: Final = "PRAGMA cache_size = -256"
# The number does not tell of a connection's own commits: so there are none.
_READS_ONLY: Final = "PRAGMA query_only = ON"
_VERSION: Final = "PRAGMA data_version"


class KeepingConnection:
    """A connection that keeps the records that it has read; for one thread at a time.

    The number is the connection's own: nothing is kept from one connection to another, or beyond the end of
    one.

    Args:
        connection: in autocommit; from here on it only reads.
        question: the statement for a key id and a team, and its parameters.

    Raises:
        sqlite3.Error: by all of it, where SQLite does.
    """

    __slots__ = ("_asked", "_question", "_records", "_rows", "_version", "close", "execute")

    def __init__(self, connection: sqlite3.Connection, question: Question) -> None:
        for setting in (_PAGES, _READS_ONLY):
            connection.execute(setting)
        self.execute = connection.execute
        self.close = connection.close
        self._asked = connection.cursor()
        self._question = question
        self._version: object = None
        self._records: dict[tuple[str, str | None], KeyRecord] = {}
        self._rows = 0

    def record(self, key_id: str, team: str | None) -> KeyRecord | None:
        """The key with this id as the store has it now; None where there is none."""
        # Asked before the rows are read: what is committed in between ends what is kept too early, not late.
        (version,) = self._asked.execute(_VERSION).fetchone()
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
