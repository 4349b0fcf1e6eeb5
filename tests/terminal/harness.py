"""A terminal for tests: runs a program in a pty, feeds what it writes to pyte, types keys, counts bytes.

It knows nothing of the console, so that it serves for any program, and for benchmarks. Nothing here sleeps
for luck: a program is at rest when it has sent nothing for a while *and* sits in the kernel waiting for
something (see `_waiting`).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import pyte

from tests.patience import PATIENCE

QUIET = 0.06
"""Seconds without output after which a program may be at rest: more than three of Textual's frames."""

_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<>=][\d;]*[a-zA-Z]")
_BEGUN = re.compile(rb"\x1b(\[[<>=?]?[\d;]*)?\Z")

_ATTRIBUTES = ("bold", "italics", "underscore", "strikethrough", "reverse", "blink")


class Cell(NamedTuple):
    """What a person sees in one cell; the colour of a space's letter is not among it."""

    text: str
    foreground: str
    background: str
    bold: bool
    italics: bool
    underscore: bool
    strikethrough: bool
    reverse: bool
    blink: bool


class Terminal:
    """A program in a terminal of its own.

    Args:
        command: The program with its arguments.
        environ: All of its environment.
        size: Columns and rows.
    """

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str],
        size: tuple[int, int] = (120, 40),
        cwd: Path | None = None,
    ) -> None:
        self.bytes = 0
        """How many bytes the program has sent."""
        self.log = bytearray()
        """All that it has sent."""
        self.screen = _Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self._pending = b""
        self.master, slave = pty.openpty()
        _set_size(slave, size)
        self.name = os.ttyname(slave)
        """Its path, by which another program could open it."""
        self.attributes = termios.tcgetattr(slave)
        """The line settings from before the program began."""
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=dict(environ),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        os.set_blocking(self.master, False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE)
        self.hang_up()

    # What a person does

    def type(self, keys: str) -> None:
        """Send keys as a terminal would."""
        self.send(keys.encode())

    def send(self, data: bytes) -> None:
        """Send bytes, which need not be what any terminal would send."""
        while data:
            try:
                data = data[os.write(self.master, data) :]
            except BlockingIOError:  # until it is read, nobody can send more
                self.read(0.01)

    def resize(self, width: int, height: int) -> None:
        """Change the terminal's size; as in most terminals what does not fit is lost."""
        self.read(0)
        self.screen.resize(height, width)
        _set_size(self.master, (width, height))
        self.process.send_signal(signal.SIGWINCH)

    def scribble(self, text: str) -> None:
        """Have something else than the program appear on the terminal."""
        self._stream.feed(text.encode())

    def hang_up(self) -> None:
        """Take the terminal away."""
        with contextlib.suppress(OSError):
            os.close(self.master)

    # What a person sees

    @property
    def text(self) -> str:
        """The screen's text, a line a row."""
        return "\n".join(self.screen.display)

    def line_settings(self) -> list[Any]:
        """The terminal's line settings as they are now."""
        return termios.tcgetattr(self.master)

    def cells(self) -> list[list[Cell]]:
        """Each cell of the screen, in rows."""
        return [self.row(y) for y in range(self.screen.lines)]

    def row(self, y: int) -> list[Cell]:
        """The cells of one row, counted from 0."""
        return [self._cell(y, x) for x in range(self.screen.columns)]

    def _cell(self, y: int, x: int) -> Cell:
        char = self.screen.buffer[y][x]
        shown = [getattr(char, name) for name in _ATTRIBUTES]
        foreground = char.fg
        if char.data == " ":
            shown[0] = shown[1] = shown[5] = False
            if not any(shown):
                foreground = ""
        return Cell(char.data, foreground, char.bg, *shown)

    # Waiting

    def read(self, seconds: float) -> bool:
        """Take in what the program sends within so many seconds; tells whether there was anything."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:  # the program has closed the terminal
            time.sleep(0.01)
            return False
        self.bytes += len(data)
        self.log += data
        self._feed(data)
        return bool(data)

    def _feed(self, data: bytes) -> None:
        """Show what was sent, but for the sequences that pyte takes for text; it may end in the middle of
        one.
        """
        data = self._pending + data
        begun = _BEGUN.search(data)
        data, self._pending = (data[: begun.start()], begun.group()) if begun else (data, b"")
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data))

    def wait_for(self, what: Callable[[], Any], limit: float = PATIENCE) -> None:
        """Read until something holds.

        Raises:
            AssertionError: It does not hold in time; with the screen as it is then.
        """
        until = time.monotonic() + limit
        while not what():
            if time.monotonic() > until:
                raise AssertionError(f"not in {limit} s; the screen:\n{self.text}")
            self.read(0.02)

    def rest(self) -> None:
        """Read until the program has nothing more to send (see `rest`)."""
        rest(self)

    def ended(self, limit: float = PATIENCE) -> int:
        """Wait until the program has ended, reading what it sends; its exit status."""
        self.wait_for(lambda: self.process.poll() is not None, limit)
        while self.read(0.05):
            pass
        return self.process.returncode


def rest(*terminals: Terminal) -> None:
    """Read until none of the programs has anything more to send.

    A program that sleeps in all of its threads waits for keys or a timer; Textual's timers that lead to
    output are frames, so that silence for some frames says it is not one of those.

    Raises:
        AssertionError: One goes on sending, or working, for longer than `PATIENCE`.
    """
    until = time.monotonic() + PATIENCE
    quiet_since = time.monotonic()
    masters = {terminal.master: terminal for terminal in terminals}
    while time.monotonic() < until:
        ready = select.select(list(masters), [], [], 0.01)[0]
        if sum(masters[master].read(0) for master in ready):
            quiet_since = time.monotonic()
        elif not all(_waiting(terminal.process.pid) for terminal in terminals):
            quiet_since = max(quiet_since, time.monotonic() - QUIET / 2)
        elif time.monotonic() - quiet_since > QUIET:
            return
    raise AssertionError(f"never at rest; the screen:\n{terminals[0].text}")


class _Screen(pyte.Screen):
    """pyte's screen, with the alternate screen that it lacks."""

    def __init__(self, columns: int, lines: int) -> None:
        self.modes: set[int] = set()
        """The private modes that are set, by their numbers."""
        self.left_behind: str | None = None
        """What stood on the alternate screen when it was last left."""
        self._main: Any = None
        super().__init__(columns, lines)

    @property
    def alternate(self) -> bool:
        """Whether the alternate screen shows."""
        return self._main is not None

    def set_mode(self, *modes: int, **kwargs: Any) -> None:
        if kwargs.get("private"):
            self.modes.update(modes)
            if 1049 in modes and self._main is None:
                self._main = self.buffer, self.cursor
                self._clear()
        super().set_mode(*modes, **kwargs)

    def reset_mode(self, *modes: int, **kwargs: Any) -> None:
        if kwargs.get("private"):
            self.modes.difference_update(modes)
            if 1049 in modes and self._main is not None:
                self.left_behind = "\n".join(self.display)
                (self.buffer, self.cursor), self._main = self._main, None
                self.dirty.update(range(self.lines))
        super().reset_mode(*modes, **kwargs)

    def report_device_status(self, *arguments: int, **kwargs: Any) -> None:
        """Stay silent: Textual asks for modes, and pyte would answer something else."""

    def _clear(self) -> None:
        self.buffer = self.buffer.copy()  # the main screen keeps its own
        self.buffer.clear()
        self.cursor = pyte.screens.Cursor(0, 0)
        self.dirty.update(range(self.lines))


def _set_size(fileno: int, size: tuple[int, int]) -> None:
    fcntl.ioctl(fileno, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))


def _waiting(pid: int) -> bool:
    """Whether each thread of a process sleeps."""
    # The second field after the name, which may hold anything: proc_pid_stat(5).
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            state = (task / "stat").read_text().rpartition(")")[2].split()[0]
            if state != "S":
                return False
    except OSError:  # a thread, or the process, has just ended
        return False
    return True


def clean_environment(**more: str) -> dict[str, str]:
    """An environment in which a program behaves the same everywhere: a local terminal with all colours."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    root = Path(__file__).parents[2]
    paths = os.pathsep.join(str(path) for path in (root / "src", root))
    ours = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PYTHONPATH": paths}
    # Not this person's own keys and theme; and a place where root keeps nothing either.
    ours |= {"XDG_CONFIG_HOME": "/nonexistent", "XDG_STATE_HOME": "/dev/null"}
    return {**kept, **ours, **more}


def python(module: str, *arguments: str) -> list[str]:
    """The command for a module of the tests or the console."""
    return [sys.executable, "-m", module, *arguments]
