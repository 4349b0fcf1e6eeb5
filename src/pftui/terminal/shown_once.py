"""Show a secret on the terminal's other screen until it was taken, and leave nothing of it behind.

For commands, which have no console around them: plain sequences, no Textual.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import termios
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

from pftui.terminal import clipboard
from pftui.terminal.capabilities import prefer_ascii
from pftui.terminal.restore import WIPE, put_back, saved_attributes, write_reset

SHOWN_FOR: Final = 60.0
"""Seconds after which the secret is masked by itself."""

DEAF_FOR: Final = 0.5
"""Seconds in which Enter closes nothing: what was typed ahead, or is held down too long, must not."""

_PATIENCE: Final = 2.0  # seconds for a terminal that takes nothing, when it is given back
_ENTER: Final = "\x1b[?1049h\x1b[?25l\x1b[?7h"
_BOLD, _PLAIN = "\x1b[1m", "\x1b[m"
_INTERRUPT: Final = b"\x03"


@dataclass(frozen=True)
class Card:
    """What is shown: nothing in it may hold what a terminal would obey.

    `save` saves to `file_name` and gives a sentence on it. `public` counts the leading characters of `text`
    that are no secret.
    """

    title: str
    warning: str
    text: str = field(repr=False)
    file_name: str
    save: Callable[[], str]
    access: str = ""
    public: int = 0


class TerminalGone(OSError):
    """Nobody can press a key any more."""


def open_keyboard() -> int | None:
    """A descriptor to read keys from, to be closed; None where there is no terminal to type on.

    The terminal that the process belongs to, whatever standard input is; else standard input, if one.
    """
    for name in ("/dev/tty", 0):
        try:
            keyboard = os.dup(name) if isinstance(name, int) else os.open(name, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
        if os.isatty(keyboard):
            return keyboard
        os.close(keyboard)
    return None


def show_once(
    card: Card,
    screen: int,
    keyboard: int,
    environ: Mapping[str, str],
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Show it until Enter is pressed. The terminal is given back however that ends, but for a SIGKILL.

    Args:
        screen: the descriptor of the terminal that shows it.
        keyboard: the one whose keys are read.

    Raises:
        KeyboardInterrupt: ctrl+c.
        SystemExit: a signal that ends the process.
        OSError: the terminal is gone.
    """
    attributes = saved_attributes(keyboard)
    with _ending_by_exception():
        try:
            _read_by_key(keyboard)
            _Showing(card, screen, keyboard, environ, clock).run()
        except termios.error as error:
            raise TerminalGone(*error.args) from error
        finally:
            write_reset(screen, _PATIENCE)
            put_back(keyboard, attributes)


class _Showing:
    """One card on the screen."""

    def __init__(
        self,
        card: Card,
        screen: int,
        keyboard: int,
        environ: Mapping[str, str],
        clock: Callable[[], float],
    ) -> None:
        self.card = card
        self.screen = screen
        self.keyboard = keyboard
        self.environ = environ
        self.clock = clock
        self.said = ""
        self.encoding = os.device_encoding(screen) or "utf-8"
        self.dot = "*" if prefer_ascii(environ, self.encoding) else "•"
        self.deaf_until = clock() + DEAF_FOR
        self.masked_at = clock() if environ.get("PFTUI_REVEAL") == "hidden" else clock() + SHOWN_FOR

    def run(self) -> None:
        self._write(_ENTER)
        self._draw()
        while not self._closed_by(self._keys()):
            self._draw()

    @property
    def masked(self) -> bool:
        return self.clock() >= self.masked_at

    def _keys(self) -> bytes:
        """What was typed; nothing where the minute is over."""
        left = None if self.masked else self.masked_at - self.clock()
        if not select.select([self.keyboard], [], [], left)[0]:
            self.said = "Hidden after a minute. h shows it again."
            return b""
        keys = os.read(self.keyboard, 64)
        if not keys:
            raise TerminalGone("the terminal is gone")
        return keys

    def _closed_by(self, keys: bytes) -> bool:
        if _INTERRUPT in keys:
            raise KeyboardInterrupt
        if keys in (b"\r", b"\n"):
            if self.clock() >= self.deaf_until:
                return True
            self.deaf_until = self.clock() + DEAF_FOR  # a key that is held stays unheard
        elif keys == b"c":
            self.said = clipboard.copy(self.card.text, self._write, self.environ).message
        elif keys == b"s":
            self.said = self.card.save()
        elif keys == b"h":
            self.masked_at = self.clock() + SHOWN_FOR if self.masked else self.clock()
            self.said = ""
        return False

    def _draw(self) -> None:
        size = os.get_terminal_size(self.screen)
        page = self.page(size.columns or 80, size.lines or 24)
        self._write(WIPE + "\x1b[H" + "\r\n".join(page))

    def page(self, width: int, height: int) -> list[str]:
        """The lines that fit: what scrolls could scroll into what is kept."""
        shown: list[str] = []
        for line in self._lines(width, height):
            height -= _rows(line, width)
            if height < 0:
                break
            shown.append(line)
        return shown

    def _lines(self, width: int, height: int) -> Iterator[str]:
        card = self.card
        yield f"{_BOLD}{card.title}{_PLAIN}"
        yield from ("", f"Save it now: {card.warning}", "")
        text = card.text
        if self.masked:
            text = text[: card.public].ljust(len(text), self.dot)
        room = width * max(1, height - 8)
        yield text[:room] if len(text) > width - 2 else f"  {text}"  # one word on one line, if it can be
        yield ""
        hints = {
            "c": "Copy",
            "s": f"Save to {card.file_name}",
            "h": "Show" if self.masked else "Hide",
            "Enter": "Close",
        }
        yield "   ".join(f"{_BOLD}{key}{_PLAIN} {label}" for key, label in hints.items())
        yield from textwrap.wrap(self.said, width)
        if card.access:
            yield from ("", *textwrap.wrap(card.access, width))

    def _write(self, text: str) -> None:
        data = text.encode(self.encoding, "backslashreplace")
        while data:
            data = data[os.write(self.screen, data) :]


def _rows(line: str, width: int) -> int:
    """Rows that a line takes at most: what is not ASCII may be two cells wide."""
    text = line.replace(_BOLD, "").replace(_PLAIN, "")
    return max(1, -(-sum(1 if character.isascii() else 2 for character in text) // width))


def _read_by_key(keyboard: int) -> None:
    """Keys one by one, unseen, ctrl+c among them; what was typed ahead is for nobody."""
    attributes = termios.tcgetattr(keyboard)
    attributes[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
    attributes[6][termios.VMIN], attributes[6][termios.VTIME] = 1, 0
    termios.tcsetattr(keyboard, termios.TCSAFLUSH, attributes)


@contextlib.contextmanager
def _ending_by_exception() -> Iterator[None]:
    """Let the signals that end a process unwind it, so that the terminal is given back first."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = {
        number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
