"""Walk a list of any length, one keyset page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from pftui.commands.output import PAGE
from pftui.domain.names import fold
from pftui.domain.paging import PageRequest


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


Row = TypeVar("Row", bound=_Identified)


def walk(
    page: Callable[[PageRequest], Sequence[Row]], name: Callable[[Row], str], limit: int | None = None
) -> Iterator[Row]:
    """All rows that `page` gives, or the first `limit`, each page found by the last row of the one before.

    By that row's name and id as they were read: it may be renamed or deleted before the next page is.
    """
    offset, after = 0, None
    while limit is None or offset < limit:
        size = PAGE if limit is None else min(PAGE, limit - offset)
        rows = page(PageRequest(offset=offset, size=size, after_key=after))
        yield from rows
        if len(rows) < size:
            return
        offset, after = offset + len(rows), (fold(name(rows[-1])), rows[-1].id)
