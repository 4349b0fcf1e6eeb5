"""The permissions that Promptfoo documents, and the roles that ship with pftui.

The one place that lists them, so that a newer document (which splits the last two into
evaluations and issues) means a change here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """What a role can allow in a team. The value is the name that programs see."""

    ADMINISTRATOR = "administrator"
    VIEW_CONFIGURATIONS = "view_configurations"
    RUN_SCANS = "run_scans"
    MANAGE_CONFIGURATIONS = "manage_configurations"
    MANAGE_TARGETS = "manage_targets"
    VIEW_RESULTS = "view_results"
    MANAGE_RESULTS = "manage_results"

    @property
    def label(self) -> str:
        """The documented name, for people."""
        return self.value.replace("_", " ").title()

    @property
    def explanation(self) -> str:
        """What it allows, in half a sentence."""
        return _EXPLANATIONS[self]


_EXPLANATIONS = {
    Permission.ADMINISTRATOR: "full access to everything in the team",
    Permission.VIEW_CONFIGURATIONS: "view configurations, targets and plugin collections",
    Permission.RUN_SCANS: "run scans and view their results",
    Permission.MANAGE_CONFIGURATIONS: "create, edit and delete configurations",
    Permission.MANAGE_TARGETS: "create, edit and delete targets",
    Permission.VIEW_RESULTS: "view issues and evaluations",
    Permission.MANAGE_RESULTS: "edit and delete issues and evaluations",
}


@dataclass(frozen=True, slots=True)
class PredefinedRole:
    """A role that every store has and that nobody can change or delete (R4)."""

    name: str
    permissions: tuple[Permission, ...]


PREDEFINED_ROLES = (
    PredefinedRole("Administrator", (Permission.ADMINISTRATOR,)),
    PredefinedRole("Engineer", tuple(p for p in Permission if p is not Permission.ADMINISTRATOR)),
    PredefinedRole(
        "CI Runner",
        (Permission.VIEW_CONFIGURATIONS, Permission.RUN_SCANS, Permission.VIEW_RESULTS),
    ),
    PredefinedRole("Viewer", (Permission.VIEW_CONFIGURATIONS, Permission.VIEW_RESULTS)),
)


def in_order(permissions: Iterable[str]) -> tuple[Permission, ...]:
    """Permissions in the documented order, each once."""
    given = {Permission(name) for name in permissions}
    return tuple(permission for permission in Permission if permission in given)


def allows(permissions: Iterable[Permission], wanted: Permission) -> bool:
    """Whether a role with `permissions` may do `wanted`: `administrator` may do everything in the team."""
    held = frozenset(permissions)
    return wanted in held or Permission.ADMINISTRATOR in held
