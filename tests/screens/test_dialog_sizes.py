"""Modals fit the screen: at 60×18 every button is whole and the field that has the keys is seen."""

from __future__ import annotations

from typing import Any

import pytest
from textual.geometry import Region
from textual.widgets import Input

from pftui.screens.accounts.choose_role import ChooseRole, RolePicker
from pftui.screens.accounts.create_service_account import CreateServiceAccount
from pftui.screens.accounts.edit_account import EditAccount
from pftui.screens.accounts.new_user import NewUser
from pftui.screens.accounts.own_password import OwnPassword
from pftui.screens.dialogs.choose import Choose
from pftui.screens.dialogs.confirm import Confirm
from pftui.screens.dialogs.dialog import Choice
from pftui.screens.reveal.leave import LeaveReveal
from pftui.screens.reveal.reveal import Reveal
from tests.screens import flows
from tests.screens.flow_app import FlowApp, Store, Ticks, fill, opened, shows, until

SIZES = pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40)])
LONG = "名" * 80


def assert_whole(app: FlowApp) -> None:
    """Every button is drawn from its first cell to its last, and so is what has the focus."""
    screen = Region(0, 0, *app.size)
    box = app.screen.query_one(".dialog")
    assert screen.contains_region(box.region)
    for choice in app.screen.query(Choice):
        if choice.display:
            choice.focus()
            choice.scroll_visible(animate=False, force=True)
    for choice in app.screen.query(Choice):
        if choice.display:
            assert box.region.x <= choice.region.x, choice.label
            assert choice.region.right <= box.region.right, choice.label
            assert choice.region.width == len(choice.render().plain), choice.label  # type: ignore[union-attr]


@SIZES
async def test_questions_about_the_longest_names(store: Store, size: tuple[int, int]) -> None:
    account_id = store.service_account(LONG)
    app = FlowApp(store)
    async with app.run_test(size=size) as pilot:
        app.start(flows.toggle_disabled, account_id)
        await opened(pilot, Confirm)
        go = app.screen.query_one("#go")
        box = app.screen.query_one(".dialog")
        assert go.region.right <= box.region.right
        assert app.screen.query_one("#cancel").region.x >= box.region.x


@SIZES
async def test_reveal_and_its_questions(
    store: Store, ticks: Ticks, copied: list[str], size: tuple[int, int]
) -> None:
    app = FlowApp(store)
    async with app.run_test(size=size) as pilot:
        app.start(flows.new_user)
        await opened(pilot, NewUser)
        assert_whole(app)
        fill(app, name=LONG, email="bao@acme.example")
        await pilot.press("enter")
        await opened(pilot, Reveal)
        assert_whole(app)
        ticks.now += 1
        await pilot.press("escape")
        await opened(pilot, LeaveReveal)
        assert len(app.screen.query(Choice)) == 3
        assert_whole(app)
        await pilot.press("escape")
        await opened(pilot, Reveal)
        for key, choices in (("escape", 3), ("enter", 2)):
            await pilot.press("c")
            await shows(pilot, "Sent to your")
            ticks.now += 1
            await pilot.press(key)
            await opened(pilot, LeaveReveal)
            assert len(app.screen.query(Choice)) == choices
            assert_whole(app)
            await pilot.press("escape")
            await opened(pilot, Reveal)


@SIZES
async def test_search_roles_and_conflicts(store: Store, size: tuple[int, int]) -> None:
    account_id = store.service_account("ci-bot")
    app = FlowApp(store)
    async with app.run_test(size=size) as pilot:
        app.start(flows.assign, team_id=store.teams()["Red Team"].id)
        await opened(pilot, Choose)
        await shows(pilot, "ci-bot")
        assert_whole(app)
        app.screen.query_one(Input).focus()
        await pilot.press("enter")
        await opened(pilot, ChooseRole)
        assert_whole(app)
        app.start(flows.edit_account, account_id)
        await opened(pilot, EditAccount)
        fill(app, name="mine")
        store.services.accounts.update(store.admin, account_id, name="theirs")
        await pilot.press("enter", "enter")
        await shows(pilot, "Take theirs")
        assert_whole(app)


@SIZES
async def test_the_field_with_the_keys_is_seen(store: Store, size: tuple[int, int]) -> None:
    app = FlowApp(store)
    async with app.run_test(size=size) as pilot:
        for flow, arguments, screen in (
            (flows.create_service_account, (store.teams()["Red Team"].id,), CreateServiceAccount),
            (flows.change_own_password, (True,), OwnPassword),
        ):
            app.start(flow, *arguments)
            await opened(pilot, screen)
            if screen is CreateServiceAccount:
                await until(pilot, lambda: app.screen.query_one(RolePicker).role)
            first: Any = app.focused
            while True:
                focused = app.focused
                assert focused is not None
                box = app.screen.query_one(".dialog")
                await until(pilot, lambda: box.region.contains_region(focused.region), repr(focused))  # noqa: B023
                await pilot.press("tab")
                if app.focused is first:
                    break
