"""Root goes on as the owner of a store, before anything of it is opened.

Whoever owns the folder of a store may put links in it at any time. Followed by root, one would let them read
or write what is root's; followed by themselves, it leads no further than they get anyway.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from pftui.process.hardening import harden

_STARTED_AS: Final = os.getuid()


def started_as() -> int:
    """The uid that this process was started by, whoever it has become since."""
    return _STARTED_AS


def unix_user() -> str:
    """The name of the UNIX user that this process was started by, or the number of one without a name."""
    import pwd

    try:
        return pwd.getpwuid(_STARTED_AS).pw_name
    except KeyError:
        return str(_STARTED_AS)


def become_owner(path: Path, load: Callable[[], bool]) -> str | None:
    """Where this is root and the file is another user's, be that user from here on, for good.

    Args:
        load: loads what would be loaded later, where the user cannot read this program, as one below root's
            home; gives whether all of it could be.

    Returns:
        Why that cannot be, in a sentence; None where it is so, or need not be.
    """
    if os.geteuid() != 0:
        return None
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None  # what is wrong with the file is told of by who opens it
    uid = status.st_uid
    if uid == 0:
        return None
    name, gid = _user(uid, status.st_gid)
    try:
        closed = _closed_to(uid, gid)
        if closed and not load():
            return (
                f"{path} belongs to {name}, who cannot run this pftui: {closed} is closed to them. "
                f"Nothing was done; run a pftui that they can read, as {name}."
            )
        _become(uid, gid, name)
    except OSError as error:
        why = (error.strerror or "the system refused").lower()
        return f"{path} belongs to {name}, and root cannot act as them: {why}. Nothing was done."
    return None


def _user(uid: int, gid: int) -> tuple[str, int]:
    """A user's name and group; the number and the group given for one who has none."""
    import pwd

    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return f"uid {uid}", gid
    return entry.pw_name, entry.pw_gid


def _closed_to(uid: int, gid: int) -> str | None:
    """A folder of this program that a user cannot read."""
    groups, own_group = os.getgroups(), os.getegid()
    os.setgroups([])
    os.setegid(gid)
    os.seteuid(uid)
    try:
        return next((folder for folder in _program() if not _readable(folder)), None)
    finally:
        os.seteuid(0)
        os.setegid(own_group)
        os.setgroups(groups)


def _program() -> list[str]:
    """Where Python, pftui and what it needs were loaded from."""
    modules = (sys.modules.get(name) for name in ("os", "pftui", "click"))
    files = [module.__file__ for module in modules if module is not None and module.__file__]
    return [os.path.dirname(file) for file in files]


def _readable(folder: str) -> bool:
    try:
        os.listdir(folder)
    except PermissionError:
        return False
    return True


def _become(uid: int, gid: int, name: str) -> None:
    os.initgroups(name, gid)  # of a user without a name, the group alone
    os.setgid(gid)
    os.setuid(uid)  # by root: for good
    harden()  # the system lets a process be traced again when its user changes
