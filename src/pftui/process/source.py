"""From where this process acts."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from pftui.domain.source import Source
from pftui.process.owner import started_as

_LONGEST = 64  # characters of each claim: somebody else may have set it


def here(environ: Mapping[str, str] = os.environ) -> Source:
    """The uid that started this process, its host and terminal, and the address that sshd(8) gave it."""
    return Source(
        uid=started_as(),
        host=_claim(os.uname().nodename),
        tty=_claim(_tty()),
        address=_claim(environ.get("SSH_CONNECTION", "").partition(" ")[0]),
    )


def _tty() -> str:
    for stream in (sys.__stdin__, sys.__stderr__, sys.__stdout__):
        try:
            if stream is not None:
                return os.ttyname(stream.fileno()).removeprefix("/dev/")
        except (OSError, ValueError):
            continue
    return ""


def _claim(text: str) -> str:
    """What is printable of it, and no more than fits."""
    return "".join(sign for sign in text if sign.isprintable())[:_LONGEST]
