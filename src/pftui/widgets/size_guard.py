"""An app that waits, covered, while its terminal is too small."""

from __future__ import annotations

from typing import Any

from textual import events
from textual.app import App
from textual.geometry import Size
from textual.screen import Screen

from pftui.terminal.capabilities import too_small
from pftui.widgets.too_small import TooSmall

_STILL_HEARD = frozenset({"ctrl+q", "ctrl+c"})


class SizeGuard(App[None]):
    """Covers every screen while the terminal is too small, and lets no key or click through to it."""

    async def on_event(self, event: events.Event) -> None:
        """Keys do nothing while nobody sees what they do, except to quit."""
        if isinstance(event, (events.InputEvent, events.Paste)) and too_small(*self.size):
            leaving = isinstance(event, events.Key) and event.key in _STILL_HEARD
            if not leaving:
                return
        await super().on_event(event)

    def on_mount(self) -> None:
        """Look again whenever another screen is on top, be it one that was under another."""
        self.screen_change_signal.subscribe(
            self, lambda _: self.call_later(lambda: self._cover_all(self.size))
        )

    def on_resize(self, event: events.Resize) -> None:
        """Say that the terminal is too small, or no longer."""
        self._cover_all(event.size)

    def _cover_all(self, size: Size) -> None:
        small = too_small(*size)
        for screen in self.screen_stack:
            self._cover(screen, small)

    @staticmethod
    def _cover(screen: Screen[Any], small: bool) -> None:
        covers = screen.query(TooSmall)
        if small and not covers:
            screen.mount(TooSmall())
        elif not small:
            covers.remove()
