"""Finds the row whose name people would take for another (R6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from pftui.domain.look_alikes import look_alike
from pftui.domain.names import fold
from pftui.repositories.models import Base

RowT = TypeVar("RowT", bound=Base)


def is_alike(name: str, other: str) -> bool:
    """Whether they are one name, or look like one."""
    return fold(name) == fold(other) or look_alike(name, other)


def first_alike(
    session: Session,
    model: type[RowT],
    of_row: Callable[[RowT], tuple[str, ...]],
    name: str,
    *conditions: ColumnElement[Any],
) -> RowT | None:
    """The first row of those that meet the conditions one of whose names is like `name`.

    Args:
        of_row: the names of a row. What a hash finds is looked at: "Modem" and "Modern" have the same.
    """
    rows = session.scalars(select(model).where(*conditions))
    return next((row for row in rows if any(is_alike(name, each) for each in of_row(row))), None)
