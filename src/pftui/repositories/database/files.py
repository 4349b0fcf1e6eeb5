"""The files of an SQLite store: whose they are, whether they are still the same, and how they come and go.

Nothing here opens a database; that is `engine.py`.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

from pftui.domain.errors import StoreMissing, StoreUnavailable

#: What SQLite keeps beside a database file.
SIDE_FILES = ("-wal", "-shm", "-journal")


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

    Args:
        release: closes the connections to the file that was.
        accept: looks at the file that is there instead, and raises where it cannot be used.
    """

    def __init__(self, path: Path, release: Callable[[], None], accept: Callable[[], None]) -> None:
        self._path = path
        self._release = release
        self._accept = accept
        self._identity = file_identity(path)
        self._lock = threading.Lock()

    def check(self) -> None:
        """See that the file is the one that is open; one that was put in its place is opened instead.

        Raises:
            StoreUnavailable: it is gone, or cannot be used.
        """
        if file_identity(self._path) == self._identity:
            return
        with self._lock:
            identity = file_identity(self._path)
            if identity == self._identity:
                return
            self._release()
            if identity is None:
                raise StoreUnavailable(
                    f"The store at {self._path} is gone. Nothing was changed; bring it back, then try again."
                )
            check_file(self._path)
            self._accept()
            self._identity = identity


def to_disk(path: Path) -> None:
    """Let a file or what a folder lists outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
