"""Whether somebody else of this host could put another file in a path's place, or something beside it.

A look by name before a file is opened is worth nothing where others can write: they change in between what
was looked at, and SQLite believes any journal that lies beside its file. So the folders are judged. Where
this finds no fault, nobody but oneself and root can change what the path leads to, and the look holds.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import deque
from pathlib import Path
from typing import Final, NamedTuple

_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
"""A group's bit counts too: where there is an access control list, it stands for all that the list grants."""

_MOST_LINKS: Final = 40  # as Linux has it, path_resolution(7)
_ROOT: Final = 0


class Fault(NamedTuple):
    """Why a path is not safe from others, and what to do: parts of a sentence, without a stop."""

    what: str
    remedy: str


def fault(path: str | Path, *, unmade: bool = False) -> Fault | None:
    """What is wrong with the way to a file, which need not be there yet; None where others cannot touch it.

    - The folder that holds it is writable by nobody else (but root), sticky or not.
    - Every folder above that, on the path as given and as each of its links resolves, is root's or one's own,
      and closed to others, or sticky where the next name on the path is root's or one's own.
    - The file, where it is there, is one's own or root's. For root, its one owner counts as oneself.

    Args:
        unmade: folders may be missing, and will be made. Look again when they are there: in a sticky folder
            somebody else may be quicker.

    Raises:
        OSError: a folder is missing or cannot be looked at, or the links lead in a circle.
    """
    text = _absolute(os.fspath(path))
    return _Way(text, _trusted(text), unmade).fault()


def is_descriptor(path: str | Path) -> bool:
    """Whether the path only names what this process holds open already, as a pipe of the shell's `<(…)`."""
    text = os.path.normpath(os.fspath(path))
    return text == "/dev/stdin" or text.startswith(("/dev/fd/", "/proc/self/fd/", f"/proc/{os.getpid()}/fd/"))


def _absolute(text: str) -> str:
    """From the root on, with `..` left where it is: behind a link it is not the folder before it."""
    return text if text.startswith("/") else f"{os.getcwd()}/{text}"


def _trusted(text: str) -> frozenset[int]:
    """Whose files and folders count as one's own."""
    oneself = os.geteuid()
    if oneself == _ROOT:
        try:
            return frozenset({_ROOT, os.stat(text).st_uid})
        except FileNotFoundError:
            pass  # root makes it, so it is root's
    return frozenset({_ROOT, oneself})


class _Way:
    """The way from the root to a file, name by name, as the system goes it."""

    def __init__(self, path: str, trusted: frozenset[int], unmade: bool) -> None:
        self._names = deque(_names(path))
        self._trusted = trusted
        self._unmade = unmade
        self._here = "/"  # never holds a link
        self._links = 0

    def fault(self) -> Fault | None:
        while self._names:
            name = self._names.popleft()
            if name == "..":
                self._here = os.path.dirname(self._here)
                continue
            child = os.path.join(self._here, name)
            status = self._status(child)
            found = self._of_folder(child, status)
            if found or status is None:
                return found
            if stat.S_ISLNK(status.st_mode):
                self._follow(child)
            else:
                self._here = child
        return self._of_owner(self._here, os.lstat(self._here))

    def _status(self, child: str) -> os.stat_result | None:
        """None where it is missing and need not be there."""
        try:
            return os.lstat(child)
        except FileNotFoundError:
            if self._names and not self._unmade:
                raise
            return None

    def _follow(self, link: str) -> None:
        self._links += 1
        if self._links > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), link)
        target = os.readlink(link)
        if target.startswith("/"):
            self._here = "/"
        self._names.extendleft(reversed(_names(target)))

    def _of_folder(self, child: str, status: os.stat_result | None) -> Fault | None:
        """Whether others could change what `child` is, or where it holds the file, add to the folder."""
        folder = os.lstat(self._here)
        found = self._of_owner(self._here, folder)
        if found or not folder.st_mode & _OTHERS_WRITE:
            return found
        holds_it = not self._names and (status is None or not stat.S_ISLNK(status.st_mode))
        if holds_it or not folder.st_mode & stat.S_ISVTX:
            return self._open_to_others(folder)
        return self._of_owner(child, status) if status else None

    def _open_to_others(self, folder: os.stat_result) -> Fault:
        remedy = "choose a folder that only you can write to"
        if folder.st_uid == os.geteuid() and not folder.st_mode & stat.S_ISVTX:
            remedy = f"`chmod go-w` that folder, or {remedy}"
        return Fault(f"others can write to {self._here} (mode {stat.S_IMODE(folder.st_mode):04o})", remedy)

    def _of_owner(self, path: str, status: os.stat_result) -> Fault | None:
        if status.st_uid in self._trusted:
            return None
        what = f"{path} belongs to another user (uid {status.st_uid})"
        return Fault(what, "choose a path on which all is yours or root's")


def _names(path: str) -> list[str]:
    return [name for name in path.split("/") if name not in ("", ".")]
