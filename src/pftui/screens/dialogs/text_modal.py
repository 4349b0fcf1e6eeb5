"""A modal that only shows text."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from pftui.screens.dialogs.modal import MODALS, Modal
from pftui.widgets.reading_box import ReadingBox


class TextModal(Modal[None]):
    """A title, text in a box that scrolls, and the keys that close it."""

    CSS_PATH = MODALS
    AUTO_FOCUS = "ReadingBox"
    takes_commands = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,question_mark,f1,h", "dismiss", show=False),
    ]

    def __init__(self, title: str, text: Content) -> None:
        super().__init__(classes="text-modal")
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """The text, in a box that scrolls."""
        with ReadingBox(classes="dialog wide") as box:
            box.border_title = Content(f" {self._title} ")
            box.border_subtitle = Content(" esc Close ")
            yield Static(self._text)

    def warn(self, sentence: str) -> None:
        """In the edge."""
        self.query_one(ReadingBox).border_subtitle = Content(f" {sentence} esc Close ")
