"""Text in terminal cells: what is wide counts twice, and what is cut says so.

The console and the command line measure alike, and as Textual paints: with Rich. The command line must not
pay for its import where nothing is wide, so text of one cell a character is told apart first.
"""

from __future__ import annotations

import re

# Latin, Greek and Cyrillic letters, and the dashes, dots and signs that pftui itself writes.
_ONE_CELL_EACH = re.compile("[ -~\xa0-\xac\xae-\u02ff\u0370-\u0482‐-‧▌▪○◌●✕]*").fullmatch


def cell_width(text: str) -> int:
    """How many cells of a terminal `text` takes."""
    if _ONE_CELL_EACH(text):
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


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
    from rich.cells import cell_len, set_cell_size

    cut = set_cell_size(text, width - 1).rstrip()
    return cut + "…" + " " * (width - 1 - cell_len(cut))


def shortened(text: str, cells: int) -> str:
    """`text` in at most `cells` terminal cells, with an ellipsis where it was cut."""
    return fit(text, cells).rstrip()
