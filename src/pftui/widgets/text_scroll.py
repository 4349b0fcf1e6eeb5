"""Text that scrolls by all the keys that move in lists."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from pftui.widgets.twice import Twice

_LINES = 10  # of a page, as where text is all of a dialog
_ALL = 1_000_000


class TextScroll(VerticalScroll, can_focus=True):
    """A box for text. Home, end and the page keys, and what vi and less have, besides the arrows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "lines(1)", show=False),
        Binding("up", "lines(-1)", show=False),
        Binding("pagedown,space,ctrl+d", f"lines({_LINES})", show=False),
        Binding("pageup,ctrl+u", f"lines(-{_LINES})", show=False),
        Binding("home", f"lines(-{_ALL})", show=False),
        Binding("end,G", f"lines({_ALL})", show=False),
        Binding("g", "first_of_two", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._twice = Twice()

    def action_lines(self, lines: int) -> None:
        """Scroll by lines."""
        self.scroll_to(y=self.scroll_y + lines, animate=False)

    def action_first_of_two(self) -> None:
        """`gg`: the beginning."""
        if self._twice.pressed():
            self.scroll_home(animate=False)
