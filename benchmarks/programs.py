"""Programs in a terminal of 120×40: how long, how large, how much they send."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import bare_app
from tests.terminal.harness import Terminal, clean_environment, python

LIMIT = 30.0
"""Seconds after which a program that shows nothing counts as broken."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to start, and by what its frames are told.

    Args:
        frame: words that all stand on the first complete frame.
        row: a word of the first row.
        leave: the keys that end it.
        ours: whether it is found in this repository (and not in an environment of its own).
    """

    name: str
    command: Sequence[str]
    frame: Sequence[str]
    row: str = ""
    leave: str = "q"
    ours: bool = True
    environ: dict[str, str] = field(default_factory=dict)


BARE = Program(
    "bare Textual app",
    [sys.executable, str(Path(bare_app.__file__))],
    ("bare", "Users", "Teams", "Quit"),
    bare_app.FIRST_ROW,
)
DEMO = Program("pftui --demo", python("pftui", "--demo"), ("pftui", "Users", "Teams", "Quit"), "active")


def console(store: Path) -> Program:
    """`pftui` on a store: its first screen is the sign-in."""
    return Program("pftui", python("pftui", "--store", str(store)), ("pftui", "Password"), leave="\x11")


class Scratch:
    """A home of their own for the programs, so that nothing of the person's is read or written."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="pftui-bench-")
        self.path = Path(self._folder.name)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def environment(program: Program, home: Path) -> dict[str, str]:
    """All of a program's environment: a local terminal with all colours."""
    environ = clean_environment(HOME=str(home), TMPDIR=str(home), **program.environ)
    if not program.ours:
        del environ["PYTHONPATH"]
    return environ


class Opened(Terminal):
    """A program in its terminal, which ends with the keys it has for that."""

    def __init__(self, program: Program, home: Path) -> None:
        self._program = program
        self.begun = time.perf_counter()
        super().__init__(program.command, environment(program, home), (120, 40), home)

    def __exit__(self, *reason: object) -> None:
        with contextlib.suppress(AssertionError, OSError):
            # In order, else a demo leaves its store for the next start to tidy up.
            self.type(self._program.leave)
            _drain(self, lambda: self.process.poll() is not None, 3.0)
        super().__exit__(None, None, None)

    def seconds_until(self, words: Sequence[str]) -> float:
        """Seconds from the start until all of the words were sent.

        Nothing is shown meanwhile: to keep a screen would take the time of those who send much.
        """
        wanted = [word.encode() for word in words]
        return _drain(self, lambda: all(word in self.log for word in wanted), LIMIT) - self.begun

    def settle(self, pause: float = 0.5) -> None:
        """Read until nothing has come for a while."""
        until = time.perf_counter() + LIMIT
        while self.read(pause):
            if time.perf_counter() > until:
                raise AssertionError(f"{self._program.name} goes on sending")

    def sent_within(self, keys: str, seconds: float) -> int:
        """How many bytes follow some keys in a time: for programs whose cursors blink and never rest."""
        before = self.bytes
        self.type(keys)
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            self.read(left)
        return self.bytes - before

    def sent(self, keys: str, pause: float = 0.5) -> int:
        """How many bytes follow some keys, until nothing more comes for a while."""
        before = self.bytes
        self.type(keys)
        self.settle(pause)
        return self.bytes - before

    def ready(self, settle: bool = True) -> None:
        """Wait for the first frame and row, and for the rest after it."""
        words = (*self._program.frame, self._program.row)
        self.wait_for(lambda: all(word in self.text for word in words), LIMIT)
        if settle:
            self.settle()

    def memory(self) -> float:
        """Megabytes that all of its processes hold."""
        return sum(_resident(pid) for pid in _family(self.process.pid)) / 1e6


def _drain(terminal: Opened, done: Callable[[], bool], limit: float) -> float:
    """Collect what is sent until something holds; when that was."""
    until = time.perf_counter() + limit
    while not done():
        if time.perf_counter() > until or (terminal.process.poll() is not None and not _more(terminal)):
            raise AssertionError(f"{terminal._program.name} shows nothing: {_last_words(terminal)}")
        if select.select([terminal.master], [], [], 0.05)[0]:
            with contextlib.suppress(OSError):
                terminal.log += os.read(terminal.master, 65536)
    return time.perf_counter()


def _more(terminal: Opened) -> bool:
    return bool(select.select([terminal.master], [], [], 0)[0])


def _last_words(terminal: Opened) -> str:
    words = bytes(terminal.log[-200:]).decode(errors="replace")
    return " ".join("".join(letter if letter.isprintable() else " " for letter in words).split())[-80:]


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # The second field after the name, which may hold anything: proc_pid_stat(5).
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    family = [pid]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return family


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def seconds(command: Sequence[str], environ: dict[str, str], text: str = "") -> float:
    """How long a command takes from its start to its end.

    Raises:
        AssertionError: it failed.
    """
    begun = time.perf_counter()
    done = subprocess.run(command, env=environ, input=text, text=True, capture_output=True, check=False)
    took = time.perf_counter() - begun
    if done.returncode:
        raise AssertionError(f"{' '.join(command[-3:])}: {done.stderr.strip()[-200:]}")
    return took
