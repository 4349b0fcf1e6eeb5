"""The program of a process that checks one part of the trail: see `processes.py`.

It is told what to do on standard input, and ends when that ends; it says on standard output that the part is
whole, or nothing.
"""

from __future__ import annotations

import json
import os
import sys
import threading

from pftui.process.hardening import harden


def main() -> int:
    """The exit status: 0 where the part is whole."""
    harden()
    from pftui.services.trail.parts import Part, check_part
    from pftui.services.trail.processes import TOLD, UNTOLD

    url, view, archived, begins, ends, expected = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=end_with_who_waits, daemon=True).start()
    from pftui.domain.audit import Checkpoint

    part = Part(
        view,
        Checkpoint(*archived),
        Checkpoint(*begins),
        Checkpoint(*ends),
        tuple(Checkpoint(*each) for each in expected),
    )
    told = check_part(url, part)
    if told is None:
        return 1
    sys.stdout.buffer.write(TOLD if told else UNTOLD)
    sys.stdout.flush()
    return 0


def end_with_who_waits() -> None:
    """However that one has ended: it holds the other end of the pipe, and sends nothing more."""
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
