"""Each answer has a key, undoing asks, and what cannot be done from where one is says why."""

from __future__ import annotations

import pytest

from pftui.app import PftuiApp
from pftui.screens.account_details import AccountDetailsScreen
from pftui.screens.accounts.create_service_account import CreateServiceAccount
from pftui.screens.console import NO_PALETTE, UNSAVED
from pftui.screens.dialogs.confirm import Confirm
from pftui.screens.dialogs.text_modal import TextModal
from pftui.screens.frame.palette import Palette
from pftui.screens.reveal.leave import LeaveReveal
from pftui.screens.reveal.reveal import Reveal
from tests.conftest import SetClock
from tests.screens.console_app import console_on, notice, screen_text, selected, signed_in, until, users
from tests.screens.flow_app import Store


async def select(app: PftuiApp, store: Store, name: str) -> None:
    users(app).reveal(store.accounts()[name].id)
    await until(lambda: selected(app) == name)


async def test_a_question_is_answered_by_its_key_and_the_change_undone_by_z(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.service_account("ci-bot")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        clock.forward(seconds=1)
        await pilot.press("z")
        await until(lambda: "can be undone" in notice(app))
        await select(app, store, "ci-bot")
        await pilot.press("d")
        await until(lambda: isinstance(app.screen, Confirm))
        assert "y  Disable ci-bot" in screen_text(app)
        await pilot.press("y")
        await until(lambda: "ci-bot is disabled." in notice(app))
        await pilot.press("z")
        await until(lambda: isinstance(app.screen, Confirm))
        assert "Disabled ci-bot (now)." in screen_text(app)
        await pilot.press("y")
        await until(lambda: "Undone: Disabled ci-bot." in notice(app))
        assert store.accounts()["ci-bot"].status.name != "DISABLED"


async def test_the_palette_says_why_not_wherever_it_does_not_open(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.service_account("ci-bot")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("question_mark")
        await until(lambda: isinstance(app.screen, TextModal))
        await pilot.press("ctrl+p")
        await until(lambda: NO_PALETTE in screen_text(app))
        await pilot.press("escape")
        await select(app, store, "ci-bot")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, AccountDetailsScreen) and app.screen.context().account)
        await pilot.press("ctrl+p")
        await until(lambda: "close the details first" in screen_text(app))
        await pilot.press("k")
        await until(lambda: not isinstance(app.screen, AccountDetailsScreen))
        await pilot.press("ctrl+p")
        await until(lambda: NO_PALETTE in screen_text(app))
        await pilot.press("escape", "escape")
        await until(lambda: app.screen is app.shell)
        await pilot.press("ctrl+p")
        await until(lambda: isinstance(app.screen, Palette))


async def test_nor_before_the_sign_in(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with console_on(sqlite_url, clock) as (app, pilot):
        await until(lambda: "Password" in screen_text(app))
        await pilot.press("ctrl+p")
        await until(lambda: "Sign in first" in screen_text(app))


async def test_ctrl_q_in_a_form_asks_as_esc_does(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("c")
        await until(lambda: isinstance(app.screen, CreateServiceAccount))
        await pilot.press(*"bot", "ctrl+q")
        await until(lambda: isinstance(app.screen, Confirm))
        assert "y  Discard and quit" in screen_text(app)
        await pilot.press("ctrl+q", "escape")
        await until(lambda: isinstance(app.screen, CreateServiceAccount))
        assert app.screen.query_one("#name").value == "bot"  # type: ignore[attr-defined]
        await pilot.press("ctrl+q")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(lambda: not app.is_running)


@pytest.mark.usefixtures("ticks")
async def test_in_a_reveal_it_says_why_not_and_every_way_out_has_a_key(
    store: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pftui.screens.reveal.reveal.DEAF_FOR", 0.0)
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("c")
        await until(lambda: isinstance(app.screen, CreateServiceAccount))
        await pilot.press(*"bot", "enter")
        await until(lambda: isinstance(app.screen, Reveal))
        await pilot.press("ctrl+q")
        await until(lambda: UNSAVED[:40] in screen_text(app))
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, LeaveReveal))
        text = screen_text(app)
        assert all(each in text for each in ("esc  Back", "u  Close unsaved", "y  I have saved it"))
        await pilot.press("y")
        await until(lambda: "bot has its key." in notice(app))
