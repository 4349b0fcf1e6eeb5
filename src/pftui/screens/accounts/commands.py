"""What can be done with an account, from the Users tab, a team, or its own details."""

from __future__ import annotations

from pftui.domain.accounts import Kind
from pftui.screens.command import Command, CommandContext, Flow, Group, admin, needs
from pftui.screens.places import DETAILS, TEAMS, USERS, at


def account(context: CommandContext) -> str | None:
    """An account is under the cursor."""
    return None if context.account else "No account is selected."


def service_account(context: CommandContext) -> str | None:
    """It is a service account."""
    if context.account and context.account.kind is not Kind.SERVICE_ACCOUNT:
        return f"Only service accounts have API keys; {context.account.name} is a user."
    return account(context)


def user(context: CommandContext) -> str | None:
    """It is a person."""
    if context.account and context.account.kind is not Kind.USER:
        return f"Only a user has a password; {context.account.name} is a service account."
    return account(context)


def who_may_leave(context: CommandContext) -> str | None:
    """It is a person, and another one."""
    if context.account and context.account.kind is not Kind.USER:
        return f"Only a person is offboarded; {context.account.name} is a service account."
    if context.account and context.operator and context.account.id == context.operator.id:
        return "This is your own account: another global admin offboards you."
    return account(context)


def member(context: CommandContext) -> str | None:
    """The cursor is on an account in a team."""
    if context.account and context.member_team_id:
        return None
    return _SELECT_A_TEAM.get(context.place, "Select an account in the team first.")


_SELECT_A_TEAM = {
    USERS: "Open the account (enter) and select one of its teams first.",
    DETAILS: "Select one of its teams first.",
}


def live_key(context: CommandContext) -> str | None:
    """The cursor is on a key that works."""
    if context.key is None:
        return _SELECT_A_KEY.get(context.place, "Select one of its keys first.")
    return None if context.key.live else "This key is revoked already."


_SELECT_A_KEY = {USERS: "Filter by how the key begins (pfsa_…), or open the account (enter) first."}


def on_key(context: CommandContext) -> bool:
    """The cursor is on a key."""
    return context.key is not None


def not_on_key(context: CommandContext) -> bool:
    """It is on something else."""
    return context.key is None


_LISTED = at(USERS, TEAMS)
_ANY = at(USERS, TEAMS, DETAILS)
_NOT_IN_TEAMS = at(USERS, DETAILS)

EDIT_TITLE, EDIT_TOOLTIP = (
    "Edit or rename",
    "Its name, and whatever else of it can be changed",
)
DELETE_TITLE, DELETE_TOOLTIP = "Delete what is selected", "For good; asks for the name, and says what ends"
ASSIGN_TITLE, ASSIGN_TOOLTIP = "Assign to a team", "With a role; until then its keys can do nothing"
CREATE_SERVICE_ACCOUNT = Command(
    "create_service_account",
    "c",
    "Create Service Account",
    "Create Service Account",
    "A non-human account with an API key, which is shown once",
    Group.CREATE,
    Flow("accounts.key_flows:create_service_account", ("team_id",)),
    needs(admin("create service accounts")),
    _LISTED,
)

COMMANDS = (
    CREATE_SERVICE_ACCOUNT,
    Command(
        "new_user",
        "n",
        "New user",
        "New user",
        "A person, who gets a temporary password",
        Group.CREATE,
        Flow("accounts.flows:new_user"),
        needs(admin("invite users")),
        _LISTED,
    ),
    Command(
        "open",
        "enter",
        "Open",
        "Open the account",
        "Its keys, teams and roles, and what it can do now",
        Group.ACCOUNT,
        Flow("account_details:open_account", ("account_id", "key")),
        needs(account),
        _LISTED,
        shown="⏎",
    ),
    Command(
        "assign",
        "a",
        "Assign",
        ASSIGN_TITLE,
        ASSIGN_TOOLTIP,
        Group.ACCOUNT,
        Flow("accounts.assigning:assign_to_team", ("account_id",)),
        needs(admin("assign accounts to teams"), account),
        _NOT_IN_TEAMS,
    ),
    Command(
        "new_key",
        "k",
        "New key",
        "New API key",
        "A further key for the selected service account, shown once",
        Group.ACCOUNT,
        Flow("accounts.key_flows:new_key", ("account_id",)),
        needs(admin("create API keys"), service_account),
        _ANY,
    ),
    Command(
        "revoke_key",
        "x",
        "Revoke key",
        "Revoke the key",
        "End the selected key at once, for good",
        Group.ACCOUNT,
        Flow("accounts.key_flows:revoke_key", ("key",)),
        needs(admin("revoke API keys"), live_key),
        _NOT_IN_TEAMS,
        applies=on_key,
    ),
    Command(
        "unassign",
        "x",
        "Unassign",
        "Unassign from the team",
        "Take the selected account out of the team at once",
        Group.ACCOUNT,
        Flow("accounts.assigning:unassign", ("account_id", "team_id")),
        needs(admin("take accounts out of teams"), member),
        _ANY,
        applies=not_on_key,
    ),
    Command(
        "change_role",
        "r",
        "Change role",
        "Change the role in the team",
        "Another role for the selected account in the team",
        Group.ACCOUNT,
        Flow("accounts.assigning:change_role", ("account_id", "team_id")),
        needs(admin("change roles"), member),
        _ANY,
    ),
    Command(
        "edit",
        "e",
        "Edit",
        EDIT_TITLE,
        EDIT_TOOLTIP,
        Group.ACCOUNT,
        Flow("accounts.flows:edit_account", ("account_id",)),
        needs(admin("edit accounts and teams"), account),
        _NOT_IN_TEAMS,
    ),
    Command(
        "toggle_admin",
        "A",
        "Global admin",
        "Grant or revoke global admin privileges",
        "Access to all organization settings, and to no team's data",
        Group.ACCOUNT,
        Flow("accounts.flows:toggle_admin", ("account_id",)),
        needs(admin("grant or revoke global admin privileges"), account),
        _ANY,
    ),
    Command(
        "toggle_disabled",
        "d",
        "Disable",
        "Disable or enable the account",
        "Stop its sign-in and its keys until it is enabled again",
        Group.ACCOUNT,
        Flow("accounts.flows:toggle_disabled", ("account_id",)),
        needs(admin("disable or enable accounts"), account),
        _ANY,
    ),
    Command(
        "offboard",
        "o",
        "Offboard",
        "Offboard who has left",
        "Disable a person, and revoke or keep each key that they were shown",
        Group.ACCOUNT,
        Flow("accounts.offboarding_flow:offboard", ("account_id",)),
        needs(admin("offboard people"), who_may_leave),
        _ANY,
    ),
    Command(
        "reset_password",
        "p",
        "Reset password",
        "Reset the user's password",
        "A temporary password, shown once, to be changed at the next sign-in",
        Group.ACCOUNT,
        Flow("accounts.flows:reset_password", ("account_id",)),
        needs(admin("reset passwords"), user),
        _ANY,
    ),
    Command(
        "delete",
        "delete,D",
        "Delete",
        DELETE_TITLE,
        DELETE_TOOLTIP,
        Group.ACCOUNT,
        Flow("accounts.flows:delete_account", ("account_id",)),
        needs(admin("delete accounts and teams"), account),
        _NOT_IN_TEAMS,
        shown="D",
        ends=True,
    ),
)

#: The footer of an account's details: see `registry.Footer`.
DETAILS_FOOTER = (
    ("assign", 2),
    ("new_key", 3),
    ("revoke_key", 4),
    ("unassign", 4),
    ("change_role", 6),
    ("edit", 5),
    ("history", 5),
    ("toggle_disabled", 8),
    ("help", 1),
)
