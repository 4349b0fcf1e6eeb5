"""Runs what the documentation says as a newcomer would: in bash, on a terminal, answering what is asked."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shlex
import subprocess
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from select import select

from tests.conftest import ADMIN_PASSWORD
from tests.patience import PATIENCE

#: What pftui asks, at the end of what stands on the terminal, and what the newcomer types.
_ANSWERS = (
    (re.compile(r"(assword|again)[^\n]*: $"), lambda _: ADMIN_PASSWORD),
    (re.compile(r"Type (.+) to go on: $"), lambda found: found[1]),
    (re.compile(r"\[y/N\] $"), lambda _: "y"),
)
_REST = 2.0  # seconds without a word; a card that has just come up, or hears a key held, is deaf for less
_DENIED = re.compile(r"\s+# denied\b.*$")  # a comment that says so: exit status 1 is what is promised


class Shell:
    """One shell session after another in one folder; what one exports is there in the next."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.folder = folder
        self._environ = dict(environ)
        self._state = folder / ".state"

    def run(self, text: str) -> str:
        """Run a block; what stood on its terminal. Fails where a command does not end as it should."""
        script = "\n".join(
            [
                "set -euo pipefail",
                f"if [ -e {self._state} ]; then . {self._state}; fi",
                *map(_expecting, text.splitlines()),
                f'export -p >{self._state}; echo cd $(printf %q "$PWD") >>{self._state}',
            ]
        )
        screen, code = _on_a_terminal(["bash", "--norc", "-c", script], self.folder, self._environ)
        assert code == 0, f"exit status {code} of:\n{text}\n{screen}"
        return screen

    def python(self, text: str) -> None:
        """Run a block of Python that has `key`, as the examples do."""
        before = "key = open('key.txt').read().strip()\n"
        self.run(f"python3 -c {shlex.quote(before + text)}")


def _expecting(line: str) -> str:
    if not _DENIED.search(line):
        return line
    return f'{{ {_DENIED.sub("", line)} ; }} && exit 99 || test "$?" -eq 1'


def _on_a_terminal(command: list[str], folder: Path, environ: Mapping[str, str]) -> tuple[str, int]:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environ,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        preexec_fn=_own_the_terminal,
    )
    os.close(slave)
    screen, answered, end = "", 0, time.monotonic() + 4 * PATIENCE
    while time.monotonic() < end:
        if not select([master], [], [], _REST)[0]:
            if _shows_a_card(screen):
                os.write(master, b"\r")
            continue
        try:
            data = os.read(master, 65536)
        except OSError:  # everybody has closed the terminal
            break
        screen += data.decode(errors="replace").replace("\r\n", "\n")
        for question, answer in _ANSWERS:
            found = question.search(screen, answered)
            if found is not None:
                answered = len(screen)
                os.write(master, (answer(found) + "\r").encode())
    os.close(master)
    try:
        return screen, process.wait(timeout=PATIENCE)
    finally:
        process.kill()


def _shows_a_card(screen: str) -> bool:
    """Whether a secret is on the alternate screen, until Enter; it does not hear the first keys."""
    return screen.rfind("\x1b[?1049h") > screen.rfind("\x1b[?1049l")


def _own_the_terminal() -> None:
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
