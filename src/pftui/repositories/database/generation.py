"""Whether a store's file and the log beside it belong together, and whether a log is missing.

SQLite rolls any log that lies beside a file into it, whichever file it was written for, and does without one
that was not copied. So each transaction that changes an SQLite store writes a mark (`StoreIdentity.mark`):
which file it is, and how many changes were made to it. A log tells by the marks in it on which state of which
file it stands. While a log holds more than its file, the file says so (`StoreIdentity.in_use`).
Why: docs/decisions/0021-the-store-knows-its-generation.md.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import struct
import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from pftui.domain.errors import StoreUnavailable
from pftui.repositories.database.files import sqlite_uri

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, ExceptionContext

_PREFIX: Final = "pftui:"
_MARK = re.compile(rb"pftui:([0-9a-f]{32}):([0-9]{16})")
_BEFORE_CHANGES: Final = len(_PREFIX) + 32 + 1  # characters of a mark

# https://www.sqlite.org/fileformat2.html#the_write_ahead_log
_LOG_HEADER = struct.Struct(">8I")
_FRAME_HEADER = struct.Struct(">6I")
_LOG_MAGIC: Final = (0x377F0682, 0x377F0683)

_TABLE = "SELECT rootpage FROM sqlite_schema WHERE name = 'store_identity'"
_FROM_FILE = "SELECT mark, in_use FROM store_identity"
_IN_USE = "UPDATE store_identity SET in_use = ?"
_CHANGED = (
    "UPDATE store_identity SET in_use = 0, "
    "mark = substr(mark, 1, ?1) || printf('%016d', substr(mark, ?1 + 1) + 1)"
)
_TRIES: Final = 50
_SOON: Final = 2.0  # seconds, within which a command ends and its log goes


class LogMissing(StoreUnavailable):
    """A copy of a file that was in use, without its log: whole, but of some time before."""


class LogForeign(StoreUnavailable):
    """A file beside which another file's log lies: SQLite would roll it in."""


class Mark(NamedTuple):
    """Which file, and how many changes were made to it."""

    file: str
    changes: int


class _InFile(NamedTuple):
    """What the file alone says, whatever its log holds; `page` is the number of the mark's page."""

    mark: Mark
    in_use: int
    page: int


class _Log(NamedTuple):
    """The first and the last mark in a log; its salts are others whenever SQLite begins it anew."""

    salts: tuple[int, int]
    first: Mark | None
    last: Mark | None


def new_mark() -> str:
    """The mark of a new file, or of a copy, which is a file of its own from then on."""
    return f"{_PREFIX}{uuid.uuid4().hex}:{1:016d}"


def is_mark(text: str) -> bool:
    """Whether a text is a mark."""
    return _MARK.fullmatch(text.encode("utf-8", "surrogatepass")) is not None


def check_belongs(path: Path) -> None:
    """Refuse a file whose log is another file's, and a copy that was made without its log.

    To be asked before SQLite opens the file: when it closes it, it has rolled the log in.

    Raises:
        LogMissing, LogForeign: with the way out.
    """
    doubts = 0
    for attempt in range(_TRIES):
        inside = _in_file(path)
        if inside is None:
            return  # no store, or one of an older schema, or damaged: who opens it tells
        before = _log(path, inside.page, whole=False)
        now = _in_file(path)
        after = _log(path, inside.page, whole=True)
        if now is not None and _salts(before) == _salts(after):
            problem = _problem(path, now, before, after)
            doubts += 1
            if problem is None:
                return
            if doubts > 1:
                raise problem
        time.sleep(0.001 * attempt)  # another process begins its log anew, or ends it


def _salts(log: _Log | None) -> tuple[int, int] | None:
    return log.salts if log else None


def _problem(path: Path, inside: _InFile, before: _Log | None, after: _Log | None) -> StoreUnavailable | None:
    name = path.name
    if before is None or after is None:
        if inside.in_use in (0, file_number(path)):
            return None
        return LogMissing(
            f"{path} is a copy of a store that was in use, made without the log beside it ({name}-wal): the "
            "changes in that are missing. Nothing was changed. Copy the store with `pftui db backup`; if "
            "this copy is all there is, move it away and bring it back with `pftui db restore`."
        )
    if before.first is None or after.last is None:
        return None  # no change of pftui's
    if inside.mark.file == before.first.file == after.last.file and (
        before.first.changes - 1 <= inside.mark.changes <= after.last.changes
    ):
        return None
    return LogForeign(
        f"The log beside {path} ({name}-wal) was written for another file: the store was replaced by a copy, "
        "after a crash or while it was in use. Nothing was changed. Bring a backup back with `pftui db "
        f"restore`; or, to go on with the file that lies there, move {name}-wal and {name}-shm away."
    )


def file_number(path: Path) -> int:
    """The file's inode, as a database can hold it."""
    return os.stat(path).st_ino & (2**63 - 1)


def _in_file(path: Path) -> _InFile | None:
    """Read by SQLite, which knows of this process's other connections and so keeps their locks."""
    # immutable: the log is left out, and nothing is locked or written.
    try:
        with closing(sqlite3.connect(sqlite_uri(path, "immutable=1"), uri=True)) as connection:
            row = connection.execute(_FROM_FILE).fetchone()
            (page,) = connection.execute(_TABLE).fetchone()
    except sqlite3.Error:
        return None
    if row is None or not (isinstance(row[0], str) and isinstance(row[1], int)):
        return None
    mark = _mark_in(row[0].encode())
    return _InFile(mark, row[1], page) if mark else None


def _mark_in(stored: bytes) -> Mark | None:
    found = _MARK.search(stored)
    return Mark(found[1].decode(), int(found[2])) if found else None


def _log(path: Path, page: int, *, whole: bool) -> _Log | None:
    """The log beside a file, None where it holds nothing; without `whole`, up to its first mark.

    It may be read like any file: SQLite's locks are on the store's file and on the log's index.
    """
    try:
        with open(f"{path.resolve()}-wal", "rb") as file:
            header = file.read(_LOG_HEADER.size)
            if len(header) < _LOG_HEADER.size:
                return None
            magic, _, size, _, *salts, _, _ = _LOG_HEADER.unpack(header)
            first = last = None
            frames = 0
            while magic in _LOG_MAGIC and (whole or first is None):
                head = file.read(_FRAME_HEADER.size)
                content = file.read(size)
                if len(content) < size:
                    break
                number, _, *own, _, _ = _FRAME_HEADER.unpack(head)
                if own != salts:
                    break  # left from before the log was begun anew
                frames += 1
                last = (_mark_in(content) if number == page else None) or last
                first = first or last
    except OSError:
        return None
    return _Log((salts[0], salts[1]), first, last) if frames else None


def count_change(driver: sqlite3.Connection) -> bool:
    """Count a change in the file's mark, in its transaction; False where the schema is from before marks.

    Raises:
        sqlite3.Error: it cannot be written.
    """
    if driver.execute(_TABLE).fetchone() is None:
        return False
    driver.execute(_CHANGED, (_BEFORE_CHANGES,))
    return True


class Keeper:
    """Keeps the mark of an SQLite store true in what an engine commits.

    The file alone says that it is in use: what it says so with is brought into it by a checkpoint, and taken
    back in the log. So who reads both, as a copy by SQLite does, or brings the log into the file, finds none
    of it. That costs some waits for the disk, so a command, which ends its log at once, goes without.
    """

    def __init__(self, engine: Engine, path: Path) -> None:
        from sqlalchemy import event  # who only looks at a file has no time for it

        self._path = path
        self._changed_at: float | None = None
        event.listen(engine, "connect", self._connected)
        event.listen(engine, "commit", self._commit)
        event.listen(engine, "checkout", self._checkout)
        event.listen(engine, "checkin", self._checkin)
        event.listen(engine, "handle_error", self._failed)

    def begun(self, connection: Connection) -> None:
        """To be told when a transaction has begun."""
        connection.info["pftui_changes"] = _driver(connection).total_changes

    def _connected(self, _driver: Any, record: Any) -> None:
        with contextlib.suppress(OSError):
            record.info["pftui_file"] = file_number(self._path)

    def _commit(self, connection: Connection) -> None:
        driver = _driver(connection)
        if driver.total_changes == connection.info.get("pftui_changes"):
            return
        if not count_change(driver):
            return
        if self._changed_at is None:
            self._changed_at = time.monotonic()

    def _failed(self, context: ExceptionContext) -> None:
        code = getattr(context.original_exception, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
        if code == sqlite3.SQLITE_IOERR and context.connection is not None:
            context.connection.info["pftui_unsure"] = True

    def _checkin(self, driver: Any, record: Any) -> None:
        """Write over a transaction that failed since the disk did not take it.

        All of it may stand in the log, its end too; after a crash SQLite would take it for committed, though
        somebody was told that nothing was changed.
        """
        if record.info.pop("pftui_unsure", False) and driver is not None:
            with contextlib.suppress(sqlite3.Error):  # a disk that takes nothing more, or a schema before
                driver.execute(_CHANGED, (_BEFORE_CHANGES,))

    def _checkout(self, driver: Any, record: Any, _proxy: Any) -> None:
        if self._changed_at is None or time.monotonic() - self._changed_at < _SOON:
            return
        inside, number = _in_file(self._path), record.info.get("pftui_file", 0)
        if inside is None or inside.in_use == number:
            self._changed_at = None
            return
        self._changed_at = time.monotonic()  # look again whether it got that far: a reader may be in the way
        (busy,) = driver.execute("PRAGMA busy_timeout").fetchone()
        with contextlib.suppress(sqlite3.Error):  # what is committed is in the log, and safe there
            driver.execute("PRAGMA busy_timeout = 0")
            driver.execute(_IN_USE, (number,))
            try:
                driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            finally:
                driver.execute(_IN_USE, (0,))
        driver.execute(f"PRAGMA busy_timeout = {busy:d}")


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101  # for the types
    return driver
