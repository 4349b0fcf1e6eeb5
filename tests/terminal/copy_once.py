"""Copy a file's text to the clipboard: `python -m tests.terminal.copy_once FILE RESULT`; RESULT gets what was
told.
"""

from __future__ import annotations

import sys
from pathlib import Path

from pftui.terminal.clipboard import copy


def main() -> None:
    text, result = Path(sys.argv[1]), Path(sys.argv[2])

    def write(sequence: str) -> None:
        sys.stderr.write(sequence)
        sys.stderr.flush()

    told = copy(text.read_text(), write)
    half = result.with_suffix(".half")
    half.write_text(f"{told.way.value}\n{told.message}")
    half.rename(result)


if __name__ == "__main__":
    main()
