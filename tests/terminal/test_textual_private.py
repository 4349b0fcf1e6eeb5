"""What the console relies on and Textual, Rich and asyncio keep private is there, and does what is said.

A release that changes one of these fails here, by its name, and not somewhere on a screen. That no other
module knows such names: `test_private_names.py`; that the hooks work in a terminal: `test_walk.py`.
"""

from __future__ import annotations

import asyncio
import contextvars
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest
from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.drivers.headless_driver import HeadlessDriver
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Offset, Region
from textual.pilot import Pilot
from textual.screen import ModalScreen, Screen
from textual.strip import Strip
from textual.widgets import Input, Static

from pftui.terminal import textual_private as private
from pftui.terminal.textual_private import AppHooks, ChopsUpdate, DriverHooks, LayoutUpdate


class Hooked(AppHooks):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("x", "nothing")]

    def __init__(self) -> None:
        super().__init__()
        self.called: list[str] = []
        self.updates: list[Any] = []

    def compose(self) -> ComposeResult:
        yield Static("behind", id="text")
        yield Input(id="field")

    def show_update(self, screen: Screen[Any], update: Any) -> None:
        self.updates.append(update)
        super().show_update(screen, update)

    def back_from_suspend(self) -> None:
        self.called.append("back")
        super().back_from_suspend()

    def report_crash(self) -> None:
        self.called.append("crash")
        private.end_messages(self)


class Above(ModalScreen[None]):
    CSS = "Above { background: transparent; }"

    def compose(self) -> ComposeResult:
        yield Static("above", id="above")


async def settled(pilot: Pilot[None]) -> None:
    await pilot.pause()
    await pilot.pause()


# What Textual calls


async def test_each_frame_comes_through_the_hook_as_an_update_of_a_known_kind() -> None:
    app = Hooked()
    async with app.run_test(size=(20, 5)) as pilot:
        app.screen.refresh(layout=True)
        await settled(pilot)
        whole = [update for update in app.updates if isinstance(update, LayoutUpdate)]
        assert whole[-1].region == Region(0, 0, 20, 5)
        assert "".join(strip.text for strip in next(iter(whole[-1].strips))).rstrip() == "behind"
        del app.updates[:]
        app.query_one("#text", Static).update("changed")
        await settled(pilot)
        (part,) = [update for update in app.updates if isinstance(update, ChopsUpdate)]
        assert [(y, x) for y, x, _ in part.spans] == [(0, 0)]
        strip = part.chops[0][0]
        assert isinstance(strip, Strip)
        assert strip.text.rstrip() == "changed"
        assert part.chop_ends[0][-1] == 20


async def test_coming_back_from_a_suspension_is_heard_and_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HeadlessDriver, "can_suspend", True)
    app = Hooked()
    async with app.run_test() as pilot:
        heard: list[object] = []
        app.app_resume_signal.subscribe(app, heard.append)
        with app.suspend():
            assert app.called == []
        assert app.called == ["back"]
        await settled(pilot)
        assert heard == [app]


async def test_an_exception_that_nobody_caught_is_kept_and_ends_the_app_through_the_hook() -> None:
    app = Hooked()
    error = RuntimeError("nobody foresaw it")

    async def run() -> None:
        async with app.run_test() as pilot:
            assert private.unhandled_error(app) is None
            private.fail(app, error)
            private.fail(app, RuntimeError("a second one"))
            await settled(pilot)

    with pytest.raises(RuntimeError, match="nobody foresaw it"):
        await run()
    assert private.unhandled_error(app) is error
    assert app.called == ["crash", "crash"]
    assert app.return_code == 1
    assert private.is_closed(app)


async def test_without_an_override_textual_prints_a_crash_itself() -> None:
    app = AppHooks()
    to_print: list[object] = []

    async def run() -> None:
        async with app.run_test():
            try:
                raise RuntimeError("printed")
            except RuntimeError as error:
                private.fail(app, error)
            to_print.extend(app._exit_renderables)

    with pytest.raises(RuntimeError, match="printed"):
        await run()
    assert len(to_print) == 1


async def test_the_drivers_hooks_are_what_textual_calls_and_begin_as_textual_does() -> None:
    assert "_enable_mouse_support" in LinuxDriver.start_application_mode.__code__.co_names
    assert "_disable_mouse_support" in LinuxDriver.disable_input.__code__.co_names
    sent: list[str] = []

    class Unplugged(DriverHooks):
        def write(self, data: str) -> None:
            sent.append(data)

    driver = Unplugged(App())
    driver._enable_mouse_support()
    assert "\x1b[?1003h" in sent
    driver._disable_mouse_support()
    assert "\x1b[?1003l" in sent


async def test_a_driver_that_is_told_to_announces_its_next_start() -> None:
    driver = DriverHooks(App())
    announced = [driver._must_signal_resume]
    driver.announce_resume()
    announced.append(driver._must_signal_resume)
    assert announced == [False, True]
    assert "_must_signal_resume" in LinuxDriver.start_application_mode.__code__.co_names


# What is asked of an app


async def test_an_app_has_a_driver_while_it_runs_and_is_closed_after_it() -> None:
    app = Hooked()
    assert private.driver_of(app) is None
    async with app.run_test():
        assert isinstance(private.driver_of(app), HeadlessDriver)
        assert not private.is_closed(app)
    assert private.is_closed(app)


async def test_frames_are_held_back_in_a_batch() -> None:
    app = Hooked()
    async with app.run_test():
        assert not private.is_batching(app)
        with app.batch_update():
            assert private.is_batching(app)
        assert not private.is_batching(app)


async def test_the_answer_to_the_question_for_synchronized_output_is_remembered() -> None:
    from textual.messages import TerminalSupportsSynchronizedOutput

    assert (private.SYNC_START, private.SYNC_END) == ("\x1b[?2026h", "\x1b[?2026l")
    app = Hooked()
    async with app.run_test() as pilot:
        assert not private.has_synchronized_output(app)
        app.post_message(TerminalSupportsSynchronizedOutput())
        await settled(pilot)
        assert private.has_synchronized_output(app)


async def test_a_whole_screen_holds_what_shines_through_from_below(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Hooked()
    async with app.run_test(size=(20, 5)) as pilot:
        await app.push_screen(Above())
        await settled(pilot)
        asked: list[dict[str, Any]] = []
        compositor = app.screen._compositor
        render_update = compositor.render_update

        def spy(**how: Any) -> Any:
            asked.append(how)
            return render_update(**how)

        monkeypatch.setattr(compositor, "render_update", spy)
        update = private.whole_screen(app, app.screen)
        assert asked == [{"full": True, "screen_stack": [app.screen_stack[0]]}]
        assert isinstance(update, LayoutUpdate)
        rows = ["".join(strip.text for strip in line) for line in update.strips]
        assert rows[0].startswith("above")
        assert any("▔" in row or "▊" in row for row in rows), "the field of the screen below"


async def test_where_the_cursor_was_put_is_noted() -> None:
    app = Hooked()
    async with app.run_test():
        private.note_cursor(app, Offset(3, 2))
        assert app._previous_cursor_position == Offset(3, 2)
        assert "_previous_cursor_position" in App._display.__code__.co_names


# What is asked of widgets and events


async def test_a_widgets_own_bindings_and_no_others_are_found() -> None:
    app = Hooked()
    async with app.run_test():
        field = app.query_one(Input)
        assert [each.action for each in private.bindings_of(field, "backspace")] == ["delete_left"]
        assert list(private.bindings_of(field, "x")) == []


def test_an_event_that_was_used_up_says_so() -> None:
    event = events.Key("a", "a")
    assert not private.was_stopped(event)
    event.stop()
    assert private.was_stopped(event)


async def test_what_was_drawn_of_a_widget_is_dropped() -> None:
    app = Hooked()
    async with app.run_test(size=(20, 5)) as pilot:
        await settled(pilot)
        widget = app.query_one("#text", Static)
        crop = Region(0, 0, 20, 1)
        assert widget.render_lines(crop)[0] is widget.render_lines(crop)[0]
        drawn = widget.render_lines(crop)[0]
        private.forget_drawn_lines(widget)
        assert widget.render_lines(crop)[0] is not drawn


async def test_what_was_to_be_drawn_anew_is_dropped() -> None:
    app = Hooked()
    async with app.run_test(size=(20, 5)) as pilot:
        await settled(pilot)
        widget = app.query_one("#text", Static)
        widget.refresh(Region(0, 0, 3, 1))
        assert widget._dirty_regions
        private.forget_damage(widget)
        assert not widget._dirty_regions


# Rich


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("standard", ColorSystem.STANDARD),
        ("256", ColorSystem.EIGHT_BIT),
        ("truecolor", ColorSystem.TRUECOLOR),
        (None, ColorSystem.TRUECOLOR),
    ],
)
def test_a_console_knows_its_colours(name: Any, system: ColorSystem) -> None:
    assert private.color_system_of(Console(color_system=name, force_terminal=True)) is system


def test_a_style_is_what_textual_makes_of_it_and_is_kept_in_the_style() -> None:
    style = Style.parse("bold #102030 on red underline")
    parameters = private.sgr_parameters(style, ColorSystem.TRUECOLOR)
    assert parameters == "1;4;38;2;16;32;48;41"
    assert style._ansi == parameters
    assert private.sgr_parameters(style, ColorSystem.TRUECOLOR) is style._ansi
    assert private.sgr_parameters(Style(), ColorSystem.TRUECOLOR) == ""


# asyncio


@contextmanager
def held_by_a_cancelled_timer() -> Iterator[weakref.ref[Any]]:
    """Something that only the context of a timer holds, which was cancelled long before its time."""

    class Thing:
        pass

    def arm() -> tuple[weakref.ref[Any], asyncio.TimerHandle]:
        thing = Thing()
        context = contextvars.Context()
        context.run(variable.set, thing)
        handle = asyncio.get_running_loop().call_later(3600, print, context=context)
        return weakref.ref(thing), handle

    variable: contextvars.ContextVar[Any] = contextvars.ContextVar("variable")
    reference, handle = arm()
    handle.cancel()
    yield reference


async def test_a_cancelled_timer_holds_its_context_until_it_is_freed() -> None:
    with held_by_a_cancelled_timer() as reference:
        assert reference() is not None
        private.free_cancelled_timers()
        assert reference() is None


async def test_a_timer_that_runs_keeps_its_context() -> None:
    ran = asyncio.Event()
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    variable.set("kept")
    seen: list[str] = []

    def run() -> None:
        seen.append(variable.get())
        ran.set()

    asyncio.get_running_loop().call_later(0, run)
    private.free_cancelled_timers()
    await ran.wait()
    assert seen == ["kept"]


def test_without_a_loop_there_is_nothing_to_free() -> None:
    private.free_cancelled_timers()


def test_the_hooks_names_are_not_textuals() -> None:
    assert not [name for name in ("show_update", "back_from_suspend", "report_crash") if hasattr(App, name)]
    assert not [
        name for name in ("enable_mouse", "disable_mouse", "announce_resume") if hasattr(LinuxDriver, name)
    ]
