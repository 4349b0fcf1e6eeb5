"""The footer, the chips and the short list: what fits, what a click means, what keys choose."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widget import Widget

from pftui.widgets.filter_bar import Chips
from pftui.widgets.item_list import Entry, ItemList
from pftui.widgets.key_footer import Item, KeyFooter, fitting
from pftui.widgets.theme import DARK, THEMES

ITEMS = (Item("new", "n", "New user", 2), Item("open", "⏎", "Open", 1), Item("help", "?", "Help", 3))
TITLES = ("All", "Users", "Service accounts")


class One(App[None]):
    """An app with one widget, which keeps what is told."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.register_theme(THEMES[DARK])
        self.theme = DARK
        self.widget = widget
        self.told: list[object] = []

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield self.widget

    def on_key_footer_chosen(self, event: KeyFooter.Chosen) -> None:
        self.told.append(event.command_id)

    def on_chips_chosen(self, event: Chips.Chosen) -> None:
        self.told.append(event.number)


def total(items: Iterable[Item], gap: int) -> int:
    """The cells that a footer takes, with one at each side."""
    return 2 - gap + sum(len(item.key) + 1 + len(item.label) + gap for item in items)


def test_a_footer_leaves_out_what_ranks_last_and_only_as_much_as_it_must() -> None:
    assert fitting(ITEMS, total(ITEMS, 3)) == (list(ITEMS), 3)
    assert fitting(ITEMS, total(ITEMS, 3) - 1) == (list(ITEMS), 2)
    assert fitting(ITEMS, total(ITEMS, 2)) == (list(ITEMS), 2)
    fewer = [ITEMS[0], ITEMS[1]]
    assert fitting(ITEMS, total(ITEMS, 2) - 1)[0] == fewer
    assert fitting(ITEMS, total(fewer, 2) - 1)[0] == [ITEMS[1]]
    assert fitting(ITEMS, 1)[0] == [ITEMS[1]]


async def test_each_cell_of_a_footer_is_the_key_that_is_drawn_there() -> None:
    footer = KeyFooter()
    app = One(footer)
    async with app.run_test(size=(80, 5)) as pilot:
        footer.show(ITEMS)
        await pilot.pause()
        line = footer.render().plain
        for item in ITEMS:
            start = line.index(f"{item.key} {item.label}")
            for x in (start, start + item.width - 1):
                app.told.clear()
                await pilot.click(footer, offset=(x, 0))
                assert app.told == [item.id]
            app.told.clear()
            await pilot.click(footer, offset=(start + item.width, 0))
            assert app.told == []


async def test_each_cell_of_a_chip_is_its_choice() -> None:
    chips = Chips(TITLES)
    app = One(chips)
    async with app.run_test(size=(80, 5)) as pilot:
        line = chips.render().plain
        for number, title in enumerate(TITLES):
            start = line.index(title) - 1
            for x in (start, start + len(title) + 1):
                app.told.clear()
                await pilot.click(chips, offset=(x, 0))
                assert app.told == [number]
            app.told.clear()
            await pilot.click(chips, offset=(start + len(title) + 2, 0))
            assert app.told == []


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        ("down", "b"),
        ("down down", "c"),
        ("down down down", "c"),
        ("end", "c"),
        ("end up", "b"),
        ("up", "a"),
        ("end home", "a"),
    ],
)
async def test_keys_choose_in_a_short_list_and_stop_at_its_ends(keys: str, chosen: str) -> None:
    entries = [Entry(None, [[("Heading", "$muted")]]), *(Entry(each, [[(each, "$text")]]) for each in "abc")]
    items = ItemList()
    async with One(items).run_test(size=(40, 10)) as pilot:
        items.show(entries)
        items.focus()
        await pilot.press(*keys.split())
        assert items.chosen == chosen


async def test_what_is_chosen_stays_so_while_it_is_there() -> None:
    items = ItemList()
    async with One(items).run_test(size=(40, 10)) as pilot:
        items.show([Entry(each, [[(each, "$text")]]) for each in "abc"])
        items.focus()
        await pilot.press("down")
        items.show([Entry(each, [[(each, "$text")]]) for each in "xbz"])
        assert items.chosen == "b"
        items.show([Entry(each, [[(each, "$text")]]) for each in "xz"])
        assert items.chosen == "x"
        items.show([])
        assert items.chosen is None


async def test_each_line_of_an_entry_chooses_it() -> None:
    items = ItemList()
    async with One(items).run_test(size=(40, 10)) as pilot:
        entries = [Entry(each, [[(each, "$text")], [("more", "$muted")]]) for each in "ab"]
        items.show([Entry(None, [[("Heading", "$muted")]]), *entries])
        await pilot.pause()
        for y, chosen in ((3, "b"), (2, "a"), (4, "b"), (1, "a"), (3, "b"), (0, "b")):
            await pilot.click(items, offset=(1, y))
            assert items.chosen == chosen
