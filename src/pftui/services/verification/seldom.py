"""Warnings that anybody can cause as often as they like, in a log that stays readable."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

EVERY: Final = 5.0
"""Seconds between two warnings of a kind."""


class Seldom:
    """Warns of each kind every five seconds at most, and says how often it did not.

    A race costs a line more or a count less, which is less than a lock for it.

    Args:
        log: where it warns.
        about: the beginning of each line.
        monotonic: seconds from any start.
    """

    def __init__(
        self, log: logging.Logger, about: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = log
        self._about = about
        self._monotonic = monotonic
        self._not_before: dict[str, float] = {}
        self._unsaid: dict[str, int] = {}

    def warn(self, kind: str, text: str) -> None:
        """Warn of it, or count it for the next line of its kind. There are but a few kinds."""
        now = self._monotonic()
        if now < self._not_before.get(kind, now):
            self._unsaid[kind] = self._unsaid.get(kind, 0) + 1
            return
        self._not_before[kind] = now + EVERY
        unsaid = self._unsaid.pop(kind, 0)
        more = f" ({unsaid} more since the last line)" if unsaid else ""
        self._log.warning("%s (%s): %s%s", self._about, kind, text, more)
