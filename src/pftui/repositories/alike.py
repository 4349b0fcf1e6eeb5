"""Finds the row whose name people would take for another (R6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from pftui.domain.look_alikes import look_alike
from pftui.domain.names import fold
from pftui.repositories.models import Base

RowT = TypeVar("RowT", bound=Base)


def is_alike(name: str, other: str) -> bool:
    """Whether they are one name, or look like one."""
    return fold(name) == fold(other) or look_alike(name, other)


def first_alike(rows: Iterable[RowT], of_row: Callable[[RowT], tuple[str, ...]], name: str) -> RowT | None:
    """The first row one of whose names is like `name`; before those that are like it, one that is the same.

    Args:
        rows: what a hash finds, which is looked at: "Modem" and "Modern" have the same.
        of_row: the names of a row.
    """
    alike = [row for row in rows if any(is_alike(name, each) for each in of_row(row))]
    same = (row for row in alike if any(fold(name) == fold(each) for each in of_row(row)))
    return next(same, alike[0] if alike else None)
