"""Runs pftui as a program: its own process, its three streams apart, and an environment of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from select import select
from typing import IO, Any

from tests.patience import PATIENCE

COMMAND = (sys.executable, "-m", "pftui")


@dataclass(frozen=True)
class Result:
    """What a program left behind."""

    code: int
    out: str
    err: str


def environment(home: Path, **extra: str | None) -> dict[str, str]:
    """Nothing of the test's own settings, and a home that holds nothing; None takes a name out."""
    given = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        **extra,
    }
    return {name: value for name, value in given.items() if value is not None}


def run(
    *arguments: str,
    env: dict[str, str],
    stdin: bytes | None = None,
    command: Sequence[str] = COMMAND,
    **options: Any,
) -> Result:
    """Run it without a terminal; standard input is empty unless given."""
    if stdin is None:
        options.setdefault("stdin", subprocess.DEVNULL)
    else:
        options["input"] = stdin
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    done = subprocess.run([*command, *arguments], env=env, timeout=60, check=False, **options)
    return Result(done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode())


def _own_the_terminal() -> None:
    os.setsid()
    fcntl.ioctl(next(fd for fd in range(3) if os.isatty(fd)), termios.TIOCSCTTY, 0)


class Typist:
    """Runs it on a terminal of its own, with standard output in a pipe, and types answers.

    With `console` standard output is the terminal too.
    """

    def __init__(
        self,
        *arguments: str,
        env: dict[str, str],
        console: bool = False,
        stdin: IO[bytes] | None = None,
        stderr: IO[bytes] | None = None,
    ) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdin=stdin or slave,
            stdout=slave if console else subprocess.PIPE,
            stderr=stderr or slave,
            env=env,
            preexec_fn=_own_the_terminal,
        )
        os.close(slave)
        self.screen = ""

    def expect(self, text: str, seconds: float = PATIENCE) -> Typist:
        """Read until `text` shows."""
        self._read(lambda: text in self.screen, seconds)
        assert text in self.screen, self.screen
        return self

    def type(self, text: str) -> Typist:
        """Type a line. What was on the screen before no longer counts."""
        self.screen = ""
        os.write(self.master, text.encode())
        return self

    def rest(self, seconds: float) -> None:
        """Read what comes in so long, or until it ended."""
        self._read(lambda: False, seconds)

    def end(self) -> Result:
        """Wait for the end."""
        out = ""
        if self.process.stdout is not None:
            out = self.process.stdout.read().decode()
            self.process.stdout.close()
        else:
            self._read(lambda: False, PATIENCE)
        code = self.process.wait(timeout=PATIENCE)
        self._read(lambda: False, 0.2)
        os.close(self.master)
        return Result(code, out, self.screen)

    def _read(self, done: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not done() and (left := end - time.monotonic()) > 0:
            if not select([self.master], [], [], left)[0]:
                return
            try:
                data = os.read(self.master, 65536)
            except OSError:  # the other end is closed
                return
            if not data:
                return
            self.screen += data.decode(errors="replace")
