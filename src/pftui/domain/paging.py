"""How a long list is asked for: one page at a time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageRequest:
    """`size` rows from row number `offset` on (both count rows, from 0).

    With `after` (the id of the row before the page) or `before` (the id of the row behind it) the
    page is found by its neighbour's sort key, which costs the same anywhere in a list of a million;
    without them, as for a jump of the scroll bar, by counting. `after_key` is the sort key of the row
    before the page as it was read, for who goes through a whole list while others rename and delete.
    """

    offset: int = 0
    size: int = 50
    after: str | None = None
    before: str | None = None
    after_key: tuple[str, ...] | None = None


def sort_key_by_name(row_id: str, sort_name: str, damaged: tuple[str, ...]) -> tuple[str, str] | None:
    """Where a list by name goes on behind a row; None where its id is damaged, and none is known."""
    return None if "id" in damaged else (sort_name, row_id)
