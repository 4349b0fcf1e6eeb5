"""The table: what it reads, where its cursor is, and what it says where there is nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from pftui import styles
from pftui.widgets.cells import Cell
from pftui.widgets.paged_table import PATIENCE, PagedTable
from pftui.widgets.pages import KEPT, PAGE
from pftui.widgets.theme import DARK, SIXTEEN, THEMES
from tests.patience import PATIENCE as LIMIT
from tests.widgets.row_store import COLUMNS, Item, Named, Numbers, item


class TableApp(App[None]):
    """A table and what it told."""

    CSS_PATH = Path(styles.__file__).parent / "app.tcss"

    def __init__(self, theme: str = DARK) -> None:
        super().__init__()
        for each in THEMES.values():
            self.register_theme(each)
        self.theme = theme
        self.told: list[str] = []
        self.table: PagedTable[Item] = PagedTable(
            COLUMNS, describe_empty=lambda: [(Cell("No items yet. Press n."),)]
        )

    def compose(self) -> ComposeResult:
        yield self.table

    def on_paged_table_moved(self) -> None:
        self.told.append("moved")

    def on_paged_table_opened(self) -> None:
        self.told.append("opened")

    def on_paged_table_failed(self, event: PagedTable.Failed) -> None:
        self.told.append(event.error.message)

    def on_paged_table_waiting(self, event: PagedTable.Waiting) -> None:
        self.told.append(f"waiting {event.waiting}")

    def on_paged_table_sort_requested(self, event: PagedTable.SortRequested) -> None:
        self.told.append(f"sort {event.column}")


@asynccontextmanager
async def opened(source: Numbers, theme: str = DARK) -> AsyncIterator[tuple[TableApp, Pilot[None]]]:
    app = TableApp(theme)
    async with app.run_test(size=(60, 20)) as pilot:
        app.table.focus()
        app.table.show(source, follow=False)
        await until(lambda: app.table.row_count is not None or not source.gate.is_set())
        await pilot.pause()
        yield app, pilot


async def until(condition: Callable[[], object], seconds: float = LIMIT) -> None:
    """Wait for what a thread will bring about; fails where it does not."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the condition is another thread's doing
            await asyncio.sleep(0.005)


def line(app: TableApp, y: int) -> str:
    return app.table.render_line(y).text


def on_screen(app: TableApp) -> list[str]:
    return [line(app, y) for y in range(20)]


def row_name(app: TableApp) -> str | None:
    return app.table.row.name if app.table.row else None


async def test_a_million_rows_open_with_one_page() -> None:
    source = Numbers(1_000_000)
    async with opened(source) as (app, _):
        assert "name 0000000" in line(app, 1)
        assert len(source.pages) == 1


async def test_no_row_is_read_on_the_event_loop() -> None:
    source = Numbers(1000)
    async with opened(source) as (_, pilot):
        await pilot.press("end", "home", "pagedown")
        await until(lambda: len(source.pages) > 1)
    assert threading.get_ident() not in source.threads


async def test_end_goes_to_the_last_of_a_million_and_home_comes_back() -> None:
    source = Numbers(1_000_000)
    async with opened(source) as (app, pilot):
        await pilot.press("end")
        await until(lambda: row_name(app) == "name 0999999")
        await pilot.pause()
        assert "name 0999999" in line(app, 19)
        await pilot.press("home")
        await until(lambda: row_name(app) == "name 0000000")


@pytest.mark.thorough
async def test_memory_does_not_grow_while_scrolling() -> None:
    source = Numbers(1_000_000)
    async with opened(source) as (app, pilot):
        for _ in range(40):
            await pilot.press(*["pagedown"] * 5)
        await until(lambda: app.table.row is not None)
        assert len(app.table._cache) <= KEPT
        assert app.table.cursor == 40 * 5 * 18


async def test_pages_join_without_a_gap() -> None:
    async with opened(Numbers(PAGE * 3)) as (app, pilot):
        seen = {row_name(app)}
        for _ in range(PAGE + 5):
            await pilot.press("down")
            await until(lambda: row_name(app) is not None)
            seen.add(row_name(app))
        assert seen == {item(number).name for number in range(PAGE + 6)}


async def test_keys_stop_at_both_ends() -> None:
    async with opened(Numbers(3)) as (app, pilot):
        await pilot.press("up")
        assert app.table.cursor == 0
        await pilot.press("down", "down", "down", "pagedown")
        assert app.table.cursor == 2


async def test_the_cursor_and_the_scroll_stay_when_rows_come_before() -> None:
    items = [item(number) for number in range(200)]
    source = Named(0, items=items)
    async with opened(source) as (app, pilot):
        await pilot.press(*["pagedown"] * 4)
        await until(lambda: row_name(app) == "name 0000072")
        at = [y for y in range(20) if "name 0000072" in line(app, y)]
        source.items = [Item("new1", "a new one"), Item("new2", "another"), *items]
        app.table.reload()
        await until(lambda: app.table.row_count == 202)
        await pilot.pause()
        assert row_name(app) == "name 0000072"
        assert [y for y in range(20) if "name 0000072" in line(app, y)] == at


async def test_no_neighbour_is_selected_when_the_row_goes() -> None:
    items = [item(number) for number in range(10)]
    source = Named(0, items=items)
    async with opened(source) as (app, pilot):
        await pilot.press("down", "down")
        source.items = [each for each in items if each.id != "id2"]
        app.table.reload()
        await until(lambda: app.table.row_count == 9)
        assert row_name(app) is None
        assert app.table.lost is not None
        assert app.table.lost.id == "id2"
        app.table.reload()
        await until(lambda: not app.table.reading)
        assert row_name(app) is None
        await pilot.press("down")
        assert row_name(app) == "name 0000003"
        assert app.table.lost is None


async def test_what_was_sought_in_vain_leaves_nothing_selected_until_somebody_chooses() -> None:
    source = Numbers(9)
    async with opened(source) as (app, pilot):
        assert row_name(app) == "name 0000000"
        app.table.show(source, follow=True, row_id="id99")
        await until(lambda: not app.table.reading)
        for _ in range(2):
            assert row_name(app) is None
            app.table.reload()
            await until(lambda: not app.table.reading)
        await pilot.press("down")
        assert row_name(app) == "name 0000000"
        app.table.show(source, follow=True, row_id="id99")
        await until(lambda: not app.table.reading)
        app.table.show(source, follow=False)
        await until(lambda: not app.table.reading)
        assert row_name(app) == "name 0000000"


async def test_a_row_that_is_sought_is_found_though_the_rows_are_read_again_meanwhile() -> None:
    """As when the console looks at the store just after the palette has found a row."""
    source = Numbers(9)
    async with opened(source) as (app, _):
        source.gate.clear()
        app.table.show(source, follow=True, row_id="id4")
        app.table.reload()
        app.table.show(source, follow=True)
        source.gate.set()
        await until(lambda: not app.table.reading)
        assert row_name(app) == "name 0000004"
        app.table.reload()
        await until(lambda: not app.table.reading)
        assert row_name(app) == "name 0000004"


async def test_a_hand_is_stronger_than_what_is_sought() -> None:
    source = Numbers(9)
    async with opened(source) as (app, pilot):
        source.gate.clear()
        app.table.show(source, follow=True, row_id="id4")
        await pilot.press("down", "down")
        app.table.reload()
        source.gate.set()
        await until(lambda: not app.table.reading)
        assert row_name(app) == "name 0000002"


@pytest.mark.parametrize(("keys", "row"), [(("end",), 8), (("down", "down"), 2), (("down", "end", "up"), 7)])
async def test_a_hand_that_moves_while_the_rows_are_read_again_is_not_undone(
    keys: tuple[str, ...], row: int
) -> None:
    source = Numbers(9)
    async with opened(source) as (app, pilot):
        await until(lambda: not app.table.reading)
        source.gate.clear()
        app.table.reload()
        await pilot.press(*keys)
        source.gate.set()
        await until(lambda: not app.table.reading)
        assert row_name(app) == item(row).name


async def test_nor_is_one_that_moved_to_where_no_row_is_known_yet() -> None:
    source = Numbers(1000)
    async with opened(source) as (app, pilot):
        await until(lambda: not app.table.reading)
        source.gate.clear()
        await pilot.press("end")
        app.table.reload()
        source.gate.set()
        await until(lambda: not app.table.reading and app.table.row)
        assert row_name(app) == item(999).name


async def test_nor_is_one_that_moves_in_the_first_rows_while_all_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source, counted = Numbers(9), threading.Event()

    def count() -> int:
        assert counted.wait(LIMIT)
        return 9

    monkeypatch.setattr(source, "count", count)
    async with opened(source) as (app, pilot):
        await until(lambda: row_name(app) == item(0).name)
        await pilot.press("down")
        counted.set()
        await until(lambda: not app.table.reading)
        assert row_name(app) == item(1).name


async def test_one_that_moves_in_the_rows_before_another_query_s_does_not_move_in_those() -> None:
    source = Numbers(9)
    async with opened(source) as (app, pilot):
        await until(lambda: not app.table.reading)
        await pilot.press("end")
        source.gate.clear()
        app.table.show(Named(0, gate=source.gate), follow=False)
        await pilot.press("up")
        source.gate.set()
        await until(lambda: not app.table.reading)
        assert (app.table.row_count, app.table.lost) == (0, None)


async def test_another_query_begins_at_its_first_row_whatever_was_sought() -> None:
    source = Numbers(9)
    async with opened(source) as (app, _):
        source.gate.clear()
        app.table.show(source, follow=True, row_id="id4")
        app.table.show(source, follow=False)
        source.gate.set()
        await until(lambda: not app.table.reading)
        assert row_name(app) == "name 0000000"


async def test_a_stale_answer_is_dropped() -> None:
    slow, quick = Numbers(5), Numbers(2)
    slow.gate.clear()
    async with opened(slow) as (app, pilot):
        app.table.show(quick, follow=False)
        await until(lambda: app.table.row_count == 2)
        slow.gate.set()
        await asyncio.sleep(0.05)
        await pilot.pause()
        assert app.table.row_count == 2


async def test_loading_is_said_late_and_its_end_too() -> None:
    source = Numbers(5)
    source.gate.clear()
    began = monotonic()
    async with opened(source) as (app, pilot):
        early = "Loading" in "".join(on_screen(app))
        assert not early or monotonic() - began > PATIENCE  # on a busy host it may be time for it
        await until(lambda: "waiting True" in app.told, LIMIT)
        assert "Loading…" in line(app, 2)
        source.gate.set()
        await until(lambda: "waiting False" in app.told)
        await pilot.pause()
        assert "Loading" not in "".join(on_screen(app))


async def test_a_quick_answer_says_nothing_of_loading() -> None:
    began = monotonic()
    async with opened(Numbers(5)) as (app, _):
        said = any(each.startswith("waiting") for each in app.told)
        assert not said or monotonic() - began > PATIENCE


async def test_an_empty_list_says_what_would_be_here() -> None:
    async with opened(Numbers(0)) as (app, _):
        assert "No items yet. Press n." in line(app, 2)
        assert app.table.row is None


async def test_a_lost_store_keeps_the_rows_that_are_there() -> None:
    source = Numbers(5)
    async with opened(source) as (app, pilot):
        source.lost = True
        app.table.reload()
        await until(lambda: "The store cannot be reached. Nothing was changed." in app.told)
        await pilot.pause()
        assert "name 0000000" in line(app, 1)
        source.lost = False
        source.total = 6
        app.table.reload()
        await until(lambda: app.table.row_count == 6)


async def test_a_store_lost_from_the_start_says_how_to_try_again() -> None:
    source = Numbers(5, lost=True)
    app = TableApp()
    async with app.run_test(size=(60, 20)) as pilot:
        app.table.show(source, follow=False)
        await until(lambda: app.told)
        await pilot.pause()
        assert "could not be read" in line(app, 2)
        assert "ctrl+r" in line(app, 3)


async def test_a_click_selects_a_second_opens_and_a_title_sorts() -> None:
    async with opened(Numbers(10)) as (app, pilot):
        await pilot.click(PagedTable, offset=(5, 4))
        assert app.table.cursor == 3
        assert "opened" not in app.told
        await pilot.click(PagedTable, offset=(5, 4), times=2)
        assert "opened" in app.told
        await pilot.click(PagedTable, offset=(5, 0))
        assert "sort name" in app.told


async def test_the_mouse_over_rows_paints_nothing() -> None:
    async with opened(Numbers(30)) as (app, pilot):
        await pilot.hover(PagedTable, offset=(5, 2))
        await pilot.pause()
        painted = 0

        def count() -> None:
            nonlocal painted
            painted += 1

        app.post_display_hook = count  # type: ignore[method-assign]
        for y in range(3, 18):
            await pilot.hover(PagedTable, offset=(5, y))
        assert painted == 0


async def test_names_are_data_and_wide_ones_stay_in_their_column() -> None:
    source = Named(0, items=[Item("1", "[red]x[/red]"), Item("2", "日本語ボット"), Item("3", "🚀 launcher")])
    async with opened(source) as (app, _):
        assert "[red]x[/red]" in line(app, 1)
        starts = [cell_len(line(app, y)[: line(app, y).index(str(y))]) for y in (1, 2, 3)]
        assert len(set(starts)) == 1
        assert all(cell_len(line(app, y)) == 60 for y in (1, 2, 3))


@pytest.mark.parametrize("theme", [DARK, SIXTEEN])
async def test_the_selected_row_shows_without_colour(theme: str) -> None:
    async with opened(Numbers(3), theme) as (app, _):
        selected, other = app.table.render_line(1), app.table.render_line(2)
        assert selected.text.startswith("▌")
        assert not other.text.startswith("▌")
        if theme == SIXTEEN:
            assert all(segment.style and segment.style.reverse for segment in list(selected)[1:])


async def test_the_order_is_shown_by_an_arrow() -> None:
    async with opened(Numbers(3)) as (app, _):
        app.table.sorted_by = ("name", False)
        assert "Name ↑" in line(app, 0)
        app.table.sorted_by = ("name", True)
        assert "Name ↓" in line(app, 0)


async def test_another_theme_repaints_with_its_colours() -> None:
    async with opened(Numbers(3)) as (app, pilot):
        before = app.table.render_line(2)
        app.theme = "pftui-light"
        await pilot.pause()
        assert list(app.table.render_line(2)) != list(before)
