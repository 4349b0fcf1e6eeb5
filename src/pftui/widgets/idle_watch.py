"""Notices that nobody has touched keyboard or mouse for a while.

A stalled link stops the event loop and with it all timers, a stop by a signal the whole process, and a host
that sleeps its monotonic clock. So the time is looked at not by the timer alone: no key is handed on and no
frame is shown before it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from textual import events
from textual.screen import Screen

from pftui.terminal.textual_private import AppHooks

#: Leaving is no use of what is on the screen.
_NO_USE = frozenset({"ctrl+q"})


def seconds_since_boot() -> float:
    """Seconds, those in which the host slept among them where its clocks can tell (Linux)."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class IdleWatch(AppHooks):
    """An app that is told when it has been idle for too long. What the terminal sends by itself is no use."""

    idle_clock: Callable[[], float] = staticmethod(seconds_since_boot)

    LOOK = 1.0
    """Seconds between two looks at the clock."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._used_at = self.idle_clock()

    @property
    def idle_limit(self) -> float | None:
        """Seconds after which `idle_is_over_limit` is called; None where that is now of no interest."""
        return None

    def idle_is_over_limit(self) -> None:
        """Nobody has touched anything for longer than that; told again and again until it is no longer so."""

    @property
    def overdue(self) -> bool:
        """Whether the limit is passed."""
        limit = self.idle_limit
        return limit is not None and self.idle_clock() - self._used_at >= limit

    def in_use(self) -> None:
        """Count from now."""
        self._used_at = self.idle_clock()

    def on_mount(self) -> None:
        """Look now and then."""
        self.set_interval(self.LOOK, self.look_at_idle)

    def look_at_idle(self) -> None:
        """Tell where the limit is passed."""
        if self.overdue:
            self.idle_is_over_limit()

    async def on_event(self, event: events.Event) -> None:
        """What is pressed after the limit is not handed on: whoever presses it may be somebody else."""
        if isinstance(event, (events.InputEvent, events.Paste)) and not event.is_forwarded:
            leaving = isinstance(event, events.Key) and event.key in _NO_USE
            if self.overdue and not leaving:
                self.idle_is_over_limit()
                return
            self.in_use()
        await super().on_event(event)

    def show_update(self, screen: Screen[Any], update: Any) -> None:
        """Nothing more is shown after the limit, as it would be when a stopped process goes on."""
        if self.overdue:
            self.call_later(self.look_at_idle)
        else:
            super().show_update(screen, update)
