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
    from pftui.commands.session import owns_store

    if not owns_store(url):
        raise PftuiError(f"{what} is for the owner of the store's file, or root. Nothing was done.")
