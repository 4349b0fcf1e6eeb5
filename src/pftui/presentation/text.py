"""How text from the store is put on a terminal: never as control sequences, and measured in cells."""

from __future__ import annotations

import unicodedata
from datetime import datetime

_WIDE = frozenset("WF")
_ZERO_WIDTH = frozenset({"Mn", "Me", "Cf"})


def visible(text: str) -> str:
    """`text` with every character that does not print replaced by its escape, as `\\x1b`.

    Names in the store cannot hold such characters (R6); what a person typed as an argument can,
    and so can a store that something else has written to.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\u200c\u200d" else _escape(c) for c in text)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def cell_width(text: str) -> int:
    """How many cells of a terminal `text` takes.

    Unicode's East Asian Width (UAX #11) from the standard library is enough for columns that line
    up; emoji that are joined from several characters may be off, on which terminals disagree anyway.
    """
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.category(character) in _ZERO_WIDTH
        else 2
        if unicodedata.east_asian_width(character) in _WIDE
        else 1
        for character in text
    )


def padded(text: str, width: int, *, right: bool = False) -> str:
    """`text` with spaces up to `width` cells."""
    spaces = " " * (width - cell_width(text))
    return spaces + text if right else text + spaces


def counted(number: int, thing: str) -> str:
    """`3 keys`, `1 key`, `no keys`: `thing` in the singular."""
    how_many = f"{number:,}" if number else "no"
    return f"{how_many} {thing}{'' if number == 1 else 's'}"


def ago(moment: datetime | None, now: datetime) -> str:
    """A time in the past, relative to `now`: `never`, `now`, `3 min ago`, `2 h ago`, `5 days ago`, a date."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    if seconds < 60:
        return "now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    if seconds < 86400:
        return f"{int(seconds // 3600)} h ago"
    days = int(seconds // 86400)
    if days < 60:
        return f"{days} day{'' if days == 1 else 's'} ago"
    return f"{moment:%Y-%m-%d}"


def exact(moment: datetime) -> str:
    """A time for people who want to know it exactly, in UTC to the second."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def made(moment: datetime, by: str) -> str:
    """When and by whom; who is not a global admin is not told by whom."""
    return f"{exact(moment)} by {by}" if by else exact(moment)
