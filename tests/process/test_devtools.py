"""Textual's developer tools: attached to the demo, by a program that is not shipped, and to nothing else."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from tests.terminal.harness import clean_environment

ROOT = Path(__file__).parents[2]


def test_without_their_console_it_says_what_to_start() -> None:
    with (
        socket.socket() as taken
    ):  # bound and not listening: nobody else can, and whoever connects is refused
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, str(ROOT / "tools" / "devtools.py")],
            env=clean_environment(TEXTUAL_DEVTOOLS_PORT=port),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stdout) == (1, "")
    sentence = "Run .venv/bin/textual console in another terminal first."
    assert done.stderr == f"Nothing listens on 127.0.0.1:{port}. {sentence}\n"


def test_what_is_shipped_knows_no_way_to_attach_them() -> None:
    for path in (ROOT / "src").rglob("*.py"):
        assert "textual_dev" not in path.read_text(encoding="utf-8"), path
