"""Ties a select to the dataclass that its rows become, by the names of its fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Any, Generic, TypeVar, get_type_hints

from sqlalchemy import BigInteger, ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from pftui.domain.clock import from_microseconds
from pftui.repositories.models import Base
from pftui.repositories.paging import AnyRow

Result = TypeVar("Result")
Converter = Callable[[Any], Any]


class RowShape(Generic[Result]):
    """What to select for a dataclass, and how a row becomes one.

    Each field is the column of the same name of `model`, but for those that are named in `others`.

    Args:
        result: a dataclass whose fields are texts, numbers, booleans, times and enumerations.

    Raises:
        TypeError: a field has no column, or one of `others` no field; when the module is imported.
    """

    def __init__(self, result: type[Result], model: type[Base], **others: InstrumentedAttribute[Any]) -> None:
        names = [field.name for field in fields(result)]  # type: ignore[arg-type]
        strangers = others.keys() - set(names)
        missing = [name for name in names if name not in others and not hasattr(model, name)]
        if strangers or missing:
            raise TypeError(f"{result.__name__}: no column for {missing}, no field for {sorted(strangers)}")
        attributes = [others.get(name) or getattr(model, name) for name in names]
        types = get_type_hints(result)
        converters = [_converter(types[name], column) for name, column in zip(names, attributes, strict=True)]
        self._result = result
        self._converters = [(place, each) for place, each in enumerate(converters) if each is not None]
        self._width = len(names)
        #: To be selected first; more may follow.
        self.columns: tuple[ColumnElement[Any], ...] = tuple(
            column.label(name) for name, column in zip(names, attributes, strict=True)
        )

    def of(self, row: AnyRow) -> Result:
        """The row of a select that begins with `columns`, as an instance."""
        values = list(row[: self._width])
        for place, convert in self._converters:
            values[place] = convert(values[place])
        return self._result(*values)


def _converter(wanted: Any, column: InstrumentedAttribute[Any]) -> Converter | None:
    """How a stored value becomes one of the wanted type, where it is not one already."""
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return wanted
    if wanted == datetime | None and isinstance(column.type, BigInteger):
        return from_microseconds
    return None
