"""One cell of a table."""

from __future__ import annotations

from typing import NamedTuple


class Cell(NamedTuple):
    """A text and the role of its colour: `text`, `muted`, `good`, `care`, `wrong`, `accent`, `bold`."""

    text: str
    role: str = "text"


BLANK = Cell("")
