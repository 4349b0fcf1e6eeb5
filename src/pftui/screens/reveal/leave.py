"""The question before a revealed secret goes out of sight for good."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from pftui.screens.dialogs.dialog import Choice, Dialog

if TYPE_CHECKING:
    from textual.widget import Widget


class Leave(Enum):
    """How a reveal ends."""

    BACK = "back"
    SAVED = "saved"
    UNSAVED = "unsaved"


class LeaveReveal(Dialog[Leave]):
    """Asks once more; the way back has the focus."""

    AUTO_FOCUS = "#back"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", show=False)]

    def __init__(self, noun: str, *, kept: bool, unsaved: bool) -> None:
        """With `unsaved` the person may also leave without having saved it."""
        super().__init__(f"Have you saved the {noun}?")
        self._noun = noun
        self._kept = kept
        self._unsaved = unsaved

    def body(self) -> Iterable[Widget]:
        """What is known, and what closing means."""
        if not self._kept:
            yield Static(Content("It was not copied, saved to a file or checked here."), classes="sentence")
        yield Static(Content(f"Once this closes the {self._noun} cannot be shown again."), classes="sentence")

    def choices(self) -> Iterable[Choice]:
        """Back, out unsaved, out."""
        yield Choice("Back", id="back", key="esc")
        if self._unsaved:
            yield Choice("Close unsaved", id="unsaved")
        yield Choice("I have saved it", id="saved", kind="primary")

    @on(Choice.Pressed)
    def _answered(self, event: Choice.Pressed) -> None:
        event.stop()
        self.dismiss(Leave(event.choice.id))

    def action_cancel(self) -> None:
        """Esc goes back, never out."""
        self.dismiss(Leave.BACK)
