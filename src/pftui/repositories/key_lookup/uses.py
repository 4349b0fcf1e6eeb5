"""Writes *last used*: bookkeeping that waits for nobody and changes no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, event, update

from pftui.domain.clock import from_microseconds, utc_now
from pftui.repositories.database.engine import for_writing, open_engine, refuse_other_version
from pftui.repositories.errors import translated
from pftui.repositories.key_lookup import note_statements
from pftui.repositories.key_lookup.reader import KeyReader
from pftui.repositories.key_lookup.tables import KEYS

if TYPE_CHECKING:
    from pftui.repositories.unit_of_work import UnitOfWork

_BUSY_SECONDS = 0.25
_ANSWER_SECONDS = 2.0

#: Tells of an account's key that was used for the first time, in the transaction that notes it.
FirstUse = Callable[["UnitOfWork", str, str, datetime], None]


class UseNotes:
    """Writes *last used* into a reader's store, in short transactions that wait a quarter of a second."""

    def __init__(self, reader: KeyReader, first_use: FirstUse) -> None:
        self._first_use = first_use
        self._engine = open_engine(
            reader.engine.url, busy_seconds=_BUSY_SECONDS, answer_seconds=_ANSWER_SECONDS
        )
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _without_waiting_for_the_disk)
        reader.on_replaced.append(self._engine.dispose)

    def write(self, key_id: str, now: int, before: int) -> None:
        """Note that the key was used `now`, and is kept somewhere, unless that was noted after `before`.

        Args:
            now, before: microseconds since 1970.

        Raises:
            StoreUnavailable: it was not written.
        """
        with translated(), for_writing(self._engine).begin() as connection:
            if connection.dialect.name != "sqlite":
                connection.execute(note_statements.lock())
            refuse_other_version(connection)
            # Read under the lock: another process may have noted it, or the key may have ended.
            account_id, saved = self._due(connection, key_id, now, before)
            if account_id is None:
                return
            connection.execute(note_statements.note_key(), {"used_key": key_id, "used_at": now})
            connection.execute(note_statements.note_account(), {"used_account": account_id, "used_at": now})
            if not saved:
                self._told_of_first_use(connection, account_id, key_id, now)

    def _told_of_first_use(self, connection: Connection, account_id: str, key_id: str, now: int) -> None:
        """Once in the life of a key: its account is no longer "key unsaved", and an event says why."""
        from pftui.repositories.invariants import refresh_accounts  # and the models: for this alone
        from pftui.repositories.unit_of_work import Store

        with Store(self._engine).join(connection) as unit:
            refresh_accounts(unit.session, [account_id])
            self._first_use(unit, account_id, key_id, from_microseconds(now) or utc_now())
            unit.commit()

    @contextmanager
    def change(self) -> Iterator[UnitOfWork]:
        """A unit of work that waits for other writers no longer than a note does; it needs the models."""
        from pftui.repositories.unit_of_work import Store

        with Store(self._engine).write() as unit:
            yield unit

    def add_tag(self, key_id: str, key_hash: str, tag: str) -> None:
        """Give a key its tag, unless it has one, or no longer the hash that it was found to match.

        Raises:
            StoreUnavailable: it was not written.
        """
        untagged = KEYS.c.key_id == key_id, KEYS.c.hash == key_hash, KEYS.c.tag.is_(None)
        with translated(), for_writing(self._engine).begin() as connection:
            connection.execute(update(KEYS).where(*untagged).values(tag=tag))

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def after_fork(self) -> None:
        """Forget the connections of the parent process."""
        self._engine.dispose(close=False)

    @staticmethod
    def _due(connection: Connection, key_id: str, now: int, before: int) -> tuple[str | None, bool]:
        row = connection.execute(note_statements.due(), {"key_id": key_id}).first()
        if row is None:
            return None, False
        noted = row.last_used_at if isinstance(row.last_used_at, int) else 0  # SQLite holds anything
        if row.saved and before < noted <= now:
            return None, False
        return row.principal_id, row.saved


def _without_waiting_for_the_disk(connection: Any, _record: Any) -> None:
    # With a write-ahead log the database stays whole; a power cut may lose the newest notes.
    connection.execute("PRAGMA synchronous=NORMAL")
