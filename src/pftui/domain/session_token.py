"""What keeps a command's session between commands: a token in a file, of which the store has a keyed hash.

The hash takes in where the token is used: the host and the UNIX user. So nobody goes on with it who has read
the store, which holds no token, or who has the file alone, which does not say where it is from. Why:
docs/decisions/0023-a-session-for-the-command-line.md.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import NamedTuple

from pftui.domain.secret import Secret

HASH_LENGTH = 64  # hexadecimal digits of SHA-256
_BYTES = 32
_KEPT = re.compile(r"([0-9a-f-]{36}) ([A-Za-z0-9_-]{43})\n?")


class KeptSession(NamedTuple):
    """What a session's file holds: which session it is, by its id, and the token that proves it."""

    session_id: str
    token: Secret

    def as_text(self) -> Secret:
        """The line that is kept."""
        return Secret(f"{self.session_id} {self.token.reveal()}")

    @classmethod
    def from_text(cls, text: str) -> KeptSession | None:
        """What `as_text` has made; None for anything else."""
        found = _KEPT.fullmatch(text)
        return cls(found[1], Secret(found[2])) if found else None


def new_token() -> Secret:
    """A token that nobody can guess: 256 bits of the system's random source."""
    return Secret(secrets.token_urlsafe(_BYTES))


def token_hash(token: Secret, place: str) -> str:
    """What the store keeps of a token that is used at `place`: HMAC-SHA-256, in hexadecimal.

    A fast hash will do: what has 256 random bits cannot be searched for.
    """
    return hmac.new(token.reveal().encode(), place.encode(), hashlib.sha256).hexdigest()


def is_token_hash(stored: object, shown: str) -> bool:
    """Whether the stored hash is the one shown, in time that does not tell where they differ.

    A session of the console has none, which nothing is equal to.
    """
    return isinstance(stored, str) and stored.isascii() and hmac.compare_digest(stored, shown)
