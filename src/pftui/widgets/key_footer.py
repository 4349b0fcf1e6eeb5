"""The last line: the keys that work here, most wanted first where there is no room for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widget import Widget


class Item(NamedTuple):
    """One key. `rank` is 1 for what goes last when room is short; what is not `enabled` is greyed out."""

    id: str
    key: str
    label: str
    rank: int
    enabled: bool = True

    @property
    def width(self) -> int:
        """Cells."""
        return len(self.key) + 1 + len(self.label)


def fitting(items: Sequence[Item], width: int) -> tuple[list[Item], int]:
    """The items that fit in `width` cells, in their order, and the cells between two of them."""
    shown = list(items)
    while len(shown) > 1 and _needed(shown, 2) > width:
        shown.remove(max(shown, key=lambda item: item.rank))
    return shown, 3 if _needed(shown, 3) <= width else 2


def _needed(items: Sequence[Item], gap: int) -> int:
    return sum(item.width for item in items) + gap * (len(items) - 1) + 2


class KeyFooter(Widget):
    """The footer. A click on a key is as good as the key."""

    ALLOW_SELECT = False

    class Chosen(Message):
        """A key was clicked."""

        def __init__(self, command_id: str) -> None:
            super().__init__()
            self.command_id = command_id

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._items: Sequence[Item] = ()

    def show(self, items: Sequence[Item]) -> None:
        if items != self._items:
            self._items = items
            self.refresh()

    def render(self) -> Content:
        items, gap = fitting(self._items, self.size.width)
        parts: list[Content | tuple[str, str]] = []
        for number, item in enumerate(items):
            parts.append((" " * gap if number else " ", "$muted"))
            parts.append((item.key, "$key" if item.enabled else "$muted"))
            parts.append((f" {item.label}", "$muted"))
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Find the key under the mouse."""
        items, gap = fitting(self._items, self.size.width)
        at = 1
        for item in items:
            if at <= event.x < at + item.width:
                self.post_message(self.Chosen(item.id))
            at += item.width + gap
