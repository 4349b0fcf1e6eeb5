"""How somebody who acts came, and from where: what the trail tells beside who did it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


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


class Means(StrEnum):
    """What somebody has come by."""

    PASSWORD = "password"  # the word for one
    KEY = "key"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Origin:
    """What somebody has come by, and from where; None where nobody has come, or nobody knows."""

    by: Means | None = None
    source: Source = UNKNOWN_SOURCE
    key_id: str | None = None
    session_id: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The `source` of an event: what a client could forge in `claimed`, what is empty left out."""
        where = self.source
        claimed = {"host": where.host, "tty": where.tty, "address": where.address}
        fields: dict[str, Any] = {
            "by": self.by.value if self.by is not None else None,
            "keyId": self.key_id,
            "sessionId": self.session_id,
            "uid": where.uid if where.uid >= 0 else None,
            "claimed": {name: text for name, text in claimed.items() if text},
        }
        return {name: value for name, value in fields.items() if value not in (None, "", {})}


#: Of what comes about by itself.
NO_ORIGIN = Origin()
