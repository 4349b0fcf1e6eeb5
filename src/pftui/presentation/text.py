"""Text for people: what does not print is shown as its escape, and things are counted."""

from __future__ import annotations

from pftui.domain.characters import INVISIBLE


def prints(character: str) -> bool:
    """The one table of what is shown as it is; all else, and what draws nothing, is shown as its escape."""
    return (character.isprintable() and character not in INVISIBLE) or character in "\u200c\u200d"


def _prints_as_it_is(text: str) -> bool:
    return text.isprintable() and (text.isascii() or INVISIBLE.isdisjoint(text))


def visible(text: str, encoding: str = "utf-8") -> str:
    """`text` with every character that does not print replaced by its escape, as `\\x1b`.

    Names in the store cannot hold such characters (R6); what a person typed as an argument can,
    and so can a store that something else has written to. So is what `encoding` cannot express.
    """
    if not _prints_as_it_is(text):
        text = "".join(each if prints(each) else _escape(each) for each in text)
    if text.isascii() or encoding == "utf-8":
        return text
    return text.encode(encoding, "backslashreplace").decode(encoding)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible_json(text: str) -> str:
    """JSON, of which every character that does not print is replaced by JSON's escape, as `\\u009b`."""
    if _prints_as_it_is(text):
        return text
    return "".join(each if prints(each) else _json_escape(each) for each in text)


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")  # RFC 8259, 7: two escapes beyond U+FFFF
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))


def counted(number: int, one: str, many: str | None = None) -> str:
    """`0 keys`, `1 key`, `1,204 accounts`, `3 people`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def by(whom: str | None, *, gone: bool = False) -> str:
    """` by alice@acme.example`, with ` (gone)` after who is; nothing where that may not be seen."""
    return f" by {creator(whom, gone=gone)}" if whom else ""


def creator(whom: str, *, gone: bool) -> str:
    """Who created something, as it was written down then; where they are there no more, that is said."""
    return f"{whom} (gone)" if gone else whom
