"""What stays for good, as modules do, and the garbage collector need not look through again and again."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """What comes about in here stays: to look through it again and again takes a tenth of a short run."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def look_through_seldom() -> None:
    """Have the collector look through all that there is a tenth as often: in a console nearly all stays.

    Each time takes a tenth of a second of a processor, as much as an idle console needs in a minute. What is
    left behind lately is looked for as often as before, and after a secret all is looked through at once.
    """
    new, lately, _ = gc.get_threshold()
    gc.set_threshold(new, lately, 100)
