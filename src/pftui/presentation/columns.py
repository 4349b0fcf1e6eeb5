"""A column of a table for people, whoever draws it: the console and the command line show the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

RowT = TypeVar("RowT")


@dataclass(frozen=True)
class Column(Generic[RowT]):
    """A title, and the text of a row's cell at a moment (for relative times). Numbers stand to the right."""

    title: str
    text: Callable[[RowT, datetime], str]
    number: bool = False
