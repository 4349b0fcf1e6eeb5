"""The permissions that Promptfoo documents, and the roles that ship with pftui.

The one place that lists them, so that a newer document (which splits the last two into
evaluations and issues) means a change here and a migration of the stored roles.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from pftui.domain.stored_word import StoredWord


class Permission(StoredWord):
    """What a role can allow in a team: the name that programs see, what it allows, and that in a word."""

    explanation: str
    """What it allows, in half a sentence."""
    short: str
    """What it allows, in a word or two for a cell of a table."""

    def __new__(cls, name: str, explanation: str = "", short: str = "") -> Permission:
        """Declare one. The defaults are for who looks one up by its name, as in `Permission("run_scans")`.

        Raises:
            TypeError: it is declared without its words.
        """
        if not (explanation and short):
            raise TypeError(f"The permission {name} is declared without its explanation or its short word.")
        permission = str.__new__(cls, name)
        permission._value_ = name
        permission.explanation = explanation
        permission.short = short
        return permission

    ADMINISTRATOR = "administrator", "full access to everything in the team", "everything in the team"
    VIEW_CONFIGURATIONS = "view_configurations", "view configurations, targets and plugin collections", "view"
    RUN_SCANS = "run_scans", "run scans and view their results", "run"
    MANAGE_CONFIGURATIONS = (
        "manage_configurations",
        "create, edit and delete configurations",
        "configure",
    )
    MANAGE_TARGETS = "manage_targets", "create, edit and delete targets", "targets"
    VIEW_RESULTS = "view_results", "view issues and evaluations", "results"
    MANAGE_RESULTS = "manage_results", "edit and delete issues and evaluations", "edit results"

    @classmethod
    def stored(cls, name: str) -> Permission:
        """The permission that a stored name means.

        A name that this pftui does not know, as a newer one may have stored it, gives a permission that is
        none of the members: it is shown, and allows nothing.
        """
        permission = super().stored(name)
        if not permission.known:
            permission.explanation, permission.short = "unknown to this version of pftui", "unknown"
        return permission

    @property
    def label(self) -> str:
        """The documented name, for people."""
        return self.value.replace("_", " ").title() + ("" if self.known else " (unknown)")


#: What a type checker lets a program ask for; a text from elsewhere goes through `Permission(text)`.
PermissionName = Literal[
    "administrator",
    "view_configurations",
    "run_scans",
    "manage_configurations",
    "manage_targets",
    "view_results",
    "manage_results",
]
ALL_BUT_ADMINISTRATOR = tuple(each for each in Permission if each is not Permission.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class PredefinedRole:
    """A role that every store has and that nobody can change or delete (R4)."""

    name: str
    permissions: tuple[Permission, ...]


PREDEFINED_ROLES = (
    PredefinedRole("Administrator", (Permission.ADMINISTRATOR,)),
    PredefinedRole("Engineer", ALL_BUT_ADMINISTRATOR),
    PredefinedRole(
        "CI Runner",
        (Permission.VIEW_CONFIGURATIONS, Permission.RUN_SCANS, Permission.VIEW_RESULTS),
    ),
    PredefinedRole("Viewer", (Permission.VIEW_CONFIGURATIONS, Permission.VIEW_RESULTS)),
)


def in_order(permissions: Iterable[str]) -> tuple[Permission, ...]:
    """Stored permissions in the documented order, each once, and behind them what is unknown."""
    given = {Permission.stored(name) for name in permissions}
    known = tuple(permission for permission in Permission if permission in given)
    return known + tuple(sorted(given.difference(known)))


def allows(permissions: Iterable[Permission], wanted: Permission) -> bool:
    """Whether a role with `permissions` may do `wanted`: `administrator` may do everything in the team."""
    held = frozenset(permissions)
    return wanted in held or Permission.ADMINISTRATOR in held
