"""Text for people: what does not print is shown as its escape, and things are counted."""

from __future__ import annotations

from pftui.domain.characters import all_prints, escaped, prints


def visible(text: str, encoding: str = "utf-8") -> str:
    """`text` with every character that does not print replaced by its escape, as `\\x1b`.

    Names in the store cannot hold such characters (R6); what a person typed as an argument can,
    and so can a store that something else has written to. So is what `encoding` cannot express.
    """
    text = escaped(text)
    if text.isascii() or encoding == "utf-8":
        return text
    return text.encode(encoding, "backslashreplace").decode(encoding)


def visible_json(text: str) -> str:
    """JSON, of which every character that does not print is replaced by JSON's escape, as `\\u009b`."""
    if all_prints(text):
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
