"""Make a process fit to hold secrets. The first call of each process, before Textual is imported."""

from __future__ import annotations

import os
import sys
from typing import Final, NamedTuple

_PR_SET_DUMPABLE: Final = 4
"""From <linux/prctl.h>; see prctl(2)."""

_NO_SUCH_CALL: Final = "this system has no such call"


class Hardening(NamedTuple):
    """What was done; each problem is a reason in words, or None where there was none."""

    core_dumps: str | None
    """Why a crash may still write the memory to a file."""

    tracing: str | None
    """Why another process of the same user may still read the memory."""

    dropped: tuple[str, ...]
    """Variables that were taken out of the environment, by name."""

    umask: int
    """The file mode mask from before."""

    @property
    def complete(self) -> bool:
        """Whether all that can be done was done."""
        return self.core_dumps is None and self.tracing is None


def harden() -> Hardening:
    """Keep this process's memory, keys and files to itself; it can be called again.

    - No core dump (setrlimit(2), RLIMIT_CORE), and on Linux no other process of the same user can attach or
      read the memory (prctl(2), PR_SET_DUMPABLE).
    - No `TEXTUAL` and `TEXTUAL_*`: some of them log every key pressed, what is pasted, or send it to a
      server.
    - Files that are made are the user's alone (umask 077).

    What a system does not offer is told, not raised.
    """
    dropped = tuple(sorted(name for name in os.environ if name == "TEXTUAL" or name.startswith("TEXTUAL_")))
    for name in dropped:
        del os.environ[name]
    return Hardening(_no_core_dumps(), _no_tracing(), dropped, os.umask(0o077))


def _no_core_dumps() -> str | None:
    try:
        import resource
    except ImportError:
        return _NO_SUCH_CALL
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError) as error:
        return str(error)
    return None


def _no_tracing() -> str | None:
    if not sys.platform.startswith("linux"):
        return _NO_SUCH_CALL
    import ctypes

    try:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return _NO_SUCH_CALL
    if prctl(_PR_SET_DUMPABLE, *map(ctypes.c_ulong, (0, 0, 0, 0))) != 0:
        return os.strerror(ctypes.get_errno())
    return None
