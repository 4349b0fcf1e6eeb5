"""Give the terminal back as it was, also when nothing else in the process works any more.

Each mode is reset in a sequence of its own: a terminal that does not know one ignores that one only.
"""

from __future__ import annotations

import os
import signal
import termios
import threading
from collections.abc import Callable
from typing import Any, Final, TextIO

Attributes = list[Any]
"""A terminal's line settings, as `termios.tcgetattr` gives them."""

WIPE: Final = "\x1b[m\x1b[H\x1b[2K\x1b[2H\x1b[J"
"""Clears the screen with the terminal's own background, and puts the cursor at its beginning but one.

Not `CSI 2 J`, and not `CSI J` from the first cell: where the screen has a scrollback (GNU screen and tmux
without an alternate screen, some terminals always) those push there what they clear, and a secret with it.
"""

RESET: Final = "".join(
    (
        "\x1b\\",  # ends a sequence that was cut off in its middle
        "\x1b[?2026l",  # synchronized output: what follows shows at once
        WIPE,
        *(f"\x1b[?{mode}l" for mode in (1000, 1002, 1003, 1015, 1006, 1016)),  # the mouse
        "\x1b[?2004l",  # bracketed paste
        "\x1b[?2048l",  # reports of the window's size
        "\x1b[?1004l",  # reports of focus
        "\x1b[<u",  # kitty's keyboard protocol; the alternate screen has its own stack, so before it is left
        "\x1b[?7h",  # lines wrap
        "\x1b[?1049l",  # the alternate screen
        "\x1b[?25h",  # the cursor shows
        "\x1b[m",
    )
)
"""Undoes all that the console asks of a terminal, and leaves nothing of what it showed."""


_screen = threading.Event()


def screen_entered() -> None:
    """Note that the console is taking the terminal's screen: from here on it has to be given back."""
    _screen.set()


def screen_left() -> None:
    """Note that the terminal's screen was given back, and that this has been written."""
    _screen.clear()


def screen_is_ours() -> bool:
    """Whether the screen has still to be given back; if not, resetting it would wipe the shell's."""
    return _screen.is_set()


def saved_attributes(fileno: int) -> Attributes | None:
    """The line settings of the terminal on a file descriptor, or None where there is none."""
    try:
        return termios.tcgetattr(fileno)
    except (termios.error, ValueError):
        return None


def put_back(fileno: int, attributes: Attributes | None) -> None:
    """Put line settings back at once, without waiting for output that may be stalled."""
    if attributes is None:
        return
    try:
        # Else a process in the background would be stopped right here.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        termios.tcsetattr(fileno, termios.TCSANOW, attributes)
    except (termios.error, ValueError):
        # The terminal is gone: there is nothing left to set right.
        return


def write_reset(fileno: int, patience: float) -> bool:
    """Write `RESET` to a terminal, but do not wait longer than that for one which takes nothing.

    The writing is done by a thread that is left behind if it blocks, and not with a non-blocking descriptor:
    that would be non-blocking for the shell, too, which shares it.

    Args:
        fileno: The descriptor to write to.
        patience: Seconds to wait.

    Returns:
        Whether all of it was taken.
    """
    return _within(patience, lambda: _write_all(fileno, RESET.encode()))


def drop_unwritten(*streams: TextIO | None) -> None:
    """Let go of what a terminal that is gone did not take: Python would try again at exit, and fail with
    status 120.
    """
    for stream in streams:
        if stream is None:
            continue
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def _write_all(fileno: int, data: bytes) -> bool:
    while data:
        try:
            data = data[os.write(fileno, data) :]
        except OSError:  # the terminal is gone
            return False
    return True


def _within(seconds: float, work: Callable[[], bool]) -> bool:
    done: list[bool] = []
    thread = threading.Thread(target=lambda: done.append(work()), name="pftui-restore", daemon=True)
    thread.start()
    thread.join(seconds)
    return bool(done and done[0])
