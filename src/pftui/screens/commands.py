"""The one place where each command of the console is defined.

Footer, help, palette, keys and greying-out all come from this table. What a command does is
not here (`pftui.screens.actions`); whether and why not it can be used now is.
"""

from __future__ import annotations

from pftui.screens.command import (
    TABS,
    Command,
    CommandContext,
    Group,
    Place,
    account,
    account_or_team,
    admin,
    deletable,
    live_key,
    member,
    needs,
    on_key,
    ready,
    service_account,
    team,
    user,
)
from pftui.widgets.key_footer import Item

__all__ = [
    "COMMANDS",
    "FOOTERS",
    "Command",
    "CommandContext",
    "Group",
    "Place",
    "available",
    "items_for",
    "label",
    "with_key_of",
]

_COMMANDS = (
    Command(
        "create_service_account",
        "c",
        "Create Service Account",
        "Create Service Account",
        "A non-human account with an API key, which is shown once",
        Group.CREATE,
        needs(admin("create service accounts")),
        TABS,
    ),
    Command(
        "new_user",
        "n",
        "New user",
        "New user",
        "A person, who gets a temporary password",
        Group.CREATE,
        needs(admin("invite users")),
        TABS,
    ),
    Command(
        "new_team",
        "t",
        "New team",
        "New team",
        "People and service accounts get roles in it",
        Group.CREATE,
        needs(admin("create teams")),
        TABS,
    ),
    Command(
        "open",
        "enter",
        "Open",
        "Open the account",
        "Its keys, teams and roles, and what it can do now",
        Group.ACCOUNT,
        needs(account),
        TABS,
        shown="⏎",
    ),
    Command(
        "assign",
        "a",
        "Assign",
        "Assign to a team",
        "With a role; until then its keys can do nothing",
        Group.ACCOUNT,
        needs(admin("assign accounts to teams"), account_or_team),
    ),
    Command(
        "new_key",
        "k",
        "New key",
        "New API key",
        "A further key for the selected service account, shown once",
        Group.ACCOUNT,
        needs(admin("create API keys"), service_account),
    ),
    Command(
        "revoke_key",
        "x",
        "Revoke key",
        "Revoke the key",
        "End the selected key at once, for good",
        Group.ACCOUNT,
        needs(admin("revoke API keys"), live_key),
        frozenset({Place.DETAILS}),
        applies=on_key,
    ),
    Command(
        "unassign",
        "x",
        "Unassign",
        "Unassign from the team",
        "Take the selected account out of the team at once",
        Group.ACCOUNT,
        needs(admin("take accounts out of teams"), member),
        applies=lambda context: not on_key(context),
    ),
    Command(
        "change_role",
        "r",
        "Change role",
        "Change the role in the team",
        "Another role for the selected account in the team",
        Group.ACCOUNT,
        needs(admin("change roles"), member),
    ),
    Command(
        "edit",
        "e",
        "Edit",
        "Edit or rename",
        "Name, e-mail and description of the account; the name of the team",
        Group.ACCOUNT,
        needs(admin("edit accounts and teams"), account_or_team),
    ),
    Command(
        "toggle_admin",
        "g",
        "Global admin",
        "Grant or revoke global admin privileges",
        "Access to all organization settings, and to no team's data",
        Group.ACCOUNT,
        needs(admin("grant or revoke global admin privileges"), account),
    ),
    Command(
        "toggle_disabled",
        "d",
        "Disable",
        "Disable or enable the account",
        "Stop its sign-in and its keys until it is enabled again",
        Group.ACCOUNT,
        needs(admin("disable or enable accounts"), account),
    ),
    Command(
        "reset_password",
        "p",
        "Reset password",
        "Reset the user's password",
        "A temporary password, shown once, to be changed at the next sign-in",
        Group.ACCOUNT,
        needs(admin("reset passwords"), user),
    ),
    Command(
        "delete",
        "delete,D",
        "Delete",
        "Delete the account or team",
        "For good; asks for the name, and says what ends",
        Group.ACCOUNT,
        needs(admin("delete accounts and teams"), deletable),
        shown="D",
    ),
    Command(
        "add_members",
        "m",
        "Add team members",
        "Add team members",
        "People who get a role in the selected team",
        Group.TEAM,
        needs(admin("add team members"), team),
        frozenset({Place.TEAMS}),
    ),
    Command(
        "filter",
        "slash",
        "Filter",
        "Filter the list",
        "Shows what matches while you type; esc clears it",
        Group.LIST,
        ready,
        TABS,
        shown="/",
    ),
    Command(
        "cycle",
        "v",
        "View",
        "Show all, users or service accounts",
        "Goes through the three views of the list",
        Group.LIST,
        ready,
        frozenset({Place.USERS}),
    ),
    Command(
        "sort",
        "s",
        "Sort",
        "Sort by the next column",
        "Or click a column's title",
        Group.LIST,
        ready,
        TABS,
    ),
    Command(
        "reverse",
        "S",
        "Reverse",
        "Reverse the order",
        "The same column, the other way round",
        Group.LIST,
        ready,
        TABS,
    ),
    Command(
        "refresh",
        "ctrl+r",
        "Refresh",
        "Refresh now",
        "Asks the store at once; it is asked every two seconds anyway",
        Group.LIST,
    ),
    Command(
        "users_tab",
        "1",
        "Users",
        "Go to Users",
        "Users and service accounts",
        Group.CONSOLE,
        places=TABS,
    ),
    Command(
        "teams_tab",
        "2",
        "Teams",
        "Go to Teams",
        "Teams, their members and service accounts",
        Group.CONSOLE,
        places=TABS,
    ),
    Command(
        "palette",
        "ctrl+p",
        "Palette",
        "Find a command, an account or a team",
        "Type part of its name",
        Group.CONSOLE,
        ready,
        TABS,
        palette=False,
    ),
    Command("help", "question_mark,f1", "Help", "All keys", "This list", Group.CONSOLE, shown="?"),
    Command(
        "notices",
        "h",
        "Past notices",
        "Look up the last notices",
        "What the line above the footer said",
        Group.CONSOLE,
        places=TABS,
    ),
    Command(
        "redraw",
        "ctrl+l",
        "Redraw",
        "Redraw the screen",
        "After another program wrote on the terminal",
        Group.CONSOLE,
    ),
    Command(
        "change_own_password",
        "",
        "Change password",
        "Change your own password",
        "Asks for the current one first",
        Group.CONSOLE,
        ready,
        TABS,
    ),
    Command("theme_dark", "", "Dark", "Theme: dark", "Light text on a dark ground", Group.CONSOLE),
    Command("theme_light", "", "Light", "Theme: light", "Dark text on a light ground", Group.CONSOLE),
    Command(
        "theme_16",
        "",
        "16 colours",
        "Theme: the terminal's own 16 colours",
        "As your terminal is set up; sends less over a slow link",
        Group.CONSOLE,
    ),
    Command("sign_out", "", "Sign out", "Sign out", "Ends your session here", Group.CONSOLE, ready, TABS),
    Command("quit", "q", "Quit", "Quit pftui", "Leaves the console", Group.CONSOLE, places=TABS),
)

COMMANDS: dict[str, Command] = {command.id: command for command in _COMMANDS}

#: What a footer shows, from left to right, each with how much it is wanted (1 is most) where
#: there is no room for all.
FOOTERS: dict[Place, tuple[tuple[str, int], ...]] = {
    Place.USERS: (
        ("create_service_account", 2),
        ("new_user", 4),
        ("open", 3),
        ("assign", 6),
        ("toggle_admin", 8),
        ("toggle_disabled", 9),
        ("filter", 5),
        ("help", 1),
        ("quit", 7),
    ),
    Place.TEAMS: (
        ("assign", 2),
        ("change_role", 4),
        ("unassign", 5),
        ("add_members", 3),
        ("new_team", 6),
        ("filter", 7),
        ("help", 1),
        ("quit", 8),
    ),
    Place.DETAILS: (
        ("assign", 2),
        ("new_key", 3),
        ("revoke_key", 4),
        ("unassign", 4),
        ("change_role", 6),
        ("edit", 5),
        ("toggle_disabled", 8),
        ("help", 1),
    ),
}

#: Labels that say more in one place than the command's own.
LABELS: dict[tuple[Place, str], str] = {
    (Place.TEAMS, "assign"): "Assign service account",
    (Place.TEAMS, "edit"): "Rename",
}


def label(command: Command, place: Place) -> str:
    """The command's word in the footer of `place`."""
    return LABELS.get((place, command.id), command.label)


def with_key_of(command: Command, context: CommandContext) -> Command:
    """The command that `command`'s key means here: some share a key and apply to different things."""
    for other in _COMMANDS:
        if (
            other.keys == command.keys
            and command.keys
            and context.place in other.places
            and other.applies(context)
        ):
            return other
    return command


def available(context: CommandContext) -> list[Command]:
    """All commands that exist in this place, in the order of the help."""
    return [command for command in _COMMANDS if context.place in command.places]


def items_for(context: CommandContext) -> list[Item]:
    """The footer of a place: always the same keys in the same order, so that nothing moves under the eye."""
    items = []
    for name, wanted in FOOTERS[context.place]:
        command = COMMANDS[name]
        if with_key_of(command, context) is command:
            works = command.guard(context) is None
            items.append(Item(name, command.key, label(command, context.place), wanted, works))
    return items
