"""The behaviours of the console's app, each through the others: their order is part of what they do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.drivers.headless_driver import HeadlessDriver
from textual.filter import Monochrome, NoColor
from textual.screen import Screen
from textual.widgets import Input, Static

from pftui.app import PftuiApp
from pftui.domain.errors import Refused
from pftui.terminal.driver import DrivenApp
from pftui.terminal.output_stage import ChangedCells, OutputStage
from pftui.terminal.textual_private import AppHooks
from pftui.widgets import type_ahead
from pftui.widgets.console_app import ConsoleApp
from pftui.widgets.idle_watch import IdleWatch
from pftui.widgets.key_mapped import KeyMapped
from pftui.widgets.secret_guard import SecretGuard
from pftui.widgets.size_guard import SizeGuard
from pftui.widgets.theme import DARK, LIGHT, SIXTEEN
from pftui.widgets.theme_cache import ThemeCache
from pftui.widgets.too_small import TooSmall
from pftui.widgets.type_ahead import SETTLE, HoldsKeys, TypeAhead
from tests.patience import PATIENCE

BEHAVIOURS = (IdleWatch, TypeAhead, SizeGuard, KeyMapped, SecretGuard, ThemeCache, ChangedCells)
LARGE, SMALL = (80, 24), (40, 10)


class Form(HoldsKeys, Screen[None]):
    holds_keys = False

    def compose(self) -> ComposeResult:
        yield Input(id="name")
        yield Static("")


class Console(ConsoleApp):
    HOLD_KEYS = True

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.form = Form()
        self.apply_theme(DARK)

    def get_default_screen(self) -> Screen[None]:
        return self.form

    def on_mount(self) -> None:
        self.heard.append("mount")

    def on_resize(self, event: events.Resize) -> None:
        self.heard.append(f"resize {event.size.width}")

    @property
    def typed(self) -> str:
        return self.form.query_one("#name", Input).value

    async def packet(self, text: str) -> None:
        """Keys that come all at once."""
        for character in text:
            self.post_message(events.Key(character, character))

    async def settled(self) -> None:
        """No key is held any more, and none is on its way."""
        async with asyncio.timeout(PATIENCE):
            await asyncio.sleep(SETTLE)
            while self._holding or self._held:  # noqa: ASYNC110 - there is no event for it
                await asyncio.sleep(SETTLE)


# The order


def test_the_order_is_the_one_that_the_docstring_gives_the_reasons_of() -> None:
    assert ConsoleApp.__mro__[: len(BEHAVIOURS) + 4] == (ConsoleApp, *BEHAVIOURS, DrivenApp, AppHooks, App)
    text = ConsoleApp.__doc__ or ""
    places = [text.index(f"{number}. `{kind.__name__}`") for number, kind in enumerate(BEHAVIOURS, 1)]
    assert places == sorted(places)


def test_the_console_is_one_and_hides_none_of_it() -> None:
    assert issubclass(PftuiApp, ConsoleApp)
    overridden = {
        name
        for kind in BEHAVIOURS
        for name in set(vars(kind)) & set(vars(PftuiApp))
        if not name.startswith(("__", "_"))
    }
    # `on_mount` is called for each class, and `IdleWatch` leaves it to the app when and what.
    assert overridden <= {"on_mount", "idle_limit", "idle_is_over_limit"}


def test_no_two_behaviours_answer_the_same_but_where_one_asks_the_next() -> None:
    asks_the_next = {"__init__", "on_event", "on_mount", "on_resize", "show_update"}
    made_for_each = set(vars(type("Bare", (App,), {}))) | {"__annotations__", "__orig_bases__"}
    seen: dict[str, str] = {}
    for kind in BEHAVIOURS:
        for name in set(vars(kind)) - made_for_each - asks_the_next:
            assert name not in seen, f"{kind.__name__} and {seen[name]}: {name}"
            seen[name] = kind.__name__


async def test_each_ones_handlers_run_and_the_apps_own_too(monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten: list[bool] = []
    monkeypatch.setattr(OutputStage, "forget", lambda self, clear: forgotten.append(clear))
    app = Console()
    async with app.run_test(size=LARGE) as pilot:
        app._stage = OutputStage()
        await pilot.resize_terminal(*SMALL)
        await pilot.pause()
        assert "mount" in app.heard
        assert app.heard[-1] == "resize 40"
        assert forgotten, "the output stage has heard of the size"
        assert app.screen.query(TooSmall), "the guard has heard of the size"
        await app.push_screen(Form())
        await pilot.pause()
        await pilot.pause()
        assert app.screen.query(TooSmall), "the guard's own `on_mount` has it look at new screens"


# Keys


@pytest.mark.parametrize("keys", ["a", "abc", "\rabc"])
async def test_what_is_typed_while_the_terminal_is_too_small_is_neither_done_nor_kept(keys: str) -> None:
    app = Console()
    async with app.run_test(size=LARGE) as pilot:
        await pilot.resize_terminal(*SMALL)
        await app.packet(keys)
        await app.settled()
        await pilot.resize_terminal(*LARGE)
        await app.settled()
        assert app.typed == ""
        await app.packet("x")
        await app.settled()
        await pilot.pause()
        assert app.typed == "x"


async def test_a_held_key_that_is_let_go_while_the_terminal_is_too_small_does_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(type_ahead, "FOCUS", 0.0)  # so that it is the screen alone that holds them
    app = Console()
    async with app.run_test(size=LARGE) as pilot:
        app.form.holds_keys = True
        app.set_focus(None)
        await app.packet("xabc")
        await asyncio.sleep(SETTLE * 3)
        assert [event.key for event, _ in app._held if isinstance(event, events.Key)] == ["a", "b", "c"]
        await pilot.resize_terminal(*SMALL)
        app.form.query_one("#name").focus()
        app.form.holds_keys = False
        await app.settled()
        await pilot.resize_terminal(*LARGE)
        await app.settled()
        await pilot.pause()
        assert app.typed == ""


async def test_leaving_works_while_the_terminal_is_too_small_and_keys_are_held() -> None:
    app = Console()
    async with app.run_test(size=LARGE) as pilot:
        app.form.holds_keys = True
        app.set_focus(None)
        await app.packet("x")
        await pilot.pause()
        await pilot.resize_terminal(*SMALL)
        await pilot.press("ctrl+q")
    assert not app.is_running


async def test_keys_are_held_only_by_a_screen_that_says_so() -> None:
    class Silent(Screen[None]):
        holds_keys = True

    app = Console()
    async with app.run_test(size=LARGE) as pilot:
        await app.push_screen(Silent())
        await app.packet("x")
        await pilot.pause()
        await app.settled()
    assert HoldsKeys().holds_keys is False
    assert HoldsKeys().may_give_up is False


# Secrets


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_no_picture_is_made_while_a_secret_shows(size: tuple[int, int]) -> None:
    app = Console()
    async with app.run_test(size=LARGE) as pilot:
        await pilot.resize_terminal(*size)
        assert "<svg" in app.export_screenshot()
        app.secret_on_screen = True
        for take in (app.export_screenshot, app.save_screenshot, app.deliver_screenshot):
            with pytest.raises(Refused):
                take()
        app.secret_on_screen = False
        assert "<svg" in app.export_screenshot()


@pytest.fixture
def tracebacks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The apps of which Textual would print a traceback, with all local variables."""
    reported: list[str] = []

    def report(self: App[Any]) -> None:
        reported.append(type(self).__name__)
        self.exit()

    monkeypatch.setattr(App, "_fatal_error", report)
    return reported


async def _crash(app: Console) -> None:
    """Let the next frame fail."""
    async with app.run_test(size=LARGE) as pilot:
        app.query_one(Static).update("another")
        await pilot.pause()
        await pilot.pause()


async def test_an_error_while_the_output_stage_paints_prints_nothing(
    tracebacks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stage, the last in the order, reports it; the guard before it decides what is printed."""

    def fail(self: OutputStage, *_: Any) -> str:
        a_local_variable = "a secret"
        raise RuntimeError(f"while painting {a_local_variable}")

    app = Console()
    monkeypatch.setattr(HeadlessDriver, "is_headless", False)
    monkeypatch.setattr(OutputStage, "update", fail)
    with pytest.raises(RuntimeError, match="while painting"):
        await _crash(app)
    assert tracebacks == []
    assert app.return_code == 1


def test_the_error_that_ended_it_is_raised_once_it_has_ended(tracebacks: list[str]) -> None:
    class Failing(Console):
        def on_ready(self) -> None:
            raise RuntimeError("nobody foresaw it")

    app = Failing()
    with pytest.raises(RuntimeError, match="nobody foresaw it"):
        app.run(headless=True, size=LARGE)
    assert tracebacks == []


async def test_what_is_copied_goes_out_and_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "TMUX", "STY"):
        monkeypatch.delenv(name, raising=False)
    sent: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "write", lambda self, data: sent.append(data))
    app = Console()
    async with app.run_test(size=LARGE):
        app.copy_to_clipboard("a secret")
        assert any(data.startswith("\x1b]52;c;") for data in sent)
        assert app.clipboard == ""


# Colours


async def test_a_theme_is_parsed_once_and_another_one_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    parsed: list[bool] = []
    app = Console()
    async with app.run_test(size=LARGE) as pilot:
        monkeypatch.setattr(App, "refresh_css", lambda self, animate=True: parsed.append(animate))
        app.refresh_css()
        assert parsed == []
        app.change_theme(LIGHT)
        await pilot.pause()
        assert len(parsed) == 1
        app.refresh_css()
        assert len(parsed) == 1


async def test_without_colours_there_is_one_theme_and_no_grey(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = Console()
    async with app.run_test(size=LARGE):
        app.change_theme(LIGHT)
        assert app.theme == SIXTEEN
        filters = [type(each) for each in app.get_line_filters()]
        assert NoColor in filters
        assert Monochrome not in filters


# The output stage


async def test_frames_pass_the_stage_where_there_is_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "is_headless", False)
    monkeypatch.setattr(HeadlessDriver, "write", lambda self, data: sent.append(data))
    app = Console()
    async with app.run_test(size=LARGE) as pilot:
        await pilot.pause()
        assert app._stage is not None
        assert app._stage.size == LARGE
        del sent[:]
        app.query_one(Static).update("x")
        await pilot.pause()
        await pilot.pause()
        assert 0 < len("".join(sent)) < 100, "one cell, and not the line"
