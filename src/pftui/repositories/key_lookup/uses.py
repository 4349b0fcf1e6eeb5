"""Writes *last used*: bookkeeping that waits for nobody and changes no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, event, update

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


class Use(NamedTuple):
    """A key's use at `now`, to be noted unless one was noted after `before`: microseconds since 1970.

    `tag` is one for a key that may have none yet, and matched `hash`.
    """

    key_id: str
    now: int
    before: int
    hash: str
    tag: str | None


_KEY: BindParameter[str] = bindparam("key", "")
_HASH: BindParameter[str] = bindparam("matched", "")
_Due = tuple[Use, str, bool]  # with its account's id, and whether it is no first use


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

    def write(self, uses: Sequence[Use]) -> None:
        """Note these uses of as many keys, and that each is kept somewhere, in one transaction.

        Raises:
            StoreUnavailable: none was written.
        """
        with translated(), for_writing(self._engine).begin() as connection:
            if connection.dialect.name != "sqlite":
                connection.execute(note_statements.lock())
            refuse_other_version(connection)
            # Read under the lock: another process may have noted it, or the key may have ended.
            found = self._due(connection, uses)
            if found:
                self._note(connection, found)
            self._add_tags(connection, [use for use in uses if use.tag is not None])

    def _note(self, connection: Connection, found: Sequence[_Due]) -> None:
        accounts: dict[str, int] = {}
        for use, account_id, _ in found:
            accounts[account_id] = max(use.now, accounts.get(account_id, 0))
        connection.execute(
            note_statements.note_key(), [{"used_key": use.key_id, "used_at": use.now} for use, _, _ in found]
        )
        connection.execute(
            note_statements.note_account(),
            [{"used_account": account_id, "used_at": now} for account_id, now in accounts.items()],
        )
        first = [(use, account_id) for use, account_id, saved in found if not saved]
        if first:
            self._told_of_first_uses(connection, first)

    def _told_of_first_uses(self, connection: Connection, first: Sequence[tuple[Use, str]]) -> None:
        """Once in the life of a key: its account is no longer "key unsaved", and an event says why."""
        from pftui.repositories.invariants import refresh_accounts  # and the models: for this alone
        from pftui.repositories.unit_of_work import Store

        with Store(self._engine).join(connection) as unit:
            refresh_accounts(unit.session, {account_id for _, account_id in first})
            for use, account_id in first:
                self._first_use(unit, account_id, use.key_id, from_microseconds(use.now) or utc_now())
            unit.commit()

    @contextmanager
    def change(self) -> Iterator[UnitOfWork]:
        """A unit of work that waits for other writers no longer than a note does; it needs the models."""
        from pftui.repositories.unit_of_work import Store

        with Store(self._engine).write() as unit:
            yield unit

    @staticmethod
    def _add_tags(connection: Connection, uses: Sequence[Use]) -> None:
        """Give keys their tags, unless they have one, or no longer the hash that they were found to match."""
        if not uses:
            return
        untagged = KEYS.c.key_id == _KEY, KEYS.c.hash == _HASH, KEYS.c.tag.is_(None)
        connection.execute(
            update(KEYS).where(*untagged).values(tag=bindparam("given", "")),
            [{"key": use.key_id, "matched": use.hash, "given": use.tag} for use in uses],
        )

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def after_fork(self) -> None:
        """Forget the connections of the parent process."""
        self._engine.dispose(close=False)

    @staticmethod
    def _due(connection: Connection, uses: Sequence[Use]) -> list[_Due]:
        statement = note_statements.due([use.key_id for use in uses])
        rows = {row.key_id: row for row in connection.execute(statement)}
        found = []
        for use in uses:
            row = rows.get(use.key_id)
            if row is None:
                continue
            noted = row.last_used_at if isinstance(row.last_used_at, int) else 0  # SQLite holds anything
            if not row.saved or not use.before < noted <= use.now:
                found.append((use, row.principal_id, bool(row.saved)))
        return found


def _without_waiting_for_the_disk(connection: Any, _record: Any) -> None:
    # With a write-ahead log the database stays whole; a power cut may lose the newest notes.
    connection.execute("PRAGMA synchronous=NORMAL")
