"""A modal that only shows text."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pftui.screens.dialogs.modal import MODALS, Modal
from pftui.widgets.twice import Twice


class TextModal(Modal[None]):
    """A title, text in a box that scrolls, and the keys that close it."""

    CSS_PATH = MODALS
    takes_commands = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,question_mark,f1,h", "dismiss", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("pagedown,space,ctrl+d", "scroll(10)", show=False),
        Binding("pageup,ctrl+u", "scroll(-10)", show=False),
        Binding("home", "scroll(-10000)", show=False),
        Binding("end,G", "scroll(10000)", show=False),
        Binding("g", "first_of_two", show=False),
    ]

    def __init__(self, title: str, text: Content) -> None:
        super().__init__(classes="text-modal")
        self._title = title
        self._text = text
        self._twice = Twice()

    def compose(self) -> ComposeResult:
        """The text, in a box that scrolls."""
        with VerticalScroll(classes="dialog wide", can_focus=False) as box:
            box.border_title = Content(f" {self._title} ")
            box.border_subtitle = Content(" esc Close ")
            yield Static(self._text)

    def warn(self, sentence: str) -> None:
        """In the edge."""
        self.query_one(".dialog").border_subtitle = Content(f" {sentence} esc Close ")

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        box = self.query_one(".dialog")
        box.scroll_to(y=box.scroll_y + lines, animate=False)

    def action_first_of_two(self) -> None:
        """`gg`: the beginning."""
        if self._twice.pressed():
            self.query_one(".dialog").scroll_home(animate=False)
