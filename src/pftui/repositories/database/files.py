"""The files of an SQLite store: whose they are, whether they are still the same, and how they come and go.

Nothing here opens a database; that is `engine.py`.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from pftui.domain.errors import StoreMissing, StoreUnavailable
from pftui.process.folders import fault

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
        check_place(path, f"The store at {path} is not safe")
    except FileNotFoundError:
        raise _missing(path) from None
    except OSError as error:
        raise StoreUnavailable(f"The store at {path} cannot be opened: {_why(error)}.") from None
    if not stat.S_ISREG(status.st_mode):
        raise StoreUnavailable(f"{path} is not a file, so it cannot be a store.")
    if status.st_mode & 0o077:
        raise StoreUnavailable(
            f"Other users of this machine can open the store at {path} (mode "
            f"{stat.S_IMODE(status.st_mode):04o}). Check who read it, then `chmod 600` it."
        )
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


def check_place(path: Path, subject: str, *, unmade: bool = False) -> None:
    """Refuse a place where others could put a file in the place of this one, or beside it.

    SQLite believes any journal and any log that lies beside a database, and opens them after whatever was
    looked at by name: only a folder that nobody else can write to keeps a planted one out.

    Args:
        subject: what is not safe; the beginning of the sentence.
        unmade: see `pftui.process.folders.fault`.

    Raises:
        StoreUnavailable: it is not safe there.
        OSError: a folder is missing or cannot be looked at.
    """
    found = fault(path, unmade=unmade)
    if found:
        raise StoreUnavailable(f"{subject}: {found.what}. Nothing was changed; {found.remedy}.")


def check_new_place(path: Path) -> None:
    """Refuse a place where a new store would not be safe from others; folders may have to be made yet."""
    check_place(path, f"A store at {path} would not be safe", unmade=True)


def _missing(path: Path) -> StoreUnavailable:
    """That there is no store; or where none may be made either, why, before somebody tries to."""
    try:
        check_new_place(path)
    except StoreUnavailable as refusal:
        return refusal
    except OSError as error:
        return StoreUnavailable(f"The store at {path} cannot be opened: {_why(error)}.")
    return StoreMissing(f"There is no store at {path}. Make one with `pftui init`, or start the console.")


def _check_side_file(path: Path, owner: int) -> None:
    """Refuse a log that is not the store's own: root would follow where its owner's links lead."""
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


def unfinished_folder(path: Path, end: str) -> Path:
    """A name beside `path` for the folder in which its file is made; nobody has used it before."""
    import secrets  # who looks a key up makes no file

    return path.parent / f".{path.name}.{secrets.token_hex(8)}.{end}"


@contextmanager
def private_folder(path: Path, end: str) -> Iterator[Path]:
    """A new folder beside `path`, 0700, to make its file in; removed with all that is left in it."""
    folder = unfinished_folder(path, end)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        remove_folder(folder)


def remove_folder(folder: Path) -> None:
    """Remove a folder with what is in it, as far as it can be."""
    import shutil

    for _ in range(2):  # an error of the disk may pass
        shutil.rmtree(folder, ignore_errors=True)


def file_identity(path: str | Path | int) -> tuple[int, int] | None:
    """What tells a file from another one put in its place: device and inode; None where there is none.

    Of a descriptor, that of what it has open.
    """
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


def sqlite_uri(path: Path, mode: str = "mode=rw") -> str:
    """What SQLite opens a file by (https://www.sqlite.org/uri.html); `mode=rw` never makes an empty one."""
    return f"file:{quote(os.fsencode(path))}?{mode}"


def new_file(path: Path) -> None:
    """Make an empty file, 0600, where there is none."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))


def to_disk(path: Path) -> None:
    """Let a file or what a folder lists outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def folder_to_disk(folder: Path) -> None:
    """The same for what a folder lists, where the file system can promise that at all."""
    try:
        to_disk(folder)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS):
            raise


def disk_problem(error: OSError) -> str:
    """What went wrong, as a part of a sentence; it names the disk where it was the disk."""
    return _DISK.get(error.errno or 0) or (error.strerror or "unknown error").lower()


_DISK = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk (the quota) is used up",
    errno.EIO: "the disk reports an error",
    errno.EROFS: "the disk is read-only",
    errno.EFBIG: "the disk or a limit of this process takes no larger file",
}
