"""Write a secret to a new file that nobody else can read."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from pftui.domain.errors import PftuiError
from pftui.domain.secret import Secret

_GROUP_OR_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class NotSaved(PftuiError):
    """The secret was not written; nothing is left of the attempt, or the message says what."""


def save_secret(secret: Secret, path_text: str) -> Path:
    """Write `secret` and a line break to a new file with mode 0600, and see it to the disk.

    Args:
        path_text: as typed; `~` is the home directory, a relative path starts in the working directory.

    Returns:
        The file's absolute path.

    Raises:
        NotSaved: it exists already, its directory is missing or open to others, the disk is full, …
    """
    path = _target(path_text)
    try:
        # The directory stays the one that was judged: the file is made through this descriptor.
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as problem:
        raise NotSaved(f"Not saved: {_reason(problem, path.parent, directory=True)}") from problem
    try:
        _check_directory(directory, path.parent)
        _create(directory, path, secret)
    except OSError as problem:
        raise NotSaved(f"Not saved: {_reason(problem, path)}") from problem
    finally:
        os.close(directory)
    return path


def _target(path_text: str) -> Path:
    text = path_text.strip()
    if not text:
        raise NotSaved("Not saved: type a file name first.")
    if "\0" in text:
        raise NotSaved("Not saved: a file name cannot hold a NUL character.")
    try:
        path = Path(text).expanduser().absolute()
    except RuntimeError as problem:
        raise NotSaved(f"Not saved: there is no home directory for {text}.") from problem
    except OSError as problem:  # the working directory is gone
        raise NotSaved("Not saved: the working directory is gone. Type the whole path.") from problem
    if text.endswith("/") or os.path.isdir(path):  # isdir: a name too long is no directory
        raise NotSaved(f"Not saved: {path} is a directory. Add a file name.")
    return path


def _check_directory(directory: int, shown: Path) -> None:
    """Refuse where somebody else could replace or remove the file, the sticky /tmp included."""
    status = os.fstat(directory)
    if status.st_mode & _GROUP_OR_OTHERS_WRITE:
        raise NotSaved(
            f"Not saved: others can write to {shown}. Choose a directory that only you can write to."
        )
    if status.st_uid not in (0, os.geteuid()):
        raise NotSaved(f"Not saved: {shown} belongs to another user. Choose a directory of your own.")


def _create(directory: int, path: Path, secret: Secret) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        file = os.open(path.name, flags, 0o600, dir_fd=directory)
    except OSError as problem:
        raise NotSaved(f"Not saved: {_reason(problem, path)}") from problem
    try:
        try:
            os.fchmod(file, 0o600)
            _write_all(file, secret.reveal().encode("utf-8") + b"\n")
            os.fsync(file)
        finally:
            os.close(file)
        os.fsync(directory)
    except OSError as problem:
        left = "Nothing is left of the file."
        try:
            os.unlink(path.name, dir_fd=directory)
        except OSError:
            left = f"What was written may be left in {path}: remove it."
        raise NotSaved(f"Not saved: {_reason(problem, path)} {left}") from problem


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _reason(problem: OSError, path: Path, *, directory: bool = False) -> str:
    match problem.errno:
        case errno.EEXIST | errno.ELOOP:
            return f"{path} exists already and is never overwritten. Choose another name."
        case errno.ENOENT | errno.ENOTDIR if directory:
            return f"there is no directory {path}."
        case errno.EACCES | errno.EPERM:
            return f"you may not {'open' if directory else 'write'} {path}."
        case errno.ENOSPC | errno.EDQUOT:
            return "the disk is full."
        case errno.EROFS:
            return f"{path.parent} is read-only."
        case errno.ENAMETOOLONG:
            return "the file name is too long."
        case _:
            return f"{(problem.strerror or 'the system refused').lower()} ({path})."
