"""What a shell completes, read on a connection of its own within a moment: SQLAlchemy would take too long.

Each statement is one of plain SQL that both databases understand, and reads by an index.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pftui.domain.errors import PftuiError, StoreUnavailable, WrongUsage
from pftui.domain.names import fold, storable
from pftui.domain.store_urls import server_url, sqlite_path
from pftui.repositories.database.files import check_file, sqlite_uri
from pftui.repositories.database.generation import check_belongs
from pftui.repositories.database.revisions import SCHEMA_REVISION

OFFERED = 100
"""At most so many of a kind; a shell asks before it shows more."""

_BUSY_SECONDS = 0.05
_ANSWER_SECONDS = 1.0
_LAST = "\U0010ffff"  # behind every text that begins with what stands before it

_REVISION = "SELECT version_num FROM alembic_version"
_SESSION = """
    SELECT s.principal_id, s.token_hash, s.stamp, p.stamp, s.proved_at, s.seen_at, s.ended_at, p.disabled,
        p.global_admin, w.temporary, o.session_hours, o.idle_lock_minutes
    FROM sessions s
    JOIN principals p ON p.id = s.principal_id
    JOIN passwords w ON w.principal_id = p.id
    CROSS JOIN organizations o
    WHERE s.id = :session_id
"""
_PEOPLE = """
    SELECT email, name FROM principals
    WHERE email_folded >= :first AND email_folded < :last AND (:viewer_id = '' OR id = :viewer_id)
    ORDER BY email_folded LIMIT :offered
"""
_SERVICE_ACCOUNTS = """
    SELECT name, description FROM principals
    WHERE kind = 'service_account' AND name_folded >= :first AND name_folded < :last
        AND (:viewer_id = '' OR id = :viewer_id)
    ORDER BY name_folded LIMIT :offered
"""
_TEAMS = """
    SELECT slug, name FROM teams
    WHERE slug >= :first AND slug < :last
        AND (:viewer_id = '' OR id IN (SELECT team_id FROM assignments WHERE principal_id = :viewer_id))
    ORDER BY slug LIMIT :offered
"""
_ROLES = """
    SELECT name, '' FROM roles WHERE name_folded >= :first AND name_folded < :last
    ORDER BY predefined DESC, position, name_folded LIMIT :offered
"""
_WEBHOOKS = """
    SELECT name, events FROM webhooks WHERE name_folded >= :first AND name_folded < :last
    ORDER BY name_folded LIMIT :offered
"""

Rows = list[tuple[Any, ...]]
Ask = Callable[[str, dict[str, Any]], Rows]


class SessionFacts(NamedTuple):
    """What the store says of a session and of whose it is, as it is stored; times are given as times."""

    account_id: Any
    token_hash: Any
    stamp: Any
    account_stamp: Any
    proved_at: datetime | None
    seen_at: datetime | None
    ended_at: Any
    disabled: Any
    global_admin: Any
    temporary_password: Any
    session_hours: Any
    idle_lock_minutes: Any


class CompletionReader:
    """One short look at a store: one state of it, from begin to end."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def session(self, session_id: str) -> SessionFacts | None:
        """A session with its account and the settings."""
        rows = self._ask(_SESSION, {"session_id": session_id}) if storable(session_id) else []
        if len(rows) != 1:
            return None
        values = list(rows[0])
        values[4], values[5] = _time(values[4]), _time(values[5])
        return SessionFacts(*values)

    def people(self, beginning: str, viewer_id: str | None) -> Rows:
        """E-mail addresses that begin so, and names; `viewer_id` restricts it to that account."""
        return self._begun(_PEOPLE, beginning, viewer_id)

    def service_accounts(self, beginning: str, viewer_id: str | None) -> Rows:
        """Names that begin so, and descriptions; `viewer_id` as above."""
        return self._begun(_SERVICE_ACCOUNTS, beginning, viewer_id)

    def teams(self, beginning: str, viewer_id: str | None) -> Rows:
        """Slugs that begin so, and names; `viewer_id` restricts it to that account's own."""
        return self._begun(_TEAMS, beginning, viewer_id)

    def roles(self, beginning: str) -> Rows:
        """Names that begin so."""
        return self._begun(_ROLES, beginning, None)

    def webhooks(self, beginning: str) -> Rows:
        """Names that begin so, and what they are told of."""
        return self._begun(_WEBHOOKS, beginning, None)

    def _begun(self, statement: str, beginning: str, viewer_id: str | None) -> Rows:
        if not storable(beginning):
            return []
        first = fold(beginning)
        wanted = {"first": first, "last": first + _LAST, "offered": OFFERED}
        needed = {"viewer_id": viewer_id or ""} if ":viewer_id" in statement else {}
        return self._ask(statement, {**wanted, **needed})


@contextmanager
def completion_reader(url: str) -> Iterator[CompletionReader]:
    """Look at a store, without a change to it or to a log beside it.

    Raises:
        StoreUnavailable: it cannot be looked at, or is of another version than this pftui.
    """
    path = sqlite_path(url)
    try:
        if path is not None:
            with _sqlite(path.absolute()) as ask:
                yield _checked(ask)
        else:
            with _postgresql(url) as ask:
                yield _checked(ask)
    except PftuiError:
        raise
    except (OSError, sqlite3.Error) as error:
        raise StoreUnavailable(f"The store cannot be looked at: {error}") from None
    except (ValueError, OverflowError) as error:  # of what is stored, or of the URL, which is not repeated
        raise StoreUnavailable(f"The store cannot be looked at: {type(error).__name__}") from None


def _checked(ask: Ask) -> CompletionReader:
    if ask(_REVISION, {}) != [(SCHEMA_REVISION,)]:
        raise StoreUnavailable("This store is of another version of pftui. It was not touched.")
    return CompletionReader(ask)


@contextmanager
def _sqlite(path: Path) -> Iterator[Ask]:
    check_file(path)
    check_belongs(path)
    # Read-only, SQLite rolls no log into the file, not even its own.
    with closing(sqlite3.connect(sqlite_uri(path, "mode=ro"), uri=True, timeout=_BUSY_SECONDS)) as connection:
        connection.isolation_level = None
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("BEGIN")
        yield lambda statement, values: connection.execute(statement, values).fetchall()


@contextmanager
def _postgresql(url: str) -> Iterator[Ask]:
    try:
        import psycopg

        from pftui.repositories.database.connections import connect_bounded
    except ImportError:
        raise StoreUnavailable("PostgreSQL needs its driver: install pftui[postgresql].") from None
    try:
        with closing(connect_bounded(libpq_parameters(url), _ANSWER_SECONDS)) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True

            def ask(statement: str, values: dict[str, Any]) -> Rows:
                return connection.execute(_named(statement, values), values).fetchall()

            yield ask
    except psycopg.Error as error:
        raise StoreUnavailable(f"The store cannot be looked at: {type(error).__name__}") from None


def _named(statement: str, values: dict[str, Any]) -> bytes:
    """The statement with its parameters as psycopg names them; there is no other colon or percent sign."""
    for name in values:
        statement = statement.replace(f":{name}", f"%({name})s")
    return statement.encode()


def libpq_parameters(url: str) -> dict[str, Any]:
    """The parameters of a PostgreSQL URL, by libpq's names, as SQLAlchemy reads them for psycopg.

    Raises:
        WrongUsage: it is none; the URL is not repeated, since it may hold a password.
    """
    server = server_url(url)
    if not url.startswith("postgres") or not (server.port or "0").isdecimal():
        raise WrongUsage("The store's URL is not understood.")
    given = {
        "user": server.user,
        "password": server.password.reveal(),
        "host": server.host,
        "port": server.port,
        "dbname": server.database,
    }
    found: dict[str, Any] = {name: value for name, value in given.items() if value}
    hosts = []
    for name, value in server.options:
        if name == "host":
            hosts.append(value)
        else:
            found[name] = value
    if hosts:
        found.update(_several(hosts))
    return found


def _several(hosts: Sequence[str]) -> dict[str, str]:
    """`host=db1:5432&host=db2:5432`, which libpq has in two lists."""
    pairs = [host.rpartition(":") if ":" in host and "/" not in host else (host, "", "") for host in hosts]
    ports = ",".join(port for _, _, port in pairs)
    return {"host": ",".join(host for host, _, _ in pairs), **({"port": ports} if ports.strip(",") else {})}


def _time(stored: object) -> datetime | None:
    """A stored time in UTC; None for whatever else is stored."""
    try:
        moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
        if not isinstance(moment, datetime):
            return None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter of an offset, at either end of all years
        return None
