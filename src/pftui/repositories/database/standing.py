"""Where a server of PostgreSQL stands: whether it is a standby, and whether it is behind what was seen.

Of several servers of one store more than one may take connections: a standby that is behind, or a primary
that was replaced and came back. Each takes itself for the right one. So a process remembers the newest event
that it has seen of a store, by the store's own id, and believes no server whose head is before that, or
another event of the same number. And a standby is believed only where the store itself says that each change
waits for it: a setting of the database, which goes to standbys with all else. What that is good for, and what
it takes: docs/postgresql.md.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from pftui.domain.errors import StoreBehind, StoreUnavailable

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from pftui.repositories.database.connections import BoundedConnection

#: The setting of a database: the names of standbys (`cluster_name`) that every change waits for.
SETTING: Final = "pftui.standbys"
_SETTINGS: Final = (
    "FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase CROSS JOIN unnest(s.setconfig) AS "
    f"o(said) WHERE s.setrole = 0 AND d.datname = current_database() "
    f"AND starts_with(lower(o.said), '{SETTING}=')"
)
HEAD: Final = "SELECT sequence, hash FROM audit_head"
#: Has a change wait for the standbys that are named, and says what else there is to wait for.
WAITING: Final = (
    "SELECT o.said, current_setting('synchronous_standby_names'), "
    f"set_config('synchronous_commit', 'remote_apply', true) {_SETTINGS}"
)
_STANDBY: Final = f"SELECT current_setting('cluster_name'), (SELECT o.said {_SETTINGS} LIMIT 1)"
_STORE: Final = "SELECT (SELECT min(id) FROM store_identity), sequence, hash FROM audit_head"
# No store is there yet, or one of an older schema; or this user may not look.
_NO_STORE: Final = frozenset({"42P01", "42703", "42501"})

_NAMES = re.compile(r"\s*(?:(?:(FIRST|ANY)\s+)?(\d+)\s*\(([^()]*)\)|([^()]*))\s*", re.IGNORECASE)
_BEHIND = (
    "The store's server is behind: its newest event is {found}, and event {seen} of this store was seen "
    "before, so it may be a primary that another one took the place of, or a standby. Nothing was changed; "
    "take it out of use, or name the right server. Where the store was brought back from a backup on "
    "purpose, {again}."
)
_LAGGING = (
    "The store's server is a standby, which may be behind, and the store does not say that changes wait for "
    "it ({why}). It was not believed; name the primary, as by target_session_attrs=read-write, or see "
    "docs/postgresql.md."
)
_NOT_WAITED_FOR = (
    "The store says that changes wait for the standbys {wanted}, and its server does not wait for all of "
    "them: its synchronous_standby_names is {found}. Nothing was changed; see docs/postgresql.md."
)


class Head(NamedTuple):
    """The newest event of a store."""

    sequence: int
    hash: str

    def before(self, other: Head) -> bool:
        """Whether a store with this head lacks the event that is the other's."""
        return self.sequence < other.sequence or (self.sequence == other.sequence and self.hash != other.hash)


class Memory(Protocol):
    """Where is kept what commands have seen, from one to the next."""

    def recall(self, store_id: str) -> Head | None:
        """What was seen of a store."""

    def how_to_forget(self, store_id: str) -> str:
        """What a person does to have it forgotten."""


class Seen:
    """The newest event that was seen of each store, by the store's id; for any number of threads."""

    def __init__(self) -> None:
        self._heads: dict[str, Head] = {}
        self._lock = threading.Lock()
        self.memory: Memory | None = None

    @property
    def heads(self) -> dict[str, Head]:
        """Of each store, the newest event that was seen."""
        return self._heads.copy()

    def newest(self, store_id: str | None) -> Head | None:
        """Of a store, the newest event that was seen."""
        if store_id is None:
            return None
        head = self._heads.get(store_id)
        if head is None and self.memory is not None and (head := self.memory.recall(store_id)) is not None:
            self.note(store_id, head)
        return head

    def note(self, store_id: str | None, head: Head) -> None:
        """This event is there."""
        if store_id is None:
            return
        known = self._heads.get(store_id)
        if known is not None and known.sequence >= head.sequence:
            return
        with self._lock:
            known = self._heads.get(store_id)
            if known is None or known.sequence < head.sequence:
                self._heads[store_id] = head

    def believe(self, store_id: str | None, before: Head | None, sequence: object, hash_: object) -> None:
        """Take a head for the store's, where it is not before what was seen when it was asked for.

        Raises:
            StoreBehind: it is.
        """
        if store_id is None or not (isinstance(sequence, int) and isinstance(hash_, str)):
            return  # a damaged one is told of by who needs it
        head = Head(sequence, hash_)
        if before is not None and head.before(before):
            again = self.memory.how_to_forget(store_id) if self.memory else "start this program again"
            raise StoreBehind(_BEHIND.format(found=head.sequence, seen=before.sequence, again=again))
        self.note(store_id, head)

    def forget(self) -> None:
        """As in a new process."""
        self._heads.clear()

    def renew_lock(self) -> None:
        """In a process that was forked: another thread may have held it."""
        self._lock = threading.Lock()


SEEN: Final = Seen()


def store_of(connection: Connection) -> str | None:
    """What the store on the server behind a connection calls itself, where it was looked at."""
    found: str | None = getattr(connection.connection.driver_connection, "store_id", None)
    return found


@contextmanager
def believed(connection: Connection) -> Iterator[Callable[[tuple[int, str] | None], None]]:
    """Gives what takes the head that is read inside; a connection to a server that is behind is given up.

    Raises:
        StoreBehind: the head is before what was seen when it was asked for.
    """
    store_id = store_of(connection)
    before = SEEN.newest(store_id)
    try:
        yield lambda head: SEEN.believe(store_id, before, *(head or (None, None)))
    except StoreBehind:
        connection.invalidate()
        connection.engine.dispose()  # whatever else leads there
        raise


def look_at(connection: BoundedConnection) -> None:
    """Look at a new connection's server before it is believed; in no transaction.

    Raises:
        StoreBehind: it is behind what was seen of its store.
        StoreUnavailable: it is a standby, and the store does not say that changes wait for it.
        psycopg.Error: it cannot be asked.
    """
    import psycopg

    (in_recovery,) = connection.execute("SELECT pg_is_in_recovery()").fetchone() or (False,)
    if in_recovery:
        _refuse_lagging(connection)
    try:
        row = connection.execute(_STORE).fetchone()
    except psycopg.Error as error:
        if error.sqlstate not in _NO_STORE:
            raise
        return
    if row is not None and isinstance(row[0], str):
        connection.store_id = row[0]
        SEEN.believe(row[0], SEEN.newest(row[0]), row[1], row[2])


def _refuse_lagging(connection: BoundedConnection) -> None:
    name, said = connection.execute(_STANDBY).fetchone() or ("", None)
    if said is None:
        raise StoreUnavailable(_LAGGING.format(why=f"{SETTING} is not set"))
    if not name or name not in names_in(said):
        raise StoreUnavailable(
            _LAGGING.format(why=f"{SETTING} does not name {name or 'it, which has no cluster_name'}")
        )


def refuse_unwaited(said: str, waited_for: str) -> None:
    """Raise `StoreUnavailable` where a server does not wait for all standbys that the store says it does."""
    wanted = names_in(said)
    if wanted and not wanted <= all_waited_for(waited_for):
        found = f'"{waited_for}"' if waited_for else "empty"
        raise StoreUnavailable(_NOT_WAITED_FOR.format(wanted=", ".join(sorted(wanted)), found=found))


def names_in(said: str) -> frozenset[str]:
    """The names in what the database's setting says, after its own name."""
    return _split(said.partition("=")[2])


def all_waited_for(names: str) -> frozenset[str]:
    """The standbys of which all are waited for by a change, whichever are there.

    Args:
        names: as of PostgreSQL's `synchronous_standby_names`
            (https://www.postgresql.org/docs/current/runtime-config-replication.html).
    """
    match = _NAMES.fullmatch(names)
    if match is None:
        return frozenset()
    number, listed = (int(match[2]), match[3]) if match[2] else (1, match[4])
    found = _split(listed)
    return found if number == len(found) == listed.count(",") + 1 and "*" not in found else frozenset()


def _split(listed: str) -> frozenset[str]:
    names = (name.strip().strip('"') for name in listed.split(","))
    return frozenset(name for name in names if name)
