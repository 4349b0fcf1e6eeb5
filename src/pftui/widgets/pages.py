"""Reading rows a page at a time, off the event loop, and keeping only the pages near the eye."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from pftui.domain.paging import PageRequest

PAGE = 64
"""Rows a page."""

KEPT = 8
"""Pages that are kept: enough for the tallest terminal with a page to spare on either side."""


class Row(Protocol):
    """A row has an id, by which the cursor finds it again."""

    @property
    def id(self) -> str:
        """Unique among the rows."""


RowT = TypeVar("RowT", bound=Row)
RowT_co = TypeVar("RowT_co", bound=Row, covariant=True)


class RowSource(Protocol[RowT_co]):
    """Where rows come from: one query. Every method blocks and is called in a thread."""

    def count(self) -> int:
        """How many rows there are."""

    def page(self, request: PageRequest) -> Sequence[RowT_co]:
        """Some of them."""

    def position(self, row_id: str) -> int | None:
        """The number (from 0) of a row; None where it is not among them."""


@dataclass(frozen=True, slots=True)
class View:
    """What to read: where cursor and top of the window are (row numbers) and how many rows it shows."""

    cursor: int
    cursor_id: str | None
    top: int
    height: int
    follow: bool
    """Whether the cursor stays on its row (by its id) rather than going to the first one."""


@dataclass(frozen=True, slots=True)
class Loaded(Generic[RowT]):
    """What was read, and where cursor and top are now."""

    count: int
    cursor: int
    top: int
    lost: bool = False
    """Whether the row that the cursor was to stay on, or to be put on, is not among the rows."""

    pages: dict[int, tuple[RowT, ...]] = field(default_factory=dict)


class Cancelled(Exception):
    """Something newer is wanted: the rest need not be read."""


def load(
    source: RowSource[RowT],
    view: View,
    cancelled: Callable[[], bool],
    early: Callable[[Loaded[RowT]], object] = lambda loaded: None,
) -> Loaded[RowT]:
    """Read what a window shows, from scratch. Raises `Cancelled`, and what the source raises.

    A list that begins at its first row is read before it is counted, which may take long: `early` gets its
    first page at once, as if there were no more.
    """
    pages: dict[int, tuple[RowT, ...]] = {}
    if not view.follow:
        _go_on(cancelled)
        pages[0] = read_page(source, 0, pages)
        _go_on(cancelled)
        early(Loaded(len(pages[0]), 0, 0, pages=dict(pages)))
    count = source.count()
    cursor, top, lost = _find(source, view, count)
    if count:
        last = min(top + view.height, count) - 1
        for number in range(top // PAGE, max(last, 0) // PAGE + 1):
            if number not in pages:
                _go_on(cancelled)
                pages[number] = read_page(source, number, pages)
    return Loaded(count, cursor, top, lost, pages)


def _go_on(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Cancelled


def _find(source: RowSource[RowT], view: View, count: int) -> tuple[int, int, bool]:
    """Where the cursor's row is now, the top that keeps it on its line of the window, whether it is lost."""
    if not view.follow:
        return 0, 0, False
    position = source.position(view.cursor_id) if view.cursor_id else None
    cursor = view.cursor if position is None else position
    cursor = max(0, min(cursor, count - 1))
    top = cursor - (view.cursor - view.top)
    return cursor, max(0, min(top, count - view.height)), bool(view.cursor_id) and position is None


def read_page(source: RowSource[RowT], number: int, known: dict[int, tuple[RowT, ...]]) -> tuple[RowT, ...]:
    """One page: by its neighbour's key where a neighbour is known, by counting otherwise."""
    before, after = known.get(number - 1), known.get(number + 1)
    request = PageRequest(
        offset=number * PAGE,
        size=PAGE,
        after=before[-1].id if before and len(before) == PAGE else None,
        before=after[0].id if after and not (before and len(before) == PAGE) else None,
    )
    return tuple(source.page(request))


class PageCache(Generic[RowT]):
    """The pages at hand: the least lately used goes first, so that memory stays the same at any length."""

    def __init__(self) -> None:
        self._pages: OrderedDict[int, tuple[RowT, ...]] = OrderedDict()

    def row(self, number: int) -> RowT | None:
        """A row, if its page is at hand."""
        page = self._pages.get(number // PAGE)
        if page is None or number % PAGE >= len(page):
            return None
        return page[number % PAGE]

    def page(self, number: int) -> tuple[RowT, ...] | None:
        """A page, if it is at hand."""
        return self._pages.get(number)

    def add(self, pages: dict[int, tuple[RowT, ...]], seen: range) -> None:
        """Keep pages; the ones in `seen` (page numbers on the screen) are the last to go."""
        for number, rows in pages.items():
            self._pages[number] = rows
            self._pages.move_to_end(number)
        for number in seen:
            if number in self._pages:
                self._pages.move_to_end(number)
        while len(self._pages) > KEPT:
            self._pages.popitem(last=False)

    def clear(self) -> None:
        """Forget all."""
        self._pages.clear()

    def missing(self, numbers: Sequence[int]) -> list[int]:
        """Which of these pages are not at hand."""
        return [number for number in numbers if number not in self._pages]

    def around(self, number: int) -> dict[int, tuple[RowT, ...]]:
        """The neighbours of a page that are at hand."""
        return {near: self._pages[near] for near in (number - 1, number + 1) if near in self._pages}

    def __len__(self) -> int:
        return len(self._pages)
