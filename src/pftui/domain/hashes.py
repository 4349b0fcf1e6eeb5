"""What a stored hash may be: argon2id, in the PHC string format, of parameters that can be run.

Whoever can write into the store could otherwise have the next sign-in or look at a key take all memory, or
all day. The bounds leave room for hashes several times as costly as today's (see `services/hashing.py`).
"""

from __future__ import annotations

import re

LONGEST = 255  # characters, the width of the columns
MOST_MEMORY = 256 * 1024  # KiB
MOST_PASSES = 16
MOST_LANES = 16
MOST_WORK = 1024 * 1024  # KiB times passes: some five times what a password takes today

# https://github.com/P-H-C/phc-string-format; version 19 is RFC 9106's, and the only one ever written here.
_HASH = re.compile(
    r"\$argon2id\$v=19\$m=([0-9]{1,9}),t=([0-9]{1,9}),p=([0-9]{1,9})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{16,172}"
)


def hash_problem(stored: object) -> str | None:
    """Why a stored hash cannot be run, in words that hold nothing of it; None where it can."""
    if not isinstance(stored, str) or len(stored) > LONGEST:
        return "it is no hash"
    found = _HASH.fullmatch(stored)
    if found is None:
        return "it is no argon2id hash"
    memory, passes, lanes = (int(number) for number in found.groups())
    if not (passes and lanes and memory >= 8 * lanes):  # RFC 9106, 3.1
        return "its parameters are none of argon2"
    if memory > MOST_MEMORY or passes > MOST_PASSES or lanes > MOST_LANES or memory * passes > MOST_WORK:
        return "its parameters are absurd"
    return None
