"""What a command of the console is, and what its availability depends on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from pftui.domain.accounts import AccountSummary, KeyView, Kind, Operator
from pftui.domain.teams import TeamSummary


class Place(Enum):
    """Where the operator is."""

    USERS = "users"
    TEAMS = "teams"
    DETAILS = "details"


@dataclass(frozen=True, slots=True)
class CommandContext:
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


Guard = Callable[[CommandContext], str | None]
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
    guard: Guard = lambda context: None
    places: frozenset[Place] = frozenset(Place)
    applies: Callable[[CommandContext], bool] = lambda context: True
    shown: str = ""
    palette: bool = True

    @property
    def key(self) -> str:
        """The key as footer and help show it."""
        return self.shown or self.keys.split(",", maxsplit=1)[0]

    @property
    def is_flow(self) -> bool:
        """Whether it opens a modal in which something is looked at or changed."""
        return self.group in (Group.CREATE, Group.ACCOUNT, Group.TEAM) or self.id == "change_own_password"


TABS = frozenset({Place.USERS, Place.TEAMS})


def ready(context: CommandContext) -> str | None:
    """The store is open and somebody is signed in."""
    return None if context.operator else "The store is still being opened."


def needs(*conditions: Guard) -> Guard:
    """All of these, the first that fails being the reason."""

    def guard(context: CommandContext) -> str | None:
        return next((reason for each in (ready, *conditions) if (reason := each(context))), None)

    return guard


def admin(doing: str) -> Guard:
    """The operator is a global admin (R1)."""

    def guard(context: CommandContext) -> str | None:
        return None if context.global_admin else f"Only a global admin can {doing}."

    return guard


def account(context: CommandContext) -> str | None:
    """An account is under the cursor."""
    return None if context.account else "No account is selected."


def team(context: CommandContext) -> str | None:
    """A team is selected."""
    return None if context.team else "No team is selected."


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


def member(context: CommandContext) -> str | None:
    """The cursor is on an account in a team."""
    if context.account and context.member_team_id:
        return None
    if context.place is Place.USERS:
        return "Open the account (enter) and select one of its teams first."
    if context.place is Place.DETAILS:
        return "Select one of its teams first."
    return "Select an account in the team first."


def live_key(context: CommandContext) -> str | None:
    """The cursor is on a key that works."""
    if context.key is None:
        return "Select one of its keys first."
    return None if context.key.live else "This key is revoked already."


def account_or_team(context: CommandContext) -> str | None:
    """Whatever this place is about is there."""
    return account(context) if context.place is not Place.TEAMS else team(context)


def deletable(context: CommandContext) -> str | None:
    """It can be deleted from here."""
    if context.place is Place.TEAMS and context.member_team_id:
        return "Press x to take the account out of the team. Accounts are deleted in the Users tab."
    return account_or_team(context)


def on_key(context: CommandContext) -> bool:
    """The cursor is on a key."""
    return context.key is not None
