"""Keys that arrive in one packet reach the screen that they are meant for."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from typing import ClassVar

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input

from pftui import screens
from pftui.widgets import type_ahead
from pftui.widgets.type_ahead import SETTLE, HoldsKeys, Pace, TypeAhead
from tests.patience import PATIENCE


@pytest.fixture(autouse=True)
def _a_host_as_busy_as_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for comes, however late: these limits are for what never does."""
    monkeypatch.setattr(type_ahead, "FOCUS", PATIENCE)
    monkeypatch.setattr(type_ahead, "LOST", PATIENCE)


class Form(TypeAhead, App[None]):
    HOLD_KEYS = True

    def compose(self) -> ComposeResult:
        yield Input(id="email")
        yield Input(id="password", password=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if event.input.id == "email":
            self.query_one("#password").focus()


class Dialog(Screen[None]):
    def compose(self) -> ComposeResult:
        yield Input(id="name")


class Base(HoldsKeys, Screen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [("c", "create", ""), ("q", "app.quit", "")]
    holds_keys = False

    def action_create(self) -> None:
        self.holds_keys = True
        self.run_worker(self._create())

    async def _create(self) -> None:
        await asyncio.sleep(0.1)  # a slow service before the dialog opens
        await self.app.push_screen(Dialog())
        self.holds_keys = False


class Opening(TypeAhead, App[None]):
    HOLD_KEYS = True

    def get_default_screen(self) -> Screen[None]:
        return Base()


def packet(app: App[None], text: str) -> None:
    """All keys at once, as a slow link delivers them."""
    names = {"\r": "enter", "-": "minus", " ": "space"}
    for character in text:
        app.post_message(events.Key(names.get(character, character), character))


async def settle(app: TypeAhead) -> None:
    async with asyncio.timeout(PATIENCE):
        await asyncio.sleep(SETTLE)
        while app._holding or app._held:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(SETTLE)


async def test_a_password_typed_ahead_lands_in_its_own_field() -> None:
    app = Form()
    async with app.run_test() as pilot:
        packet(app, "alice\rsecret-words")
        await settle(app)
        await pilot.pause()
        assert app.query_one("#email", Input).value == "alice"
        assert app.query_one("#password", Input).value == "secret-words"


async def test_a_name_typed_ahead_of_its_dialog_is_no_command() -> None:
    app = Opening()
    async with app.run_test() as pilot:
        packet(app, "cqueue-bot")
        await settle(app)
        await pilot.pause()
        assert app.screen.query_one("#name", Input).value == "queue-bot"


class Tabbing(Form):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "app.focus_next", priority=True)]


async def test_a_key_that_the_app_used_up_is_not_waited_for() -> None:
    app = Tabbing()
    async with app.run_test() as pilot:
        app.query_one("#email").focus()
        await pilot.pause()
        app.post_message(events.Key("tab", None))
        await pilot.pause()
        assert app._awaited is None
        assert app.query_one("#password").has_focus


def test_no_screen_says_that_keys_wait_without_being_heard() -> None:
    """The app listens to `HoldsKeys` alone: the same attribute in another class would do nothing."""
    for found in pkgutil.walk_packages(screens.__path__, f"{screens.__name__}."):
        for value in vars(importlib.import_module(found.name)).values():
            if isinstance(value, type) and issubclass(value, Screen) and not issubclass(value, HoldsKeys):
                assert not {"holds_keys", "may_give_up"} & {
                    name for each in value.__mro__ for name in vars(each)
                }, value


def typed(text: str, gap: float, start: float = 100.0) -> list[events.Key]:
    """Keys that come `gap` seconds after each other."""
    keys = []
    for number, character in enumerate(text):
        key = events.Key("enter" if character == "\r" else character, character)
        key.time = start + number * gap
        keys.append(key)
    return keys


@pytest.mark.parametrize("gap", [0.0, 0.001, 0.005, Pace.GAP * 0.99])
def test_three_letters_that_come_together_are_a_burst_with_what_follows_them(gap: float) -> None:
    pace = Pace()
    assert [pace.is_burst(key) for key in typed("xen\r", gap)] == [False, False, True, True]


@pytest.mark.parametrize("gap", [0.02, 0.03, 0.05, 0.2, 1.0])
def test_what_a_hand_types_is_no_burst(gap: float) -> None:
    """As fast as a held key repeats, or as slow as a link is."""
    pace = Pace()
    assert not any(pace.is_burst(key) for key in typed("xenon user\r", gap))


@pytest.mark.parametrize("delay", [0.05, 0.2, 1.0])
def test_an_enter_by_itself_is_none_after_a_burst(delay: float) -> None:
    pace = Pace()
    keys = typed("xenon user\r", 0.0)
    assert [pace.is_burst(key) for key in keys][-1]
    assert not pace.is_burst(typed("\r", 0.0, keys[-1].time + delay)[0])


def test_a_command_and_its_enter_in_one_packet_are_no_text() -> None:
    pace = Pace()
    assert not any(pace.is_burst(key) for key in typed("d\r", 0.0))


def test_moving_keys_are_no_text() -> None:
    pace = Pace()
    keys = [events.Key(name, None) for name in ("down",) * 9 + ("enter",)]
    for key in keys:
        key.time = 1.0
    assert not any(pace.is_burst(key) for key in keys)
