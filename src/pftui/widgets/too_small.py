"""What stands on a terminal that is too small for the console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from pftui.terminal.capabilities import MINIMUM_HEIGHT, MINIMUM_WIDTH, too_small

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

    _Base = App[Any]
else:
    _Base = object


class TooSmall(Widget):
    """Covers the screen until the terminal grows; nothing behind it is lost."""

    ALLOW_SELECT = False

    def render(self) -> Content:
        """The sentence."""
        width, height = self.app.size
        return Content.assemble(
            ("pftui needs a larger terminal\n", "bold $text"),
            (f"{MINIMUM_WIDTH} × {MINIMUM_HEIGHT} at least; this is {width} × {height}.\n", "$text"),
            ("Nothing is lost: it goes on when the terminal grows.", "$muted"),
        )


class Covered(_Base):
    """A mixin for the app: covers every screen while the terminal is too small."""

    async def on_event(self, event: events.Event) -> None:
        """Keys do nothing while nobody sees what they do, except to quit."""
        if isinstance(event, (events.InputEvent, events.Paste)) and too_small(*self.size):
            leaving = isinstance(event, events.Key) and event.key in ("ctrl+q", "ctrl+c")
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
