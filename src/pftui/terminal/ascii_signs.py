"""Signs of ASCII for a terminal that knows no others: one for each column, so that the layout stays."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from pftui.terminal.cells import Cells

_SIGNS: Final = {
    # The console's states (`* o ~ x .`) and marks.
    **dict.fromkeys("●•◉⬤", "*"),
    **dict.fromkeys("○⭘◯", "o"),
    **dict.fromkeys("✕✖×✗✘", "x"),
    **dict.fromkeys("◌…·․", "."),
    **dict.fromkeys("▪■█▀▂▃▄▅▆▇░▒▓", "#"),
    **dict.fromkeys("–—‐‑−▔⎯", "-"),
    **dict.fromkeys("▁", "_"),
    **dict.fromkeys("▏▎▍▌▋▊▉▐▕⎹⎸", "|"),
    **dict.fromkeys("→▶►›»", ">"),
    **dict.fromkeys("←◀◄‹«⏎↵", "<"),
    **dict.fromkeys("↑▲△", "^"),
    **dict.fromkeys("↓▼▽", "v"),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("“”", '"'),
    "◔": "~",
    "✓": "+",
    "✔": "+",
}


def in_ascii(cells: Cells) -> Cells:
    """The same cells, in ASCII only."""
    if all(map(str.isascii, cells.texts)):
        return cells
    texts: list[str] = []
    for text in cells.texts:
        # The second column of a wide character is empty, and gets a sign of its own.
        texts.append(text if text and text.isascii() else sign(text))
    return Cells(texts, cells.styles, True)


@lru_cache(maxsize=1024)
def sign(text: str) -> str:
    """One sign of ASCII that comes nearest to what stands in a cell; `?` for what none comes near."""
    if text in _SIGNS:
        return _SIGNS[text]
    if text and "\u2500" <= text[0] <= "\u257f":
        return _line(unicodedata.name(text[0]))
    letter = unicodedata.normalize("NFKD", text)[:1]
    return letter if letter.isascii() and letter.isprintable() and letter else "?"


def _line(name: str) -> str:
    """For a sign of U+2500 to U+257F, by its name: a line, or where lines meet."""
    across = any(word in name for word in ("HORIZONTAL", "LEFT", "RIGHT"))
    along = any(word in name for word in ("VERTICAL", "UP", "DOWN"))
    if across and along:
        return "+"
    return "-" if across else "|"
