"""Ties a select to the dataclass that its rows become, by the names of its fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Any, Generic, NamedTuple, TypeVar, get_type_hints

from sqlalchemy import BigInteger, ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from pftui.domain.clock import UNKNOWN_TIME, from_microseconds
from pftui.domain.source import Source
from pftui.repositories.models import Base
from pftui.repositories.paging import AnyRow
from pftui.repositories.stored import Rule, rule_of

Result = TypeVar("Result")
Converter = Callable[[Any], Any]
_DAMAGED = "damaged"
_RAW = "sort_name"
#: No columns: what a query adds to a row.
_ADDED = frozenset({_DAMAGED, "found_key", "found_team", "for_commands", "creator", "creator_gone"})


class _Field(NamedTuple):
    name: str
    rule: Rule
    nullable: bool
    convert: Converter | None


class RowShape(Generic[Result]):
    """What to select for a dataclass, and how a row becomes one.

    Each field is the column of the same name of `model`, but for those that are named in `others`. What the
    column cannot hold is replaced (see `stored`), and told in the field `damaged` where there is one. A field
    `sort_name` is given as it is stored, whatever that is: a list goes on from it.

    Args:
        result: a dataclass whose fields are texts, numbers, booleans, times and enumerations.

    Raises:
        TypeError: a field has no column, or one of `others` no field; when the module is imported.
    """

    def __init__(self, result: type[Result], model: type[Base], **others: InstrumentedAttribute[Any]) -> None:
        named = [field.name for field in fields(result)]  # type: ignore[arg-type]
        self._tells = _DAMAGED in named
        names = [name for name in named if name not in _ADDED]
        strangers = others.keys() - set(names)
        missing = [name for name in names if name not in others and not hasattr(model, name)]
        if strangers or missing:
            raise TypeError(f"{result.__name__}: no column for {missing}, no field for {sorted(strangers)}")
        attributes = [others.get(name) or getattr(model, name) for name in names]
        types = get_type_hints(result)
        self._result = result
        self._fields = [
            (place, _field(name, types[name], column))
            for place, (name, column) in enumerate(zip(names, attributes, strict=True))
            if name != _RAW
        ]
        self._width = len(names)
        #: To be selected first; more may follow.
        self.columns: tuple[ColumnElement[Any], ...] = tuple(
            column.label(name) for name, column in zip(names, attributes, strict=True)
        )

    def of(self, row: AnyRow) -> Result:
        """The row of a select that begins with `columns`, as an instance."""
        values = list(row[: self._width])
        damaged: tuple[str, ...] = ()
        for place, (name, rule, nullable, convert) in self._fields:
            value = values[place]
            if value is None and nullable:
                continue
            if not rule.whole(value):
                damaged += (name,)
                value = rule.instead(value)
                if convert is from_microseconds:
                    value, convert = UNKNOWN_TIME, None
            values[place] = convert(value) if convert is not None else value
        return self._result(*values, **({_DAMAGED: damaged} if self._tells and damaged else {}))


def _field(name: str, wanted: Any, column: InstrumentedAttribute[Any]) -> _Field:
    nullable = bool(column.property.columns[0].nullable)
    return _Field(name, rule_of(column.key, column.type), nullable, _converter(wanted, column))


def _converter(wanted: Any, column: InstrumentedAttribute[Any]) -> Converter | None:
    """How a stored value becomes one of the wanted type, where it is not one already."""
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return wanted
    if wanted is Source:
        return Source.from_text
    if wanted == datetime | None and isinstance(column.type, BigInteger):
        return from_microseconds
    return None
