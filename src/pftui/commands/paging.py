"""Walk a list of any length, one keyset page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from pftui.commands.output import PAGE
from pftui.domain.paging import PageRequest


class _Sorted(Protocol):
    @property
    def sort_key(self) -> tuple[str, str] | None: ...


Row = TypeVar("Row", bound=_Sorted)


def walk(page: Callable[[PageRequest], Sequence[Row]], limit: int | None = None) -> Iterator[Row]:
    """All rows that `page` gives, or the first `limit`, each page found by the last row of the one before.

    By that row's sort key as it was read: it may be renamed or deleted before the next page is.
    """
    offset, after = 0, None
    while limit is None or offset < limit:
        size = PAGE if limit is None else min(PAGE, limit - offset)
        rows = page(PageRequest(offset=offset, size=size, after_key=after))
        yield from rows
        if len(rows) < size:
            return
        offset, after = offset + len(rows), rows[-1].sort_key
