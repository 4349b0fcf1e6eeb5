"""Other users of the host, for tests that run as root, as they do in CI."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

STRANGER = 12345
ANOTHER = 23456  # uids that nobody has
ROOT = os.geteuid() == 0

needs_root = pytest.mark.skipif(not ROOT, reason="only root can give files away and act as somebody else")


@contextmanager
def acting_as(uid: int) -> Iterator[None]:
    """As another user, with no groups and no privileges; the kernel looks at nothing else."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(uid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)
