"""How a long list is asked for: one page at a time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageRequest:
    """`size` rows from row number `offset` on (both count rows, from 0).

    With `after` (the id of the row before the page) or `before` (the id of the row behind it) the
    page is found by its neighbour's sort key, which costs the same anywhere in a list of a million;
    without them, as for a jump of the scroll bar, by counting.
    """

    offset: int = 0
    size: int = 50
    after: str | None = None
    before: str | None = None
