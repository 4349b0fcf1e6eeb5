"""Roles in words: what their permissions give and include, who holds them, who gains and loses what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pftui.domain.permissions import Permission, effective, given_by, included
from pftui.domain.roles import Holder, RolePreview
from pftui.domain.teams import RoleView
from pftui.presentation.consequences import Sentences
from pftui.presentation.permissions import labels
from pftui.presentation.text import counted

NOBODY = "Nobody holds this role now."
#: Why a predefined role cannot be changed, and what can be done instead.
LOCKED = "It ships with pftui and stays as it is; duplicate it to have one of your own."


def held_by(role: RoleView) -> str:
    """`2 people, 14 service accounts`; `nobody`."""
    counts = (
        counted(role.people, "person", "people") if role.people else "",
        counted(role.service_accounts, "service account") if role.service_accounts else "",
    )
    return ", ".join(filter(None, counts)) or "nobody"


def holder(row: Holder) -> str:
    """`ci-bot (pfsa_Ab12Cd34Ef…) in Red Team`."""
    return f"{row.account_name} ({row.identifier or 'no key'}) in {row.team_name}"


def more_holders(unlisted: int) -> tuple[str, ...]:
    """`and 1,204 more`, where there are more than were listed."""
    return (f"and {unlisted:,} more",) if unlisted > 0 else ()


def included_by(permissions: Sequence[Permission], wanted: Permission) -> str:
    """`Run Scans includes View Issues`, where the role holds the one and not the other; else nothing."""
    by = given_by(permissions, wanted)
    return included(by, wanted) if by is not None and by is not wanted else ""


def meaning(permissions: Sequence[Permission], permission: Permission) -> str:
    """What a permission gives, and what includes it where the role does not hold it itself."""
    by = included_by(permissions, permission)
    return f"{permission.explanation} ({by})" if by else permission.explanation


def permission_lines(permissions: tuple[Permission, ...]) -> Iterator[str]:
    """What a role holds and what follows, each by the name that programs use and with what it gives."""
    for each in effective(permissions):
        yield f"{each.value}: {meaning(permissions, each)}"


def preview(found: RolePreview) -> Sentences:
    """Who would gain and lose what: `7 accounts in 3 teams gain Manage Targets.`"""
    changes = ((found.gained, "gain"), (found.lost, "lose"))
    if not (found.gained or found.lost):
        return ("Nobody gains or loses anything by it.",)
    if not found.accounts:
        told = " and ".join(
            f"{'more' if verb == 'gain' else 'less'}: {labels(what)}" for what, verb in changes if what
        )
        return (f"{NOBODY} Whoever gets it can do {told}.",)
    who = f"{counted(found.accounts, 'account')} in {counted(found.teams, 'team')}"
    ending = "s" if found.accounts == 1 else ""
    return tuple(f"{who} {verb}{ending} {labels(what)}." for what, verb in changes if what)


def moved(found: RolePreview, target: RoleView) -> Sentences:
    """What a deletion changes for who gets another role in its place."""
    if not found.role.assignments:
        return (NOBODY,)
    return (f"{held_by(found.role)} get the role {target.name} in its place.", *preview(found))


def needs_another(role: RoleView, how: str) -> str:
    """What a deletion of a role that is held needs."""
    return f"{role.name} is held by {held_by(role)}: {how}."
