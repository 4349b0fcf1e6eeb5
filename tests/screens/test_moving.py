"""What a hand moves by does so in every list and every text, by the widgets and screens there are."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, OptionList

import pftui.screens
import pftui.widgets
from pftui.screens.account_details import AccountDetailsScreen
from pftui.screens.accounts.choose_role import RolePicker
from pftui.screens.dialogs.choose import Choose
from pftui.screens.dialogs.dialog import Choice
from pftui.screens.dialogs.form import Tick
from pftui.screens.dialogs.text_modal import TextModal
from pftui.screens.key_map import MOTIONS
from pftui.widgets.item_list import ItemList
from pftui.widgets.paged_table import PagedTable
from pftui.widgets.reading_box import ReadingBox
from pftui.widgets.table_lines import TableLines
from pftui.widgets.twice import Twice
from tests.conftest import SetClock
from tests.patience import PATIENCE
from tests.screens.console_app import selected, signed_in, until, users
from tests.screens.flow_app import Store

#: Into a team and out of it is for the one list that has something inside.
EVERYWHERE = [motion for motion in MOTIONS if motion.id not in ("step_in", "step_out")]
#: What has the focus and is no list: fields and buttons.
NO_LISTS = (Input, Choice, Tick)


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy host may take longer between the two keys of `gg` than a hand."""
    monkeypatch.setattr(Twice, "WITHIN", PATIENCE)


def of_pftui(base: type) -> Iterator[type]:
    """All classes of pftui below another one."""
    for package in (pftui.screens, pftui.widgets):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    seen: set[type] = set()
    waiting: list[type] = [base]
    while waiting:
        below: list[type] = waiting.pop().__subclasses__()
        for each in below:
            if each not in seen:
                seen.add(each)
                waiting.append(each)
    return (each for each in seen if each.__module__.startswith("pftui."))


def keys_of(widget: type) -> set[str]:
    """The keys that a class and its bases bind."""
    bound: set[str] = set()
    for base in widget.__mro__:
        for binding in vars(base).get("BINDINGS", ()):
            keys = binding.key if isinstance(binding, Binding) else binding[0]
            bound |= {key.strip() for key in keys.split(",")}
    return bound


LISTS = sorted(
    (
        each
        for each in of_pftui(Widget)
        if each is not TableLines  # which PagedTable alone is made of
        and not issubclass(each, (Screen, *NO_LISTS))
        and getattr(each, "can_focus", False)
    ),
    key=lambda each: each.__name__,
)


def test_the_lists_are_found() -> None:
    assert {PagedTable, ItemList, RolePicker, ReadingBox} <= set(LISTS)
    assert all(issubclass(each, (PagedTable, ItemList, OptionList, ReadingBox)) for each in LISTS)


@pytest.mark.parametrize("widget", LISTS, ids=lambda widget: widget.__name__)
def test_every_list_and_text_has_every_key_that_moves(widget: type) -> None:
    wanted = {key for motion in EVERYWHERE for key in motion.keys.split(",")}
    assert wanted <= keys_of(widget)


def table(app: Any) -> Callable[[], int]:
    focused = app.focused
    assert isinstance(focused, PagedTable)
    return lambda: focused.cursor


def entries(app: Any) -> Callable[[], int]:
    focused = app.focused
    assert isinstance(focused, ItemList)
    ids = [each.id for each in focused._entries if each.id]
    return lambda: ids.index(focused.chosen or "")


def pane(app: Any) -> Callable[[], int]:
    focused = app.focused
    assert isinstance(focused, ReadingBox)
    return lambda: int(focused.scroll_y)


def text(app: Any) -> Callable[[], int]:
    box = app.screen.query_one(".dialog")
    return lambda: int(box.scroll_y)


#: Each goes down, then back to where it began.
WALKS = [
    (["G"], ["g", "g"]),
    (["end"], ["home"]),
    (["ctrl+d"], ["ctrl+u"]),
    (["pagedown"], ["pageup"]),
    (["space"], ["pageup"]),
    (["down"], ["up"]),
]
OPENS: dict[str, tuple[tuple[str, ...], Callable[[Any], Callable[[], int]]]] = {
    "users": ((), table),
    "teams": (("2",), table),
    "team": (("2", "enter"), table),
    "role": (("3", "enter"), pane),
    "details": (("enter",), entries),
    "help": (("question_mark",), text),
}


@pytest.mark.parametrize("place", OPENS)
async def test_they_move_as_hands_expect(place: str, store: Store, sqlite_url: str, clock: SetClock) -> None:
    for number in range(12):
        store.services.teams.create(store.admin, f"A Team {number:02}")
        store.service_account(f"bot-{number:02}", "Red Team")
    role = store.services.roles.find(store.admin, "Viewer").id
    for team in store.teams().values():
        store.services.teams.add(store.admin, team.id, store.admin.id, role)
    keys, measured = OPENS[place]
    async with signed_in(sqlite_url, clock, (100, 24)) as (app, pilot):
        users(app).reveal(store.admin.id)
        await until(lambda: selected(app) == "Alice Ng")
        for key in keys:
            if key == "enter" and place == "team":
                app.shell.tab.reveal(store.teams()["Red Team"].id)  # type: ignore[union-attr]
                await until(lambda: app.shell.context().team.name == "Red Team")  # type: ignore[union-attr]
            await pilot.press(key)
            await pilot.pause()
        if place == "details":
            await until(lambda: isinstance(app.screen, AccountDetailsScreen) and app.screen.context().account)
        if place == "role":
            await until(lambda: isinstance(app.focused, ReadingBox) and app.focused.max_scroll_y > 0)
        if place == "help":
            await until(lambda: isinstance(app.screen, TextModal))
        if place in ("teams", "team"):
            inside = place == "team"
            await until(lambda: isinstance(app.focused, PagedTable) and app.focused.row)
            await until(lambda: (app.focused.id == "teams") != inside)  # type: ignore[union-attr]
        await pilot.pause()
        at = measured(app)
        await pilot.press("home")
        await until(lambda: at() == 0)
        for down, up in WALKS:
            await pilot.press(*down)
            await until(lambda: at() > 0)
            await pilot.press(*up)
            await until(lambda: at() == 0)


async def test_in_a_search_they_move_in_what_is_typed_and_arrows_in_the_list(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    for number in range(5):
        store.services.teams.create(store.admin, f"Team {number}")
    store.service_account("ci-bot")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        users(app).reveal(store.accounts()["ci-bot"].id)
        await until(lambda: selected(app) == "ci-bot")
        await pilot.press("a")
        await until(lambda: isinstance(app.screen, Choose))
        rows = app.screen.query_one(PagedTable)
        await until(lambda: rows.row is not None)
        await pilot.press("down", "down")
        await until(lambda: rows.cursor == 2)
        await pilot.press("pageup")
        await until(lambda: rows.cursor == 0)
        await pilot.press(*"team", "home", "G")
        assert app.screen.query_one("#search", Input).value == "Gteam"


async def test_the_roles_too(store: Store, sqlite_url: str, clock: SetClock) -> None:
    store.service_account("ci-bot", "Red Team")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("2")
        await until(
            lambda: isinstance(app.focused, PagedTable) and app.focused.id == "teams" and app.focused.row
        )
        app.shell.tab.reveal(store.teams()["Red Team"].id)  # type: ignore[union-attr]
        await until(lambda: app.shell.context().team.name == "Red Team")  # type: ignore[union-attr]
        await pilot.press("enter")
        await until(lambda: app.shell.context().account is not None)  # type: ignore[union-attr]
        await pilot.press("r")
        await until(lambda: app.screen.query(RolePicker) and app.screen.query_one(RolePicker).role)
        picker = app.screen.query_one(RolePicker)
        last = picker.option_count - 1
        for down, up in (("G", "g g"), ("end", "home"), ("ctrl+d", "ctrl+u"), ("space", "pageup")):
            await pilot.press(*down.split())
            await until(lambda: picker.highlighted == last)
            await pilot.press(*up.split())
            await until(lambda: picker.highlighted == 0)
