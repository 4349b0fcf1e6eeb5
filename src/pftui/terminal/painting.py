"""What to send so that a terminal shows other cells than before: as few bytes as is safe.

Moves are absolute where an update begins, so that what another program wrote cannot shift the rest.
Scrolling, repeating and erasing with a background are not used: terminals differ there. Source: ECMA-48 for
CUP, CUF, CUB, EL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from pftui.terminal.cells import Cells, is_settled
from pftui.terminal.sgr import PLAIN, alike_when_blank, erasable, step

_ERASE_RIGHT: Final = "\x1b[K"
_LONGEST_GAP: Final = 8
"""Columns: an unchanged gap is not resent when it is longer, whatever it holds; a move costs 4 to 5 bytes."""


class _Piece(NamedTuple):
    """Cells of one style, side by side in a row; `erases` to the row's end instead of writing them."""

    y: int
    x: int
    style: str
    text: str
    width: int
    erases: bool = False


class Painter:
    """Collects what to send for one update; knows where the cursor is, and which style the terminal writes
    with.

    Rows that hold only what is narrow beyond doubt can be sent in any order, as long as each piece is placed.
    In true colour a change of style costs some 19 bytes and a move 4 to 8, so that it is mostly shorter to
    send all of one style before the next style; with 16 colours it is mostly the other way round.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._out: list[str] = []
        self._pieces: list[_Piece] = []
        self._at: tuple[int, int] | None = None
        self._style = PLAIN

    def finish(self) -> str:
        """All that is to be sent, ending with the terminal's plain style; empty if nothing changed."""
        before = self._take()
        style = self._style
        ways = []
        for pieces in (self._pieces, _by_style(self._pieces, style)):
            self._at, self._style = None, style
            self._paint(pieces)
            self._set_style(PLAIN, False)
            ways.append(self._take())
        self._pieces = []
        return before + min(ways, key=len)

    def _take(self) -> str:
        taken = "".join(self._out)
        self._out.clear()
        return taken

    def _paint(self, pieces: Iterable[_Piece]) -> None:
        for piece in pieces:
            self._move(piece.x, piece.y)
            self._set_style(piece.style, piece.erases or piece.text.isspace())
            if piece.erases:
                self._out.append(_ERASE_RIGHT)
            else:
                self._write(piece.text, piece.width)

    def row(self, y: int, old: Cells, new: Cells) -> None:
        """Change row `y` from the old cells to the new ones, both of the terminal's whole width."""
        if old.narrow and new.narrow:
            for start, end in _runs(old, new):
                self._run(start, end, y, new)
        elif old != new:
            self._whole_row(y, new)

    def _run(self, start: int, end: int, y: int, new: Cells) -> None:
        texts, styles, _ = new
        blank_from = self._blank_tail(texts, styles) if end == self._width else end
        if end - max(start, blank_from) <= len(_ERASE_RIGHT):
            blank_from = end
        self._pieces += _of_one_style(start, blank_from, y, new)
        if blank_from < end:
            self._pieces.append(_Piece(y, max(start, blank_from), PLAIN, "", 0, erases=True))

    def _blank_tail(self, texts: Sequence[str], styles: Sequence[str]) -> int:
        """The column from which on all cells of the row are what erasing would leave."""
        column = len(texts)
        while column and texts[column - 1] == " " and erasable(styles[column - 1]):
            column -= 1
        return column

    def _write(self, text: str, width: int) -> None:
        """Write cells that all advance the cursor as expected."""
        self._out.append(text)
        if self._at is not None:
            x, y = self._at
            # Behind the last column terminals disagree where the cursor is.
            self._at = (x + width, y) if x + width < self._width else None

    def _whole_row(self, y: int, new: Cells) -> None:
        """Send all of a row that holds, or held, characters of which terminals disagree how wide they are.

        Behind each of those the cursor is placed anew, so that the rest of the row stands right on any
        terminal, and its columns are blanked before it, lest a terminal that draws it narrower leaves what
        was there before.
        """
        texts, styles, _ = new
        self._at = None
        start = column = 0
        while column < self._width:
            end = column + 1
            while end < self._width and texts[end] == "":
                end += 1
            if not is_settled(texts[column]):
                self._piece(start, column, y, new)
                self._piece_of_any_width(column, end, y, texts[column], styles[column])
                start = end
            column = end
        self._piece(start, self._width, y, new)
        self._at = None

    def _piece(self, start: int, end: int, y: int, new: Cells) -> None:
        for piece in _of_one_style(start, end, y, new):
            self._move(piece.x, y)
            self._set_style(piece.style, piece.text.isspace())
            self._write(piece.text, piece.width)

    def _piece_of_any_width(self, start: int, end: int, y: int, text: str, style: str) -> None:
        self._move(start, y)
        self._set_style(style, False)
        self._out.append(" " * (end - start))
        self._at = None
        self._move(start, y)
        self._out.append(text)
        self._at = None

    def _set_style(self, style: str, blank: bool) -> None:
        change, self._style = step(self._style, style, blank)
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


def _of_one_style(start: int, end: int, y: int, new: Cells) -> list[_Piece]:
    """The cells of a row from `start` to `end`."""
    texts, styles, _ = new
    pieces = []
    while start < end:
        style, stop = styles[start], start + 1
        while stop < end and styles[stop] == style:
            stop += 1
        pieces.append(_Piece(y, start, style, "".join(texts[start:stop]), stop - start))
        start = stop
    return pieces


def _by_style(pieces: Sequence[_Piece], style: str) -> Iterator[_Piece]:
    """The pieces of one style after those of another, beginning with what is nearest to the style at hand."""
    groups: dict[str, list[_Piece]] = {}
    for piece in _joined(pieces):
        groups.setdefault(piece.style, []).append(piece)
    while groups:
        style = min(groups, key=lambda wanted: len(step(style, wanted, False)[0]))
        yield from groups.pop(style)


def _joined(pieces: Sequence[_Piece]) -> Iterator[_Piece]:
    """The pieces, blank ones with a neighbour where their style cannot be told apart from its."""
    last: _Piece | None = None
    for piece in pieces:
        style = None
        if last is not None and (last.y, last.x + last.width) == (piece.y, piece.x) and not piece.erases:
            style = _common(last, piece)
        if last is not None and style is not None:
            last = _Piece(last.y, last.x, style, last.text + piece.text, last.width + piece.width)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last


def _common(left: _Piece, right: _Piece) -> str | None:
    """A style in which both can be written, if one of them is blank."""
    if alike_when_blank(left.style, right.style):
        if right.text.isspace():
            return left.style
        if left.text.isspace():
            return right.style
    return None


def _runs(old: Cells, new: Cells) -> list[tuple[int, int]]:
    """Where narrow rows differ, as half-open spans; a short gap is joined where sending it is cheaper than a
    move.
    """
    runs: list[tuple[int, int]] = []
    styles = new.styles
    cells = zip(old.texts, new.texts, old.styles, styles, strict=True)
    for column, (was, text, old_style, style) in enumerate(cells):
        if was == text and (old_style == style or (text == " " and alike_when_blank(old_style, style))):
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
    before, after = new.styles[start - 1], new.styles[end]
    styles = new.styles[start:end]
    # No change of style on the way but the one that is needed anyway.
    if styles != [before] * gap and styles != [after] * gap:
        return False
    return len("".join(new.texts[start:end]).encode()) <= len(f"\x1b[{gap}C")
