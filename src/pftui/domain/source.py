"""From where somebody acts: what the trail tells beside who did it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """Where a process runs that acts for somebody.

    The kernel says the UNIX `uid`. All else is claimed: a process cannot know who set its environment, the
    name of its host or its terminal. `address` is the client's of the SSH connection.
    """

    uid: int
    host: str = ""
    tty: str = ""
    address: str = ""

    def as_text(self) -> str:
        """The form that is stored: JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Source:
        """What `as_text` has made; `UNKNOWN_SOURCE` for a text that it cannot have made."""
        try:
            stored = json.loads(text)
            uid, *claims = (stored[name] for name in ("uid", "host", "tty", "address"))
        except (ValueError, TypeError, KeyError, RecursionError):
            return UNKNOWN_SOURCE
        if type(uid) is not int or not all(isinstance(claim, str) for claim in claims):
            return UNKNOWN_SOURCE
        return cls(uid, *claims)


#: Of a program that does not tell, as a library's.
UNKNOWN_SOURCE = Source(uid=-1)
