"""Write a secret to a new file that nobody else can read."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from pftui.domain.errors import PftuiError
from pftui.domain.secret import Secret
from pftui.process.folders import fault

_BATCH = 1 << 20  # characters
_ROOM = 4096  # bytes: more than any secret with its account as JSON


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
    with SecretFile(path_text) as file:
        file.write(secret.reveal())
    return file.path


class SecretFile:
    """A new file with mode 0600 that waits for a secret, so that one is only made where it can be kept.

    Leaving the context without having written removes the file.
    """

    def __init__(self, path_text: str) -> None:
        """Make the file, and keep room for the secret on the disk.

        Args:
            path_text: as for `save_secret`.

        Raises:
            NotSaved: as for `save_secret`.
        """
        self.path = _target(path_text)
        self._remove = True
        with _told(self.path.parent, directory=True):
            # The directory stays the one that was judged: the file is made through this descriptor.
            self._directory = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with _told(self.path):
                _check_directory(self._directory, self.path.parent)
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
                self._file = os.open(self.path.name, flags, 0o600, dir_fd=self._directory)
        except BaseException:
            os.close(self._directory)
            raise
        try:
            with self._removed_on_failure():
                os.fchmod(self._file, 0o600)
                _reserve(self._file)
        except BaseException:
            self._close()
            raise

    def write(self, text: str) -> None:
        """Write a secret and a line break, and see them to the disk. Raises `NotSaved`; nothing is left."""
        data = text.encode("utf-8") + b"\n"
        with self._removed_on_failure():
            _write_all(self._file, data)
            os.ftruncate(self._file, len(data))
            os.fsync(self._file)
            os.fsync(self._directory)
        self._remove = False

    def write_lines(self, lines: Iterable[str]) -> None:
        """Write what is longer, as it comes, and see it to the disk. Raises `NotSaved`; nothing is left."""
        with self._removed_on_failure():
            written = 0
            for batch in _batches(lines):
                _write_all(self._file, batch)
                written += len(batch)
            os.ftruncate(self._file, written)
            os.fsync(self._file)
            os.fsync(self._directory)
        self._remove = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._remove:
                with contextlib.suppress(OSError):  # it is empty, and its name says what it was for
                    os.unlink(self.path.name, dir_fd=self._directory)
        finally:
            self._close()

    def _close(self) -> None:
        os.close(self._file)
        os.close(self._directory)

    @contextlib.contextmanager
    def _removed_on_failure(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            self._remove = False
            left = "Nothing is left of the file."
            try:
                os.unlink(self.path.name, dir_fd=self._directory)
            except OSError:
                left = f"What was written may be left in {self.path}: remove it."
            raise NotSaved(f"Not saved: {_reason(problem, self.path)} {left}") from problem


def _batches(lines: Iterable[str]) -> Iterator[bytes]:
    """Lines in pieces of some size: a call of the system for each would take longer than all else."""
    held, size = [], 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= _BATCH:
            yield "".join(held).encode("utf-8")
            held, size = [], 0
    yield "".join(held).encode("utf-8")


@contextlib.contextmanager
def _told(path: Path, *, directory: bool = False) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise NotSaved(f"Not saved: {_reason(problem, path, directory=directory)}") from problem


def _reserve(file: int) -> None:
    """Meet a full disk now, where the system can tell; not all can."""
    if not hasattr(os, "posix_fallocate"):  # macOS
        return
    try:
        os.posix_fallocate(file, 0, _ROOM)
    except OSError as problem:
        if problem.errno not in (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):
            raise


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
    found = fault(shown / "new file")
    if found:
        raise NotSaved(f"Not saved: {found.what}. {found.remedy[0].upper()}{found.remedy[1:]}.")
    if not os.path.samestat(os.fstat(directory), os.stat(shown)):
        raise NotSaved(f"Not saved: {shown} is another directory now. Try again.")


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
        case errno.ENOSPC:
            return "the disk is full."
        case errno.EDQUOT:
            return "your share of the disk (the quota) is used up."
        case errno.EIO:
            return f"the disk reports an error ({path})."
        case errno.EROFS:
            return f"the disk of {path.parent} is read-only."
        case errno.ENAMETOOLONG:
            return "the file name is too long."
        case _:
            return f"{(problem.strerror or 'the system refused').lower()} ({path})."
