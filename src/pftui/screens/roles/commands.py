"""What can be done with a role."""

from __future__ import annotations

from pftui.presentation.roles import LOCKED
from pftui.screens.accounts.commands import DELETE_TITLE, DELETE_TOOLTIP, EDIT_TITLE, EDIT_TOOLTIP
from pftui.screens.command import Action, Command, CommandContext, Flow, Group, admin, needs
from pftui.screens.places import ROLES, at


def role(context: CommandContext) -> str | None:
    """A role is selected."""
    return None if context.role else "No role is selected."


def custom(context: CommandContext) -> str | None:
    """It is one of one's own (R4)."""
    if context.role and context.role.predefined:
        return f"{context.role.name} is a predefined role. {LOCKED}"
    return role(context)


COMMANDS = (
    Command(
        "new_role",
        "n",
        "New Role",
        "New Role",
        "What people and service accounts may do in a team",
        Group.CREATE,
        Flow("roles.flows:new_role"),
        needs(admin("create roles")),
        at(ROLES),
    ),
    Command(
        "open_role",
        "enter",
        "Open",
        "Open the role",
        "What it allows, and who holds it where",
        Group.ROLE,
        Action("tab", "open_selected"),
        needs(role),
        at(ROLES),
        shown="⏎",
    ),
    Command(
        "edit_role",
        "e",
        "Edit",
        EDIT_TITLE,
        EDIT_TOOLTIP,
        Group.ROLE,
        Flow("roles.flows:edit_role", ("role_id",)),
        needs(admin("edit roles"), custom),
        at(ROLES),
    ),
    Command(
        "duplicate_role",
        "c",
        "Duplicate",
        "Duplicate the role",
        "A role of your own that allows the same",
        Group.ROLE,
        Flow("roles.flows:duplicate_role", ("role_id",)),
        needs(admin("create roles"), role),
        at(ROLES),
    ),
    Command(
        "delete_role",
        "delete,D",
        "Delete",
        DELETE_TITLE,
        DELETE_TOOLTIP,
        Group.ROLE,
        Flow("roles.flows:delete_role", ("role_id",)),
        needs(admin("delete roles"), custom),
        at(ROLES),
        shown="D",
        ends=True,
    ),
)
