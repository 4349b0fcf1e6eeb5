"""The line above a list: what is looked for, which kind of rows, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input

from pftui.widgets.entry import Entry

#: Seconds after the last key before the store is asked: a fast typist asks once.
REST = 0.08


class Chips(Widget):
    """A choice of one of a few, on one line."""

    ALLOW_SELECT = False

    active = reactive(0)

    class Chosen(Message):
        """One was clicked."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, titles: Sequence[str], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._chips = [(title, "$muted") for title in titles]

    @property
    def offered(self) -> list[int]:
        """The numbers of those that have a title: what has none is not there now."""
        return [number for number, (title, _) in enumerate(self._chips) if title]

    def title(self, number: int, title: str, style: str) -> None:
        """Another title for one of them, and its style where it is not the active one."""
        if self._chips[number] != (title, style):
            self._chips[number] = (title, style)
            self.refresh(layout=True)

    def get_content_width(self, container: object, viewport: object) -> int:
        """As wide as the titles."""
        return sum(len(title) + 3 for title, _ in self._chips if title)

    def render(self) -> Content:
        """The line."""
        parts: list[tuple[str, str]] = []
        for number in self.offered:
            title, style = self._chips[number]
            parts.append((f" {title} ", "$chip" if number == self.active else style))
            parts.append((" ", "$muted"))
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Find the one under the mouse."""
        at = 0
        for number in self.offered:
            width = len(self._chips[number][0]) + 2
            if at <= event.x < at + width:
                self.post_message(self.Chosen(number))
            at += width + 1


class Counts(Widget):
    """How many rows there are, at the right of a room that keeps the chips beside it under the mouse."""

    ALLOW_SELECT = False

    content: reactive[Content] = reactive(Content(""), layout=True)
    room: reactive[int] = reactive(0, layout=True)

    def get_content_width(self, container: object, viewport: object) -> int:
        """As wide as the text, or as the room for it."""
        return max(self.room, self.content.cell_length)

    def render(self) -> Content:
        """The text, at the right."""
        return Content(" " * max(0, self.size.width - self.content.cell_length)) + self.content


class FilterInput(Entry):
    """What is looked for: Enter and Down go to the list, Esc clears and goes there."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear_filter", show=False),
        Binding("down,enter", "leave", show=False),
    ]

    class Left(Message):
        """The list is wanted."""

    def action_clear_filter(self) -> None:
        """Forget the text."""
        self.value = ""
        self.post_message(self.Left())

    def action_leave(self) -> None:
        """Keep the text."""
        self.post_message(self.Left())


class FilterBar(Horizontal):
    """`/ filter`, chips, counts."""

    class Changed(Message):
        """The text or the chip is another one."""

    class Left(Message):
        """The list is wanted."""

    def __init__(self, hint: str, chips: Sequence[str] = (), *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._titles = chips
        self._told = ("", 0)
        self.input = FilterInput(placeholder=hint, compact=True, select_on_focus=False)
        self._chips = Chips(chips)
        self._counts = Counts()
        self._slash = Slash()

    def compose(self) -> ComposeResult:
        """Sign, input, chips, counts."""
        yield self._slash
        yield self.input
        if self._titles:
            yield self._chips
        yield self._counts

    def show_key(self, key: str) -> None:
        """The key that leads here, before it is composed; a filter that has none keeps its sign."""
        self._slash.key = key or "/"

    def on_descendant_focus(self) -> None:
        """Where it is narrow, what is typed has the room of the chips."""
        self.add_class("-typing")

    def on_descendant_blur(self) -> None:
        """The chips are back."""
        self.remove_class("-typing")

    @property
    def text(self) -> str:
        """What is looked for."""
        return self.input.value.strip()

    @property
    def chip(self) -> int:
        """Which chip is on."""
        return self._chips.active

    @property
    def narrows(self) -> bool:
        """Whether it hides any rows."""
        return bool(self.text) or self.chip != 0

    def start(self) -> None:
        """Let keys go into the filter."""
        self.input.focus()

    def clear(self) -> None:
        """Forget the text; the chip stays."""
        self.input.value = ""

    def fill(self, text: str) -> None:
        """Look for this."""
        self.input.value = text

    def choose(self, number: int) -> None:
        """Switch a chip on."""
        self._chips.active = number
        self._tell()

    def cycle(self) -> None:
        """Switch the next chip on."""
        self.choose(next((number for number in self._chips.offered if number > self.chip), 0))

    def title_chip(self, number: int, title: str, style: str) -> None:
        """Another title for a chip; without one it is not there."""
        self._chips.title(number, title, style)

    def tell_counts(self, content: Content, room: int = 0) -> None:
        """Show how many rows there are, in `room` cells at least."""
        self._counts.room = room
        self._counts.content = content

    def _tell(self) -> None:
        if (self.text, self.chip) != self._told:
            self._told = (self.text, self.chip)
            self.post_message(self.Changed())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        # Timers of the past ask again for the same and find nothing new to tell.
        self.set_timer(REST, self._tell) if self.text else self._tell()

    @on(Chips.Chosen)
    def _chip_chosen(self, event: Chips.Chosen) -> None:
        event.stop()
        self.choose(event.number)

    @on(FilterInput.Left)
    def _input_left(self, event: FilterInput.Left) -> None:
        event.stop()
        self._tell()
        self.post_message(self.Left())


class Slash(Widget):
    """The key that leads into the filter."""

    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self.key = "/"

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """The key, and a cell between it and what is typed."""
        return len(self.key) + 1

    def render(self) -> Content:
        """The key."""
        return Content.styled(self.key, "$key")
