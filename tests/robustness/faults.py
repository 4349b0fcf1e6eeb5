"""Runs pftui's commands on a disk that fails at a call of one's choice: a server that forks one for each.

The server has everything imported and the library of `faults.c` loaded, so that a command costs a fork. It
reads a line of JSON for each command and answers with another.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from tests.conftest import missing_peer

SOURCE = Path(__file__).with_name("faults.c")


class Fault(NamedTuple):
    """Which of the calls of a kind fails, how (0: the process is killed), and whether all after it do too."""

    call: str
    number: int
    error: int
    stays: bool

    def __str__(self) -> str:
        return f"{self.call}:{self.number}:{self.error}{'+' if self.stays else ''}"


class Done(NamedTuple):
    """What a command left behind; how many calls of each kind it made."""

    code: int
    out: str
    err: str
    calls: Counter[str]


class Server:
    """The test's side of the server."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._requests: IO[bytes] = process.stdin
        self._answers: IO[bytes] = process.stdout

    def run(
        self, *arguments: str, below: Path, fault: Fault | None = None, stdin: str = "", **environ: str
    ) -> Done:
        """Run a command, with a fault in what it does to files below a folder."""
        request = {
            "arguments": arguments,
            "stdin": stdin,
            "environ": {"FAULT_BELOW": str(below), "FAULT": str(fault or ""), **environ},
        }
        self._requests.write(json.dumps(request).encode() + b"\n")
        self._requests.flush()
        code, out, err, calls = json.loads(self._answers.readline())
        return Done(code, out, err, Counter(calls))


def compiled(folder: Path) -> Path:
    """The library of `faults.c`; skips where there is no compiler of C."""
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        missing_peer("no C compiler here: install the package gcc and libc6-dev")
    assert compiler is not None
    library = folder / "faults.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"], check=True)
    return library


@contextmanager
def serving(folder: Path, environ: dict[str, str]) -> Iterator[Server]:
    """A server, ended afterwards."""
    command = [sys.executable, "-m", "tests.robustness.faults"]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**environ, "LD_PRELOAD": str(compiled(folder)), "FAULT_COUNT": str(folder / "calls")},
    )
    try:
        yield Server(process)
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        try:
            assert process.wait(30) == 0
        finally:
            process.stdout.close()


def main() -> None:
    """The server: one command a line."""
    for name in ("zxcvbn", "alembic.command", "pftui.services.store_restore", "pftui.services.setup"):
        importlib.import_module(name)
    from sqlalchemy.orm import configure_mappers

    from pftui.commands.root import root

    configure_mappers()
    for name in root.list_commands(None):  # type: ignore[arg-type]
        root.get_command(None, name)  # type: ignore[arg-type]
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_run(json.loads(line))) + "\n")
        sys.stdout.flush()


def _run(request: dict[str, Any]) -> tuple[int, str, str, dict[str, int]]:
    calls = Path(os.environ["FAULT_COUNT"])
    calls.unlink(missing_ok=True)
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        stdin.write(request["stdin"].encode())
        stdin.seek(0)
        process = os.fork()
        if process == 0:
            _become(request["arguments"], request["environ"], (stdin, out, err))
        _, status = os.waitpid(process, 0)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    made = Counter(calls.read_text().split()) if calls.exists() else Counter()
    return os.waitstatus_to_exitcode(status), texts[0], texts[1], made


def _become(arguments: Sequence[str], environ: dict[str, str], streams: Sequence[IO[bytes]]) -> None:
    status = 99
    try:
        for descriptor, file in enumerate(streams):
            os.dup2(file.fileno(), descriptor)
        sys.stdin = os.fdopen(0)
        os.environ.update(environ)
        sys.argv = ["pftui", *arguments]
        from pftui.__main__ import main as program

        program()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
