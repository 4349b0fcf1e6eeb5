"""What the console remembers of a person on this host: no setting, and no loss where it is gone."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from tempfile import mkstemp

from pftui.process.folders import fault
from pftui.process.own_files import NotUsed, read_own


@dataclass(frozen=True, slots=True)
class Remembered:
    """One word for each person, each in a file of its own: two consoles at once change no file of the other.

    A file is named by a hash, because what it is of comes from a store, and may be a path. All methods block.
    """

    folder: Path

    def word(self, *of: str) -> str | None:
        """What was kept last of these; None where nothing was, or where it cannot be read."""
        try:
            text = read_own(self.path(*of))
        except NotUsed:
            return None
        return text.strip() if text else None

    def keep(self, word: str, *of: str) -> bool:
        """Keep a word; whether it could be. A folder that cannot be written to is no error."""
        path = self.path(*of)
        try:
            if fault(path, unmade=True) is not None:
                return False
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if fault(path) is not None:  # in a sticky folder somebody else may have been quicker
                return False
            _replace(path, word)
        except OSError:
            return False
        return True

    def path(self, *of: str) -> Path:
        """The file in which a word of these is."""
        return self.folder / blake2b("\0".join(of).encode(), digest_size=16).hexdigest()


def _replace(path: Path, word: str) -> None:
    """Whole or not at all: another console may read it just now."""
    descriptor, made = mkstemp(dir=path.parent)
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{word}\n")
        os.replace(made, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(made)
        raise
