"""What stands on a terminal that is too small for the console."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from pftui.terminal.capabilities import MINIMUM_HEIGHT, MINIMUM_WIDTH


class TooSmall(Widget):
    """Covers the screen until the terminal grows; nothing behind it is lost."""

    ALLOW_SELECT = False

    def render(self) -> Content:
        width, height = self.app.size
        return Content.assemble(
            ("pftui needs a larger terminal\n", "bold $text"),
            (f"{MINIMUM_WIDTH} × {MINIMUM_HEIGHT} at least; this is {width} × {height}.\n", "$text"),
            ("Nothing is lost: it goes on when the terminal grows.", "$muted"),
        )
