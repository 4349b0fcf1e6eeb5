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
    """How a reveal ends, or goes on."""

    BACK = "back"
    CHECK = "check"
    SAVED = "saved"
    UNSAVED = "unsaved"


class Kept(Enum):
    """What is known of the secret's whereabouts."""

    NOWHERE = "nowhere"
    SENT = "sent"
    """To a clipboard, and whether it arrived nobody told."""
    SAFE = "safe"


class LeaveReveal(Dialog[Leave]):
    """Asks once more; the way back has the focus.

    A copy alone is not "saved": then the way back leads to the check, and the way out is the person's word.
    """

    AUTO_FOCUS = "#back, #check"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (66, "-wide"), (80, "-roomy")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("p", "check", show=False),
        Binding("u", "unsaved", show=False),
        Binding("y", "saved", show=False),
    ]

    def __init__(self, noun: str, kept: Kept, *, unsaved: bool) -> None:
        """With `unsaved` the person may also leave without having saved it."""
        self._sent = kept is Kept.SENT
        super().__init__(f"Is the {noun} in your clipboard?" if self._sent else f"Have you saved the {noun}?")
        self._noun = noun
        self._kept = kept
        self._unsaved = unsaved
        self.set_class(unsaved, "-three")

    def body(self) -> Iterable[Widget]:
        """What is known, and what closing means."""
        if self._sent:
            sentence = "It was sent there. pftui cannot see whether it arrived."
            yield Static(Content(sentence), classes="sentence")
        elif self._kept is Kept.NOWHERE:
            yield Static(Content("It was not copied, saved to a file or checked here."), classes="sentence")
        yield Static(Content(f"Once this closes the {self._noun} cannot be shown again."), classes="sentence")

    def choices(self) -> Iterable[Choice]:
        """Back, out unsaved, out."""
        if self._sent:
            yield Choice("Paste it back", id="check", key="p")
        else:
            yield Choice("Back", id="back", key="esc")
        if self._unsaved:
            yield Choice("Close unsaved", id="unsaved", key="u")
        word = "Yes, I see it" if self._sent else "I have saved it"
        yield Choice(word, id="saved", key="y", kind="primary")

    @on(Choice.Pressed)
    def _answered(self, event: Choice.Pressed) -> None:
        event.stop()
        self.dismiss(Leave(event.choice.id))

    def action_cancel(self) -> None:
        """Esc goes back, never out."""
        self.dismiss(Leave.BACK)

    def action_saved(self) -> None:
        """By the person's word."""
        self.dismiss(Leave.SAVED)

    def action_unsaved(self) -> None:
        """Out without it, where that is offered."""
        if self._unsaved:
            self.dismiss(Leave.UNSAVED)

    def action_check(self) -> None:
        """To the check, where a copy was sent."""
        if self._sent:
            self.dismiss(Leave.CHECK)
