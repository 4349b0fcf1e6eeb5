"""Roles in words: what their permissions give and include, who holds them, who gains and loses what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pftui.domain.permissions import Permission, effective, given_by, included
from pftui.domain.roles import MOST_LISTED, Holder, Holders, RolePreview
from pftui.domain.teams import RoleView
from pftui.presentation.consequences import Sentences
from pftui.presentation.permissions import labels
from pftui.presentation.text import counted

NOBODY = "Nobody holds this role now."
#: Why a predefined role cannot be changed, and what can be done instead.
LOCKED = "It ships with pftui and stays as it is; duplicate it to have one of your own."


def held_by(held: Holders) -> str:
    """`7 accounts in 3 teams`; `nobody`."""
    if not held.accounts:
        return "nobody"
    return f"{counted(held.accounts, 'account')} in {counted(held.teams, 'team')}"


def held_in_all(held: Holders) -> str:
    """The same, and how many times where that is more often: `10 accounts in 6 teams, 12 times`."""
    if held.assignments == held.accounts:
        return held_by(held)
    return f"{held_by(held)}, {held.assignments:,} times"


def holder(row: Holder) -> str:
    """`ci-bot (pfsa_Ab12Cd34Ef…) in Red Team`."""
    return f"{row.account_name} ({row.identifier or 'no key'}) in {row.team_name}"


def holder_lines(held: Holders, most: int = MOST_LISTED) -> Sequence[str]:
    """A line for each holder that is listed, and `and 1,204 more` where there are more."""
    listed = held.listed[:most]
    unlisted = held.assignments - len(listed)
    return [*map(holder, listed), *([f"and {unlisted:,} more"] if unlisted > 0 else [])]


def included_by(permissions: Sequence[Permission], wanted: Permission) -> Permission | None:
    """Which permission of a role includes one that it does not hold itself; None for what it holds."""
    by = given_by(permissions, wanted)
    return by if by is not wanted else None


def meaning(permissions: Sequence[Permission], permission: Permission) -> str:
    """What a permission gives, and what includes it where the role does not hold it itself."""
    by = included_by(permissions, permission)
    if by is None:
        return permission.explanation
    return f"{permission.explanation} ({included(by, permission)})"


def permission_lines(permissions: tuple[Permission, ...]) -> Iterator[str]:
    """What a role holds and what follows, each by the name that programs use and with what it gives."""
    for each in effective(permissions):
        yield f"{each.value}: {meaning(permissions, each)}"


def preview(found: RolePreview) -> Sentences:
    """Who would gain and lose what: `7 accounts in 3 teams gain Manage Targets.`"""
    changes = ((found.gained, "gain"), (found.lost, "lose"))
    if not (found.gained or found.lost):
        return ("Nobody gains or loses anything by it.",)
    if not found.holders.accounts:
        told = " and ".join(
            f"{'more' if verb == 'gain' else 'less'}: {labels(what)}" for what, verb in changes if what
        )
        return (f"{NOBODY} Whoever gets it can do {told}.",)
    ending = "s" if found.holders.accounts == 1 else ""
    return tuple(f"{held_by(found.holders)} {verb}{ending} {labels(what)}." for what, verb in changes if what)


def moved(found: RolePreview, target: RoleView) -> Sentences:
    """What a deletion changes for who gets another role in its place."""
    if not found.holders.accounts:
        return (NOBODY,)
    gets = "gets" if found.holders.accounts == 1 else "get"
    return (f"{held_by(found.holders)} {gets} the role {target.name} in its place.", *preview(found))


def needs_another(found: RolePreview, how: str) -> str:
    """What a deletion of a role that is held needs."""
    return f"{found.role.name} is held by {held_by(found.holders)}: {how}."
