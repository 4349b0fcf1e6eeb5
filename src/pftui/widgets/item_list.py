"""A short list of things to choose from, some lines each, under headings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.widget import Widget

from pftui.presentation.text import visible
from pftui.widgets.twice import Twice

Part = tuple[str, str]


class Entry(NamedTuple):
    """One thing: an id (None for what cannot be chosen, such as a heading) and its lines."""

    id: str | None
    lines: Sequence[Sequence[Part]]


class ItemList(Widget, can_focus=True):
    """Paints entries, the chosen one with a bar at its left."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("home", "first", show=False),
        Binding("end,G", "move(1000)", show=False),
        Binding("g", "first_of_two", show=False),
        Binding("ctrl+d,pagedown,space", "move(5)", show=False),
        Binding("ctrl+u,pageup", "move(-5)", show=False),
    ]

    class Moved(Message):
        """Another one is chosen."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._entries: Sequence[Entry] = ()
        self.chosen: str | None = None
        self._sought: str | None = None
        self._twice = Twice()

    def show(self, entries: Sequence[Entry]) -> None:
        """Show these; the chosen one stays chosen while it is there."""
        self._entries = entries
        choices = self._choices()
        if self._sought in choices:
            self.chosen, self._sought = self._sought, None
            self.call_after_refresh(self.keep_in_view)
        elif self.chosen not in choices:
            self.chosen = choices[0] if choices else None
        self.refresh(layout=True)
        self.post_message(self.Moved())

    def seek(self, entry_id: str) -> None:
        """Choose this one as soon as it is there."""
        self._sought = entry_id

    def _choices(self) -> list[str]:
        return [entry.id for entry in self._entries if entry.id is not None]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are."""
        return sum(len(lines) for _, lines in self._lines(width))

    def _lines(self, width: int) -> list[tuple[str | None, list[Content]]]:
        """Each entry's id and its lines, wrapped where they are too long."""
        listed = []
        for entry in self._entries:
            chosen = entry.id is not None and entry.id == self.chosen
            ground = " on $selected" if chosen else ""
            edge = Content.styled("▌ ", f"$accent{ground}") if chosen else Content("  " if entry.id else "")
            room = max(1, width - edge.cell_length)
            lines = []
            for parts in entry.lines:
                line = Content.assemble(
                    *((visible(text), self._style(style, chosen)) for text, style in parts)
                )
                for part in line.wrap(room) or [line]:
                    spare = " " * max(0, room - part.cell_length)
                    lines.append(edge + (part + Content.styled(spare, f"$text{ground}") if chosen else part))
            listed.append((entry.id, lines))
        return listed

    def render(self) -> Content:
        return Content("\n").join(line for _, lines in self._lines(self.size.width) for line in lines)

    def _style(self, style: str, chosen: bool) -> str:
        if not chosen:
            return style
        if self.app.native_ansi_color:  # one reversed bar: colours in it would be a patchwork
            return "$cursor-row"
        return f"{style.replace('$muted', '$selected-muted')} on $selected"

    def action_move(self, by: int) -> None:
        """Choose another one."""
        choices = self._choices()
        if self.chosen in choices:
            index = max(0, min(choices.index(self.chosen) + by, len(choices) - 1))
            self._choose(choices[index])

    def action_first(self) -> None:
        """Choose the first one, and show what stands above the list."""
        self.action_move(-len(self._entries))
        self.parent.scroll_home(animate=False)  # type: ignore[union-attr]

    def action_first_of_two(self) -> None:
        """`gg`: the first one."""
        if self._twice.pressed():
            self.action_first()

    def _choose(self, entry_id: str) -> None:
        self.chosen, self._sought = entry_id, None
        self.refresh()
        self.keep_in_view()
        self.post_message(self.Moved())

    def keep_in_view(self) -> None:
        """Scroll to the chosen one."""
        for each, top, height in self._places():
            if each is not None and each == self.chosen:
                region = Region(0, self.virtual_region.y + top, 1, height)
                self.parent.scroll_to_region(region, animate=False)  # type: ignore[union-attr]

    def _places(self) -> list[tuple[str | None, int, int]]:
        """Each entry's id, first line and height."""
        places, top = [], 0
        for entry_id, lines in self._lines(self.size.width):
            places.append((entry_id, top, len(lines)))
            top += len(lines)
        return places

    def on_click(self, event: events.Click) -> None:
        """Choose the one under the mouse."""
        for entry_id, top, height in self._places():
            if entry_id is not None and top <= event.y < top + height:
                self._choose(entry_id)
