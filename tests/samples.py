"""Rows for tests that look at some of their fields: the others get a value by their type.

So a new field is no edit in every test that makes a row.
"""

from __future__ import annotations

from dataclasses import is_dataclass
from datetime import UTC, datetime
from enum import Enum
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

RowT = TypeVar("RowT")
_PLAIN: dict[type, object] = {
    str: "",
    int: 0,
    bool: False,
    datetime: datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
}


def sample(row_type: type[RowT], /, **given: object) -> RowT:
    """A dataclass with the fields that are given; its other fields are empty, 0, None or the first member."""
    hints = get_type_hints(row_type)
    unknown = given.keys() - hints.keys()
    assert not unknown, f"{row_type.__name__} has no {', '.join(sorted(unknown))}"
    return row_type(**{name: given[name] if name in given else _value(hint) for name, hint in hints.items()})


def _value(hint: Any) -> object:
    if NoneType in get_args(hint):
        return None
    if get_origin(hint) is tuple:
        return ()
    if is_dataclass(hint) and isinstance(hint, type):
        return sample(hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    return _PLAIN[hint]
