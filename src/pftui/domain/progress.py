"""How far something long is, for whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

#: Told of what is being done: what, how much of it is done, of how much (0 where that is not known).
Progress: TypeAlias = Callable[[str, int, int], object]


def silent(what: str, done: int, total: int) -> None:
    """Tells nobody."""
