"""What a role allows, in a few words or by the documented names."""

from __future__ import annotations

from collections.abc import Sequence

from pftui.domain.permissions import ALL_BUT_ADMINISTRATOR, Permission

_ALL_BUT_ADMINISTRATOR = frozenset(ALL_BUT_ADMINISTRATOR)


def listed(permissions: Sequence[Permission]) -> str:
    """The names that programs see, of which one of a newer pftui says so: `run_scans, fly (unknown)`."""
    return ", ".join(each.value if each.known else f"{each.value} (unknown)" for each in permissions)


def can_do(permissions: Sequence[Permission]) -> str:
    """What a role allows, in a few words: `view · run · results`."""
    if Permission.ADMINISTRATOR in permissions:
        return Permission.ADMINISTRATOR.short
    if frozenset(permissions) == _ALL_BUT_ADMINISTRATOR:
        return "all but administrator"
    return " · ".join(permission.short for permission in permissions) or "nothing"


def permission_names(permissions: Sequence[Permission]) -> str:
    """The documented names: `View Configurations, Run Scans, View Results`."""
    if Permission.ADMINISTRATOR in permissions:
        return "Everything in the team (Administrator)"
    if frozenset(permissions) == _ALL_BUT_ADMINISTRATOR:
        return "All permissions but Administrator"
    return ", ".join(permission.label for permission in permissions) or "No permission"
