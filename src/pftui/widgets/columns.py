"""The columns of a table, and how they share the width there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from pftui.widgets.cells import Cell

RowT = TypeVar("RowT")


@dataclass(frozen=True)
class Column(Generic[RowT]):
    """One column.

    Widths are cells. Every column shown has its `minimum`; what is left goes to the columns in
    the order of `rank`, first up to `ideal`, then up to `widest`. Where not even the minimums
    fit, the column with the highest `hide` goes (0: never); one that the rows are sorted by goes last,
    and can do with `least` cells where it has such.
    """

    id: str
    title: str
    cell: Callable[[RowT, datetime], Cell]
    minimum: int
    ideal: int = 0
    widest: int = 0
    rank: int = 9
    hide: int = 0
    least: int = 0
    right: bool = False
    gap: int = 2
    sortable: bool = True


class Placed(NamedTuple):
    """Where a column came to stand: its number among all, its first cell and its width in cells."""

    number: int
    x: int
    width: int


def place(
    columns: Sequence[Column[RowT]], width: int, start: int = 1, sorted_by: str | None = None
) -> list[Placed]:
    """Share `width` cells among the columns, the first of which begins after `start` cells."""
    columns = [
        replace(column, hide=1, minimum=column.least, ideal=column.minimum)
        if column.id == sorted_by and column.least
        else column
        for column in columns
    ]
    shown = _shown(columns, width - start)
    widths = {index: columns[index].minimum for index in shown}
    spare = width - start - sum(columns[index].minimum + columns[index].gap for index in shown)
    by_rank = sorted(shown, key=lambda index: columns[index].rank)
    for index in by_rank:
        more = min(max(spare, 0), max(0, columns[index].ideal - widths[index]))
        widths[index] += more
        spare -= more
    # What is left is shared: one that takes it all is blank while others are cut.
    while spare > 0 and (growing := [each for each in by_rank if widths[each] < columns[each].widest]):
        for index in growing[:spare]:
            widths[index] += 1
        spare -= len(growing[:spare])
    placed, x = [], start
    for index in shown:
        x += columns[index].gap
        placed.append(Placed(index, x, widths[index]))
        x += widths[index]
    return placed


def _shown(columns: Sequence[Column[RowT]], width: int) -> list[int]:
    shown = list(range(len(columns)))
    while sum(columns[index].minimum + columns[index].gap for index in shown) > width:
        expendable = [index for index in shown if columns[index].hide]
        if not expendable:
            break
        shown.remove(max(expendable, key=lambda index: columns[index].hide))
    return shown
