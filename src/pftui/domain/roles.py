"""Who holds a role, and what another set of permissions would change for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from pftui.domain.accounts import Kind
from pftui.domain.errors import InvalidInput, RoleKept
from pftui.domain.permissions import ASKABLE, Permission, effective, in_order, included, meant_by
from pftui.domain.teams import RoleView

#: How many holders are listed one by one; how many there are is told besides.
MOST_LISTED = 1_000


@dataclass(frozen=True, slots=True)
class Holder:
    """An account that holds a role in a team."""

    account_id: str
    account_name: str
    identifier: str
    kind: Kind
    team_id: str
    team_name: str


@dataclass(frozen=True, slots=True)
class Holders:
    """By how many accounts a role is held in how many teams, and the first of these, by name."""

    accounts: int
    teams: int
    assignments: int
    listed: tuple[Holder, ...]


@dataclass(frozen=True, slots=True)
class RolePreview:
    """What would be gained and lost by all who hold the role, were its permissions others."""

    role: RoleView
    gained: tuple[Permission, ...]
    lost: tuple[Permission, ...]
    holders: Holders


class RoleSort(Enum):
    """The columns of the role list."""

    NAME = "name"
    KIND = "kind"
    PEOPLE = "people"
    SERVICE_ACCOUNTS = "service_accounts"


@dataclass(frozen=True, slots=True)
class RoleQuery:
    """Which roles, in which order. `text` is what is typed into a filter: see `domain/search.py`."""

    text: str = ""
    sort: RoleSort = RoleSort.NAME
    descending: bool = False


def predefined_kept(name: str, what: str) -> RoleKept:
    """The refusal to change or delete a predefined role (R4), for the caller to raise.

    Args:
        what: what it cannot be: "changed", "deleted".
    """
    return RoleKept(
        f"{name} is a predefined role, which cannot be {what}. Nothing was changed; "
        "duplicate it to have one of your own."
    )


def permissions_named(names: Iterable[str]) -> tuple[Permission, ...]:
    """The permissions of these names, in the documented order, each once; an older name is two.

    Raises:
        InvalidInput: no permission is called so.
    """
    try:
        return in_order({each for name in names for each in meant_by(name)})
    except ValueError as error:
        raise InvalidInput("permissions", f"{error}. There are: {', '.join(ASKABLE)}.") from None


def with_changes(
    held: tuple[Permission, ...], added: Iterable[str], removed: Iterable[str]
) -> tuple[Permission, ...]:
    """What a role holds once these were added and removed.

    Raises:
        InvalidInput: no permission is called so; what is removed is added too, or stays all the same, since
            another permission of the role includes it.
    """
    adds, removes = permissions_named(added), permissions_named(removed)
    both = [each.label for each in adds if each in removes]
    if both:
        raise InvalidInput("permissions", f"{both[0]} is both added and removed.")
    now = in_order({*held, *adds}.difference(removes))
    for each in removes:
        if each in effective(now):
            by = next(holder for holder in now if each in effective((holder,)))
            raise InvalidInput(
                "permissions", f"{included(by, each)}: remove that too, or {each.label} stays allowed."
            )
    return now
