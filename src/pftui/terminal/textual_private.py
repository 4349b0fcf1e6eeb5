"""Every private name of Textual, Rich and asyncio that the console relies on, behind a public name of ours.

They are those of Textual's 8.2 series (`pyproject.toml` holds the bound). For each one a test says that it is
there and does what is said here (`tests/terminal/test_textual_private.py`), and that no other module names
one: whoever moves the bound reads this module and those tests, and nothing else.

Hooks, which Textual calls by a private name, are passed on to methods with a public one, to be overridden:
`AppHooks` and `DriverHooks`.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.color import ColorSystem
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.keys import Keys
from textual.strip import Strip

if TYPE_CHECKING:
    from rich.console import Console
    from rich.style import Style
    from textual.binding import Binding
    from textual.driver import Driver
    from textual.events import Event, Key, Resize
    from textual.geometry import Offset
    from textual.message import Message
    from textual.screen import Screen
    from textual.widget import Widget

__all__ = [
    "SYNC_END",
    "SYNC_START",
    "AppHooks",
    "ChopsUpdate",
    "DriverHooks",
    "LayoutUpdate",
    "TerminalCodes",
    "bindings_of",
    "color_system_of",
    "driver_of",
    "end_messages",
    "fail",
    "forget_damage",
    "forget_drawn_lines",
    "free_cancelled_timers",
    "has_synchronized_output",
    "is_batching",
    "is_closed",
    "note_cursor",
    "sgr_parameters",
    "unhandled_error",
    "was_stopped",
    "whole_screen",
    "writer_of",
]

_NO_CONTEXT: Final = contextvars.Context()


class AppHooks(App[None]):
    """What Textual calls by private names in an app."""

    def show_update(self, screen: Screen[Any], update: Any) -> None:
        """Send an update of a screen's compositor to the terminal: here as Textual does."""
        super()._display(screen, update)

    def back_from_suspend(self) -> None:
        """`App.suspend` has ended, and the terminal is the app's again."""
        super()._resume_signal()

    def report_crash(self) -> None:
        """An exception that nobody caught ends the app: here Textual has its traceback printed."""
        super()._fatal_error()

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        self.show_update(screen, renderable)

    def _resume_signal(self) -> None:
        self.back_from_suspend()

    def _fatal_error(self) -> None:
        self.report_crash()


class DriverHooks(LinuxDriver):
    """What Textual calls by private names in its driver for terminals."""

    def enable_mouse(self) -> None:
        """Have the terminal report the mouse."""
        super()._enable_mouse_support()

    def disable_mouse(self) -> None:
        """Have the terminal report the mouse no longer."""
        super()._disable_mouse_support()

    def read_input(self) -> None:
        """Read what the terminal sends until the driver ends; in a thread of its own."""
        super().run_input_thread()

    def _run_input_thread(self) -> None:
        # Textual would print the traceback of an exception here, and the program end as if all was well.
        try:
            self.read_input()
        except Exception as error:  # noqa: BLE001  # told as every other defect, by the app's own thread
            self._app.call_later(fail, self._app, error)

    def announce_resume(self) -> None:
        """Have the next start send `Driver.SignalResume` to the app."""
        self._must_signal_resume = True

    def _enable_mouse_support(self) -> None:
        self.enable_mouse()

    def _disable_mouse_support(self) -> None:
        self.disable_mouse()


class TerminalCodes(XTermParser):
    """Textual's tables of what terminals send, without its way of reading them one character at a time."""

    def keys(self, sequence: str, *, alt: bool = False) -> list[Key]:
        """The keys that a character or a sequence stands for, with the Alt key; none where it is for none.

        Raises:
            ValueError, OverflowError: a key report whose numbers are no characters.
        """
        pressed = self._sequence_to_key_events(sequence, alt=alt)
        return [key for key in pressed if key.key != Keys.Ignore]

    def mouse(self, sequence: str) -> Message | None:
        """The event of a report of the mouse (SGR, 1006); None where it is for none.

        Raises:
            ArithmeticError, ValueError: a report that fits no screen.
        """
        return self.parse_mouse_code(sequence)

    def resized(self, event: Resize) -> None:
        """The terminal reports its size in cells and pixels, and the mouse in pixels from now on."""
        self.terminal_size, self.terminal_pixel_size = event.size, event.pixel_size
        self.mouse_pixels = True


# The app


def driver_of(app: App[Any]) -> Driver | None:
    """What the app writes to; None before it runs."""
    return app._driver


def writer_of(app: App[Any]) -> Callable[[str], None]:
    """Writes a sequence to the app's terminal at once; nowhere where it has none."""

    def write(sequence: str) -> None:
        driver = driver_of(app)
        if driver is not None:
            driver.write(sequence)
            driver.flush()

    return write


def unhandled_error(app: App[Any]) -> Exception | None:
    """The first exception that nobody caught, which has ended the app."""
    return app._exception


def fail(app: App[Any], error: Exception) -> None:
    """End the app as an exception of a message's handler does."""
    app._handle_exception(error)


def end_messages(app: App[Any]) -> None:
    """Have the app handle no more messages, and so end; nothing is printed."""
    app._close_messages_no_wait()


def is_closed(app: App[Any]) -> bool:
    """Whether the app is ending, and has stopped to take messages."""
    return app._closed


def is_batching(app: App[Any]) -> bool:
    """Whether no frame is shown now (`App.batch_update`)."""
    return app._batch_count > 0


def has_synchronized_output(app: App[Any]) -> bool:
    """Whether the terminal has answered that it can show an update all at once (mode 2026)."""
    return app._sync_available


def note_cursor(app: App[Any], position: Offset) -> None:
    """Tell the app where the terminal's cursor was put."""
    app._previous_cursor_position = position


def whole_screen(app: App[Any], screen: Screen[Any]) -> Any:
    """All of what a screen shows, with the screens that shine through, as an update of its compositor."""
    return screen._compositor.render_update(full=True, screen_stack=app._background_screens)


# Widgets and events


def bindings_of(widget: Widget, key: str) -> Sequence[Binding]:
    """What a key is bound to in this widget itself, and not in those around it."""
    return widget._bindings.key_to_bindings.get(key, ())


def was_stopped(event: Event) -> bool:
    """Whether a handler has used the event up: it goes no further."""
    return event._stop_propagation


def forget_drawn_lines(widget: Widget) -> None:
    """Drop the lines that Textual keeps of a widget as it was drawn last."""
    widget._styles_cache.clear()


def forget_damage(widget: Widget) -> None:
    """Drop what Textual has noted that is to be drawn anew."""
    widget._dirty_regions.clear()


# Rich


def color_system_of(console: Console) -> ColorSystem:
    """The colours that the console's terminal has; all where it does not say."""
    return console._color_system or ColorSystem.TRUECOLOR


def sgr_parameters(style: Style, system: ColorSystem) -> str:
    """A style as the parameters of SGR. Rich keeps them in the style, where they are found fastest."""
    parameters = style._ansi
    return Strip.render_ansi(style, system) if parameters is None else parameters


# asyncio


def free_cancelled_timers() -> None:
    """Free what cancelled timers of the running loop hold; without a loop there is nothing to do.

    asyncio keeps a cancelled timer until its time comes, with the context that it was made in, and that names
    the widget: one that was to hide a secret after a minute would hold it for that minute.
    """
    try:
        loop: Any = asyncio.get_running_loop()
    except RuntimeError:
        return
    for handle in getattr(loop, "_scheduled", ()):
        if handle.cancelled():
            handle._context = _NO_CONTEXT
