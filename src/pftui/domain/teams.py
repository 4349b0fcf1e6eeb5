"""Teams and roles, as lists and details show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from pftui.domain.accounts import AccountSummary
from pftui.domain.paging import sort_key_by_name
from pftui.domain.permissions import Permission
from pftui.domain.sessions import DEFAULT_IDLE_LOCK_MINUTES, DEFAULT_SESSION_HOURS


@dataclass(frozen=True, slots=True)
class TeamSummary:
    """One row of the team list. `version` is what a rename must name (R10).

    `damaged` and `sort_name` are what they are in `AccountSummary`.
    """

    id: str
    name: str
    slug: str
    members: int
    service_accounts: int
    created_at: datetime
    created_by: str
    version: int
    sort_name: str = ""
    created_by_id: str | None = None
    damaged: tuple[str, ...] = ()

    @property
    def sort_key(self) -> tuple[str, str] | None:
        """Where a list by name goes on behind this row; None where its id is damaged, and none is known."""
        return sort_key_by_name(self.id, self.sort_name, self.damaged)


@dataclass(frozen=True, slots=True)
class Membership:
    """One row of a team's Members or Service Accounts.

    `damaged` names what the store holds of the role that cannot be; of the account it is told there.
    """

    account: AccountSummary
    role_id: str
    role_name: str
    permissions: tuple[Permission, ...]
    damaged: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The account's id."""
        return self.account.id

    @property
    def sort_key(self) -> tuple[str, str] | None:
        """The account's."""
        return self.account.sort_key


@dataclass(frozen=True, slots=True)
class RoleView:
    """A role, and in how many assignments of people and of service accounts it is held.

    `permissions` are those that it holds; what follows from them is `effective` of `domain/permissions.py`.
    `version` and `damaged` are as in `TeamSummary`.
    """

    id: str
    name: str
    predefined: bool
    permissions: tuple[Permission, ...]
    description: str = ""
    people: int = 0
    service_accounts: int = 0
    version: int = 1
    damaged: tuple[str, ...] = ()

    @property
    def accounts(self) -> int:
        """By how many it is held at all."""
        return self.people + self.service_accounts

    @property
    def sort_key(self) -> None:
        """None: roles are few, and read whole."""
        return None


class TeamSort(Enum):
    """The columns of the team list."""

    NAME = "name"
    MEMBERS = "members"
    SERVICE_ACCOUNTS = "service_accounts"


@dataclass(frozen=True, slots=True)
class TeamQuery:
    """Which teams, in which order. `without_account` leaves out the teams that an account is in.

    `text` is what is typed into a filter: see `domain/search.py`.
    """

    text: str = ""
    sort: TeamSort = TeamSort.NAME
    descending: bool = False
    without_account: str | None = None


@dataclass(frozen=True, slots=True)
class Organization:
    """The tenant, one per store, and what it has settled: see `domain/sessions.py`. `version` is as above.

    `webhook_proxy` is the URL by which webhooks go out; empty where they connect themselves.
    `keys_restricted` is whether what R13 names is for people alone.
    """

    id: str
    name: str
    created_at: datetime
    idle_lock_minutes: int = DEFAULT_IDLE_LOCK_MINUTES
    session_hours: int = DEFAULT_SESSION_HOURS
    version: int = 1
    allowed_networks: str = ""
    webhook_proxy: str = ""
    keys_restricted: bool = False

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks that webhooks may connect to besides public addresses, as in `10.0.0.0/8`."""
        return tuple(self.allowed_networks.split())
