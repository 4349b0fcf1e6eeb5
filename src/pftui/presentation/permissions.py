"""What a role allows, in a few words or by the documented names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pftui.domain.permissions import (
    ALL_BUT_ADMINISTRATOR,
    Permission,
    effective,
    not_included,
)

if TYPE_CHECKING:
    from pftui.domain.decisions import Decision

_VIEWS = (Permission.VIEW_CONFIGURATIONS, Permission.VIEW_EVALUATIONS, Permission.VIEW_ISSUES)

#: The least role for each use of a CI job, as the documents have it.
LEAST_ROLE = "To upload evals: Create Evaluations; to scan on the server: Run Scans too."


def listed(permissions: Sequence[Permission]) -> str:
    """The names that programs see, of which one of a newer pftui says so: `run_scans, fly (unknown)`."""
    return ", ".join(each.value if each.known else f"{each.value} (unknown)" for each in permissions)


def grants_of(decision: Decision) -> list[str]:
    """What a decision lists: a line for each team, and how many more there are."""
    lines = [
        f"{grant.team_name} ({grant.team_slug}), {grant.role_name}: {listed(grant.permissions)}"
        for grant in decision.grants
    ]
    more = decision.more_grants
    return [*lines, f"and {more:,} more {'team' if more == 1 else 'teams'}"] if more else lines


def can_do(permissions: Sequence[Permission]) -> str:
    """What a role allows, in a few words, and nothing twice: `run · evals · view`."""
    if Permission.ADMINISTRATOR in permissions:
        return Permission.ADMINISTRATOR.short
    if _all_but_administrator(permissions):
        return "all but administrator"
    told = not_included(permissions)
    words = [each.short for each in told if each.known and each not in _VIEWS]
    views = [each.short for each in told if each in _VIEWS]
    if views and set(_VIEWS) <= set(effective(tuple(permissions))):
        views = ["view"]
    unknown = [each.short for each in told if not each.known]
    return " · ".join(words + views + unknown) or "nothing"


def permission_names(permissions: Sequence[Permission]) -> str:
    """The documented names, but for what is included in one of them: `View Configurations, Run Scans`."""
    if Permission.ADMINISTRATOR in permissions:
        return "Everything in the team (Administrator)"
    if _all_but_administrator(permissions):
        return "All permissions but Administrator"
    return labels(not_included(permissions)) or "No permission"


def labels(permissions: Sequence[Permission]) -> str:
    """The documented names."""
    return ", ".join(permission.label for permission in permissions)


def _all_but_administrator(permissions: Sequence[Permission]) -> bool:
    return set(effective(tuple(permissions))) == set(ALL_BUT_ADMINISTRATOR)
