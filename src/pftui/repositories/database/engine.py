"""Connections to the store, and what is checked before it is used."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import threading
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from pftui.domain.errors import StoreMissing, StoreOutdated, StoreUnavailable, WrongUsage
from pftui.repositories.database.revisions import REVISIONS, SCHEMA_REVISION
from pftui.repositories.errors import translated

BUSY_SECONDS = 5.0
#: What SQLite keeps beside a database file.
SIDE_FILES = ("-wal", "-shm", "-journal")
_WRITES = "pftui_writes"


def connect(url: str, *, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """An engine for an existing store, checked: it is there, ours, and of this version.

    Args:
        url: an SQLAlchemy URL (`sqlite:///…` or `postgresql+psycopg://…`).
        busy_seconds: how long a write waits for another writer.

    Raises:
        WrongUsage: the URL cannot be understood.
        StoreMissing, StoreOutdated, StoreUnavailable: with what to do; nothing was touched.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        check_file(sqlite_file(parsed))
    engine = open_engine(parsed, busy_seconds=busy_seconds)
    try:
        check_version(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"})


def parse_url(url: str) -> URL:
    """The URL in parts. Raises `WrongUsage` without repeating it, since it may hold a password."""
    try:
        parsed = make_url(url)
        known = parsed.drivername in _DRIVERS and "\0" not in (parsed.database or "")
        (parsed.host or "").encode("idna")
        (parsed.password or "").encode()
    except (ArgumentError, ValueError):
        known = False
    if not known or not str(parsed.query.get("port", "0")).isdecimal():
        raise WrongUsage(
            "The store's URL is not understood: give a path, sqlite:///path or postgresql+psycopg://…"
        )
    if parsed.drivername == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and (not parsed.database or parsed.host):
        raise WrongUsage("The store's URL names no file: sqlite:///path.")
    if parsed.get_backend_name() == "sqlite" and "?" in url:
        raise WrongUsage("The URL of an SQLite store has no options; a question mark in its path is %3F.")
    return parsed


def sqlite_file(url: URL) -> Path:
    """The file behind an SQLite URL."""
    return Path(url.database or "").absolute()


def open_engine(url: URL, *, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """An engine with the settings of `engineering.md`: nothing is connected to yet, nothing created."""
    milliseconds = int(busy_seconds * 1000)
    if url.get_backend_name() == "sqlite":
        path = sqlite_file(url)

        def connect_sqlite() -> sqlite3.Connection:
            # mode=rw: a missing file is an error and never an empty store.
            connection = sqlite3.connect(
                f"file:{quote(os.fsencode(path))}?mode=rw",
                uri=True,
                timeout=busy_seconds,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                connection.execute("PRAGMA foreign_keys=ON")
                connection.execute("PRAGMA synchronous=FULL")
                connection.execute("PRAGMA trusted_schema=OFF")
            except sqlite3.Error:
                connection.close()
                raise
            return connection

        engine = create_engine(url, creator=connect_sqlite, hide_parameters=True)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        return create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 5, "options": f"-c lock_timeout={milliseconds}"},
        )
    except (ImportError, NoSuchModuleError):
        raise WrongUsage("PostgreSQL needs its driver: install pftui[postgresql].") from None


def _begin_sqlite(connection: Connection) -> None:
    # The driver's own BEGIN is off (isolation_level=None); a write takes the lock at once, so that
    # two writers wait for each other instead of failing half way.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def enable_wal(path: Path) -> None:
    """Let readers and a writer work at once. A lasting property of the file, not of a connection."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()


def for_writing(engine: Engine) -> Engine:
    """The same connections, whose transactions take the write lock when they begin."""
    return engine.execution_options(**{_WRITES: True})


def for_reading(engine: Engine) -> Engine:
    """The same connections, whose transactions see one state of the database from begin to end.

    SQLite's always do; PostgreSQL's default would let each statement see what was committed meanwhile.
    """
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ")


def check_file(path: Path) -> None:
    """Refuse a store's file that is missing, no file, or in the wrong hands.

    The file is never opened here: where this process has a connection to it, closing another
    descriptor of it would drop SQLite's locks, and another process could take the write-ahead log
    away under it (https://www.sqlite.org/howtocorrupt.html, 2.2). Whether it is a database at all
    SQLite finds out itself.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        raise StoreMissing(
            f"There is no store at {path}. Make one with `pftui init`, or start the console."
        ) from None
    except OSError as error:
        raise StoreUnavailable(f"The store at {path} cannot be opened: {_why(error)}.") from None
    if not stat.S_ISREG(status.st_mode):
        raise StoreUnavailable(f"{path} is not a file, so it cannot be a store.")
    if status.st_mode & 0o077:
        raise StoreUnavailable(
            f"Other users of this machine can open the store at {path} (mode "
            f"{stat.S_IMODE(status.st_mode):04o}). Check who read it, then `chmod 600` it."
        )
    check_folder(path.resolve().parent)
    for end in SIDE_FILES:
        _check_side_file(Path(f"{path.resolve()}{end}"), status.st_uid)
    if not os.access(path, os.R_OK):
        raise StoreUnavailable(
            f"The store at {path} cannot be read by this user. Check the owner and mode of its file."
        )
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        raise StoreUnavailable(
            f"The store at {path} is read-only for this user. Check the owner and mode of the file and of "
            "its folder."
        )


def check_folder(folder: Path) -> None:
    """Refuse a folder in which others could put a file in the place of the store or of its log.

    In a sticky folder, as /tmp is, they cannot replace a file; what they could add is looked at by
    `check_file`.
    """
    status = folder.stat()
    if status.st_mode & 0o022 and not status.st_mode & stat.S_ISVTX:
        raise StoreUnavailable(
            f"Other users of this machine can write to {folder} (mode {stat.S_IMODE(status.st_mode):04o}), "
            "so a store is not safe there. Nothing was changed; `chmod go-w` the folder."
        )


def _check_side_file(path: Path, owner: int) -> None:
    """Refuse a log that somebody else has put beside the store: SQLite would believe it."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if status.st_uid not in (owner, os.geteuid(), 0) or not stat.S_ISREG(status.st_mode):
        raise StoreUnavailable(
            f"{path} is not this store's own: another user has put it there. Nothing was changed; "
            "find out who, and remove it."
        )


def _why(error: OSError) -> str:
    return (error.strerror or "unknown error").lower()


def remove_unfinished(path: Path) -> None:
    """Remove a database that was being made, with what SQLite has put beside it, as far as it is there."""
    for end in ("", *SIDE_FILES):
        with contextlib.suppress(OSError):  # where it could not be made it need not be removed
            Path(f"{path}{end}").unlink(missing_ok=True)


def file_identity(path: str | Path) -> tuple[int, int] | None:
    """What tells a file from another one put in its place: device and inode; None where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


class StoreFile:
    """Notices that an SQLite file was removed or replaced under its open connections.

    They would go on with the file that is gone: a key made there could never be verified.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._path = sqlite_file(engine.url) if engine.dialect.name == "sqlite" else None
        self._identity = self._look()
        self._lock = threading.Lock()

    def check(self) -> None:
        """See that the file is the one that is open; one that was put in its place is opened instead.

        Raises:
            StoreUnavailable: it is gone, or cannot be used.
        """
        if self._path is None or self._look() == self._identity:
            return
        with self._lock:
            found = self._look()
            if found == self._identity:
                return
            self._engine.dispose()
            if found is None:
                raise StoreUnavailable(
                    f"The store at {self._path} is gone. Nothing was changed; bring it back, then try again."
                )
            check_file(self._path)
            check_version(self._engine)
            self._identity = found

    def _look(self) -> tuple[int, int] | None:
        return None if self._path is None else file_identity(self._path)


def check_version(engine: Engine) -> None:
    """Refuse a database whose schema is not this pftui's. Two cheap queries; alembic is not needed."""
    found = schema_revision(engine)
    if found == SCHEMA_REVISION:
        return
    if found is None:
        if engine.dialect.name == "sqlite":
            raise StoreUnavailable("This SQLite database is not a pftui store. It was not touched.")
        raise StoreMissing("This database holds no store yet. Make one with `pftui init`.")
    if found in REVISIONS:
        raise StoreOutdated(
            "This store is of an older version. Run `pftui db upgrade`, which backs it up first."
        )
    raise StoreUnavailable("This store is of a newer version of pftui. Update pftui; it was not touched.")


def schema_revision(engine: Engine) -> str | None:
    """The revision that the store says it has; None where no pftui store is."""
    with translated(), engine.connect() as connection:
        return revision_in(connection)


def revision_in(connection: Connection) -> str | None:
    """The same, in a transaction that is under way."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    if not inspect(connection).has_table("audit_head"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def to_disk(path: Path) -> None:
    """Let a file or what a folder lists outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
