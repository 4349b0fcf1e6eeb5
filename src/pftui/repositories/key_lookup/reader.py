"""What the verifier reads of a key: everything in one statement, on a connection that stays open.

A single statement sees one consistent state of the database, so no transaction is begun around it.
It is written with SQLAlchemy, compiled once, and given to the driver itself: the way through
SQLAlchemy's own execution would cost several times as much as the look-up.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, Select, bindparam, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from pftui.domain.accounts import AssignmentView
from pftui.domain.decisions import KeyAccount, KeyFacts
from pftui.domain.errors import StoreUnavailable
from pftui.domain.names import fold, storable
from pftui.domain.permissions import in_order
from pftui.repositories.database.engine import check_version, connect, sqlite_file
from pftui.repositories.database.files import check_file, file_identity
from pftui.repositories.errors import translated
from pftui.repositories.key_lookup.tables import ASSIGNMENTS, KEYS, PRINCIPALS, ROLE_PERMISSIONS, ROLES, TEAMS

#: Seconds for a server's answer, of which two are waited for at most.
_ANSWER_SECONDS = 5.0
_KEY_COLUMNS = 10
_TEAM_COLUMNS = 6


class KeyRecord(NamedTuple):
    """One key as the store has it. `last_used_at` is in microseconds since 1970, 0 for never.

    `tag` is as it is stored: None, or what `domain/key_tag.py` may or may not know as one.

    `teams` are the ids of the teams that the asked reference fits as an id, a slug or a name.
    """

    hash: str
    tag: str | None
    last_used_at: int
    saved: bool
    facts: KeyFacts
    teams: frozenset[str]


class _Idle:
    """Connections to one incarnation of the store that wait for their next use."""

    __slots__ = ("connections", "identity")

    def __init__(self, identity: tuple[int, int] | None) -> None:
        self.identity = identity
        self.connections: deque[Any] = deque()


class KeyReader:
    """Reads keys; safe to use from several threads at once, each of which gets a connection of its own.

    What else is connected to the store adds to `on_replaced` how it lets go.

    An SQLite file that was replaced, as by a backup brought back, is noticed at the next read:
    a connection to a file that is no longer in its place would answer from the past.
    """

    def __init__(self, engine: Engine, *, owns_engine: bool = False) -> None:
        self.engine = engine
        self._owns_engine = owns_engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._path: Path | None = sqlite_file(engine.url) if self._is_sqlite else None
        self._file = str(self._path)
        self._error: type[Exception] = engine.dialect.loaded_dbapi.Error
        self._plain = self._compiled(_statement())
        self._with_team = self._compiled(_statement_with_team())
        self._abandoned: list[Any] = []
        self._closed = False
        self.on_replaced: list[Callable[[], None]] = []
        self._renew_lock()
        self._idle = _Idle(self._identity())

    @classmethod
    def open(cls, url: str) -> KeyReader:
        """A reader of an existing store with an engine of its own. Raises what `connect` does."""
        return cls(connect(url), owns_engine=True)

    def read(self, key_id: str, team: str | None) -> KeyRecord | None:
        """The key with this id as the store has it now; None where there is none.

        Raises:
            StoreUnavailable: the store cannot be read, also after one more attempt to connect.
        """
        if team is None:
            rows = self._rows(self._plain, {"key_id": key_id})
        else:
            reference, folded = _references(team)
            parameters = {"key_id": key_id, "team": reference, "team_folded": folded}
            rows = self._rows(self._with_team, parameters)
        return _record(key_id, tuple(rows)) if rows else None

    def close(self) -> None:
        """Close the connections that are not in use; those in use are closed when they come back."""
        self._closed = True
        self._retire(self._idle)
        if self._owns_engine:
            self.engine.dispose()

    def after_fork(self) -> None:
        """Forget the connections of the parent process, without closing what it still uses."""
        self._renew_lock()
        self._abandoned.append(self._idle)
        self._idle = _Idle(self._idle.identity)
        self.engine.dispose(close=False)

    def _renew_lock(self) -> None:
        self._lock = threading.Lock()

    def _compiled(self, statement: Select[Any]) -> str:
        dialect = sqlite.dialect(paramstyle="named") if self._is_sqlite else self.engine.dialect
        return str(statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True}))

    def _rows(self, sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        try:
            try:
                return self._attempt(sql, parameters)
            except self._error:
                self._retire(self._idle)
                if self._is_sqlite:
                    raise
            # A server that was restarted has dropped every connection: ask once more on a new one.
            return self._attempt(sql, parameters)
        except self._error as error:
            with translated():
                raise DBAPIError(None, None, error) from error
            raise

    def _attempt(self, sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        idle = self._current()
        try:
            connection = idle.connections.pop()
        except IndexError:
            connection = self._connect()
        try:
            rows: list[tuple[Any, ...]] = connection.execute(sql, parameters).fetchall()
        except BaseException:  # an interrupt too: what the connection still expects is not known
            connection.close()
            raise
        idle.connections.append(connection)
        if self._closed or idle is not self._idle:
            self._retire(idle)
        return rows

    def _current(self) -> _Idle:
        """The connections to the file that is in the store's place now."""
        if self._closed:
            raise StoreUnavailable("This verifier was closed. Nothing was decided.")
        idle = self._idle
        if self._path is not None and self._identity() != idle.identity:
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
                for forget in (self.engine.dispose, *self.on_replaced):
                    forget()
                check_file(self._path)
                check_version(self.engine)
                self._idle = _Idle(identity)
            return self._idle

    def _connect(self) -> Any:
        with translated():
            pooled = self.engine.raw_connection()
            connection = pooled.driver_connection
            pooled.detach()  # ours from here on: as many as there are threads, whatever the pool allows
        if not self._is_sqlite and connection is not None:
            connection.autocommit = True
            connection.answer_seconds = _ANSWER_SECONDS
        return connection

    @staticmethod
    def _retire(idle: _Idle) -> None:
        while idle.connections:
            try:
                connection = idle.connections.pop()
            except IndexError:  # another thread took the last one, and brings it back here
                return
            connection.close()


def _key_columns() -> tuple[Any, ...]:
    permissions = (
        select(func.aggregate_strings(ROLE_PERMISSIONS.c.permission, ","))
        .where(ROLE_PERMISSIONS.c.role_id == ASSIGNMENTS.c.role_id)
        .correlate(ASSIGNMENTS)
        .scalar_subquery()
    )
    return (
        KEYS.c.hash,
        KEYS.c.tag,
        KEYS.c.last_used_at,
        KEYS.c.saved,
        KEYS.c.revoked_at.is_not(None),
        PRINCIPALS.c.id,
        PRINCIPALS.c.name,
        PRINCIPALS.c.global_admin,
        PRINCIPALS.c.disabled,
        PRINCIPALS.c.stamp,
        TEAMS.c.id,
        TEAMS.c.name,
        TEAMS.c.slug,
        ROLES.c.id,
        ROLES.c.name,
        permissions,
    )


def _selected(*more: Any) -> Select[Any]:
    return (
        select(*_key_columns(), *more)
        .select_from(KEYS)
        .join(PRINCIPALS, PRINCIPALS.c.id == KEYS.c.principal_id)
        .outerjoin(ASSIGNMENTS, ASSIGNMENTS.c.principal_id == PRINCIPALS.c.id)
        .outerjoin(TEAMS, TEAMS.c.id == ASSIGNMENTS.c.team_id)
        .outerjoin(ROLES, ROLES.c.id == ASSIGNMENTS.c.role_id)
        .where(KEYS.c.key_id == bindparam("key_id", ""))
        .order_by(TEAMS.c.name_folded, TEAMS.c.id)
    )


def _statement() -> Select[Any]:
    """A row for each assignment of the key's account, at least one where the key exists."""
    return _selected()


def _statement_with_team() -> Select[Any]:
    """The same, and which teams the reference fits, each at most once since all three are unique."""
    asked = TEAMS.alias("asked").c
    return _selected(
        select(asked.id).where(asked.id == bindparam("team", "")).scalar_subquery(),
        select(asked.id).where(asked.slug == bindparam("team", "")).scalar_subquery(),
        select(asked.id).where(asked.name_folded == bindparam("team_folded", "")).scalar_subquery(),
    )


@lru_cache(maxsize=1024)
def _references(team: str) -> tuple[str, str]:
    """A reference to a team as an id or slug, and as a folded name; what no database can hold fits none."""
    text = team.strip()
    return (text, fold(text)) if storable(text) else ("", "")


# The caches spare the making of equal objects from equal rows, and the looks at each value of them. The rows
# are read anew each time, and what is not the same in all of them is not found here.
@lru_cache(maxsize=4096)
def _record(key_id: str, rows: tuple[tuple[Any, ...], ...]) -> KeyRecord:
    first = rows[0]
    stored, tag, last_used_at, saved, revoked, account_id, name, global_admin, disabled, stamp = first[
        :_KEY_COLUMNS
    ]
    end = _KEY_COLUMNS + _TEAM_COLUMNS
    grants = tuple([_grant(*row[_KEY_COLUMNS:end]) for row in rows if row[_KEY_COLUMNS] is not None])
    # What is no flag counts as it is safe: disabled, and no global admin.
    account = _account(account_id, name, global_admin in _YES, stamp)
    facts = KeyFacts(key_id, account, bool(revoked), disabled not in _NO, grants)
    teams = frozenset([_text(team_id) for team_id in first[end:] if team_id is not None])
    used = last_used_at if isinstance(last_used_at, int) else 0
    readable_hash = stored if isinstance(stored, str) and stored.isascii() else ""
    return KeyRecord(readable_hash, tag, used, saved in _YES, facts, teams)


_YES, _NO = (True, 1), (False, 0)


def _text(stored: object) -> str:
    """A stored text; SQLite may hold anything in its place, of which what can be read is given."""
    if isinstance(stored, str) and stored.isascii():
        return stored
    from pftui.repositories.stored import readable

    return readable(stored)


@lru_cache(maxsize=4096)
def _account(account_id: str, name: str, global_admin: bool, stamp: int) -> KeyAccount:
    return KeyAccount(_text(account_id), _text(name), global_admin, stamp if type(stamp) is int else 0)


@lru_cache(maxsize=4096)
def _grant(
    team_id: str, team: str, slug: str, role_id: str, role: str, permissions: str | None
) -> AssignmentView:
    held = in_order(_text(permissions).split(",")) if permissions else ()
    return AssignmentView(_text(team_id), _text(team), _text(slug), _text(role_id), _text(role), held)
