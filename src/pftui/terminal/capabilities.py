"""What the terminal at hand can do, as far as the environment tells.

Nothing is asked of the terminal itself: a question over a slow link costs its delay, and some terminals print
it. This module imports nothing but the standard library, so that a refused start costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, Protocol

MINIMUM_WIDTH: Final = 60
"""Columns below which the console says that the terminal is too small, and waits."""

MINIMUM_HEIGHT: Final = 18
"""Rows below which the console says that the terminal is too small, and waits."""

_NO_SCREEN: Final = frozenset({"", "dumb", "unknown"})
_SSH: Final = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
_CHARSETS: Final = ("LC_ALL", "LC_CTYPE", "LANG")


class Stream(Protocol):
    """As much of a file as it takes to ask whether it is a terminal."""

    def isatty(self) -> bool: ...


def refusal(
    environ: Mapping[str, str], stdin: Stream | None, stdout: Stream | None, stderr: Stream | None
) -> str | None:
    """Why the console cannot run here: a sentence for a person, or None where it can.

    Without a terminal on each of the three a full-screen program cannot draw, or never hears that its user
    has gone.
    """
    streams = {"input": stdin, "output": stdout, "error output": stderr}
    missing = [name for name, stream in streams.items() if not _is_terminal(stream)]
    if missing:
        verb = "is" if len(missing) == 1 else "are"
        return (
            f"The console needs a terminal, and its {_listed(missing)} {verb} not one. "
            "Over SSH, connect with `ssh -t`; in a script, use the subcommands (see `pftui --help`)."
        )
    problem = without_cursor(environ)
    if problem is not None:
        return (
            f"The console needs a terminal that can place its cursor, and {problem}. "
            "Set TERM to your terminal's name, such as xterm-256color."
        )
    return None


def without_cursor(environ: Mapping[str, str]) -> str | None:
    """Why a program cannot place the cursor, and so cannot take back what it shows; None where it can."""
    term = environ.get("TERM", "")
    if term not in _NO_SCREEN:
        return None
    return f"TERM is {term!r}" if term else "TERM is not set"


def over_ssh(environ: Mapping[str, str]) -> bool:
    """Whether this session came through SSH, by what OpenSSH's sshd sets (ssh(1), ENVIRONMENT)."""
    return any(environ.get(name) for name in _SSH)


def prefer_ansi(environ: Mapping[str, str]) -> bool:
    """Whether to use a theme of the terminal's own 16 colours.

    So where the person wants no colour (https://no-color.org: set and not empty) and where the terminal tells
    of no more than 16. SSH carries TERM along but not COLORTERM, so that a 256-colour TERM is believed by
    itself.
    """
    if environ.get("NO_COLOR"):
        return True
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return False
    return not environ.get("TERM", "").endswith(("256color", "direct", "kitty", "ghostty"))


def only_256(environ: Mapping[str, str]) -> bool:
    """Whether the terminal tells of 256 colours and of no more, as SSH leaves it of one that has more."""
    if environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return False
    return environ.get("TERM", "").endswith(("256color", "kitty"))


def prefer_ascii(environ: Mapping[str, str], encoding: str | None) -> bool:
    """Whether to draw with ASCII signs only.

    So where Python would write something else than UTF-8 to the terminal, or where the locale names another
    charset. A locale that names none ("C", or none at all) says nothing: it is what SSH often leaves of a
    UTF-8 terminal's.

    Args:
        encoding: That of the stream that the console writes to (`sys.stderr.encoding`).
    """
    if encoding is not None and not _is_utf8(encoding):
        return True
    locale = next((value for name in _CHARSETS if (value := environ.get(name))), "")
    _, named, charset = locale.partition("@")[0].partition(".")
    return bool(named) and not _is_utf8(charset)


def animation_level(environ: Mapping[str, str]) -> Literal["none", "full"]:
    """Textual's animation level: over SSH each step of an animation is a message that arrives too late."""
    return "none" if over_ssh(environ) else "full"


def mouse_motion(environ: Mapping[str, str], wanted: bool = False) -> bool:
    """Whether the terminal is to report every motion of the mouse: over SSH only if wanted.

    Clicks, the wheel and dragging are reported in any case.
    """
    return wanted or not over_ssh(environ)


def too_small(width: int, height: int) -> bool:
    """Whether a terminal of this many columns and rows is too small for the console."""
    return width < MINIMUM_WIDTH or height < MINIMUM_HEIGHT


def _is_terminal(stream: Stream | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def _is_utf8(charset: str) -> bool:
    return charset.lower().replace("-", "").replace("_", "") == "utf8"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
