"""One cell of a table."""

from __future__ import annotations

from typing import NamedTuple


class Cell(NamedTuple):
    """A text and the name of its style: `text`, `muted`, `success`, `warning`, `error`, `accent`, `bold`."""

    text: str
    style: str = "text"


BLANK = Cell("")
