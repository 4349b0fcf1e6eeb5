"""What can be done with a team, and with who is in it."""

from __future__ import annotations

from pftui.screens.accounts.commands import (
    ASSIGN_TITLE,
    ASSIGN_TOOLTIP,
    DELETE_TITLE,
    DELETE_TOOLTIP,
    EDIT_TITLE,
    EDIT_TOOLTIP,
)
from pftui.screens.command import Command, CommandContext, Flow, Group, admin, needs
from pftui.screens.places import TEAMS, USERS, at


def team(context: CommandContext) -> str | None:
    """A team is selected."""
    return None if context.team else "No team is selected."


def deletable(context: CommandContext) -> str | None:
    """The team is meant, not an account in it."""
    if context.member_team_id:
        return "Unassign takes the account out of the team. Accounts are deleted in the Users tab."
    return team(context)


def on_member(context: CommandContext) -> bool:
    """The cursor is on an account in the team."""
    return context.member_team_id is not None


def on_team(context: CommandContext) -> bool:
    """It is on the team itself, or on nothing."""
    return context.member_team_id is None


COMMANDS = (
    Command(
        "new_team",
        "t",
        "New team",
        "New team",
        "People and service accounts get roles in it",
        Group.CREATE,
        Flow("teams.flows:new_team"),
        needs(admin("create teams")),
        at(USERS, TEAMS),
    ),
    Command(
        "assign_service_account",
        "a",
        "Assign service account",
        ASSIGN_TITLE,
        ASSIGN_TOOLTIP,
        Group.ACCOUNT,
        Flow("teams.flows:assign_service_account", ("team_id",)),
        needs(admin("assign accounts to teams"), team),
        at(TEAMS),
    ),
    Command(
        "rename_team",
        "e",
        "Rename",
        EDIT_TITLE,
        EDIT_TOOLTIP,
        Group.ACCOUNT,
        Flow("teams.flows:rename_team", ("team_id",)),
        needs(admin("edit accounts and teams"), team),
        at(TEAMS),
    ),
    Command(
        "delete_team",
        "delete,D",
        "Delete",
        DELETE_TITLE,
        DELETE_TOOLTIP,
        Group.ACCOUNT,
        Flow("teams.flows:delete_team", ("team_id",)),
        needs(admin("delete accounts and teams"), deletable),
        at(TEAMS),
        shown="D",
        ends=True,
    ),
    Command(
        "add_members",
        "m",
        "Add team members",
        "Add team members",
        "People who get a role in the selected team",
        Group.TEAM,
        Flow("teams.flows:add_members", ("team_id",)),
        needs(admin("add team members"), team),
        at(TEAMS),
    ),
)
