"""What an operator does with roles, one flow each, read from top to bottom."""

from __future__ import annotations

from pftui.domain.teams import RoleView
from pftui.presentation.permissions import can_do
from pftui.presentation.roles import NOBODY, held_by, moved
from pftui.presentation.text import counted
from pftui.screens.accounts.choose_role import ChooseRole
from pftui.screens.console import Console
from pftui.screens.created import Created, What
from pftui.screens.dialogs.confirm import Question
from pftui.screens.flow import notify_errors
from pftui.screens.roles.dialogs import ConfirmRole, DuplicateRole, EditRole, NewRole

_LEAST = "Viewer"  # where nothing else is chosen


@notify_errors
async def new_role(console: Console) -> bool:
    """Create a role."""
    role = await console.ask(NewRole())
    if role is None:
        return False
    return _made(console, role)


@notify_errors
async def duplicate_role(console: Console, role_id: str) -> bool:
    """Create a role that allows the same as this one."""
    role = await console.call(console.services.roles.show, console.operator, role_id)
    copy = await console.ask(DuplicateRole(role))
    if copy is None:
        return False
    return _made(console, copy)


def _made(console: Console, role: RoleView) -> bool:
    console.created(Created(What.ROLE, role.id))
    console.notify(f"{role.name} is created: {can_do(role.permissions)}. It can be given in any team.")
    return True


@notify_errors
async def edit_role(console: Console, role_id: str) -> bool:
    """Change a role; what that changes for whoever holds it is shown before."""
    role = await console.call(console.services.roles.show, console.operator, role_id)
    edited = await console.ask(EditRole(role))
    if edited is None:
        return False
    console.changed()
    console.notify(f"{edited.name} is saved: {can_do(edited.permissions)}.")
    return True


@notify_errors
async def delete_role(console: Console, role_id: str) -> bool:
    """Delete a role; who holds it gets another one in the same step. Asks for its name."""
    roles = console.services.roles
    role = await console.call(roles.show, console.operator, role_id)
    target: RoleView | None = None
    if role.accounts:
        held = await console.call(roles.holders, console.operator, role_id, 0)
        target = await console.ask(_in_its_place(role, held_by(held)))
        if target is None:
            return False
    to = target.id if target is not None else None
    found = await console.call(
        roles.preview, console.operator, role_id, target.permissions if target is not None else ()
    )
    told: list[int] = []

    async def delete() -> None:
        version = found.role.version
        progress = dialog.telling_progress()
        told[:] = [await console.call(roles.delete, console.operator, role_id, to, version, progress)]

    question = Question(
        f"Delete the role {role.name}",
        (*(moved(found, target) if target is not None else (NOBODY,)), "This cannot be undone."),
        f"Delete {role.name}",
        stay="Keep it",
        name=role.name,
    )
    dialog = ConfirmRole(question, found, delete)
    if not await console.ask(dialog):
        return False
    console.changed()
    instead = f" {target.name} is in its place, in {counted(told[0], 'assignment')}." if target else ""
    console.notify(f"{role.name} is deleted.{instead}")
    return True


def _in_its_place(role: RoleView, holders: str) -> ChooseRole:
    async def save(_target: RoleView) -> None:
        """Nothing is changed yet."""

    return ChooseRole(
        f"Delete the role {role.name}",
        f"It is held by {holders}. Select the role that they get in its place.",
        "Go on",
        save,
        start=_LEAST,
        current=role.id,
    )
