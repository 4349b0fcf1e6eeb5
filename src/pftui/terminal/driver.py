"""Textual's driver for terminals, with the console's own manners.

It reports the mouse's motion only where that is cheap, leaves nothing of the console on the screen, and comes
back whole from a stop that it was not told of.
"""

from __future__ import annotations

import codecs
import os
import selectors
import threading
import time
from typing import Any, Final

from textual.app import App

from pftui.terminal import restore
from pftui.terminal.capabilities import mouse_motion
from pftui.terminal.input_parser import ASK_STATUS, InputParser
from pftui.terminal.textual_private import AppHooks, DriverHooks

_MOTION_OFF_DRAGGING_ON = "\x1b[?1003l\x1b[?1002h"
"""In this order: to xterm the modes are one setting, and resetting any of them ends all reports."""


_READ: Final = 4096
"""Bytes that are read at once."""

_TICK: Final = 0.1
"""Seconds between two looks whether what has come is all that comes."""

_ANSWERED: Final = 3.0
"""Seconds after the start in which answers to its questions may still be on their way."""

_LAST_ANSWER: Final = 1.0
"""Seconds that the last of them is waited for."""


class DrivenApp(AppHooks):
    """What an app tells its driver."""

    MOUSE_MOTION: bool | None = None
    """Have the terminal report every motion of the mouse; None leaves it to the environment (over SSH: no).
    """


class ConsoleDriver(DriverHooks):
    """Runs the console in a terminal."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        wanted = app.MOUSE_MOTION if isinstance(app, DrivenApp) else None
        motion = mouse_motion(os.environ) if wanted is None else wanted
        self._dragging_only = mouse and not motion
        self._started = False
        self._started_at = 0.0
        self._answered = threading.Event()

    def read_input(self) -> None:
        """Read what the terminal sends until the driver ends.

        Bytes that are no UTF-8 become U+FFFD: a terminal may be set to Latin-1, or send eight-bit keys.
        """
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        parser = InputParser(self._answered.set)
        came: float | None = None
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                data = b""
                at_once = bool(selector.select(0))
                if at_once or selector.select(_TICK):
                    try:
                        data = os.read(self.fileno, _READ)
                    except OSError:  # the terminal has hung up, of which the guard hears (`process.guard`)
                        return
                    if not data:
                        return
                came = came if at_once else None
                for event in parser.feed(decode(data), time.monotonic()):
                    # All that was read at once came at once, however long this thread waits for its turn, or
                    # takes for what was read before: by these times a paste is told from what a hand types
                    # (`widgets.type_ahead.Pace`).
                    came = event.time = event.time if came is None else came
                    self.process_message(event)
                for event in parser.tick(time.monotonic()):
                    self.process_message(event)

    def start_application_mode(self) -> None:
        """Take the terminal."""
        restore.screen_entered()
        self._started = True
        self._started_at = time.monotonic()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def stop_application_mode(self) -> None:
        """Give the terminal back, cleared: some show the alternate screen on, or have none.

        What it was asked at the start it has answered by then, or the answers would be typed at the shell's
        prompt.
        """
        if self._started and time.monotonic() - self._started_at < _ANSWERED:
            self.write(ASK_STATUS)
            self.flush()
            self._answered.wait(_LAST_ANSWER)
        self.write(restore.WIPE)
        super().stop_application_mode()
        self._started = False

    def close(self) -> None:
        """Wait until all is written."""
        super().close()
        if not self._started:
            restore.screen_left()

    def resume_application_mode(self) -> None:
        """Take the terminal again after a stop.

        SIGSTOP comes without notice, and whoever had the terminal since may have changed its modes: what is
        still running of the driver is ended first, or two threads would read the keys.
        """
        if self._started:
            self.suspend_application_mode()
            self.announce_resume()
        super().resume_application_mode()

    def enable_mouse(self) -> None:
        """Have clicks, the wheel and dragging reported, and every motion only where that is cheap."""
        super().enable_mouse()
        if self._dragging_only:
            self.write(_MOTION_OFF_DRAGGING_ON)

    def disable_mouse(self) -> None:
        """Have nothing of the mouse reported."""
        if self._dragging_only:
            self.write("\x1b[?1002l")
        super().disable_mouse()
