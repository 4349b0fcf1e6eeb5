"""What all modals share: a box that fits the screen, buttons, one line for what went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from pftui.domain.errors import OutcomeUnknown, PftuiError, StoreUnavailable
from pftui.presentation.cells import shortened
from pftui.presentation.text import visible
from pftui.screens.console import IN_A_BURST, GivenUp, console_of
from pftui.screens.dialogs.modal import MODALS, Modal, Result

if TYPE_CHECKING:
    from textual.timer import Timer
    from textual.widget import Widget

#: Seconds after which a running change is said to be running; before, a notice would only flicker.
PATIENCE = 0.15
_TITLE_CELLS = 52


_SIGNS = {"error": "✕ ", "success": "✓ ", "warning": "! "}


def severity_text(kind: str, sentence: str) -> Content:
    """A sentence behind the sign of its kind, which alone has the colour."""
    text = "$text" if kind in ("error", "warning") else "$muted"
    sign = (_SIGNS.get(kind, ""), f"${kind}" if kind in _SIGNS else text)
    return Content.assemble(sign, (visible(sentence), text))


WAIT = "wait for it, 40 seconds at most."
"""The end of a sentence that says why Esc does not leave a change that is under way."""


class Choice(Static, can_focus=True):
    """A button of one line: a key that presses it from anywhere in the modal, and a verb."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "press", show=False)]
    ALLOW_SELECT = False

    @dataclass
    class Pressed(Message):
        """The button was pressed, by key or mouse."""

        choice: Choice

        @property
        def control(self) -> Choice:
            """The button, for `@on` selectors."""
            return self.choice

    def __init__(
        self,
        label: str,
        *,
        id: str,  # noqa: A002 - Textual's name
        key: str = "",
        kind: str = "plain",
        display: bool = True,
    ) -> None:
        super().__init__(id=id, classes=f"-{kind}")
        self._key = key
        self.label = label
        self.display = display

    @property
    def label(self) -> str:
        """The verb, as shown; never read as markup."""
        return self._label

    @label.setter
    def label(self, label: str) -> None:
        self._label = label
        # The room at the sides is text, so that a reversed button is reversed to its edges.
        self.update(Content(f"  {self._key}  {visible(label)}  " if self._key else f"  {visible(label)}  "))

    def action_press(self) -> None:
        """Press it."""
        self.post_message(self.Pressed(self))

    def on_click(self) -> None:
        """A click presses it too."""
        self.action_press()


class Dialog(Modal[Result]):
    """A modal: title, body, a line for problems, buttons.

    `attempt` runs a change with the modal still open: a refusal or a lost store is shown as a
    sentence in place, nothing typed is lost, and the same button tries again.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", show=False),
        Binding("down,right", "app.focus_next", show=False),
        Binding("up,left", "app.focus_previous", show=False),
    ]
    CSS_PATH = MODALS
    makes_secret = False
    """Whether a change makes what is shown once, so that Esc and a quit wait for it."""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (66, "-wide")]  # noqa: RUF012 - no ClassVar in Textual
    VERTICAL_BREAKPOINTS = [(0, "-short"), (22, "-tall")]  # noqa: RUF012

    def __init__(self, title: str) -> None:
        super().__init__()
        self._heading = title
        self.busy = False
        self.over = False
        """Whether a change was tried of which nobody knows what came: it is not tried again from here."""
        self.problem = Static("", id="problem", markup=False)
        self._retry_label: tuple[Choice, str] | None = None

    def compose(self) -> ComposeResult:
        """The box; subclasses fill in `body` and `choices`."""
        with VerticalScroll(classes="dialog", can_focus=False) as box:
            box.border_title = Content(f" {shortened(visible(self._heading), _TITLE_CELLS)} ")
            with Vertical(classes="body"):
                yield from self.body()
            yield from self.compose_problem()
            with Horizontal(classes="choices"):
                yield from self.choices()

    def body(self) -> Iterable[Widget]:
        """The widgets between title and buttons."""
        return ()

    def compose_problem(self) -> ComposeResult:
        """The line for problems, unless the body has it."""
        yield self.problem

    def choices(self) -> Iterable[Choice]:
        """The buttons, the one that goes on last."""
        return ()

    def action_cancel(self) -> None:
        """Leave without a change."""
        if self.busy:
            self.wait_no_longer()
        elif not self.occupied:
            self.dismiss(None)

    def wait_no_longer(self) -> None:
        """Esc while the store is asked: leave, and hear of it later."""
        if self.makes_secret:
            self.say(f"What is being made is shown only once: {WAIT}", "warning")
        else:
            console_of(self).give_up(tell=True)

    @property
    def occupied(self) -> bool:
        """Whether something is under way that must not be begun twice."""
        return self.busy or self.opening

    @property
    def unsettled(self) -> bool:
        """A change that is under way may make a key."""
        return self.busy or super().unsettled

    def attempt(self, change: Callable[[], Awaitable[None]]) -> None:
        """Start `change`, unless one is under way: a second Enter changes nothing twice."""
        if self.occupied or self.over:
            return
        self.busy = True
        self.clear_problems()
        # Not exclusive: a cancelled change might be made all the same, and its result be lost.
        self.run_worker(self._attempt(change), group="change")

    def commit(self, change: Callable[[], Awaitable[None]]) -> None:
        """The same for a change of the store, which a burst of keys (an unbracketed paste) never makes."""
        if console_of(self).typed_in_burst and not self.occupied:
            self.say(IN_A_BURST, "warning")
        else:
            self.attempt(change)

    async def _attempt(self, change: Callable[[], Awaitable[None]]) -> None:
        waiting: Timer = self.set_timer(PATIENCE, self._show_working)
        try:
            with self.while_there(), self._nobody_leaves():
                await change()
        except GivenUp as given_up:
            waiting.stop()
            self.waited_no_longer(given_up)
        except PftuiError as problem:
            waiting.stop()
            with self.while_there():
                self.show_problem(problem)
        else:
            waiting.stop()
            if self.problem.has_class("-working"):
                self.say("")
        finally:
            self.busy = False

    @contextmanager
    def _nobody_leaves(self) -> Iterator[None]:
        """While a secret is made, that will be shown once: whoever quits now has made it for nobody."""
        if not self.makes_secret:
            yield
            return
        console = console_of(self)
        console.secret_on_screen = True
        try:
            yield
        finally:
            console.secret_on_screen = False

    def waited_no_longer(self, given_up: GivenUp) -> None:
        """The store goes on to be asked; it is told elsewhere what came of it."""
        console_of(self).notify(given_up.message, severity="warning")
        self.dismiss(None)

    def go_on(self, step: Callable[[], Awaitable[None]]) -> None:
        """Start `step`, which opens another modal, unless one is under way.

        Keys wait while a modal opens, a mouse does not: a second click must not open it twice.
        """
        if self.occupied:
            return
        self.opening = True
        self.run_worker(self._go_on(step), group="step")

    async def _go_on(self, step: Callable[[], Awaitable[None]]) -> None:
        try:
            with self.while_there():
                await step()
        finally:
            self.opening = False

    def on_screen_suspend(self) -> None:
        """Something opens above, and waits for a person."""
        if self.busy and self.problem.has_class("-working"):
            self.say("")

    def _show_working(self) -> None:
        told = self.problem.has_class("-warning") or self.problem.has_class("-working")  # as how far it is
        if self.busy and self.app.screen is self and not told:
            self.say("Working…", "working")

    def telling_progress(self) -> Callable[[str, int, int], None]:
        """For the thread of a change that takes long: it tells of what how much is done, of how much."""
        loop = asyncio.get_running_loop()

        def tell(what: str, done: int, total: int) -> None:
            loop.call_soon_threadsafe(self._tell_progress, f"{done:,} of {total:,} {what}: it goes on…")

        return tell

    def _tell_progress(self, sentence: str) -> None:
        """Not where there is something else to read, or nobody left."""
        if self.there and self.busy and not self.problem.has_class("-warning"):
            self.say(sentence, "working")

    def say(self, sentence: str, kind: str = "working") -> None:
        """Show one sentence above the buttons; `kind` is working, success, warning or error."""
        self.problem.set_classes(f"-{kind}" if sentence else "")
        self.problem.update(severity_text(kind, sentence) if sentence else Content(""))
        if kind in ("error", "warning") and sentence:  # a dialog may be longer than the screen
            self.call_after_refresh(self.problem.scroll_visible, animate=False)

    def warn(self, sentence: str) -> None:
        """Above the buttons."""
        self.say(sentence, "warning")

    def show_problem(self, problem: PftuiError) -> None:
        """Say what happened, where the eye is; the button that failed becomes Retry for a lost store."""
        self.say(problem.message, "error")
        if isinstance(problem, StoreUnavailable):
            self._offer_retry()
        elif isinstance(problem, OutcomeUnknown):  # done again, it might be done twice
            for choice in self.query("Choice.-primary, Choice.-danger"):
                choice.display = False
            self.over = True

    def clear_problems(self) -> None:
        """Forget what went wrong before."""
        self.say("")
        if self._retry_label is not None:
            choice, label = self._retry_label
            choice.label = label
            self._retry_label = None

    def _offer_retry(self) -> None:
        going_on = self.query("Choice.-primary, Choice.-danger").results(Choice)
        choice = next((each for each in going_on if each.display), None)
        if choice is not None and self._retry_label is None:
            self._retry_label = (choice, choice.label)
            choice.label = "Retry"

    @on(Choice.Pressed, "#cancel")
    def _cancel_pressed(self, event: Choice.Pressed) -> None:
        event.stop()
        self.action_cancel()
