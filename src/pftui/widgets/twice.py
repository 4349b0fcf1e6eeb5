"""A key that means something when it is pressed twice, as `gg` does."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Final


class Twice:
    """Whether a key was pressed a second time soon enough; `clock` gives seconds."""

    WITHIN: Final = 1.0
    """Seconds between the two at most."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._first: float | None = None

    def pressed(self) -> bool:
        """The key is pressed: whether that was the second time; a third one begins anew."""
        now, first = self._clock(), self._first
        second = first is not None and now - first <= self.WITHIN
        self._first = None if second else now
        return second
