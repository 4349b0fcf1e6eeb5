"""The file that keeps a person's session between commands: one for each store, host and UNIX user."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import stat
from pathlib import Path

from pftui.domain.errors import PftuiError
from pftui.domain.secret import Secret
from pftui.process.folders import fault
from pftui.process.own_files import NO_HOME, state_folder
from pftui.process.owner import started_as
from pftui.process.place import place_name
from pftui.process.secret_file import NotSaved, SecretFile

_LONGEST = 1024  # bytes; more is no session
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class SessionFileUnfit(PftuiError):
    """There is a file, and it is not used: it is in the wrong hands, or cannot be read."""


def session_path(store: str) -> Path | None:
    """Where the session of a store is kept; None where there is no place for one.

    None is for who has become another user (`process/owner.py`), whose folders are not the other's, and
    for who has no home.

    Args:
        store: what names the store, without any password.
    """
    if os.geteuid() != started_as():
        return None
    folder = state_folder()
    if folder.parent == NO_HOME:
        return None
    named = hashlib.sha256(store.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return folder / "sessions" / f"{named}-{place_name()}"


def read_session(path: Path) -> Secret | None:
    """What the file holds; None where there is none.

    Raises:
        SessionFileUnfit: it is not one's own, others can read it or could replace it, or it cannot be read.
    """
    if not os.path.lexists(path):
        return None
    try:
        found = fault(path)
        problem = f"{found.what}; {found.remedy}" if found else None
        data = b"" if problem else _own_bytes(path)
    except OSError as error:
        problem = (error.strerror or "the system refused").lower()
    if problem:
        raise SessionFileUnfit(
            f"The session that `pftui login` keeps in {path} was not used: {problem}. Nothing was done; "
            "`pftui logout` removes it, then sign in again."
        )
    return Secret(data.decode("utf-8", "replace"))


def _own_bytes(path: Path) -> bytes:
    # O_NONBLOCK: a pipe in its place is no reason to wait.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        if status.st_uid != os.geteuid():
            raise OSError(errno.EPERM, f"it belongs to another user (uid {status.st_uid})")
        if status.st_mode & _OTHERS:
            mode = stat.S_IMODE(status.st_mode)
            raise OSError(errno.EPERM, f"others can open it (mode {mode:04o}), and may have read it")
        return file.read(_LONGEST)


def remove_session(path: Path, only: Secret | None = None) -> None:
    """Remove the file; with `only`, where it holds this and not what somebody has signed in with since.

    Raises:
        OSError: it cannot be removed.
    """
    if only is not None:
        try:
            kept = read_session(path)
        except SessionFileUnfit:
            return
        if kept is None or not kept.matches(only.reveal()):
            return
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


class NewSessionFile:
    """Room for a session beside the file whose place it will take, made before there is a session to keep.

    Leaving the context without having kept one removes it, and leaves the file as it was.
    """

    def __init__(self, path: Path) -> None:
        """Make it, with its folders.

        Raises:
            NotSaved: it cannot be: the disk is full, or a folder is open to others.
        """
        self.path = path
        _make_folder(path.parent)
        self._file = SecretFile(str(path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")))

    def keep(self, text: Secret) -> None:
        """Write it, and give it its name. Raises `NotSaved`; the file is as it was before."""
        self._file.write(text.reveal())
        try:
            os.replace(self._file.path, self.path)
        except OSError as problem:
            with contextlib.suppress(OSError):
                os.unlink(self._file.path)
            why = (problem.strerror or "the system refused").lower()
            raise NotSaved(f"Not saved: {why} ({self.path}).") from problem

    def __enter__(self) -> NewSessionFile:
        self._file.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._file.__exit__(None, None, None)


def _make_folder(folder: Path) -> None:
    """Folders that are missing, 0700. What is there already, and open to others, `SecretFile` refuses."""
    try:
        found = fault(folder / "file", unmade=True)
        if found:
            raise NotSaved(f"Not saved: {found.what}; {found.remedy}.")
        for each in (*reversed(folder.parents), folder):
            with contextlib.suppress(FileExistsError):
                if not each.is_dir():
                    each.mkdir(mode=0o700)
    except OSError as problem:
        why = (problem.strerror or "the system refused").lower()
        raise NotSaved(f"Not saved: the folder {folder} cannot be made: {why}.") from problem
