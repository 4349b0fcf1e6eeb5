"""Choosing a role: a list that shows what each one allows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on, work
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from pftui.domain.errors import Conflict, PftuiError
from pftui.domain.permissions import not_included
from pftui.domain.teams import RoleView
from pftui.presentation.accounts import damage
from pftui.presentation.cells import fit
from pftui.presentation.permissions import permission_names
from pftui.presentation.text import visible
from pftui.screens.console import console_of
from pftui.screens.dialogs.dialog import Choice, Dialog
from pftui.widgets.twice import Twice

if TYPE_CHECKING:
    from textual.widget import Widget

_NAME_CELLS = 15


class RolePicker(OptionList):
    """The roles, one a line, each with what it allows; `current` is the role that is held now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("G", "last", show=False),
        Binding("g", "first_of_two", show=False),
        Binding("ctrl+d,space", "page_down", show=False),
        Binding("ctrl+u", "page_up", show=False),
    ]

    def __init__(self) -> None:
        super().__init__(id="roles", compact=True, markup=False)
        self._roles: dict[str, RoleView] = {}
        self._twice = Twice()

    def fill(self, roles: Sequence[RoleView], *, start: str | None, current: str | None = None) -> None:
        """List the roles; the cursor starts on the one that is named or has the id `start`."""
        self._roles = {role.id: role for role in roles}
        self.clear_options()
        self.add_options([Option(_line(role, current), id=role.id) for role in roles])
        ids = [index for index, role in enumerate(roles) if start in (role.id, role.name)]
        self.highlighted = ids[0] if ids else 0
        self.styles.height = min(len(roles), 8) or 1

    async def on_click(self, event: events.Click) -> None:
        """A click looks at a role, and a second one takes it; Textual's own takes it at once."""
        event.prevent_default()
        index = event.style.meta.get("option")
        if index is not None:
            self.highlighted = index
            if event.chain == 2:
                self.action_select()

    def action_select(self) -> None:
        """Enter on an empty list means what Enter means around it: to try again."""
        if not self.option_count:
            raise SkipAction
        super().action_select()

    def action_first_of_two(self) -> None:
        """`gg`: the first role."""
        if self._twice.pressed():
            self.action_first()

    # The list ends where it ends: one key too many must not lead from the least role to the greatest.

    def action_cursor_down(self) -> None:
        """The next role, if there is one."""
        if self.highlighted is None or self.highlighted < self.option_count - 1:
            super().action_cursor_down()

    def action_cursor_up(self) -> None:
        """The role before, if there is one."""
        if self.highlighted is None or self.highlighted > 0:
            super().action_cursor_up()

    @property
    def role(self) -> RoleView | None:
        """The role under the cursor."""
        if self.highlighted is None:
            return None
        option = self.get_option_at_index(self.highlighted)
        return self._roles[option.id or ""]


def _line(role: RoleView, current: str | None) -> Content:
    now = "(now) " if role.id == current else ""
    name = fit(role.name, _NAME_CELLS)
    return Content.assemble(name, "  ", (now + visible(permission_names(role.permissions)), "$option-muted"))


def explained(role: RoleView | None) -> Content:
    """What the permissions of a role mean, in a sentence."""
    if role is None:
        return Content("")
    meanings = "; ".join(permission.explanation for permission in not_included(role.permissions))
    damaged = f" {damage(role.damaged)}" if role.damaged else ""
    return Content(visible(f"{role.name}: {meanings or 'nothing'}.{damaged}"))


async def read_roles(dialog: Dialog[Any]) -> Sequence[RoleView]:
    """All roles. Keys wait meanwhile: those that come already are for what can be done with a role."""
    console = console_of(dialog)
    dialog.opening = True
    try:
        return await console.call(console.services.roles.list, console.operator)
    finally:
        dialog.opening = False


Save = Callable[[RoleView], Awaitable[None]]


class ChooseRole(Dialog[RoleView]):
    """Picks a role and saves it with the modal open."""

    AUTO_FOCUS = "RolePicker"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "choose", show=False)]

    def __init__(
        self, title: str, sentence: str, verb: str, save: Save, *, start: str, current: str | None = None
    ) -> None:
        """`save` makes the change; `current` is the id of the role held now, which cannot be chosen."""
        super().__init__(title)
        self._sentence = sentence
        self._verb = verb
        self._save = save
        self._start = start
        self._current = current

    def body(self) -> Iterable[Widget]:
        """A sentence, the roles, and what the one under the cursor means."""
        yield Static(Content(self._sentence), classes="sentence")
        yield RolePicker()
        yield Static("", id="explained")

    def choices(self) -> Iterable[Choice]:
        """Back, or go on."""
        yield Choice("Back", id="cancel", key="esc")
        yield Choice(self._verb, id="choose", key="⏎", kind="primary")

    def on_mount(self) -> None:
        """Ask for the roles."""
        self.attempt(self._load)

    async def _load(self) -> None:
        roles = await read_roles(self)
        picker = self.query_one(RolePicker)
        picker.fill(roles, start=self._start, current=self._current)
        picker.focus()

    @on(OptionList.OptionHighlighted)
    def _explain(self) -> None:
        self.query_one("#explained", Static).update(explained(self.query_one(RolePicker).role))

    @on(OptionList.OptionSelected)
    @on(Choice.Pressed, "#choose")
    def _chosen(self) -> None:
        self.action_choose()

    def action_choose(self) -> None:
        """Save the role under the cursor; where there are no roles yet, ask for them again."""
        role = self.query_one(RolePicker).role
        if role is None:
            self.attempt(self._load)
        elif role.id == self._current:
            self.say(f"{role.name} is the role it has now: choose another, or go back.", "warning")
        else:
            self.commit(self._choose)

    async def _choose(self) -> None:
        role = self.query_one(RolePicker).role
        if role is not None:
            await self._save(role)
            self.dismiss(role)

    def show_problem(self, problem: PftuiError) -> None:
        """After a conflict the role that is held now may be another."""
        super().show_problem(problem)
        if isinstance(problem, Conflict):
            self._mark_current()

    def held_now(self, role_id: str) -> None:
        """Somebody else changed the role meanwhile: mark that one."""
        self._current = role_id

    @work(group="roles")
    async def _mark_current(self) -> None:
        console = console_of(self)
        try:
            roles = await console.call(console.services.roles.list, console.operator)
        except PftuiError as problem:
            self.show_problem(problem)
            return
        with self.while_there():
            picker = self.query_one(RolePicker)
            wanted = picker.role
            picker.fill(roles, start=wanted.id if wanted else self._start, current=self._current)
