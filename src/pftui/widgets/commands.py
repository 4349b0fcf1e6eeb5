"""The one place where each command of the console is defined.

Footer, help, palette, keys and greying-out all come from this table. What a command does is
not here (`pftui.screens.actions`); whether and why not it can be used now is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from textual.binding import Binding, BindingType

from pftui.domain.accounts import AccountSummary, KeyView, Kind, Operator
from pftui.domain.teams import TeamSummary


class Place(Enum):
    """Where the operator is."""

    USERS = "users"
    TEAMS = "teams"
    DETAILS = "details"


@dataclass(frozen=True, slots=True)
class Here:
    """What a command can act on now.

    `account` is the account under the cursor and `team` the selected team. `member_team_id` is
    set where the cursor is on an assignment of `account`: its row in a team, or a team in its
    details. `key` is set where the cursor is on a key in the details.
    """

    place: Place
    operator: Operator | None = None
    account: AccountSummary | None = None
    team: TeamSummary | None = None
    member_team_id: str | None = None
    key: KeyView | None = None

    @property
    def global_admin(self) -> bool:
        """Whether the operator may change things."""
        return self.operator is not None and self.operator.global_admin


When = Callable[[Here], str | None]
"""Gives the reason why a command cannot be used now, as a sentence; None where it can."""


class Group(Enum):
    """The headings of the help."""

    CREATE = "Create"
    ACCOUNT = "The selected account"
    TEAM = "The selected team"
    LIST = "The list"
    CONSOLE = "The console"


@dataclass(frozen=True, slots=True)
class Command:
    """One command: `label` is for the footer, `title` for palette and help.

    `places` is where its key works; `applies` chooses between commands that share a key.
    """

    id: str
    keys: str
    label: str
    title: str
    tooltip: str
    group: Group
    when: When = lambda here: None
    places: frozenset[Place] = frozenset(Place)
    applies: Callable[[Here], bool] = lambda here: True
    shown: str = ""
    palette: bool = True

    @property
    def key(self) -> str:
        """The key as footer and help show it."""
        return self.shown or self.keys.split(",", maxsplit=1)[0]


TABS = frozenset({Place.USERS, Place.TEAMS})
ON_ACCOUNTS = frozenset({Place.USERS, Place.DETAILS})


def _ready(here: Here) -> str | None:
    return None if here.operator else "The store is still being opened."


def _all(*conditions: When) -> When:
    def when(here: Here) -> str | None:
        return next((reason for each in (_ready, *conditions) if (reason := each(here))), None)

    return when


def _admin(doing: str) -> When:
    def when(here: Here) -> str | None:
        return None if here.global_admin else f"Only a global admin can {doing}."

    return when


def _account(here: Here) -> str | None:
    return None if here.account else "No account is selected."


def _team(here: Here) -> str | None:
    return None if here.team else "No team is selected."


def _service_account(here: Here) -> str | None:
    if here.account and here.account.kind is not Kind.SERVICE_ACCOUNT:
        return f"Only service accounts have API keys; {here.account.name} is a user."
    return _account(here)


def _user(here: Here) -> str | None:
    if here.account and here.account.kind is not Kind.USER:
        return f"Only a user has a password; {here.account.name} is a service account."
    return _account(here)


def _member(here: Here) -> str | None:
    if here.account and here.member_team_id:
        return None
    if here.place is Place.USERS:
        return "Open the account (enter) and select one of its teams first."
    return "Select an account in the team first."


def _live_key(here: Here) -> str | None:
    if here.key is None:
        return "Open the account (enter) and select one of its keys first."
    return None if here.key.live else "This key is revoked already."


def _account_or_team(here: Here) -> str | None:
    return _account(here) if here.place is not Place.TEAMS else _team(here)


def _deletable(here: Here) -> str | None:
    if here.place is Place.TEAMS and here.member_team_id:
        return "Press x to take the account out of the team. Accounts are deleted in the Users tab."
    return _account_or_team(here)


def _on_key(here: Here) -> bool:
    return here.key is not None


_COMMANDS = (
    Command(
        "create_service_account",
        "c",
        "Create Service Account",
        "Create Service Account",
        "A non-human account with an API key, which is shown once",
        Group.CREATE,
        _all(_admin("create service accounts")),
        TABS,
    ),
    Command(
        "new_user",
        "n",
        "New user",
        "New user",
        "A person, who gets a temporary password",
        Group.CREATE,
        _all(_admin("invite users")),
        TABS,
    ),
    Command(
        "new_team",
        "t",
        "New team",
        "New team",
        "A team, to which people and service accounts are assigned with a role",
        Group.CREATE,
        _all(_admin("create teams")),
        TABS,
    ),
    Command(
        "open",
        "enter",
        "Open",
        "Open the account",
        "Its keys, teams and roles, and what it can do now",
        Group.ACCOUNT,
        _all(_account),
        frozenset({Place.USERS, Place.TEAMS}),
        shown="⏎",
    ),
    Command(
        "assign",
        "a",
        "Assign",
        "Assign to a team",
        "Give an account a role in a team; until then its keys can do nothing",
        Group.ACCOUNT,
        _all(_admin("assign accounts to teams"), _account_or_team),
    ),
    Command(
        "new_key",
        "k",
        "New key",
        "New API key",
        "A further key for the selected service account, shown once",
        Group.ACCOUNT,
        _all(_admin("create API keys"), _service_account),
    ),
    Command(
        "revoke_key",
        "x",
        "Revoke key",
        "Revoke the key",
        "End the selected key at once, for good",
        Group.ACCOUNT,
        _all(_admin("revoke API keys"), _live_key),
        frozenset({Place.DETAILS}),
        applies=_on_key,
    ),
    Command(
        "unassign",
        "x",
        "Unassign",
        "Unassign from the team",
        "Take the selected account out of the team at once",
        Group.ACCOUNT,
        _all(_admin("take accounts out of teams"), _member),
        applies=lambda here: not _on_key(here),
    ),
    Command(
        "change_role",
        "r",
        "Change role",
        "Change the role in the team",
        "Another role for the selected account in the team",
        Group.ACCOUNT,
        _all(_admin("change roles"), _member),
    ),
    Command(
        "edit",
        "e",
        "Edit",
        "Edit or rename",
        "Name, e-mail and description of the account; the name of the team",
        Group.ACCOUNT,
        _all(_admin("edit accounts and teams"), _account_or_team),
    ),
    Command(
        "toggle_admin",
        "g",
        "Global admin",
        "Grant or revoke global admin privileges",
        "Access to all organization settings, and to no team's data",
        Group.ACCOUNT,
        _all(_admin("grant or revoke global admin privileges"), _account),
    ),
    Command(
        "toggle_disabled",
        "d",
        "Disable",
        "Disable or enable the account",
        "Stop its sign-in and its keys until it is enabled again",
        Group.ACCOUNT,
        _all(_admin("disable or enable accounts"), _account),
    ),
    Command(
        "reset_password",
        "p",
        "Reset password",
        "Reset the user's password",
        "A temporary password, shown once, to be changed at the next sign-in",
        Group.ACCOUNT,
        _all(_admin("reset passwords"), _user),
    ),
    Command(
        "delete",
        "delete,D",
        "Delete",
        "Delete the account or team",
        "For good; asks for the name, and says what ends",
        Group.ACCOUNT,
        _all(_admin("delete accounts and teams"), _deletable),
        shown="D",
    ),
    Command(
        "add_members",
        "m",
        "Add team members",
        "Add team members",
        "People who get a role in the selected team",
        Group.TEAM,
        _all(_admin("add team members"), _team),
        frozenset({Place.TEAMS}),
    ),
    Command(
        "filter",
        "slash",
        "Filter",
        "Filter the list",
        "Shows what matches while you type; esc clears it",
        Group.LIST,
        _ready,
        TABS,
        shown="/",
    ),
    Command(
        "cycle",
        "v",
        "View",
        "Show all, users only or service accounts only",
        "Goes through the three views of the list",
        Group.LIST,
        _ready,
        frozenset({Place.USERS}),
    ),
    Command(
        "sort",
        "s",
        "Sort",
        "Sort by the next column",
        "Or click a column's title",
        Group.LIST,
        _ready,
        TABS,
    ),
    Command(
        "reverse",
        "S",
        "Reverse",
        "Reverse the order",
        "The same column, the other way round",
        Group.LIST,
        _ready,
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
        _ready,
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
        _ready,
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
    Command("sign_out", "", "Sign out", "Sign out", "Back to the sign-in", Group.CONSOLE, _ready, TABS),
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


def bindings(place: Place) -> list[BindingType]:
    """The keys of all commands that work in `place`, for a screen's or widget's `BINDINGS`."""
    return [
        Binding(key, f"command('{command.id}')", command.title, show=False, id=f"{place.value}.{command.id}")
        for command in _COMMANDS
        if command.keys and place in command.places
        for key in (command.keys,)
    ]


def with_key_of(command: Command, here: Here) -> Command:
    """The command that `command`'s key means here: some share a key and apply to different things."""
    for other in _COMMANDS:
        if other.keys == command.keys and command.keys and here.place in other.places and other.applies(here):
            return other
    return command


def available(here: Here) -> list[Command]:
    """All commands that exist in this place, in the order of the help."""
    return [command for command in _COMMANDS if here.place in command.places]
