"""A store of a million accounts: what opening and scrolling it costs beside one of a thousand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.table import Row


def million(home: Path) -> Iterator[Row]:
    """To come."""
    yield from ()
