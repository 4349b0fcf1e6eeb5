"""Send a text to the clipboard of the person at the terminal, who may be several programs and hosts away.

Nothing tells a program whether its text arrived, so every sentence here says "sent". The text, usually a
secret, is neither kept nor logged, is never an argument of a command, and no exception of these functions
holds it.
"""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from pftui.terminal.capabilities import over_ssh

_TIMEOUT: Final = 3.0
"""Seconds for each command that is asked to take the text."""

_SCREEN_CHUNK: Final = 76
"""Characters that GNU screen is given to pass through in one piece; it cuts what is much longer."""

_LONGEST: Final = 74_994
"""Bytes: what xterm takes as one OSC 52 (100,000 characters of base64, with its head)."""

_WITHOUT_CLIPBOARD: Final = frozenset({"dumb", "linux", "unknown", "vt100", "vt102", "vt220"})
"""Terminals that have none, by the end of their name in TERM (screen's is `screen.linux` in one of them)."""

_UNSEEN: Final = "pftui cannot see whether it arrived."


class Way(Enum):
    """How a text was sent."""

    DESKTOP = "desktop"
    TMUX = "tmux"
    SCREEN = "screen"
    TERMINAL = "terminal"
    NONE = "none"


@dataclass(frozen=True)
class CopyResult:
    """What became of a text. It does not hold the text."""

    way: Way
    message: str
    """A sentence or two for the person."""

    @property
    def sent(self) -> bool:
        """Whether it was sent at all; nobody knows whether it arrived."""
        return self.way is not Way.NONE


def copy(text: str, write: Callable[[str], object], environ: Mapping[str, str] | None = None) -> CopyResult:
    """Send a text to the clipboard, in the way that reaches it from here.

    1. On a desktop, not through SSH: the desktop's clipboard.
    2. In tmux: `tmux load-buffer -w`, which works whatever tmux's options say; the buffer is deleted again.
    3. In GNU screen: OSC 52, wrapped so that screen passes it on.
    4. Else: OSC 52 (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html, "Manipulate Selection Data").

    A way that fails is followed by the next. A terminal that has no clipboard, such as Linux' own console, is
    not asked, and it is said that nothing was sent. The first two wait for other programs, up to some
    seconds: call this in a thread. `write` is then called from that thread.

    Args:
        text: What to send.
        write: Writes to the terminal, such as the `write` of Textual's driver.
        environ: The environment; by default the process's own.
    """
    environ = os.environ if environ is None else environ
    if len(text.encode("utf-8", "surrogatepass")) > _LONGEST:
        return _not_sent(f"It is longer than the {_LONGEST:,} bytes that terminals take.")
    if _on_desktop(environ) and _to_desktop(text):
        return CopyResult(Way.DESKTOP, f"Sent to this computer's clipboard. {_UNSEEN}")
    if environ.get("TMUX"):
        result = _to_tmux(text, environ)
        if result is not None:
            return result
    term = environ.get("TERM", "")
    if _without_clipboard(term):
        return _not_sent(f"There is no clipboard on this terminal (TERM={term}).")
    in_screen = bool(environ.get("STY")) and not environ.get("TMUX")
    sequence = _osc_52(text)
    try:
        write(_through_screen(sequence) if in_screen else sequence)
    except OSError as error:
        return _not_sent(f"The terminal took nothing ({error.strerror or 'no reason given'}).")
    if in_screen:
        return CopyResult(Way.SCREEN, f"Sent through screen to your terminal's clipboard. {_UNSEEN}")
    return CopyResult(Way.TERMINAL, f"Sent to your terminal's clipboard. {_UNSEEN}")


def _without_clipboard(term: str) -> bool:
    return term.rpartition(".")[2] in _WITHOUT_CLIPBOARD


def _not_sent(reason: str) -> CopyResult:
    return CopyResult(
        Way.NONE, f"Nothing was sent to the clipboard. {reason} Save it to a file, or select it by hand."
    )


def _on_desktop(environ: Mapping[str, str]) -> bool:
    """Whether this host's clipboard is the person's: over SSH it would be the server's."""
    if over_ssh(environ):
        return False
    return sys.platform == "darwin" or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def _to_desktop(text: str) -> bool:
    """Hand the text to the desktop's clipboard; tells whether its program took it in time."""
    import pyperclip

    taken: list[bool] = []

    def hand_over() -> None:
        try:
            pyperclip.copy(text)
        except (pyperclip.PyperclipException, OSError, subprocess.SubprocessError):
            return
        taken.append(True)

    # A thread of its own, for pyperclip waits without end for a program that hangs.
    thread = threading.Thread(target=hand_over, name="pftui-clipboard", daemon=True)
    thread.start()
    thread.join(_TIMEOUT)
    return bool(taken)


def _to_tmux(text: str, environ: Mapping[str, str]) -> CopyResult | None:
    """Hand the text to tmux; None if it did not take it (before 3.2 it has no `-w`, see its CHANGES)."""
    clients = _tmux_clients(environ)
    if clients and all(map(_without_clipboard, clients)):
        return _not_sent(f"There is no clipboard on the terminal that tmux runs in (TERM={clients[0]}).")
    buffer = f"pftui-{os.getpid()}"
    loaded = _run(["tmux", "load-buffer", "-w", "-b", buffer, "-"], text, environ)
    # Also after a failure: tmux may have taken the text, and only its answer came too late.
    deleted = _run(["tmux", "delete-buffer", "-b", buffer], "", environ)
    if not loaded:
        return None
    message = f"Sent through tmux to your terminal's clipboard. {_UNSEEN}"
    if not deleted:
        message += f" tmux still holds a copy: delete it with `tmux delete-buffer -b {buffer}`."
    return CopyResult(Way.TMUX, message)


def _tmux_clients(environ: Mapping[str, str]) -> list[str]:
    """The TERM of each terminal that shows this session; nothing where tmux does not tell."""
    pane = environ.get("TMUX_PANE")
    command = ["tmux", "list-clients", "-F", "#{client_termname}", *(["-t", pane] if pane else [])]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(environ),
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.decode("utf-8", "replace").split()


def _run(command: list[str], given: str, environ: Mapping[str, str]) -> bool:
    """Run a command with something on its standard input; tells whether it ended well, in time."""
    try:
        done = subprocess.run(
            command,
            input=given.encode("utf-8", "surrogatepass"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(environ),
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _osc_52(text: str) -> str:
    return f"\x1b]52;c;{base64.b64encode(text.encode('utf-8', 'surrogatepass')).decode('ascii')}\x07"


def _through_screen(sequence: str) -> str:
    """Wrap a sequence into screen's device control strings ("String Escapes" in screen(1)), in pieces that it
    takes.
    """
    pieces = (sequence[start : start + _SCREEN_CHUNK] for start in range(0, len(sequence), _SCREEN_CHUNK))
    return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
