"""What tells this host and its UNIX user from others, for what must be of no use elsewhere."""

from __future__ import annotations

import hashlib
import os

from pftui.process.owner import started_as

# machine-id(5) is random, made when the system is installed, and asks not to be shown to others; boot_id
# (random(4)) is made anew at each start and is in memory alone, so that a copy of the whole disk lacks it.
_MACHINE = ("/etc/machine-id", "/var/lib/dbus/machine-id")
_START = "/proc/sys/kernel/random/boot_id"


def this_place() -> str:
    """The host since it was started, and the user that started this process; no two have the same."""
    return f"{_host()}\n{_read(_START)}\n{started_as()}"


def place_name() -> str:
    """A name for the same, whenever the host was started, that tells nothing of it: 16 hexadecimal digits."""
    return hashlib.sha256(f"{_host()}\n{started_as()}".encode()).hexdigest()[:16]


def _host() -> str:
    """A name alone is no host's own, and containers may lack a machine's id or share one."""
    machine = next((found for found in map(_read, _MACHINE) if found), "")
    return f"{os.uname().nodename}\n{machine}"


def _read(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read(64).strip()
    except OSError:  # of another system, or hidden
        return ""
