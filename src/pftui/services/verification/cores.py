"""On how many cores this process may run at once."""

from __future__ import annotations

import contextlib
import os
from math import ceil
from pathlib import Path, PurePosixPath

_OWN = Path("/proc/self/cgroup")
_CGROUPS = Path("/sys/fs/cgroup")


def usable_cores(own: Path = _OWN, cgroups: Path = _CGROUPS) -> int:
    """The cores that the affinity of the process and the quotas of its cgroups leave it, rounded up.

    A quota is looked for in cgroups of version 2, as Linux mounts them; elsewhere there is none.
    (https://docs.kernel.org/admin-guide/cgroup-v2.html, `cpu.max`)

    Args:
        own: which cgroup the process is in, as the kernel tells it.
        cgroups: where they are mounted.
    """
    affinity = getattr(os, "sched_getaffinity", None)  # Linux has it
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    return max(1, min([cores, *_quotas(own, cgroups)]))


def _quotas(own: Path, cgroups: Path) -> list[int]:
    """Of the cgroup and of all above it, since each of them holds."""
    path = _path(own)
    if path is None:
        return []
    found = []
    for inner in (path, *path.parents):
        # Where there is no file there is no quota: none at the root, and none without a controller.
        with contextlib.suppress(OSError, ValueError, ZeroDivisionError):
            quota, period = (cgroups / str(inner).lstrip("/") / "cpu.max").read_text().split()
            if quota != "max":
                found.append(ceil(int(quota) / int(period)))
    return found


def _path(own: Path) -> PurePosixPath | None:
    """Of the cgroup, from where they are mounted; None where it is not told, or is outside of them."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        for line in own.read_text().splitlines():
            if line.startswith("0::/"):
                path = PurePosixPath(line.removeprefix("0::"))
                return None if ".." in path.parts else path
    return None
