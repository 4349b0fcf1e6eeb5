"""Make Textual and Rich forget the texts that they measured, cut and drew.

Both remember results by the text they are of (how wide a string is, how a segment was cut) in caches that
live as long as the process: a secret that was on a screen stays there long after the screen is gone.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
import weakref
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Final

from pftui.terminal import ascii_signs, cells, sgr
from pftui.terminal.textual_private import free_cancelled_timers

_PACKAGES: Final = ("rich", "textual")
_FRAME: Final = 0.05
"""Seconds between two checks whether a screen is gone."""


def purge_text_caches() -> int:
    """Empty every cache of Rich and Textual, and free what only points at itself; to be called after a
    secret's screen.

    The screen has to be gone: dismissed, and its removal awaited. Then no object of the process that can
    still be reached holds the text. The memory it stood in is freed, not wiped: Python cannot do that.

    All of their caches are emptied, not only those known to be filled by text: which those are changes from
    release to release, and filling them again costs a few milliseconds once. With the collection it takes
    some 50 ms.

    Returns:
        How many caches were emptied.
    """
    clearers = {id(clear.__self__): clear for clear in _clearers()}  # type: ignore[attr-defined]
    for clear in clearers.values():
        clear()
    free_cancelled_timers()
    gc.collect()
    return len(clearers)


async def purge_after(screen: weakref.ref[Any], limit: float = 2.0) -> bool:
    """The same, again until the screen itself is gone from memory.

    A dismissed screen is held for some frames more by callbacks that Textual has queued for it; with the
    screen go its widgets and their texts. The caller must not hold it either:
    `purge_after(weakref.ref(reveal))` after `del reveal`.

    Args:
        screen: The screen that showed the secret.
        limit: Seconds to go on for.

    Returns:
        Whether the screen is gone.
    """
    until = time.monotonic() + limit
    while True:
        purge_text_caches()
        if screen() is None:
            return True
        if time.monotonic() > until:
            return False
        await asyncio.sleep(_FRAME)


def _clearers() -> Iterator[Callable[[], None]]:
    """The `cache_clear` of each `functools.lru_cache` in the loaded modules; one may come more than once."""
    for module in [*_loaded(), ascii_signs, cells, sgr]:
        for value in list(vars(module).values()):
            yield from _clearer_of(value)
            if isinstance(value, type) and value.__module__.partition(".")[0] in _PACKAGES:
                for member in list(vars(value).values()):
                    # Of a method it is behind the descriptor: a class or static method's function, a
                    # property's getter.
                    yield from _clearer_of(
                        getattr(member, "__func__", None) or getattr(member, "fget", None) or member
                    )


def _clearer_of(value: object) -> Iterator[Callable[[], None]]:
    # Looked up on the type: a module's or class's own `__getattr__` may import, or raise, as it likes.
    clear = getattr(type(value), "cache_clear", None)
    if clear is not None:
        yield clear.__get__(value)


def _loaded() -> list[ModuleType]:
    return [module for name, module in sys.modules.items() if name.partition(".")[0] in _PACKAGES]
