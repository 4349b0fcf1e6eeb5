"""Pages are read by their neighbours, and only those near the eye are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from pftui.domain.paging import PageRequest
from pftui.widgets.pages import KEPT, PAGE, Cancelled, Loaded, PageCache, View, load


@dataclass(frozen=True)
class Item:
    id: str


@dataclass
class Items:
    """A source over a list, which remembers what it was asked for."""

    ids: list[str]
    asked: list[PageRequest] = field(default_factory=list)

    def count(self) -> int:
        return len(self.ids)

    def page(self, request: PageRequest) -> Sequence[Item]:
        self.asked.append(request)
        start = self.ids.index(request.after) + 1 if request.after else request.offset
        return [Item(each) for each in self.ids[start : start + request.size]]

    def position(self, row_id: str) -> int | None:
        return self.ids.index(row_id) if row_id in self.ids else None


def names(count: int) -> list[str]:
    return [f"n{number:07}" for number in range(count)]


def never() -> bool:
    return False


def test_only_what_is_seen_is_read() -> None:
    items = Items(names(10_000))
    loaded = load(items, View(0, None, 0, 30, False), never)
    assert (loaded.count, loaded.cursor, loaded.top) == (10_000, 0, 0)
    assert list(loaded.pages) == [0]
    assert len(items.asked) == 1


def test_the_second_page_is_found_by_its_neighbour() -> None:
    items = Items(names(1_000))
    load(items, View(60, None, 50, 30, True), never)
    assert [request.after for request in items.asked] == [None, f"n{PAGE - 1:07}"]


def test_the_cursor_stays_on_its_row_and_the_row_on_its_line() -> None:
    ids = names(500)
    cursor, top = 200, 190
    inserted = ["a1", "a2", *ids]
    loaded = load(Items(inserted), View(cursor, ids[200], top, 30, True), never)
    assert inserted[loaded.cursor] == ids[200]
    assert loaded.cursor - loaded.top == cursor - top
    assert not loaded.lost


def test_where_the_row_is_gone_the_cursor_stays_on_its_line() -> None:
    ids = names(500)
    del ids[200]
    loaded = load(Items(ids), View(200, "n0000200", 190, 30, True), never)
    assert (loaded.cursor, loaded.top, loaded.lost) == (200, 190, True)


def test_a_list_that_shrank_below_the_cursor() -> None:
    loaded = load(Items(names(3)), View(200, "gone", 190, 30, True), never)
    assert (loaded.cursor, loaded.top) == (2, 0)


def test_an_empty_list() -> None:
    loaded = load(Items([]), View(5, "gone", 0, 30, True), never)
    assert (loaded.count, loaded.cursor, loaded.pages) == (0, 0, {})


def test_what_is_not_wanted_any_more_is_not_read() -> None:
    items = Items(names(500))
    with pytest.raises(Cancelled):
        load(items, View(0, None, 0, 30, False), lambda: True)
    assert items.asked == []


def test_a_list_from_its_first_row_is_read_before_it_is_counted() -> None:
    items = Items(names(500))
    told: list[Loaded[Item]] = []

    def early(loaded: Loaded[Item]) -> None:
        told.append(loaded)
        items.ids.append("one that comes meanwhile")

    loaded = load(items, View(7, "n0000007", 0, 30, False), never, early)
    assert [(each.count, each.cursor, each.top, list(each.pages)) for each in told] == [(PAGE, 0, 0, [0])]
    assert (loaded.count, loaded.pages) == (501, told[0].pages)
    assert len(items.asked) == 1, "no page is read twice"


def test_a_list_that_keeps_its_place_is_shown_once_all_is_known() -> None:
    told: list[object] = []
    load(Items(names(500)), View(200, "n0000200", 190, 30, True), never, told.append)
    assert told == []


def test_the_cache_stays_small_and_keeps_what_is_seen() -> None:
    cache: PageCache[Item] = PageCache()
    for number in range(1000):
        cache.add({number: (Item(str(number)),)}, range(1))
    assert len(cache) == KEPT
    assert cache.row(0) == Item("0")
    assert cache.row(999 * PAGE) == Item("999")
    assert cache.row(5 * PAGE) is None
