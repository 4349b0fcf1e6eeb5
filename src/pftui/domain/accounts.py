"""Users and service accounts, as lists and details show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum, StrEnum

from pftui.domain.assignments import AssignmentView as AssignmentView  # whom others ask for it
from pftui.domain.paging import sort_key_by_name
from pftui.domain.source import UNKNOWN_SOURCE, Source


class Kind(StrEnum):
    """What a principal is."""

    USER = "user"
    SERVICE_ACCOUNT = "service_account"

    @classmethod
    def _missing_(cls, value: object) -> Kind:
        """What a store may hold that is not this pftui's is unknown; it is none of the members."""
        return UNKNOWN_KIND

    @property
    def label(self) -> str:
        """The word for people."""
        return self.value.replace("_", " ") if self is not UNKNOWN_KIND else "account of an unknown kind"


UNKNOWN_KIND = str.__new__(Kind, "unknown")
UNKNOWN_KIND._name_, UNKNOWN_KIND._value_ = "UNKNOWN", "unknown"


class Status(IntEnum):
    """The one status an account has: the first that holds, so the lowest number wins.

    The numbers are stored and sorted by; gaps leave room for expiry.
    """

    KEY_UNSAVED = 10
    DISABLED = 20
    INVITED = 30
    NO_KEY = 50
    NO_TEAM = 60
    ACTIVE = 70

    @classmethod
    def _missing_(cls, value: object) -> Status:
        """What a store may hold that is not this pftui's is unknown; it is none of the members."""
        return UNKNOWN_STATUS

    @property
    def label(self) -> str:
        """The word beside the sign."""
        return self.name.lower().replace("_", " ")

    @property
    def sign(self) -> str:
        """One cell that says the same without colour."""
        return _SIGNS.get(self, "?")

    @property
    def needs_attention(self) -> bool:
        """Whether an admin probably has something left to do."""
        return self in NEEDS_ATTENTION


UNKNOWN_STATUS = int.__new__(Status, -1)
UNKNOWN_STATUS._name_, UNKNOWN_STATUS._value_ = "UNKNOWN", -1

_SIGNS = {
    Status.KEY_UNSAVED: "!",
    Status.DISABLED: "✕",
    Status.INVITED: "◌",
    Status.NO_KEY: "○",
    Status.NO_TEAM: "○",
    Status.ACTIVE: "●",
}
NEEDS_ATTENTION = frozenset({Status.KEY_UNSAVED, Status.NO_KEY, Status.NO_TEAM})


def status_of(
    kind: Kind,
    *,
    disabled: bool,
    global_admin: bool,
    team_count: int,
    live_keys: int = 0,
    unsaved_keys: int = 0,
    temporary_password: bool = False,
) -> Status:
    """The first status that holds. Global admin privileges are something to do without a team."""
    if unsaved_keys:
        return Status.KEY_UNSAVED
    if disabled:
        return Status.DISABLED
    if kind is Kind.USER and temporary_password:
        return Status.INVITED
    if kind is Kind.SERVICE_ACCOUNT and not live_keys:
        return Status.NO_KEY
    if not team_count and not global_admin:
        return Status.NO_TEAM
    return Status.ACTIVE


@dataclass(frozen=True, slots=True)
class Operator:
    """Who acts: the signed-in user, or the service account behind the API key `key_id`.

    Every service reads the account again before it acts on its word, so that a demotion
    holds at the next call (R9). `stamp` is the account's at the sign-in, `session_id` names the row of a
    person's session, and `source` is from where they act. Of who has no session, `proved` says whether they
    gave their credential for this very call, as with a command; who stays signed in without has not.
    """

    id: str
    kind: Kind
    name: str
    email: str | None
    global_admin: bool
    key_id: str | None = None
    stamp: int = 1
    session_id: str | None = None
    source: Source = UNKNOWN_SOURCE
    proved: bool = True


@dataclass(frozen=True, slots=True)
class Creator:
    """Who created something, as it was written down then, and their id; `gone` where no account has it."""

    name: str
    id: str | None
    gone: bool


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """One row of the account table. `identifier` is the e-mail, or the newest live key as `pfsa_…`.

    `damaged` names the fields of which the store holds what cannot be; they have stand-ins. `sort_name` is
    the folded name as it is stored, whatever that is. `found_key` and `found_team` say why a filter finds it,
    where that is not seen in the row itself. `creator` is filled where a list is for who may see it.
    """

    id: str
    kind: Kind
    name: str
    identifier: str
    global_admin: bool
    team_count: int
    last_used_at: datetime | None
    status: Status
    sort_name: str = ""
    damaged: tuple[str, ...] = ()
    found_key: KeyView | None = None
    found_team: str = ""
    creator: Creator | None = None

    @property
    def sort_key(self) -> tuple[str, str] | None:
        """Where a list by name goes on behind this row; None where its id is damaged, and none is known."""
        return sort_key_by_name(self.id, self.sort_name, self.damaged)


@dataclass(frozen=True, slots=True)
class KeyView:
    """An API key without its secret."""

    key_id: str
    account_id: str
    account_name: str
    label: str
    created_at: datetime
    created_by: str
    last_used_at: datetime | None
    saved: bool
    revoked_at: datetime | None
    revoked_by: str | None
    created_by_id: str | None = None
    revoked_by_id: str | None = None
    damaged: tuple[str, ...] = ()
    creator_gone: bool = False

    @property
    def live(self) -> bool:
        """Whether it has not been revoked."""
        return self.revoked_at is None


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """All that the details of an account show. `version` is what an edit must name (R10)."""

    summary: AccountSummary
    email: str | None
    description: str
    disabled: bool
    temporary_password_until: datetime | None
    created_at: datetime
    created_by: str
    version: int
    keys: tuple[KeyView, ...]
    assignments: tuple[AssignmentView, ...]
    created_by_id: str | None = None
    creator_gone: bool = False

    @property
    def live_keys(self) -> tuple[KeyView, ...]:
        """The keys that have not been revoked."""
        return tuple(key for key in self.keys if key.live)


class AccountSort(Enum):
    """The columns of the account table, each of which can order it."""

    NAME = "name"
    IDENTIFIER = "identifier"
    ADMIN = "admin"
    TEAMS = "teams"
    LAST_USED = "last_used"
    STATUS = "status"
    CREATED_BY = "created_by"


@dataclass(frozen=True, slots=True)
class AccountQuery:
    """Which accounts, in which order. `text` is what is typed into a filter: see `domain/search.py`.

    `created_by` is the id of who created them.
    """

    text: str = ""
    kind: Kind | None = None
    attention: bool = False
    sort: AccountSort = AccountSort.NAME
    descending: bool = False
    not_in_team: str | None = None
    created_by: str | None = None


@dataclass(frozen=True, slots=True)
class AccountCounts:
    """How many accounts a query finds, and how many of them need attention."""

    total: int
    users: int
    service_accounts: int
    attention: int
