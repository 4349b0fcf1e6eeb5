"""A text that scrolls by the keys that move in every list."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from pftui.widgets.twice import Twice

_PAGE = 10
_ALL = 1_000_000


class ReadingBox(VerticalScroll, can_focus=True):
    """The box, which has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "scroll(1)", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("pagedown,space,ctrl+d", f"scroll({_PAGE})", show=False),
        Binding("pageup,ctrl+u", f"scroll(-{_PAGE})", show=False),
        Binding("home", f"scroll(-{_ALL})", show=False),
        Binding("end,G", f"scroll({_ALL})", show=False),
        Binding("g", "first_of_two", show=False),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._twice = Twice()

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.scroll_to(y=self.scroll_y + lines, animate=False)

    def action_first_of_two(self) -> None:
        """`gg`: the beginning."""
        if self._twice.pressed():
            self.scroll_home(animate=False)
