"""Parts of the trail, each in a process of its own, which ends with this one whatever becomes of it.

A process is started anew, not forked: it has no connection, no lock and no secret of this one. What it is to
do, the store's URL with it, comes through a pipe, which is held open for as long as somebody waits for it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

from pftui.services.trail.parts import Awaited, Part
from pftui.services.verification.cores import usable_cores

_PROGRAM = "pftui.services.trail.part"
_NEEDLESS = ("PFTUI_API_KEY", "PFTUI_AS", "PFTUI_DATABASE_URL")
_MEANWHILE = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Processes:
    """Checks parts of the trail of one store, each in a process of its own."""

    url: str
    cores: int = field(default_factory=usable_cores)

    @contextmanager
    def checking(self, parts: Sequence[Part]) -> Iterator[Awaited | None]:
        """See `Apart`: on leaving all have ended."""
        with ExitStack() as all_of_them:
            running: list[subprocess.Popen[bytes]] = []
            with suppress(OSError):
                for part in parts if sys.executable else ():
                    running.append(all_of_them.enter_context(self._process(part)))
            yield partial(_awaited, running) if len(running) == len(parts) else None

    @contextmanager
    def _process(self, part: Part) -> Iterator[subprocess.Popen[bytes]]:
        # Where nobody has chosen otherwise, Python would look for modules in the working directory.
        own = ["-I"] if sys.flags.isolated else ["-P"]
        process = subprocess.Popen(
            [sys.executable, *own, "-m", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name not in _NEEDLESS},
        )
        try:
            if process.stdin is not None:
                process.stdin.write(json.dumps([self.url, *part]).encode() + b"\n")
                process.stdin.flush()
            yield process
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # what could not be sent to one that has ended
                    if pipe is not None:
                        pipe.close()


def _awaited(
    running: Sequence[subprocess.Popen[bytes]], meanwhile: Callable[[], object]
) -> list[bool] | None:
    """What they say, where each of them says something."""
    while not any(each.poll() for each in running):
        still = next((each for each in running if each.returncode is None), None)
        if still is None:
            said = [each.stdout.read() if each.stdout is not None else b"" for each in running]
            known = {TOLD: True, UNTOLD: False}
            return [known[each] for each in said] if all(each in known for each in said) else None
        try:
            still.wait(_MEANWHILE)
        except subprocess.TimeoutExpired:
            meanwhile()
    return None


TOLD, UNTOLD = b"whole, and tells of an archive\n", b"whole\n"
