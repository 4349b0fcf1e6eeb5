"""A server of processes: it has everything imported, so that each one of them costs a fork.

It reads a line of JSON for each process and answers with another.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from tests.patience import PATIENCE


class ForkServer:
    """The test's side of one."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._requests: IO[bytes] = process.stdin
        self._answers: IO[bytes] = process.stdout

    def ask(self, request: Mapping[str, Any]) -> Any:
        """Have a process do something; what it answers."""
        self._requests.write(json.dumps(request).encode() + b"\n")
        self._requests.flush()
        return json.loads(self._answers.readline())


@contextmanager
def serving(
    module: str, environ: Mapping[str, str], seconds: float = PATIENCE
) -> Iterator[subprocess.Popen[bytes]]:
    """The process of a server, whose program is a module; ended afterwards, and well, in so many seconds."""
    process = subprocess.Popen(
        [sys.executable, "-m", module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        try:
            assert process.wait(seconds) == 0
        finally:
            process.stdout.close()


def serve(answer: Callable[[Any], Any]) -> None:
    """The server's side: an answer to each request, until there are no more."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()
