"""Where a person's own settings are, and what is remembered for them: folders of the platform's.

On Linux they are found without platformdirs, whose import a start would wait for; a test holds them to it.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from pftui.process.folders import fault

#: Bytes that a file of settings has at most; whatever is larger is none.
LARGEST = 64 * 1024
#: In place of a home, where there is none.
NO_HOME = Path("/nonexistent")


def config_folder() -> Path:
    """Where settings are looked for (XDG Base Directory Specification, or what the platform has for it)."""
    return _folder("XDG_CONFIG_HOME", ".config", "user_config_path")


def state_folder() -> Path:
    """Where is kept what is no setting, and no loss where it is gone."""
    return _folder("XDG_STATE_HOME", ".local/state", "user_state_path")


def _folder(variable: str, otherwise: str, of_the_platform: str) -> Path:
    if sys.platform in ("darwin", "win32"):
        import platformdirs

        path: Path = getattr(platformdirs, of_the_platform)("pftui", appauthor=False)
        return path
    given = os.environ.get(variable, "").strip()
    try:
        base = Path(given) if given else Path.home() / otherwise
    except RuntimeError:  # no home at all
        base = NO_HOME
    return base / "pftui"


class NotUsed(Exception):
    """Why a file is not used: a part of a sentence."""


def read_own(path: Path) -> str | None:
    """The text of a file that nobody but oneself and root can have written; None where there is none.

    Blocks; a pipe or a device in its place is not waited for.

    Raises:
        NotUsed: it is there, and cannot be read, is too large, is no text, or others could have written it.
    """
    try:
        found = fault(path)
    except FileNotFoundError:
        return None
    except PermissionError:
        return None  # a home that is another's, as root's is for who goes on as a store's owner
    except OSError as error:
        raise NotUsed(f"its folder cannot be looked at: {_why(error)}") from None
    if found is not None:
        if not _is_there(path):
            return None
        raise NotUsed(f"{found.what}; {found.remedy}")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise NotUsed(f"it cannot be read: {_why(error)}") from None
    try:
        return _text(descriptor)
    finally:
        os.close(descriptor)


def _is_there(path: Path) -> bool:
    """Not where its folder may not even be looked into."""
    try:
        return path.exists()
    except OSError:
        return False


def _text(descriptor: int) -> str:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise NotUsed("it is no ordinary file")
    content = b""
    try:
        while len(content) <= LARGEST and (more := os.read(descriptor, LARGEST + 1 - len(content))):
            content += more
    except OSError as error:
        raise NotUsed(f"it cannot be read: {_why(error)}") from None
    if len(content) > LARGEST:
        raise NotUsed(f"it is larger than {LARGEST // 1024} KiB")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotUsed(f"line {line} is no UTF-8") from None


def _why(error: OSError) -> str:
    return (error.strerror or "the system refused").lower()
