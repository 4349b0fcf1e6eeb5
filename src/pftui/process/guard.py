"""End the console in time and in order, whatever it is stuck in.

A full-screen program has many ways to outlive its user: its loop blocks on a stalled link, a hang-up is
ignored, its input ends and it spins. `TerminalGuard` hears of a signal outside of Python's main thread, asks
the app to exit, and ends the process by itself when that takes too long; the terminal is given back in any
case.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Final, Protocol, Self

from pftui.terminal import restore

DEADLINE: Final = 2.0
"""Seconds that the app has to exit in order after a signal."""

LEAVING: Final = 3.0
"""Seconds that an app has which ends by itself."""

_PATIENCE: Final = 0.5
"""Seconds to wait for a terminal that takes no output."""

_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT)
_HUNG_UP: Final = select.POLLHUP | select.POLLERR | select.POLLNVAL


class Exitable(Protocol):
    """As much of a Textual app as it takes to ask it to exit; both calls may come from any thread."""

    def call_later(self, callback: Callable[..., Any], *args: Any, **kwargs: Any) -> bool: ...

    def exit(self, result: Any = None, return_code: int = 0) -> None: ...


class TerminalGuard:
    """Holds the terminal while the console runs.

        with TerminalGuard() as guard:
            app = Console()
            guard.watch(app)
            app.run()

    SIGTERM, SIGHUP, SIGQUIT, SIGINT and a terminal that hangs up end the app, with the exit status 128 + the
    signal's number (a hang-up counts as SIGHUP). They do so also where the parent had them ignored: an
    ignored hang-up is what leaves orphans behind. To be entered in the main thread, and only once.

    Args:
        deadline: Seconds that the app has to exit in order after the first signal. Then the terminal is
            restored from a thread of its own and the process ends on the spot, without any clean-up.
        stdin: The descriptor that the terminal's keys come from.
        stderr: The descriptor that the terminal's output goes to: Textual writes to standard error.
    """

    def __init__(self, deadline: float = DEADLINE, stdin: int = 0, stderr: int = 2) -> None:
        self._deadline = deadline
        self._stdin = stdin
        self._stderr = stderr
        self._app: Exitable | None = None
        self._signal: int | None = None
        self._lock = threading.Lock()
        self._attributes: restore.Attributes | None = None
        self._handlers_before: dict[int, Any] = {}
        self._exited = threading.Event()

    @property
    def exit_status(self) -> int | None:
        """128 + the number of the signal that ended the console, or None while there was none."""
        return None if self._signal is None else 128 + self._signal

    def watch(self, app: Exitable) -> None:
        """Name the app that is to be asked to exit; without one only the deadline counts."""
        self._app = app

    def __enter__(self) -> Self:
        self._attributes = restore.saved_attributes(self._stdin)
        self._wake, wake_up = os.pipe()
        for end in (self._wake, wake_up):
            os.set_blocking(end, False)
        for number in _SIGNALS:
            self._handlers_before[number] = signal.signal(number, self._on_signal)
        # Written to by the C part of the signal's handling: it works even while the main thread is stuck in a
        # call.
        signal.set_wakeup_fd(wake_up, warn_on_full_buffer=False)
        threading.Thread(target=self._listen, name="pftui-guard", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the terminal right, and raise SystemExit with the status of a signal, if one ended the app.

        A deadline that has begun stays: it also ends what would hold the process back after the app.
        """
        self._exited.set()
        if restore.screen_is_ours():
            restore.write_reset(self._stderr, _PATIENCE)
            restore.screen_left()
        restore.put_back(self._stdin, self._attributes)
        if self._signal is not None:
            restore.drop_unwritten(sys.__stdout__, sys.__stderr__)
            raise SystemExit(128 + self._signal) from error
        for number, handler in self._handlers_before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        os.close(signal.set_wakeup_fd(-1))

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        """In the main thread: what only it may do."""
        # A service manager sends SIGCONT after SIGTERM, and Textual would take the terminal back at that. Not
        # SIG_IGN: Python complains on the terminal if that is set while a signal is pending.
        signal.signal(signal.SIGCONT, _ignore_signal)
        self._begin_exit(number)

    def _listen(self) -> None:
        """In a thread of its own: wait for a signal, or for the terminal to hang up."""
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        if self._attributes is not None:
            poll.register(self._stdin, 0)
        while not self._exited.is_set():  # closing the pipe's other end wakes it up
            for fileno, what in poll.poll():
                if fileno == self._wake:
                    self._on_wakeup()
                elif what & _HUNG_UP:
                    # Textual's input thread would spin from now on, and nobody can see the console any more.
                    poll.unregister(self._stdin)
                    self._begin_exit(signal.SIGHUP)
        os.close(self._wake)

    def _on_wakeup(self) -> None:
        try:
            numbers = os.read(self._wake, 256)
        except BlockingIOError:
            return
        for number in numbers:
            if number in _SIGNALS:
                self._begin_exit(number)
        # The kernel may have given the signal to another thread, and then a main thread that waits in its
        # loop hears of it only when something else wakes it: after ctrl+z and `fg` the screen would stay away
        # until a key.
        self._call_in_app(_wake_up)

    def _begin_exit(self, number: int) -> None:
        """Begin the end, once; from any thread."""
        with self._lock:
            if self._signal is not None:
                return
            self._signal = number
        self._start_deadline(self._exit_or_kill)

    def leave(self, status: int) -> None:
        """The app ends by itself, with this status, whatever its threads still wait for; from any thread."""
        if self._signal is None:
            self._start_deadline(lambda: self._kill(time.monotonic() + LEAVING, status))

    @staticmethod
    def _start_deadline(run: Callable[[], None]) -> None:
        threading.Thread(target=run, name="pftui-deadline", daemon=True).start()

    def _call_in_app(self, callback: Callable[..., None], **arguments: Any) -> None:
        """Have the app call something in its own thread; from any thread."""
        if self._app is not None:
            with contextlib.suppress(RuntimeError):  # its loop is not running yet, or not any more
                self._app.call_later(callback, **arguments)

    def _exit_or_kill(self) -> None:
        status = 128 + (self._signal or 0)
        until = time.monotonic() + self._deadline
        if self._app is not None:
            self._call_in_app(self._app.exit, return_code=status)
        self._kill(until, status)

    def _kill(self, until: float, status: int) -> None:
        time.sleep(max(0.0, until - time.monotonic()))
        if restore.screen_is_ours():
            restore.write_reset(self._stderr, _PATIENCE)
        restore.put_back(self._stdin, self._attributes)
        os._exit(status)


def _wake_up() -> None:
    """Wake the app's loop up, which then runs the handlers of signals."""


def _ignore_signal(number: int, frame: FrameType | None) -> None:
    """Handle a signal by doing nothing."""
