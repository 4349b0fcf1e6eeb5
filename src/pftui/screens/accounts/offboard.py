"""The form for who has left: each key that they were shown is revoked, or kept with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from pftui.domain.api_key import shown
from pftui.domain.errors import Conflict, InvalidInput, PftuiError
from pftui.domain.names import fold
from pftui.domain.offboarding import Fate, KeyChoice, Leaver, LeftKey, Offboarded
from pftui.presentation.cells import fit
from pftui.presentation.offboarding import ends, key_use, stays
from pftui.presentation.text import visible
from pftui.screens.console import console_of
from pftui.screens.dialogs.dialog import WAIT, Choice
from pftui.screens.dialogs.form import Field, Form
from pftui.widgets.item_list import Entry, ItemList

if TYPE_CHECKING:
    from textual.widget import Widget

REVOKE = KeyChoice(Fate.REVOKE)
_SIGNS = {Fate.REVOKE: ("✕ revoke ", "$error"), Fate.KEEP: ("● keep   ", "$success")}
_NAME_CELLS = 15
_REASON = "reason"
_NAME = "name"


class LeftKeys(ItemList):
    """The keys; space decides on the chosen one, and does not turn the page."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "screen.keep_or_revoke", show=False)]

    @on(events.Click)
    async def _decide(self, event: events.Click) -> None:
        """A click chooses; a double click decides too."""
        if event.chain == 2:
            self.focus()
            await self.run_action("screen.keep_or_revoke")


class Offboard(Form[Offboarded]):
    """What ends, the keys with what becomes of each, why one is kept, and the person's name to go on."""

    AUTO_FOCUS = ""
    VERTICAL_BREAKPOINTS = [(0, "-short"), (22, "-tall"), (36, "-high")]  # noqa: RUF012

    def __init__(self, leaver: Leaver) -> None:
        super().__init__(f"Offboard {leaver.account.summary.name}")
        self.verb = "Offboard"
        self._leaver = leaver
        self._choices: dict[str, KeyChoice] = {}
        self._editing: str | None = None

    def body(self) -> Iterable[Widget]:
        """The consequences, the keys, a reason, the name."""
        yield Static(id="ends", classes="sentence")
        yield Static(id="keys-label", classes="label")
        with VerticalScroll(id="keys", can_focus=False):
            yield LeftKeys(id="left-keys")
        yield Field(_REASON, "")
        yield Field(_NAME, f"Type {visible(self._person)} to go on:")

    def choices(self) -> Iterable[Choice]:
        """Cancel, and what cannot be undone."""
        yield Choice("Cancel", id="cancel", key="esc")
        yield Choice(self.verb, id="submit", key="⏎", kind="danger")

    def on_mount(self) -> None:
        """Show what there is, and begin with what is to be decided first."""
        self._fill(self._leaver)
        (self._list if self._leaver.keys else self.field(_NAME).input).focus()

    @property
    def _person(self) -> str:
        return self._leaver.account.summary.name

    @property
    def _list(self) -> ItemList:
        return self.query_one(ItemList)

    @property
    def touched(self) -> bool:
        """Whether leaving would lose something."""
        return super().touched or any(choice != REVOKE for choice in self._choices.values())

    def _fill(self, leaver: Leaver) -> None:
        """Show what a person leaves behind; what was decided of a key stays decided."""
        self._leaver = leaver
        sentences = Content("\n").join(Content(visible(each)) for each in (*ends(leaver), *stays(leaver)))
        self.query_one("#ends", Static).update(sentences)
        self._choices = {left.key.key_id: self._choices.get(left.key.key_id, REVOKE) for left in leaver.keys}
        label = "Live keys that they were shown; space revokes or keeps one:"
        none = "They were shown no key that is live."
        self.query_one("#keys-label", Static).update(Content(label if leaver.keys else none))
        self.query_one("#keys").display = bool(leaver.keys)
        self._show_keys()
        self._show_reason()

    def _show_keys(self) -> None:
        self._list.show([self._entry(left) for left in self._leaver.keys])

    def _entry(self, left: LeftKey) -> Entry:
        key, choice = left.key, self._choices[left.key.key_id]
        admin = ("! admin  ", "$warning") if left.global_admin else ("", "$text")
        line = [
            _SIGNS[choice.fate],
            (f"{shown(key.key_id)}  {fit(key.account_name, _NAME_CELLS)}  ", "$text"),
            admin,
            (key_use(left, console_of(self).clock()).removeprefix("last "), "$muted"),
        ]
        because = [[(f"         {choice.reason}", "$muted")]] if choice.reason else []
        return Entry(key.key_id, [line, *because])

    # Each key

    @on(ItemList.Moved)
    def _moved(self, event: ItemList.Moved) -> None:
        event.stop()
        self._show_reason()

    def _show_reason(self) -> None:
        """The field is for the chosen key, and there where that is kept."""
        chosen = self._list.chosen
        choice = self._choices.get(chosen or "", REVOKE)
        field = self.field(_REASON)
        field.display = choice.fate is Fate.KEEP
        if chosen != self._editing or field.value != choice.reason:
            self._editing = chosen
            field.explain(None)
            with field.input.prevent(Input.Changed):
                field.input.value = choice.reason
        field.relabel(f"Why {shown(chosen or '')} is kept")

    def action_keep_or_revoke(self) -> None:
        """Keep the chosen key, or revoke it after all."""
        chosen = self._list.chosen
        if self.occupied or chosen is None or not self._list.has_focus:
            return
        kept = self._choices[chosen].fate is Fate.KEEP
        self._choices[chosen] = REVOKE if kept else KeyChoice(Fate.KEEP)
        self._show_keys()
        self._show_reason()
        if not kept:
            self.field(_REASON).input.focus()

    @on(Input.Changed, f"#{_REASON}")
    def _reason_typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._editing in self._choices and self._choices[self._editing].fate is Fate.KEEP:
            self._choices[self._editing] = KeyChoice(Fate.KEEP, event.value)
            self.field(_REASON).explain(None)
            self._show_keys()

    # Go on

    def action_submit(self) -> None:
        """Do it, once each kept key has a reason and the name is typed."""
        if self.occupied or self.over or not (self._reasons_fit() and self._named()):
            return
        self.commit(self.save)

    def _reasons_fit(self) -> bool:
        """Whether each reason can be one; else the cursor is in the first that cannot."""
        for key_id, choice in self._choices.items():
            try:
                choice.cleaned()
            except InvalidInput as problem:
                self._list.seek(key_id)
                self._show_keys()
                self._show_reason()
                self.show_problem(problem)
                return False
        return True

    def _named(self) -> bool:
        field = self.field(_NAME)
        if fold(field.value.strip()) == fold(self._person):
            return True
        if field.value:
            self.say(f"Nothing was done: what you typed is not {self._person}.", "error")
        else:
            self.say(f"Now type {self._person}, and press Enter once more.", "warning")
        field.input.focus()
        field.scroll_visible(animate=False)
        return False

    def wait_no_longer(self) -> None:
        """The report comes with the answer, and only then."""
        self.say(f"The report on it is made only once: {WAIT}", "warning")

    async def save(self) -> None:
        """All of it, or nothing."""
        console = console_of(self)
        offboard, account_id = console.services.offboarding.offboard, self._leaver.account.summary.id
        self.dismiss(await console.call(offboard, console.operator, account_id, dict(self._choices)))

    def show_problem(self, problem: PftuiError) -> None:
        """Where the keys are others by now, those that there are are shown."""
        super().show_problem(problem)
        if isinstance(problem, Conflict):
            self._look_again()
        self.call_after_refresh(self.problem.scroll_visible, animate=False)

    @work(group="look")
    async def _look_again(self) -> None:
        console = console_of(self)
        look, account_id = console.services.offboarding.look, self._leaver.account.summary.id
        try:
            leaver = await console.call(look, console.operator, account_id)
        except PftuiError as problem:
            self.say(problem.message, "error")
            return
        with self.while_there():
            self._fill(leaver)
            self.call_after_refresh(self.problem.scroll_visible, animate=False)
