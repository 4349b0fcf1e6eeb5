"""Keys that arrive in one packet reach the screen that they are meant for."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
from time import monotonic
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


def are_text(pace: Pace, keys: list[events.Key]) -> list[bool]:
    """Of each key, whether it came with a text; as known once all of them have come."""
    return [burst.is_text for burst in [pace.burst_of(key) for key in keys]]


@pytest.mark.parametrize("gap", [0.0, 0.001, 0.005, Pace.GAP * 0.99])
@pytest.mark.parametrize("text", ["xen\r", "xenon user\r", "d\rxy", "\rd\rab", "a\rb\rc\r"])
def test_three_letters_that_come_together_are_a_burst_with_all_that_comes_with_them(
    gap: float, text: str
) -> None:
    """The first ones too: a text may begin with a command's letter and the end of its line."""
    assert all(are_text(Pace(), typed(text, gap)))


@pytest.mark.parametrize("gap", [0.02, 0.03, 0.05, 0.2, 1.0])
def test_what_a_hand_types_is_no_burst(gap: float) -> None:
    """As fast as a held key repeats, or as slow as a link is."""
    assert not any(are_text(Pace(), typed("xenon user\r", gap)))


@pytest.mark.parametrize("delay", [0.06, 0.2, 1.0, 5.0])
def test_an_enter_by_itself_is_none_after_a_burst(delay: float) -> None:
    pace = Pace()
    keys = typed("xenon user\r", 0.0)
    assert are_text(pace, keys)[-1]
    assert are_text(pace, typed("\r", 0.0, keys[-1].time + delay)) == [False]


@pytest.mark.parametrize("delay", [0.013, 0.06, 0.2, 1.0, 1.9])
@pytest.mark.parametrize("rest", ["r\r", "er\r", "\r\r", "\rx"])
def test_the_end_of_a_text_that_a_link_has_cut_is_part_of_it(delay: float, rest: str) -> None:
    pace = Pace()
    keys = typed("xenon us", 0.0)
    are_text(pace, keys)
    assert all(are_text(pace, typed(rest, 0.0, keys[-1].time + delay)))


def test_an_enter_right_behind_a_burst_belongs_to_it() -> None:
    pace = Pace()
    keys = typed("xenon user", 0.0)
    are_text(pace, keys)
    assert are_text(pace, typed("\r", 0.0, keys[-1].time + Pace.ALONE * 0.9)) == [True]


def test_a_question_answered_right_after_a_text_is_none() -> None:
    pace = Pace()
    keys = typed("xenon user", 0.0)
    are_text(pace, keys)
    answer = [events.Key("tab", "\t"), events.Key("enter", "\r")]
    for key in answer:
        key.time = keys[-1].time + 0.1
    assert not any(are_text(pace, answer))


def test_after_a_pause_nothing_of_a_text_is_on_its_way() -> None:
    pace = Pace()
    keys = typed("xenon us", 0.0)
    are_text(pace, keys)
    assert not any(are_text(pace, typed("d\r", 0.0, keys[-1].time + Pace.CALM + 0.1)))


def test_a_command_and_its_enter_in_one_packet_are_no_text() -> None:
    assert not any(are_text(Pace(), typed("d\r", 0.0)))


def test_moving_keys_are_no_text() -> None:
    keys = [events.Key(name, None) for name in ("down",) * 9 + ("enter",)]
    for key in keys:
        key.time = 1.0
    assert not any(are_text(Pace(), keys))


class Saving(TypeAhead, App[None]):
    """A field whose Enter notes whether it came in a burst."""

    HOLD_KEYS = True

    def __init__(self) -> None:
        super().__init__()
        self.in_burst: list[bool] = []

    def compose(self) -> ComposeResult:
        yield Input(id="name")

    def on_input_submitted(self) -> None:
        self.in_burst.append(self.typed_in_burst)


@pytest.mark.parametrize(("text", "in_burst"), [("\rabc\r", [True, True]), ("\r", [False]), ("b\r", [False])])
async def test_an_enter_waits_for_what_came_with_it(
    text: str, in_burst: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of a line may be the first that comes of a text, with the rest in the next moment."""
    monkeypatch.setattr(Pace, "GAP", 4.0)  # a busy host may take its time between two keys
    app = Saving()
    async with app.run_test() as pilot:
        for key in typed(text, 0.0, monotonic()):
            app.post_message(key)
            await asyncio.sleep(0)  # the keys of one read are not handed on all at once
            await asyncio.sleep(0)
        await settle(app)
        await pilot.pause()
        assert app.in_burst == in_burst
