"""Text in terminal cells: what is wide counts twice, and what is cut says so.

The console and the command line measure alike, and as Textual paints: with Rich. The command line must not
pay for its import where nothing is wide, so text of one cell a character is told apart first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

# Latin, Greek and Cyrillic letters, general punctuation, and the signs that pftui itself writes.
_ONE_CELL = frozenset(
    [
        *map(chr, range(0x20, 0x7F)),
        *map(chr, range(0xA0, 0xAD)),
        *map(chr, range(0xAE, 0x300)),
        *map(chr, range(0x370, 0x483)),
        *map(chr, range(0x2010, 0x2028)),
        *"▌▪○◌●✕",
    ]
)


def cell_width(text: str) -> int:
    """How many cells of a terminal `text` takes."""
    return len(text) if _ONE_CELL.issuperset(text) else _measure()(text)


@cache
def _measure() -> Callable[[str], int]:
    """Rich's measure: imported once, not looked up for every cell that is painted."""
    from rich.cells import cell_len

    return cell_len


def fit(text: str, width: int, right: bool = False) -> str:
    """`text` in exactly `width` cells, cut with an ellipsis or filled with spaces."""
    if text.isascii():
        length = len(text)
        if length <= width:
            return text.rjust(width) if right else text.ljust(width)
        return text[: width - 1] + "…" if width > 0 else ""
    length = cell_width(text)
    if length <= width:
        padding = " " * (width - length)
        return padding + text if right else text + padding
    if width <= 0:
        return ""
    from rich.cells import set_cell_size

    cut = set_cell_size(text, width - 1).rstrip()
    return cut + "…" + " " * (width - 1 - cell_width(cut))


def shortened(text: str, cells: int) -> str:
    """`text` in at most `cells` terminal cells, with an ellipsis where it was cut."""
    return fit(text, cells).rstrip()
