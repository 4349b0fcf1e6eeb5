"""From where somebody acts: what the trail tells beside who did it."""

from __future__ import annotations

from dataclasses import dataclass


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


#: Of a program that does not tell, as a library's.
UNKNOWN_SOURCE = Source(uid=-1)
