"""A file that is finished: all of it on the disk, looked at, and only then given its name."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pftui.domain.errors import PftuiError, StoreUnavailable, WrongUsage
from pftui.repositories.database.engine import BUSY_SECONDS
from pftui.repositories.database.files import (
    check_place,
    disk_problem,
    folder_to_disk,
    new_file,
    private_folder,
    sqlite_uri,
    to_disk,
)
from pftui.repositories.database.generation import new_mark
from pftui.repositories.errors import translated

_REVISION = "SELECT version_num FROM alembic_version"
_HEAD = "SELECT sequence, hash FROM audit_head"
_AT_ONCE = 2**20  # bytes
_NOT_WHOLE = "the disk did not keep what was written to it"

State = tuple[tuple[object, ...], ...]


def open_file(path: Path, mode: str = "mode=rw") -> sqlite3.Connection:
    """A connection for one's own statements alone, which commits each of them."""
    return sqlite3.connect(sqlite_uri(path, mode), uri=True, timeout=BUSY_SECONDS, isolation_level=None)


def finish(path: Path) -> None:
    """Bring the log of an unfinished file into it, wait for the disk, and look at what is there.

    Python does not tell of a checkpoint that fails when a connection is closed.

    Raises:
        StoreUnavailable: what is there is not what was written; its log may still have it.
        OSError: the disk did not take it.
    """
    with translated(), closing(open_file(path)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        written = _state(connection)
        busy, in_log, brought = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy or in_log != brought or _size(Path(f"{path}-wal")):
        raise StoreUnavailable(f"{_NOT_WHOLE.capitalize()}. Nothing was changed.")
    to_disk(path)
    with translated(), closing(open_file(path, "immutable=1")) as connection:  # the file alone
        (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok" or _state(connection) != written:
            raise StoreUnavailable(f"{_NOT_WHOLE.capitalize()}. Nothing was changed.")


def _state(connection: sqlite3.Connection) -> State:
    """The schema's revision and the trail's head."""
    return (*connection.execute(_REVISION).fetchall(), *connection.execute(_HEAD).fetchall())


def _size(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def copy_sqlite(source: Path, target: Path) -> int:
    """A consistent copy of a database in a new file, 0600, that is there whole or not at all; its size.

    Raises:
        WrongUsage: there is something at `target`.
        StoreUnavailable: the store cannot be read, or the copy cannot be written; none is left behind.
    """
    if os.path.lexists(target):
        raise _target_exists(target)
    try:
        check_place(target, f"A copy at {target} would not be safe")
        with private_folder(target, "part") as folder:
            unfinished = folder / target.name
            copy_pages(source, unfinished)
            give_name(unfinished, target)
        return target.stat().st_size
    except FileExistsError:
        raise _target_exists(target) from None
    except OSError as error:
        raise StoreUnavailable(
            f"The copy cannot be written to {target}: {disk_problem(error)}. None was left behind."
        ) from None


def copy_unused(source: Path, target: Path) -> None:
    """A copy of a finished file that nobody has open, as a store of its own with another id.

    It is for tests, which make many: the disk is not waited for, and nothing is looked over.

    Raises:
        FileExistsError: there is something at `target`.
        OSError: it cannot be written.
    """
    new_file(target)
    with open(source, "rb") as old, open(target, "wb") as new:
        shutil.copyfileobj(old, new, _AT_ONCE)
    with translated(), closing(open_file(target)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(
            "UPDATE store_identity SET id = ?, mark = ?, in_use = 0", (str(uuid.uuid4()), new_mark())
        )


def _target_exists(target: Path) -> PftuiError:
    return WrongUsage(f"There is something at {target} already. Nothing was written; choose another name.")


def give_name(finished: Path, path: Path) -> None:
    """Give a finished file its name, which replaces nothing, and see that to the disk.

    Raises:
        FileExistsError: there is something at `path`.
        OSError: it has no name there.
    """
    os.link(finished, path)
    try:
        folder_to_disk(path.parent)
    except OSError:
        os.unlink(path)
        raise


def copy_pages(source: Path, target: Path) -> None:
    """Copy a database into a new file, which is a finished one of its own.

    Raises:
        StoreUnavailable: the source cannot be read, or is damaged.
        OSError: the disk did not take it.
    """
    new_file(target)
    with translated(), closing(open_file(source)) as old, closing(open_file(target)) as new:
        with _told_of_target():
            # All pages in one step, so that writers cannot make it start again.
            old.backup(new)
            (verdict,) = new.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise StoreUnavailable(f"The store's file is damaged ({verdict}), so no copy was kept of it.")
        with _told_of_target():
            if new.execute("SELECT 1 FROM sqlite_schema WHERE name = 'store_identity'").fetchone():
                new.execute("UPDATE store_identity SET in_use = 0, mark = ?", (new_mark(),))
    finish(target)


@contextlib.contextmanager
def _told_of_target() -> Iterator[None]:
    """A full disk is the copy's: the store is only read."""
    try:
        yield
    except sqlite3.Error as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise
