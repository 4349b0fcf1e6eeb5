"""Text for people: what does not print is shown as its escape, and things are counted."""

from __future__ import annotations


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


def counted(number: int, one: str, many: str | None = None) -> str:
    """`0 keys`, `1 key`, `1,204 accounts`, `3 people`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def by(whom: str | None) -> str:
    """` by alice@acme.example`; nothing where the operator may not see who it was."""
    return f" by {whom}" if whom else ""
