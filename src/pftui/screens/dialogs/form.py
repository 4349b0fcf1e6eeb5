"""A modal with fields: sentences stand beside the field they belong to, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Checkbox, Input, Static

from pftui.domain.errors import Conflict, InvalidInput, PftuiError
from pftui.screens.console import console_of
from pftui.screens.dialogs.confirm import leave_question
from pftui.screens.dialogs.dialog import Choice, Dialog, severity_text
from pftui.widgets.entry import Entry
from pftui.widgets.password_input import PasswordInput

Result = TypeVar("Result")


class Field(Vertical):
    """A label, an input of one line, and a sentence beneath: a hint, or what is wrong."""

    def __init__(
        self, name: str, label: str, value: str = "", *, hint: str = "", password: bool = False
    ) -> None:
        super().__init__(id=f"field-{name}", classes="field")
        self._label = Static(Content(label), classes="label")
        self._hint = hint
        self.initial = value
        # Nothing is selected that one key more would replace.
        self.input: Input = (
            PasswordInput(id=name) if password else Entry(value, id=name, select_on_focus=False)
        )
        self._sentence = Static(Content(hint), classes="hint")
        self._sentence.display = bool(hint)

    def compose(self) -> ComposeResult:
        """Label, input and sentence."""
        yield self._label
        yield self.input
        yield self._sentence

    def relabel(self, label: str) -> None:
        """Say that it is for something else now."""
        self._label.update(Content(label))

    @property
    def value(self) -> str:
        """What is typed."""
        return self.input.value

    @property
    def touched(self) -> bool:
        """Whether something else is typed than what stood there."""
        return self.value != self.initial

    @property
    def renames(self) -> bool:
        """Whether it holds something else that can be saved: what is empty is refused in any case."""
        return bool(self.value.strip()) and self.value.strip() != self.initial

    def on_unmount(self) -> None:
        """A closed form keeps no password, nor does who still refers to it."""
        if isinstance(self.input, PasswordInput):
            with self.input.prevent(Input.Changed, PasswordInput.Changed):
                self.input.forget()

    def explain(self, sentence: str | None, kind: str = "error") -> None:
        """Show what is wrong with the value; None brings the hint back."""
        self._sentence.display = bool(sentence or self._hint)
        self._sentence.set_classes("hint" if sentence is None else f"hint -{kind}")
        self._sentence.update(Content(self._hint) if sentence is None else severity_text(kind, sentence))


class Tick(Checkbox, inherit_bindings=False):
    """A checkbox that only space and a click toggle: Enter goes on, as everywhere in a form."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "toggle_button", show=False)]

    def __init__(self, label: str, value: bool = False, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(Content(label), value, id=id, compact=True)
        self.initial = value

    def render(self) -> Content:
        """`[✓] label`: Textual's own tells on from off by colour alone."""
        box = ("[✓]", "$accent bold") if self.value else ("[ ]", "$muted")
        label = ("$text", "$cursor-row")[self.has_focus]
        return Content.assemble(box, (f" {self.label.plain} ", label))


class Form(Dialog[Result]):
    """A dialog whose fields are kept until a change has succeeded or the person discards them."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", show=False)]
    AUTO_FOCUS = "Input"
    verb = "Save"

    def choices(self) -> Iterable[Choice]:
        """Cancel, and the verb."""
        yield Choice("Cancel", id="cancel", key="esc")
        yield Choice(self.verb, id="submit", key="⏎", kind="primary")

    def field(self, name: str) -> Field:
        """The field with this name."""
        return self.query_one(f"#field-{name}", Field)

    def typed(self, name: str) -> str:
        """What is typed in the field with this name."""
        return self.field(name).value

    @property
    def touched(self) -> bool:
        """Whether leaving would lose something."""
        fields = any(field.touched for field in self.query(Field))
        return fields or any(tick.value != tick.initial for tick in self.query(Tick))

    async def save(self) -> None:
        """Make the change and dismiss with its result; errors are shown in place."""
        raise NotImplementedError

    @on(Input.Submitted)
    @on(Choice.Pressed, "#submit")
    def _submitted(self, event: Input.Submitted | Choice.Pressed) -> None:
        event.stop()
        self.action_submit()

    def action_submit(self) -> None:
        """Try to save."""
        self.commit(self.save)

    def clear_problems(self) -> None:
        """Forget what went wrong before."""
        super().clear_problems()
        for field in self.query(Field):
            field.explain(None)

    def show_problem(self, problem: PftuiError) -> None:
        """A sentence beside its field, with the cursor in it; the rest above the buttons."""
        if isinstance(problem, InvalidInput) and self.query(f"#field-{problem.field}"):
            self.say("")
            field = self.field(problem.field)
            field.explain(problem.message)
            field.input.focus()
            field.scroll_visible(animate=False)
            return
        super().show_problem(problem)

    def action_cancel(self) -> None:
        """Leave; what was typed is thrown away only when the person says so."""
        if self.busy:
            self.wait_no_longer()
        elif self.touched:
            self.go_on(self._ask_to_discard)
        elif not self.occupied:
            self.dismiss(None)

    async def _ask_to_discard(self) -> None:
        if await console_of(self).ask(leave_question(self.loses)):
            self.dismiss(None)


class EditForm(Form[Result]):
    """A form over something that others may change meanwhile (R10): nobody's change is lost unseen.

    What it is known by is not replaced by one key: the form shows before and after, and the next Enter
    saves. After a conflict each field says what it holds now. What was typed stays: it can be saved
    over the other's change, or given up for it. Enter means neither, until one is chosen by its own key.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save_mine", show=False),
        Binding("ctrl+y", "take_theirs", show=False),
    ]

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (66, "-wide"), (80, "-roomy")]  # noqa: RUF012

    known_by: tuple[str, ...] = ("name",)
    """The fields whose change is shown before it is made."""

    def __init__(self, title: str, version: int) -> None:
        super().__init__(title)
        self.version = version
        self._theirs: Mapping[str, str] = {}
        self._shown = ""
        self._mine_label = ""
        self._undecided = False

    def action_submit(self) -> None:
        """Show what will be another name; the second time, save.

        That first Enter is also the one that a burst of keys has for nothing.
        """
        change = self._change()
        if self._undecided:
            self.say(f"First choose: ctrl+s is {self._mine_label}, ctrl+y takes theirs.", "warning")
        elif self.occupied or self.over or change in ("", self._shown):
            super().action_submit()
        else:
            self._shown = change
            self.say(f"{change}. Enter once more saves it.", "warning")

    def _change(self) -> str:
        """`Alice Ng → Alice N.`: what is known by another name once this is saved; empty where nothing is."""
        fields = (self.field(name) for name in self.known_by if self.query(f"#field-{name}"))
        changed = [f"{field.initial} → {field.value.strip()}" for field in fields if field.renames]
        return ", ".join(changed)

    async def read_again(self) -> tuple[int, Mapping[str, str]]:
        """The version and the fields' values there are now, by field name."""
        raise NotImplementedError

    def choices(self) -> Iterable[Choice]:
        """Cancel, take what the other typed, save."""
        yield Choice("Cancel", id="cancel", key="esc")
        yield Choice("Take theirs", id="theirs", key="ctrl+y", display=False)
        yield Choice("", id="mine", key="ctrl+s", display=False)
        yield Choice(self.verb, id="submit", key="⏎", kind="primary")

    def show_problem(self, problem: PftuiError) -> None:
        """A conflict is followed by what is there now."""
        super().show_problem(problem)
        if isinstance(problem, Conflict):
            self.attempt_after_conflict(problem.message)

    @work(group="conflict")
    async def attempt_after_conflict(self, message: str) -> None:
        """Read what is there now and lay both side by side."""
        try:
            self.version, self._theirs = await self.read_again()
        except PftuiError as problem:
            self.say(f"{message} What is there now could not be read: {problem.message}", "error")
            return
        with self.while_there():
            self._lay_side_by_side()

    def _lay_side_by_side(self) -> None:
        over = False
        for name, value in self._theirs.items():
            over = self._lay_beside(self.field(name), value) or over
        self._mine_label = "Save mine over it" if over else "Save both changes"
        self.query_one("#mine", Choice).label = self._mine_label
        self._show_choice(undecided=True)

    def _show_choice(self, *, undecided: bool) -> None:
        self._undecided = undecided
        self.set_class(undecided, "-three")
        for name in ("#theirs", "#mine"):
            self.query_one(name).display = undecided
        self.query_one("#submit").display = not undecided

    def _lay_beside(self, field: Field, value: str) -> bool:
        """Take over what only the other changed; whether both changed the field, each to its own."""
        if value in (field.value, field.initial):
            return False
        if field.touched:
            field.explain(f"Now: {value}" if value else "Now: empty", "warning")
            return True
        field.initial = value
        field.input.value = value
        field.explain("The other operator's; you had not changed it.", "warning")
        return False

    @on(Choice.Pressed, "#mine")
    def _mine_pressed(self, event: Choice.Pressed) -> None:
        event.stop()
        self.action_save_mine()

    def action_save_mine(self) -> None:
        """Save what is typed here over what the other saved."""
        if self._undecided:
            self.commit(self.save)

    @on(Choice.Pressed, "#theirs")
    def _theirs_pressed(self, event: Choice.Pressed) -> None:
        event.stop()
        self.action_take_theirs()

    def action_take_theirs(self) -> None:
        """Give up what is typed here for what the other saved."""
        if not self._undecided or self.occupied:
            return
        for name, value in self._theirs.items():
            field = self.field(name)
            field.initial = value
            field.input.value = value
        self.clear_problems()  # which brings back the label that a retry has put aside
        self._show_choice(undecided=False)
        self.say("This is what the other operator saved.", "warning")
