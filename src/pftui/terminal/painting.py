"""What to send so that a terminal shows other cells than before: as few bytes as is safe.

Moves are absolute where an update begins, so that what another program wrote cannot shift the rest.
Scrolling, repeating and erasing with a background are not used: terminals differ there. Source: ECMA-48 for
CUP, CUF, CUB, EL.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pftui.terminal.cells import Cells, is_settled
from pftui.terminal.sgr import PLAIN, alike_when_blank, erasable, step

_ERASE_RIGHT: Final = "\x1b[K"
_LONGEST_GAP: Final = 8
"""Columns: an unchanged gap is not resent when it is longer, whatever it holds; a move costs 4 to 5 bytes."""


class Painter:
    """Collects what to send for one update; knows where the cursor is, and which look the terminal writes
    with.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._out: list[str] = []
        self._at: tuple[int, int] | None = None
        self._look = PLAIN

    def finish(self) -> str:
        """All that is to be sent, ending with the terminal's plain look; empty if nothing changed."""
        reset, self._look = step(self._look, PLAIN, False)
        self._out.append(reset)
        return "".join(self._out)

    def row(self, y: int, old: Cells, new: Cells) -> None:
        """Change row `y` from the old cells to the new ones, both of the terminal's whole width."""
        if old.narrow and new.narrow:
            for start, end in _runs(old, new):
                self._run(start, end, y, new)
        elif old != new:
            self._whole_row(y, new)

    def _run(self, start: int, end: int, y: int, new: Cells) -> None:
        texts, looks, _ = new
        blank_from = self._blank_tail(texts, looks) if end == self._width else end
        if end - max(start, blank_from) <= len(_ERASE_RIGHT):
            blank_from = end
        if start < blank_from:
            self._move(start, y)
            self._write(texts[start:blank_from], looks[start:blank_from])
        if blank_from < end:
            self._move(max(start, blank_from), y)
            self._turn(PLAIN, True)
            self._out.append(_ERASE_RIGHT)

    def _blank_tail(self, texts: Sequence[str], looks: Sequence[str]) -> int:
        """The column from which on all cells of the row are what erasing would leave."""
        column = len(texts)
        while column and texts[column - 1] == " " and erasable(looks[column - 1]):
            column -= 1
        return column

    def _write(self, texts: Sequence[str], looks: Sequence[str]) -> None:
        """Write cells that all advance the cursor as expected."""
        start, count = 0, len(texts)
        while start < count:
            look, end = looks[start], start + 1
            while end < count and looks[end] == look:
                end += 1
            text = "".join(texts[start:end])
            self._turn(look, text.isspace())
            self._out.append(text)
            start = end
        if self._at is not None:
            x, y = self._at
            # Behind the last column terminals disagree where the cursor is.
            self._at = (x + count, y) if x + count < self._width else None

    def _whole_row(self, y: int, new: Cells) -> None:
        """Send all of a row that holds, or held, characters of which terminals disagree how wide they are.

        Behind each of those the cursor is placed anew, so that the rest of the row stands right on any
        terminal, and its columns are blanked before it, lest a terminal that draws it narrower leaves what
        was there before.
        """
        texts, looks, _ = new
        self._at = None
        start = column = 0
        while column < self._width:
            end = column + 1
            while end < self._width and texts[end] == "":
                end += 1
            if not is_settled(texts[column]):
                self._piece(start, column, y, new)
                self._piece_of_any_width(column, end, y, texts[column], looks[column])
                start = end
            column = end
        self._piece(start, self._width, y, new)
        self._at = None

    def _piece(self, start: int, end: int, y: int, new: Cells) -> None:
        if start < end:
            self._move(start, y)
            self._write(new.texts[start:end], new.looks[start:end])

    def _piece_of_any_width(self, start: int, end: int, y: int, text: str, look: str) -> None:
        self._move(start, y)
        self._turn(look, False)
        self._out.append(" " * (end - start))
        self._at = None
        self._move(start, y)
        self._out.append(text)
        self._at = None

    def _turn(self, look: str, blank: bool) -> None:
        change, self._look = step(self._look, look, blank)
        self._out.append(change)

    def _move(self, x: int, y: int) -> None:
        if self._at == (x, y):
            return
        ways = [place(x, y)]
        if self._at is not None and self._at[1] == y:
            distance = x - self._at[0]
            ways.append(f"\x1b[{'' if abs(distance) == 1 else abs(distance)}{'C' if distance > 0 else 'D'}")
        self._out.append(min(ways, key=len))
        self._at = (x, y)


def place(x: int, y: int) -> str:
    """The sequence that puts the cursor into a column and row, counted from 0."""
    if x:
        return f"\x1b[{y + 1};{x + 1}H"
    return f"\x1b[{y + 1}H" if y else "\x1b[H"


def _runs(old: Cells, new: Cells) -> list[tuple[int, int]]:
    """Where narrow rows differ, as half-open spans; a short gap is joined where sending it is cheaper than a
    move.
    """
    runs: list[tuple[int, int]] = []
    looks = new.looks
    cells = zip(old.texts, new.texts, old.looks, looks, strict=True)
    for column, (was, text, looked, look) in enumerate(cells):
        if was == text and (looked == look or (text == " " and alike_when_blank(looked, look))):
            continue
        if runs and _joinable(new, runs[-1][1], column):
            runs[-1] = (runs[-1][0], column + 1)
        else:
            runs.append((column, column + 1))
    return runs


def _joinable(new: Cells, start: int, end: int) -> bool:
    """Whether to resend the unchanged cells from `start` to `end`, between two that changed."""
    gap = end - start
    if gap == 0:
        return True
    if gap > _LONGEST_GAP:
        return False
    before, after = new.looks[start - 1], new.looks[end]
    looks = new.looks[start:end]
    # No change of look on the way but the one that is needed anyway.
    if looks != [before] * gap and looks != [after] * gap:
        return False
    return len("".join(new.texts[start:end]).encode()) <= len(f"\x1b[{gap}C")
