"""Characters that draw nothing, or that move what is drawn."""

from __future__ import annotations

# Unicode's explicit directional marks (UAX #9, table 3): they can make a name read as another.
BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Characters that draw nothing (Unicode's Default_Ignorable_Code_Point, and the Braille blank), so that
# two different names look the same.
INVISIBLE = frozenset(
    chr(code)
    for first, last in (
        (0x00AD, 0x00AD), (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
        (0x200B, 0x200B), (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0D),
        (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A),
        (0xE0000, 0xE001F), (0xE0080, 0xE0FFF),
    )
    for code in range(first, last + 1)
)  # fmt: skip
# Some of them scripts and emoji need: joiners, the choice of text or emoji, and the letters of flags.
# They are accepted, and left out where names are compared.
JOINING = dict.fromkeys([0x200C, 0x200D, 0xFE0E, 0xFE0F, *range(0xE0020, 0xE0080)])


def prints(character: str) -> bool:
    """The one table of what is shown as it is; all else, and what draws nothing, is shown as its escape."""
    return (character.isprintable() and character not in INVISIBLE) or character in "\u200c\u200d"


def all_prints(text: str) -> bool:
    """Whether every character of the text is shown as it is."""
    return text.isprintable() and (text.isascii() or INVISIBLE.isdisjoint(text))


def escaped(text: str) -> str:
    """`text` with every character that does not print replaced by its escape, as `\\x1b`."""
    if all_prints(text):
        return text
    return "".join(each if prints(each) else _escape(each) for each in text)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
