"""What the console does around the list: it is current, discreet, and says when it cannot."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from functools import partial

import pytest
from textual.command import CommandList, CommandPalette
from textual.screen import Screen

import pftui.app
from pftui import bootstrap
from pftui.app import PftuiApp
from pftui.domain.errors import Refused
from pftui.domain.secret import Secret
from pftui.screens.accounts.create_service_account import CreateServiceAccount
from pftui.screens.dialogs.confirm import Confirm
from pftui.screens.frame.shell import Shell
from pftui.screens.frame.sign_in import SignInScreen
from pftui.widgets.too_small import TooSmall
from tests.conftest import SetClock
from tests.patience import PATIENCE
from tests.screens.console_app import (
    LOST,
    LostService,
    console_on,
    footer,
    names,
    notice,
    press_command,
    screen_text,
    selected,
    signed_in,
    until,
    users,
)
from tests.screens.flow_app import Store

OWN = "cobalt otter fjord lantern"


def has_theme(app: PftuiApp, theme: str) -> bool:
    return app.theme == theme


@pytest.fixture(autouse=True)
def quick_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often: what is tested is that it looks, not how long it waits."""
    monkeypatch.setattr(pftui.app, "POLL", 0.05)


def another_admin(store: Store) -> None:
    """A second global admin with a password of her own."""
    services = store.services
    new = services.users.create(store.admin, email="dana@acme.example", name="Dana Levi", global_admin=True)
    dana = services.sign_in.with_password("dana@acme.example", new.password).operator
    services.sign_in.change_password(dana, new.password, Secret(OWN))


async def test_the_first_frame_does_not_wait_for_the_store(
    monkeypatch: pytest.MonkeyPatch, store: Store, clock: SetClock
) -> None:
    gate = threading.Event()

    def slow_demo(clock: SetClock) -> tuple[object, object]:
        gate.wait(PATIENCE)
        return store.services, store.admin

    monkeypatch.setattr(bootstrap, "open_demo", slow_demo)
    app = PftuiApp(demo=True, clock=clock, theme="pftui-dark")
    async with app.run_test(size=(120, 40)) as pilot:
        text = screen_text(app)
        assert "1 Users" in text
        assert "Name ↑" not in text
        assert "E-mail or key" in text
        assert "DEMO" in text
        assert "c Create Service Account" in text
        await pilot.press("c")
        assert "still being opened" in notice(app)
        gate.set()
        await until(lambda: "Alice Ng" in screen_text(app))


async def test_a_change_made_elsewhere_shows_and_the_cursor_stays(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    for number in range(5):
        store.service_account(f"bot-{number}")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("down", "down", "down")
        assert selected(app) == "bot-2"
        store.service_account("aaa-first")
        await until(lambda: "aaa-first" in names(app))
        assert selected(app) == "bot-2"


async def test_whoever_is_disabled_is_signed_out_with_a_sentence(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    another_admin(store)
    async with signed_in(sqlite_url, clock, email="dana@acme.example", password=OWN) as (app, _):
        store.services.accounts.disable(store.admin, store.accounts()["Dana Levi"].id)
        await until(lambda: isinstance(app.screen, SignInScreen))
        await until(lambda: "disabled or deleted" in screen_text(app))
        assert "Alice Ng" not in screen_text(app)


async def test_a_demotion_shows_at_once(store: Store, sqlite_url: str, clock: SetClock) -> None:
    another_admin(store)
    async with signed_in(sqlite_url, clock, email="dana@acme.example", password=OWN) as (app, pilot):
        store.services.accounts.revoke_admin(store.admin, store.accounts()["Dana Levi"].id)
        await until(lambda: names(app) == ["Dana Levi"])
        await until(lambda: "not a global admin" in screen_text(app))
        await pilot.press("c")
        assert "Only a global admin" in notice(app)


async def test_who_is_promoted_is_told(store: Store, sqlite_url: str, clock: SetClock) -> None:
    invited = store.services.users.create(store.admin, email="bao@acme.example", name="Bao Tran")
    own = "cobalt otter fjord lantern"
    signed = store.services.sign_in.with_password("bao@acme.example", invited.password)
    store.services.sign_in.change_password(signed.operator, invited.password, Secret(own))
    async with signed_in(sqlite_url, clock, email="bao@acme.example", password=own) as (app, pilot):
        await pilot.press("v", "v")
        await until(lambda: "Only a global admin sees service accounts" in screen_text(app))
        await pilot.press("v", "v")
        store.services.accounts.grant_admin(store.admin, invited.account_id)
        await until(lambda: "You have global admin privileges now." in notice(app))
        await until(lambda: "Alice Ng" in names(app))


def the_look_is_first(app: PftuiApp) -> threading.Event:
    """Let the look that comes by itself see the deleted account before the answer of the deletion is here."""
    real, seen, told = app.services, threading.Event(), app.session_ended

    class Deleting(LostService):
        def __getattr__(self, name: str):  # type: ignore[no-untyped-def]
            return getattr(real.accounts, name)

        def delete(self, operator, account_id):  # type: ignore[no-untyped-def]
            real.accounts.delete(operator, account_id)
            assert seen.wait(PATIENCE)

    async def ended(sentence: str) -> None:
        await told(sentence)
        seen.set()

    app.services = replace(real, accounts=Deleting())  # type: ignore[arg-type]
    app.session_ended = ended  # type: ignore[method-assign]
    return seen


async def test_who_deletes_their_own_account_is_out(store: Store, sqlite_url: str, clock: SetClock) -> None:
    store.services.accounts.grant_admin(store.admin, store.person("Bao Tran"))
    new = store.services.users.create(store.admin, email="zoe@acme.example", name="Zoe")
    own = Secret("cobalt otter fjord lantern")
    signed = store.services.sign_in.with_password("zoe@acme.example", new.password)
    store.services.sign_in.change_password(signed.operator, new.password, own)
    store.services.accounts.grant_admin(store.admin, new.account_id)
    async with signed_in(sqlite_url, clock, email="zoe@acme.example", password=own.reveal()) as (app, pilot):
        seen = the_look_is_first(app)
        await pilot.press("end", "D")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press(*"Zoe", "enter")
        await until(lambda: isinstance(app.screen, SignInScreen))
        await until(lambda: "Zoe is deleted. It was your own account." in screen_text(app))
        assert seen.is_set()


async def test_an_own_question_holds_no_session_open_that_was_ended_elsewhere(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    another_admin(store)
    async with signed_in(sqlite_url, clock, email="dana@acme.example", password=OWN) as (app, pilot):
        users(app).reveal(app.operator.id)
        await until(lambda: selected(app) == "Dana Levi")
        await pilot.press("d")
        await until(lambda: isinstance(app.screen, Confirm))
        store.services.accounts.disable(store.admin, app.operator.id)
        await until(lambda: isinstance(app.screen, SignInScreen))


async def test_sorting_by_creator_shows_that_column_at_eighty_columns(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.service_account("ci-bot")
    async with signed_in(sqlite_url, clock, (80, 24)) as (app, _):
        await until(lambda: "ci-bot" in names(app))
        assert "Created by" not in screen_text(app)
        press_command(app, "sort_by_creator")
        await until(lambda: "Created by" in screen_text(app))
        assert "alice@acme" in screen_text(app).partition("Created by")[2]


async def test_a_store_that_comes_back_is_noticed(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, _):
        real = app.services
        app.services = replace(real, lifecycle=LostService())  # type: ignore[arg-type]
        await until(lambda: LOST in notice(app))
        app.services = real
        await until(lambda: LOST not in notice(app))


async def test_signing_out_forgets_what_was_said(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, _):
        app.notify("The key of ci-bot is revoked.")
        press_command(app, "sign_out")
        await until(lambda: isinstance(app.screen, SignInScreen) and "Alice" not in screen_text(app))
        assert app.notices.past() == ()


async def test_quitting_while_the_console_is_being_left_ends_it(
    store: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with signed_in(sqlite_url, clock) as (app, _):
        switched, quits = asyncio.Event(), asyncio.Event()
        real = app.switch_mode

        async def switch_slowly(mode: str) -> None:
            await real(mode)
            switched.set()
            await quits.wait()

        monkeypatch.setattr(app, "switch_mode", switch_slowly)
        press_command(app, "sign_out")
        await switched.wait()
        real_close = Screen._close_messages

        async def close_slowly(screen: Screen[None], wait: bool = True) -> None:
            quits.set()
            await asyncio.sleep(0.05)
            await real_close(screen, wait)

        monkeypatch.setattr(Screen, "_close_messages", close_slowly)
    assert app.return_code in (None, 0)


async def test_past_notices_can_be_looked_up(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        app.notify("[b]ci-bot[/b] is disabled.")
        await pilot.press("h")
        await until(lambda: "[b]ci-bot[/b] is disabled." in screen_text(app).split("Past notices")[1])


async def test_no_picture_is_made_while_a_secret_shows(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        app.secret_on_screen = True
        for take in (app.export_screenshot, app.save_screenshot, app.deliver_screenshot):
            with pytest.raises(Refused):
                take()
        await pilot.press("ctrl+p")
        assert not isinstance(app.screen, CommandPalette)
        await pilot.press("ctrl+q")
        assert app.is_running
        app.secret_on_screen = False
        assert "<svg" in app.export_screenshot()


async def test_what_is_copied_is_not_kept(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, _):
        app.copy_to_clipboard("pfsa_secret")
        assert app.clipboard == ""
        # Textual's list of workers has no `repr` while some of them run and some have ended.
        assert not any(
            "pfsa_secret" in repr(value) for name, value in vars(app).items() if name != "_workers"
        )


async def test_the_palette_finds_commands_and_accounts_and_no_screenshot(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    store.service_account("harvester")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("ctrl+p")
        await until(lambda: isinstance(app.screen, CommandPalette))
        await until(lambda: "Create Service Account" in screen_text(app))
        assert "Screenshot" not in screen_text(app)
        await pilot.press(*"harvester")
        await until(lambda: "service account · pfsa_" in screen_text(app))
        await until(lambda: app.screen.query_one(CommandList).highlighted is not None)
        await pilot.press("enter")
        await until(lambda: app.screen is app.shell)
        await until(lambda: selected(app) == "harvester")


async def test_the_palette_says_why_a_command_cannot_be_used(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("ctrl+p", *"new api key")
        await until(lambda: "Not now: Only service accounts have API keys" in screen_text(app))
        await pilot.press("enter")
        await until(lambda: "Only service accounts have API keys" in notice(app))
        assert app.screen is app.shell


async def test_enter_in_the_palette_waits_for_what_was_typed(
    store: Store, sqlite_url: str, clock: SetClock
) -> None:
    gate = threading.Event()

    class Slow:
        def page(self, *args: object) -> list[object]:
            gate.wait(PATIENCE)
            return []

    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("ctrl+p")
        await until(lambda: isinstance(app.screen, CommandPalette))
        await until(lambda: app.screen.query_one(CommandList).option_count > 10)
        app.services = replace(app.services, teams=Slow())  # type: ignore[arg-type]
        await pilot.press(*"new api key", "enter")
        await pilot.pause(0.1)
        assert isinstance(app.screen, CommandPalette)  # and has run nothing of the list before
        gate.set()
        await until(lambda: "Only service accounts have API keys" in notice(app))
        assert isinstance(app.screen, Shell)


async def test_the_palette_never_opens_over_a_modal(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("c")
        await until(lambda: isinstance(app.screen, CreateServiceAccount))
        await pilot.press("ctrl+p")
        assert isinstance(app.screen, CreateServiceAccount)


async def test_under_a_modal_the_footer_is_empty(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("question_mark")
        await until(lambda: app.screen is not app.shell)
        await until(lambda: "c Create Service Account" not in screen_text(app).splitlines()[-1])
        await pilot.press("escape")
        await until(lambda: app.screen is app.shell)
        await until(lambda: "c Create Service Account" in footer(app))


@pytest.mark.parametrize("size", [(40, 12), (59, 40), (120, 17)])
async def test_a_small_terminal_gets_a_sentence_until_it_grows(
    store: Store, sqlite_url: str, clock: SetClock, size: tuple[int, int]
) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await pilot.press("c")
        await until(lambda: isinstance(app.screen, CreateServiceAccount))
        await pilot.press(*"bot")
        await pilot.resize_terminal(*size)
        await until(lambda: "needs a larger terminal" in screen_text(app))
        await until(lambda: "Create Service Account" not in screen_text(app))
        await pilot.press("x", "escape")
        await pilot.resize_terminal(80, 24)
        await until(lambda: not app.screen.query(TooSmall))
        assert isinstance(app.screen, CreateServiceAccount)
        assert app.screen.typed("name") == "bot"


async def test_the_smallest_terminal_has_the_list(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock, (60, 18)) as (app, _):
        assert "Alice Ng" in screen_text(app)
        assert "● active" in screen_text(app)
        assert "? Help" in footer(app)


async def test_the_themes_can_be_chosen(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, _):
        for command, theme in (
            ("theme_light", "pftui-light"),
            ("theme_16", "pftui-16"),
            ("theme_dark", "pftui-dark"),
        ):
            press_command(app, command)
            await until(partial(has_theme, app, theme))
            assert "Alice Ng" in screen_text(app)


async def test_without_colour_nothing_is_coloured_and_the_row_is_reversed(
    store: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with signed_in(sqlite_url, clock) as (app, pilot):
        press_command(app, "theme_light")
        await pilot.pause()
        table = users(app).table
        strips = table.render_lines(table.size.region)
        looks = {segment.style for strip in strips for segment in strip if segment.style}
        assert all(look.color is None or look.color.is_default for look in looks)
        assert all(look.bgcolor is None or look.bgcolor.is_default for look in looks)
        assert all(
            segment.style.reverse for segment in strips[1] if segment.style and segment.text.strip("▌ ")
        )
        assert not any(segment.style.reverse for segment in strips[0] if segment.style)


async def test_what_nobody_foresaw_ends_it_without_a_traceback_on_the_screen(
    sqlite_url: str, clock: SetClock, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "pfsa_very_secret"

    def broken() -> None:
        local = secret  # noqa: F841 - what a traceback with locals would print
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):  # noqa: PT012 - it is raised when the app has ended
        async with console_on(sqlite_url, clock) as (app, pilot):
            app.call_later(broken)
            await pilot.pause()
            await until(lambda: not app.is_running)
    assert app.return_code == 1
    assert app._exit_renderables == []
    printed = capsys.readouterr()
    assert secret not in printed.out + printed.err


async def test_it_quits(store: Store, sqlite_url: str, clock: SetClock) -> None:
    async with signed_in(sqlite_url, clock) as (app, pilot):
        users(app).table.focus()
        await pilot.press("q")
        await until(lambda: app._exit)
    assert app.return_code == 0


async def test_signing_out_of_a_demo_ends_it(clock: SetClock) -> None:
    app = PftuiApp(demo=True, clock=clock)
    async with app.run_test(size=(80, 24)):
        await until(lambda: app.ready)
        await app.sign_out()
        await until(lambda: app._exit)
