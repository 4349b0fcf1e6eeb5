"""A tmux that plays the admin's terminal, with the jump host's tmux inside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from pftui.widgets.type_ahead import Pace
from tests.patience import PATIENCE


class Terminal:
    """The outer tmux shows what the person sees; the inner one runs on the jump host.

    Both have servers of their own, so that no tmux of the machine is touched.
    """

    def __init__(self, folder: Path, width: int = 100, height: int = 32) -> None:
        # Sockets in a short path: a UNIX socket's name is limited to some 100 bytes.
        self._outer, self._inner = f"pftui-o-{uuid4().hex[:8]}", f"pftui-i-{uuid4().hex[:8]}"
        outer, inner = folder / "outer.conf", folder / "inner.conf"
        outer.write_text("set -g set-clipboard on\nset -g status off\nset -g escape-time 20\n")
        # As Debian ships it: set-clipboard external, no passthrough.
        inner.write_text("set -g status off\nset -g escape-time 20\n")
        self._environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PFTUI_", "TMUX", "SSH_", "DISPLAY", "WAYLAND"))
        } | {"LANG": "C.UTF-8", "TERM": "xterm-256color"}
        self._run(self._outer, "-f", str(outer), "new-session", "-d", "-s", "person",
                  "-x", str(width), "-y", str(height),
                  f"env -u TMUX tmux -L {self._inner} -f {inner} new-session -s host")  # fmt: skip
        self.wait_for(lambda screen: "$" in screen or "#" in screen)

    def _run(self, server: str, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", server, *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
        return done.stdout

    def screen(self) -> str:
        """What the person sees."""
        return self._run(self._outer, "capture-pane", "-p", "-t", "person")

    def scrollback(self) -> str:
        """All that either tmux remembers of what was shown, escape sequences included."""
        outer = self._run(self._outer, "capture-pane", "-p", "-e", "-S", "-", "-E", "-", "-t", "person")
        return outer + self._run(self._inner, "capture-pane", "-p", "-e", "-S", "-", "-E", "-", "-t", "host")

    def type(self, text: str) -> None:
        """Type characters as they are."""
        self._run(self._outer, "send-keys", "-t", "person", "-l", text)

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names: Enter, Tab, Escape, C-c, Down, …"""
        self._run(self._outer, "send-keys", "-t", "person", *keys)

    def press_enter_by_itself(self) -> None:
        """Enter, some time after a text: on a busy host that may have come as a paste does."""
        time.sleep(Pace.CALM)
        self.press("Enter")

    def clipboard(self) -> str | None:
        """What arrived in the clipboard of the person's terminal."""
        if not self._run(self._outer, "list-buffers"):
            return None
        return self._run(self._outer, "show-buffer")

    def buffers_on_host(self) -> str:
        """What the jump host's tmux keeps in its buffers."""
        return self._run(self._inner, "list-buffers")

    def wait_for(self, wanted: str | Callable[[str], bool]) -> str:
        """Wait until the screen shows a text, or fits; gives the screen."""
        fits = wanted if callable(wanted) else lambda screen: wanted in screen
        deadline = time.monotonic() + PATIENCE
        while True:
            screen = self.screen()
            if fits(screen):
                return screen
            if time.monotonic() > deadline:
                raise AssertionError(f"the screen never showed {wanted!r}; it shows:\n{screen}")
            time.sleep(0.05)

    def close(self) -> None:
        """End both servers and all that runs in them."""
        for server in (self._inner, self._outer):
            subprocess.run(
                ["tmux", "-L", server, "kill-server"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=PATIENCE,
                check=False,
            )


def is_there() -> bool:
    """Whether this machine has tmux."""
    return shutil.which("tmux") is not None
