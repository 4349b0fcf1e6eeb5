"""One cell of a table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeVar

RowT = TypeVar("RowT")


class Cell(NamedTuple):
    """A text and the name of its style: `text`, `muted`, `success`, `warning`, `error`, `accent`, `bold`."""

    text: str
    style: str = "text"


BLANK = Cell("")


def styled(text: Callable[[RowT, datetime], str], style: str = "text") -> Callable[[RowT, datetime], Cell]:
    """The cells of a column whose texts all have one style."""
    return lambda row, now: Cell(text(row, now), style)


def dashed(text: Callable[[RowT, datetime], str]) -> Callable[[RowT, datetime], str]:
    """The texts of a column of numbers, in which a dash is quieter than a `0`."""

    def or_dash(row: RowT, now: datetime) -> str:
        number = text(row, now)
        return "–" if number == "0" else number

    return or_dash
