"""What who owns a store's file may do without an operator, since they could write to it anyway."""

from __future__ import annotations

import os

from pftui.domain.errors import PftuiError, Refused


def require_ownership(url: str, what: str) -> None:
    """Refuse who does not own the store's file, or may run one command of somebody else's choice alone.

    A server's credentials are the ownership of a store on it.

    Args:
        what: what is refused, the beginning of a sentence.

    Raises:
        PftuiError: nothing was done.
    """
    if "SSH_ORIGINAL_COMMAND" in os.environ:
        raise Refused(
            f"{what} is refused in an SSH session that is limited to one command. Nothing was done."
        )
    from pftui.services.location import sqlite_path

    path = sqlite_path(url)
    try:
        owner = path.stat().st_uid if path is not None else os.geteuid()
    except (OSError, ValueError):
        return  # what is wrong with the file is told of by the service
    if os.geteuid() not in (0, owner):
        raise PftuiError(f"{what} is for the owner of {path}, or root. Nothing was done.")


def unix_user() -> str:
    """The name of the UNIX user, or the number of one without a name."""
    import pwd

    from pftui.process.owner import started_as

    try:
        return pwd.getpwuid(started_as()).pw_name
    except KeyError:
        return str(started_as())
