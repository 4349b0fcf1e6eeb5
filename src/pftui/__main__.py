"""The entry point of `pftui` and of `python -m pftui`."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Make the process fit for secrets, then run a command or the console."""
    try:
        _fill_closed_descriptors()
        from pftui.process.hardening import harden

        harden()
        from pftui.process.imports import importing

        with importing():
            from pftui.commands.root import root
        root.main(prog_name="pftui")
    except KeyboardInterrupt:  # while modules were being imported; afterwards commands/root.py sees to it
        sys.exit(130)


def _fill_closed_descriptors() -> None:
    """Open /dev/null in place of a closed standard stream.

    Otherwise the store's file could be opened under the number 1 or 2, and whatever a library
    prints would go into it. Python's own `sys.stdout` stays None, so a closed stream is still known.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one


if __name__ == "__main__":
    main()
