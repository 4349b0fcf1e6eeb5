"""From where this process acts: what the kernel says, and what its environment claims."""

from __future__ import annotations

import os

import pytest

from pftui.process.source import here


def test_the_uid_and_the_host_are_the_kernels() -> None:
    source = here({})
    assert (source.uid, source.host) == (os.getuid(), os.uname().nodename[:64])
    assert source.address == ""


@pytest.mark.parametrize(
    ("claimed", "told"),
    [
        ("10.0.4.7 51234 10.0.4.1 22", "10.0.4.7"),
        ("fe80::1%eth0 1 :: 22", "fe80::1%eth0"),
        ("\x1b[31m10.0.4.7", "[31m10.0.4.7"),
        ("x" * 5000, "x" * 64),
        ("\udcff1.2.3.4 1", "1.2.3.4"),
        ("", ""),
    ],
)
def test_a_claim_is_printable_and_short(claimed: str, told: str) -> None:
    assert here({"SSH_CONNECTION": claimed}).address == told
