"""Questions before what cannot be undone: they name what will happen, and stay on a refusal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from pftui.domain.names import fold
from pftui.presentation.cells import shortened
from pftui.presentation.text import visible
from pftui.screens.console import Loss
from pftui.screens.dialogs.dialog import Choice, Dialog
from pftui.widgets.entry import Entry

if TYPE_CHECKING:
    from textual.widget import Widget


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: `sentences` say what will happen, `verb` is on the button that does it.

    With `name` the button works only once that name is typed. With `reveals` it makes a secret, shown next.
    `instead` is on a button for what may be meant rather (see `Confirm.meant_instead`).
    """

    title: str
    sentences: tuple[str, ...]
    verb: str
    stay: str = "Cancel"
    name: str | None = None
    destroys: bool = True
    reveals: bool = False
    instead: str = ""


class Confirm(Dialog[bool]):
    """Asks a question; `change` runs with the modal open, so that a refusal is read in place."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("y", "go", show=False),
        Binding("o,ctrl+o", "instead", show=False),
    ]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (66, "-wide"), (80, "-roomy")]  # noqa: RUF012
    AUTO_FOCUS = "#name, #cancel"

    def __init__(self, question: Question, change: Callable[[], Awaitable[None]] | None = None) -> None:
        super().__init__(question.title)
        self._question = question
        self.makes_secret = question.reveals
        self._change = change
        self.meant_instead = False
        """Whether it was left for `Question.instead`: nothing was changed."""
        self.set_class(bool(question.instead), "-three")

    def body(self) -> Iterable[Widget]:
        """The consequences, and the place to type the name."""
        for sentence in self._question.sentences:
            yield Static(Content(visible(sentence)), classes="sentence")
        if self._question.name is not None:
            yield Static(Content.assemble("Type ", (visible(self._question.name), "bold"), " to go on:"))
            yield Entry(id="name")

    def choices(self) -> Iterable[Choice]:
        """The safe one first; it has the focus."""
        question = self._question
        yield Choice(question.stay, id="cancel", key="esc")
        if question.instead:
            yield Choice(question.instead, id="instead", key="o" if question.name is None else "ctrl+o")
        kind = "danger" if question.destroys else "primary"
        # Where a name is typed, letters belong to it, and Enter goes on.
        key = "y" if question.name is None else "⏎"
        yield Choice(shortened(question.verb, 21 if question.instead else 31), id="go", key=key, kind=kind)

    @on(Input.Submitted)
    @on(Choice.Pressed, "#go")
    def _go(self, event: Input.Submitted | Choice.Pressed) -> None:
        event.stop()
        self.action_go()

    def action_go(self) -> None:
        """Do it, once the name is typed where one is asked for."""
        if self._named():
            start = self.attempt if self._change is None else self.commit
            start(self._confirm)
        else:
            self.say(f"Nothing was done: what you typed is not {self._question.name}.", "error")

    def _named(self) -> bool:
        name = self._question.name
        return name is None or fold(self.query_one("#name", Input).value.strip()) == fold(name)

    async def _confirm(self) -> None:
        if self._change is not None:
            await self._change()
        self.dismiss(True)

    @on(Choice.Pressed, "#instead")
    def _instead_pressed(self, event: Choice.Pressed) -> None:
        event.stop()
        self.action_instead()

    def action_instead(self) -> None:
        """Leave for what may be meant rather, where that is offered."""
        if self._question.instead and not self.occupied:
            self.meant_instead = True
            self.dismiss(False)

    def action_cancel(self) -> None:
        """Leave without a change."""
        if self.busy:
            self.wait_no_longer()
        else:
            self.dismiss(False)


def leave_question(loss: Loss, more: str = "") -> Confirm:
    """Asked where leaving would lose something; `more` goes on after the verb."""
    return Confirm(Question(loss.question, (loss.sentence,), loss.verb + more, stay=loss.stay))
