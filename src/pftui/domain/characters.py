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
