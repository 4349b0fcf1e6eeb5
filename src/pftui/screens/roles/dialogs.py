"""The forms of roles, and what is shown before one is changed or deleted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pftui.domain.errors import InvalidInput
from pftui.domain.permissions import Permission, effective
from pftui.domain.roles import RolePreview
from pftui.domain.teams import RoleView
from pftui.presentation.permissions import LEAST_ROLE, can_do
from pftui.presentation.roles import holder_lines, preview
from pftui.presentation.text import visible
from pftui.screens.console import console_of
from pftui.screens.dialogs.confirm import Confirm, Question
from pftui.screens.dialogs.form import EditForm, Field, Form
from pftui.screens.roles.ticks import PermissionTick, PermissionTicks

if TYPE_CHECKING:
    from textual.widget import Widget

_MOST_LINES = 200  # of holders in a dialog; how many more there are stands below them


class ConfirmRole(Confirm):
    """A question about a role, with all whom it concerns in a list."""

    def __init__(
        self,
        question: Question,
        found: RolePreview,
        change: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(question, change)
        self._found = found

    def body(self) -> Iterable[Widget]:
        """The sentences, the list, and the place to type the name where one is asked for."""
        sentences, *name = _split(super().body())
        yield from sentences
        if self._found.holders.listed:
            lines = holder_lines(self._found.holders, _MOST_LINES)
            with VerticalScroll(classes="holders"):
                yield Static(Content("\n".join(map(visible, lines))))
        for widgets in name:
            yield from widgets


def _split(widgets: Iterable[Widget]) -> tuple[list[Widget], list[Widget]]:
    """What is said, and what follows it."""
    listed = list(widgets)
    said = [each for each in listed if each.has_class("sentence")]
    return said, [each for each in listed if each not in said]


class NewRole(Form[RoleView]):
    """Name, description, and the ten permissions."""

    verb = "Create role"

    def __init__(self) -> None:
        super().__init__("New Role")

    def body(self) -> Iterable[Widget]:
        """The fields."""
        yield from role_fields("", "", ())

    @on(PermissionTick.Locked)
    def _locked(self, event: PermissionTick.Locked) -> None:
        self.say(event.sentence, "warning")

    async def save(self) -> None:
        """Create it."""
        held = self.query_one(PermissionTicks).held
        if not held and self.typed("name").strip():
            raise InvalidInput("permissions", "Tick one permission at least: a role allows something.")
        console = console_of(self)
        role = await console.call(
            console.services.roles.create,
            console.operator,
            self.typed("name"),
            held,
            self.typed("description"),
        )
        self.dismiss(role)


def role_fields(name: str, description: str, held: Sequence[Permission]) -> Iterable[Widget]:
    """What both forms ask for: close together, so that all of it is seen on 24 lines."""
    yield Field("name", "Name", name)
    yield Field("description", "Description (optional)", description)
    yield PermissionTicks(held)
    yield Static(Content(LEAST_ROLE), classes="note")


class EditRole(EditForm[RoleView]):
    """The same of a role that is there. What others would gain or lose is shown before it is saved."""

    verb = "Save"

    def __init__(self, role: RoleView) -> None:
        super().__init__(f"Edit {role.name}", role.version)
        self._role = role

    def body(self) -> Iterable[Widget]:
        """The fields."""
        yield from role_fields(self._role.name, self._role.description, self._role.permissions)

    @on(PermissionTick.Locked)
    def _locked(self, event: PermissionTick.Locked) -> None:
        self.say(event.sentence, "warning")

    async def save(self) -> None:
        """Save it, unless somebody else did meanwhile, or what would change is not agreed to."""
        console, held = console_of(self), self.query_one(PermissionTicks).held
        if not held:
            raise InvalidInput("permissions", "Tick one permission at least, or delete the role.")
        found = await console.call(console.services.roles.preview, console.operator, self._role.id, held)
        if (found.gained or found.lost) and not await console.ask(_before_saving(found)):
            self.say("Nothing was saved yet.", "warning")
            return
        role = await console.call(
            console.services.roles.update,
            console.operator,
            self._role.id,
            self.version,
            name=self.typed("name"),
            description=self.typed("description"),
            permissions=(*held, *(each for each in self._role.permissions if not each.known)),
        )
        self.dismiss(role)

    async def read_again(self) -> tuple[int, Mapping[str, str]]:
        """The version and texts there are now."""
        console = console_of(self)
        self._role = await console.call(console.services.roles.show, console.operator, self._role.id)
        return self._role.version, {"name": self._role.name, "description": self._role.description}

    def _lay_side_by_side(self) -> None:
        """What only the other ticked is taken over; where both changed a box, they changed it alike."""
        for tick in self.query(PermissionTick):
            theirs = tick.permission in self._role.permissions
            if tick.value == tick.initial:
                tick.value = theirs
            tick.initial = theirs
        super()._lay_side_by_side()

    def action_take_theirs(self) -> None:
        """Give up what was ticked here, too."""
        if not self.occupied:
            for tick in self.query(PermissionTick):
                tick.value = tick.initial
        super().action_take_theirs()


def _before_saving(found: RolePreview) -> ConfirmRole:
    question = Question(
        f"Before {found.role.name} is saved",
        preview(found),
        "Save",
        stay="Back to the form",
        destroys=bool(found.lost),
    )
    return ConfirmRole(question, found)


class DuplicateRole(Form[RoleView]):
    """Asks for the name of a role that allows the same."""

    verb = "Duplicate"

    def __init__(self, role: RoleView) -> None:
        super().__init__(f"Duplicate {role.name}")
        self._role = role

    def body(self) -> Iterable[Widget]:
        """The name, and what it allows."""
        yield Field("name", "Name of the new role")
        allows = can_do(effective(self._role.permissions))
        yield Static(Content(f"It allows the same ({allows}), and can be changed."), classes="note")

    async def save(self) -> None:
        """Create it."""
        console = console_of(self)
        role = await console.call(
            console.services.roles.duplicate, console.operator, self._role.id, self.typed("name")
        )
        self.dismiss(role)
