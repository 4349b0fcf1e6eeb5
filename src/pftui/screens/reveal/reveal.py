"""The modal that shows a key or a temporary password once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.events import Paste
from textual.widgets import Input, Static

from pftui.domain.errors import PftuiError
from pftui.domain.secret import Secret
from pftui.process.secret_file import save_secret
from pftui.screens.console import GivenUp, console_of
from pftui.screens.dialogs.dialog import Choice, Dialog
from pftui.screens.reveal.leave import Kept, Leave, LeaveReveal
from pftui.screens.reveal.secret_line import SecretLine
from pftui.terminal import clipboard
from pftui.terminal.textual_private import writer_of
from pftui.widgets.entry import Entry
from pftui.widgets.password_input import PasswordInput

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.widget import Widget

#: Seconds in which no key closes the modal: one that is held down too long must not.
DEAF_FOR = 0.5
START_HIDDEN = "PFTUI_REVEAL"


@dataclass(frozen=True, slots=True)
class Handover:
    """What is revealed, and what can be done with it while it shows.

    `confirm` tells the store that it is kept safely, `assign` opens the assignment and returns
    whether one was made, `read_access` reads what the account can do now, and `access` says it where
    that cannot be read. `public` counts the leading characters that are no secret. Where `assign` is None,
    the secret is none of an account.
    """

    title: str
    noun: str
    warning: str
    secret: Secret = field(repr=False)
    file_name: str
    access: tuple[bool, str]
    read_access: Callable[[], Awaitable[tuple[bool, str]]]
    assign: Callable[[], Awaitable[bool]] | None
    confirm: Callable[[], Awaitable[None]]
    public: int = 0


class Hint(Static):
    """A key of this modal and what it does; a click does it too."""

    ALLOW_SELECT = False

    def __init__(self, key: str, label: str, action: str, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._key = key
        self._action = action
        self.label = label

    @property
    def label(self) -> str:
        """What the key does."""
        return self._label

    @label.setter
    def label(self, label: str) -> None:
        self._label = label
        self.update(Content.assemble((self._key, "$key"), (f" {label}", "$muted")))

    async def on_click(self) -> None:
        """As if the key were pressed."""
        await self.run_action(f"screen.{self._action}")


class PasteBack(PasswordInput):
    """Compares what is pasted with the secret and keeps none of it."""

    def __init__(self, answer: Callable[[str], None]) -> None:
        super().__init__(id="paste-back", placeholder="paste it here")
        self._answer = answer

    def on_paste(self, event: Paste) -> None:
        """Compare it, and let no input keep it."""
        event.stop()
        event.prevent_default()
        self.wipe()
        self._answer(event.text.strip())

    async def action_submit(self) -> None:
        """Compare what was typed: a terminal without bracketed paste types what is pasted."""
        typed = self.value.strip()
        self.wipe()
        self._answer(typed)

    def wipe(self) -> None:
        """Empty the input, without a message that could hold what was in it."""
        with self.prevent(Input.Changed, PasswordInput.Changed):
            self.forget()


class Reveal(Dialog[bool]):
    """Shows a secret until the person confirms that it is kept safely.

    Dismisses with True where that was confirmed and with False where it was left unsaved.
    """

    AUTO_FOCUS = "#saved"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "copy_secret", show=False),
        Binding("s", "save_secret", show=False),
        Binding("h", "hide_or_show", show=False),
        Binding("p", "check_paste", show=False),
        Binding("a", "assign", show=False),
    ]

    def __init__(self, handover: Handover) -> None:
        super().__init__(handover.title)
        self._handover = handover
        self._line = SecretLine(
            handover.secret, public=handover.public, hidden=os.environ.get(START_HIDDEN) == "hidden"
        )
        self._kept = Kept.NOWHERE
        self._deaf_until = 0.0
        self.gone = asyncio.Event()
        """Set once the modal has left the screen."""

    def compose_problem(self) -> ComposeResult:
        """The line for results stands under the actions, within the body."""
        return ()

    def body(self) -> Iterable[Widget]:
        """The secret, what can be done with it, and what the account can do."""
        handover = self._handover
        yield Static(
            Content.assemble(("Save it now: ", "bold $warning"), handover.warning), classes="sentence"
        )
        yield Horizontal(self._line, classes="secret")
        with Horizontal(id="hints"):
            yield Hint("c", "Copy", "copy_secret")
            yield Hint("s", "Save to a file", "save_secret")
            yield Hint("h", self._hide_label(), "hide_or_show", id="hide")
            yield Hint("p", "Paste it back to check", "check_paste")
        yield Horizontal(
            Static("", id="row-label"), Entry(id="path"), PasteBack(self._pasted), id="row", classes="-closed"
        )
        yield self.problem
        yield Static(_access(handover.access), id="access")

    def choices(self) -> Iterable[Choice]:
        """To the assignment, and out."""
        if self._handover.assign is not None:
            yield Choice("Assign to a team…", id="assign", key="a")
        yield Choice("I have saved it", id="saved", key="⏎", kind="primary")

    def on_mount(self) -> None:
        """No key closes it yet; where it opens beneath the lock, whoever unlocks decides when it shows."""
        self._deafen()
        if console_of(self).locked:
            self.hide_secrets()

    def on_unmount(self) -> None:
        """Now nothing draws the secret any more."""
        self.gone.set()

    def on_screen_resume(self) -> None:
        """Back from a modal above: the Enter that closed that one must not close this one."""
        self._deafen()

    def _deafen(self) -> None:
        self._deaf_until = self._line.clock() + DEAF_FOR

    def _deaf(self) -> bool:
        """Whether closing keys are ignored; a key that repeats stays ignored until it is let go."""
        if self._line.clock() >= self._deaf_until:
            return False
        self._deafen()
        return True

    # Copy, save, hide, check

    def action_copy_secret(self) -> None:
        """Send it to the clipboard: of the terminal, or of the desktop."""
        self.attempt(self._copy_in_thread)

    async def _copy_in_thread(self) -> None:
        result = await asyncio.to_thread(self._copy)
        if result.sent and self._kept is Kept.NOWHERE:
            self._kept = Kept.SENT
        self.say(result.message, "success" if result.sent else "error")

    def _copy(self) -> clipboard.CopyResult:
        return clipboard.copy(self._handover.secret.reveal(), writer_of(self.app), os.environ)

    def action_copy_text(self) -> None:
        """What ctrl+c does: Textual would keep the text in the app."""
        self.action_copy_secret()

    def action_save_secret(self) -> None:
        """Ask for a file."""
        path = self.query_one("#path", Input)
        if not path.value:
            path.value = self._handover.file_name
        self._open_row("File on this host", path)

    @on(Input.Submitted, "#path")
    def _path_typed(self, event: Input.Submitted) -> None:
        event.stop()
        self.commit(self._save_to_file)

    async def _save_to_file(self) -> None:
        typed = self.query_one("#path", Input).value
        saved = await asyncio.to_thread(save_secret, self._handover.secret, typed)
        self._kept = Kept.SAFE
        self._close_row()
        self.say(f"Saved to {saved}, which only you can read.", "success")

    def action_hide_or_show(self) -> None:
        """Mask the secret, or show it for another minute."""
        if self._line.masked:
            self._line.show()
        else:
            self._line.mask()
        self._hints_changed()

    def hide_secrets(self) -> None:
        """The console locks: mask it, and keep it."""
        if not self._line.masked:
            self._line.mask()
            self._hints_changed()
            self.say(f"Hidden when the console locked. h shows the {self._handover.noun} again.", "working")

    @on(SecretLine.Masked)
    def _masked_by_itself(self) -> None:
        self._hints_changed()
        self.say(f"Hidden after a minute. h shows the {self._handover.noun} again.", "working")

    def _hints_changed(self) -> None:
        self.query_one("#hide", Hint).label = self._hide_label()

    def _hide_label(self) -> str:
        return "Show" if self._line.masked else "Hide"

    def action_check_paste(self) -> None:
        """Ask for the copy."""
        self._open_row("Your copy", self.query_one(PasteBack))

    def _pasted(self, candidate: str) -> None:
        noun = self._handover.noun
        if not candidate:
            self.say("Nothing was pasted.", "warning")
        elif self._handover.secret.matches(candidate):
            self._kept = Kept.SAFE
            self._close_row()
            self.say(f"That is the {noun}. Your copy is complete.", "success")
        else:
            if self._kept is Kept.SENT:
                self._kept = Kept.NOWHERE  # whatever was sent to a clipboard, this is not it
            self.say(f"That is not the {noun}: copy it again.", "error")

    def _open_row(self, label: str, entry: Input) -> None:
        self.say("")
        self.query_one("#row-label", Static).update(Content(label))
        for each in self.query("#row Input"):
            each.display = each is entry
        self.query_one("#row").remove_class("-closed")
        entry.focus()
        entry.cursor_position = len(entry.value)

    def _close_row(self) -> None:
        self.query_one(PasteBack).wipe()
        self.query_one("#row").add_class("-closed")
        self.query_one("#saved").focus()
        self._deafen()

    # Assign

    @on(Choice.Pressed, "#assign")
    def _assign_pressed(self, event: Choice.Pressed) -> None:
        event.stop()
        self.action_assign()

    def action_assign(self) -> None:
        """Open the assignment above; this stays."""
        if self._handover.assign is not None:
            self.go_on(partial(self._assign, self._handover.assign))

    async def _assign(self, assign: Callable[[], Awaitable[bool]]) -> None:
        assigned = await assign()
        self.opening = False  # the secret can be hidden, copied and left whatever the store does
        if not assigned:
            return
        try:
            access = await self._handover.read_access()
        except PftuiError as problem:
            self.say(problem.message, "error")
            return
        self.query_one("#access", Static).update(_access(access))

    # Leave

    @on(Choice.Pressed, "#saved")
    def _saved_pressed(self, event: Choice.Pressed) -> None:
        event.stop()
        if not self._deaf():
            self.go_on(partial(self._leave, asked_to=False))

    def action_cancel(self) -> None:
        """Esc closes the row for a file or a copy, or else asks; it never closes the modal alone."""
        if self.busy:
            self.wait_no_longer()
        elif not self.query_one("#row").has_class("-closed"):
            self._close_row()
            self.say("")
        elif not self._deaf():
            self.go_on(partial(self._leave, asked_to=True))

    async def _leave(self, *, asked_to: bool) -> None:
        answer: Leave | None = Leave.SAVED
        if asked_to or self._kept is not Kept.SAFE:
            question = LeaveReveal(self._handover.noun, self._kept, unsaved=asked_to)
            answer = await console_of(self).ask(question)
        self.opening = False
        if answer is Leave.SAVED:
            self.commit(self._confirm)
        elif answer is Leave.CHECK:
            self.action_check_paste()
        elif answer is Leave.UNSAVED:
            self.commit(self._give_up)

    async def _give_up(self) -> None:
        self._close(confirmed=False)

    def waited_no_longer(self, given_up: GivenUp) -> None:
        """It closes only by its own ways."""
        self.say(given_up.message, "warning")

    async def _confirm(self) -> None:
        self._kept = Kept.SAFE  # by the person's word, which a retry need not ask for again
        await self._handover.confirm()
        self._close(confirmed=True)

    def _close(self, *, confirmed: bool) -> None:
        self.query_one(PasteBack).wipe()
        self.clear_selection()
        self._line.forget()
        self.dismiss(confirmed)


def _access(access: tuple[bool, str]) -> Content:
    can, sentence = access
    head, colon, rest = sentence.partition(": ")
    sign, colour = ("● ", "$success") if can else ("○ ", "$warning")
    return Content.assemble((sign + head + colon, colour), rest)
