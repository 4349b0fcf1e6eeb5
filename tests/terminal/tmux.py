"""tmux servers of a test's own: a terminal that is real, and can be read."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE
from tests.terminal.harness import clean_environment

needs_tmux = pytest.mark.usefixtures("tmux_is_there")
"""Marks a test that is nothing without tmux."""


class Tmux:
    """A server with one session, of a shell unless told otherwise."""

    def __init__(self, folder: Path, name: str, options: str = "", size: tuple[int, int] = (100, 30)) -> None:
        self._socket = folder / name
        self._configuration = folder / f"{name}.conf"
        # Without a status line the window has the size that is asked for.
        self._configuration.write_text(f"set -g status off\nset -s exit-empty off\n{options}\n")
        self.command("new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), "exec sh")

    def command(self, *arguments: str) -> str:
        """Run a subcommand; what it prints."""
        command = ["tmux", "-S", str(self._socket), "-f", str(self._configuration), *arguments]
        done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=False)
        return done.stdout

    def type(self, text: str) -> None:
        self.command("send-keys", "-l", text)

    def attach_command(self) -> str:
        """What to run in a terminal to have the session there."""
        return f"exec tmux -S {self._socket} attach"

    def screen(self, attributes: bool = False) -> list[str]:
        """The rows of the pane, to their last column."""
        return self.command("capture-pane", "-p", "-N", *(["-e"] if attributes else [])).split("\n")

    def stop(self) -> None:
        self.command("kill-server")


def until(what: Callable[[], Any], limit: float = PATIENCE) -> None:
    """Wait until something holds.

    Raises:
        AssertionError: It does not hold in so many seconds.
    """
    end = time.monotonic() + limit
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)
