"""The permissions that Promptfoo documents, what each includes, and the roles that ship with pftui.

The one place that lists them: a newer document means a change here and a migration of the stored roles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
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
    VIEW_CONFIGURATIONS = (
        "view_configurations",
        "view configurations, targets and plugin collections",
        "view configs",
    )
    RUN_SCANS = "run_scans", "run scans and view their results", "run"
    MANAGE_CONFIGURATIONS = (
        "manage_configurations",
        "create, edit and delete configurations and plugin collections",
        "configure",
    )
    MANAGE_TARGETS = "manage_targets", "create, edit and delete targets", "targets"
    VIEW_EVALUATIONS = "view_evaluations", "view evaluations and their results", "view evals"
    CREATE_EVALUATIONS = "create_evaluations", "create and upload evaluations", "evals"
    MANAGE_EVALUATIONS = "manage_evaluations", "create, view, edit and delete evaluations", "edit evals"
    VIEW_ISSUES = "view_issues", "view vulnerabilities", "view issues"
    MANAGE_ISSUES = "manage_issues", "create, view, edit and delete vulnerabilities", "edit issues"

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


#: What the documents say that a permission includes, whole: what is included by what is included stands here.
INCLUDES: Mapping[Permission, tuple[Permission, ...]] = {
    Permission.ADMINISTRATOR: tuple(each for each in Permission if each is not Permission.ADMINISTRATOR),
    Permission.RUN_SCANS: (Permission.VIEW_EVALUATIONS, Permission.VIEW_ISSUES),
    Permission.MANAGE_CONFIGURATIONS: (Permission.VIEW_CONFIGURATIONS,),
    Permission.CREATE_EVALUATIONS: (Permission.VIEW_EVALUATIONS,),
    Permission.MANAGE_EVALUATIONS: (Permission.VIEW_EVALUATIONS, Permission.CREATE_EVALUATIONS),
    Permission.MANAGE_ISSUES: (Permission.VIEW_ISSUES,),
}
#: For each permission those that include it, in the documented order.
INCLUDED_IN: Mapping[Permission, tuple[Permission, ...]] = {
    wanted: tuple(each for each in Permission if wanted in INCLUDES.get(each, ())) for wanted in Permission
}
#: The names of older documents, and what each means: both of these.
OLDER_NAMES: Mapping[str, tuple[Permission, ...]] = {
    "view_results": (Permission.VIEW_EVALUATIONS, Permission.VIEW_ISSUES),
    "manage_results": (Permission.MANAGE_EVALUATIONS, Permission.MANAGE_ISSUES),
}
#: Whatever a permission may be asked for by.
ASKABLE: tuple[str, ...] = (*(each.value for each in Permission), *OLDER_NAMES)

#: What a type checker lets a program ask for; a text from elsewhere goes through `meant_by`.
PermissionName = Literal[
    "administrator",
    "view_configurations",
    "run_scans",
    "manage_configurations",
    "manage_targets",
    "view_evaluations",
    "create_evaluations",
    "manage_evaluations",
    "view_issues",
    "manage_issues",
    "view_results",
    "manage_results",
]
ALL_BUT_ADMINISTRATOR = INCLUDES[Permission.ADMINISTRATOR]


@dataclass(frozen=True, slots=True)
class PredefinedRole:
    """A role that every store has and that nobody can change or delete (R4)."""

    name: str
    permissions: tuple[Permission, ...]
    description: str


PREDEFINED_ROLES = (
    PredefinedRole("Administrator", (Permission.ADMINISTRATOR,), "Everything in the team."),
    PredefinedRole("Engineer", ALL_BUT_ADMINISTRATOR, "All work in the team."),
    PredefinedRole(
        "CI Runner",
        (
            Permission.VIEW_CONFIGURATIONS,
            Permission.RUN_SCANS,
            Permission.VIEW_EVALUATIONS,
            Permission.CREATE_EVALUATIONS,
            Permission.VIEW_ISSUES,
        ),
        "What a CI job needs: to upload evaluations, and to run scans on the server.",
    ),
    PredefinedRole(
        "Viewer",
        (Permission.VIEW_CONFIGURATIONS, Permission.VIEW_EVALUATIONS, Permission.VIEW_ISSUES),
        "To look at everything, and to change nothing.",
    ),
)


_MEANT: Mapping[str, tuple[Permission, ...]] = {**{each: (each,) for each in Permission}, **OLDER_NAMES}


def meant_by(name: str) -> tuple[Permission, ...]:
    """The permissions that a name asks for: one, or those of an older name.

    Raises:
        ValueError: no permission is called so.
    """
    try:
        return _MEANT[name]
    except (KeyError, TypeError):
        raise ValueError(f"{name!r} is no permission") from None


def in_order(permissions: Iterable[str]) -> tuple[Permission, ...]:
    """Stored permissions in the documented order, each once, and behind them what is unknown."""
    given = {Permission.stored(name) for name in permissions}
    known = tuple(permission for permission in Permission if permission in given)
    return known + tuple(sorted(given.difference(known)))


@lru_cache(maxsize=1024)
def effective(permissions: tuple[Permission, ...]) -> tuple[Permission, ...]:
    """What follows from the permissions that a role holds: they, and all that they include, in order."""
    return in_order({*permissions, *(each for held in permissions for each in INCLUDES.get(held, ()))})


def not_included(permissions: Sequence[Permission]) -> tuple[Permission, ...]:
    """Those of the permissions that no other one of them includes: what has to be said of all."""
    return tuple(
        each for each in permissions if not any(other in permissions for other in INCLUDED_IN.get(each, ()))
    )


def given_by(permissions: Sequence[Permission], wanted: Permission) -> Permission | None:
    """By which of the permissions `wanted` is allowed: itself, else the first that includes it."""
    if wanted in permissions:
        return wanted
    including = INCLUDED_IN.get(wanted, ())
    return next((each for each in permissions if each in including), None)


def allows(permissions: Sequence[Permission], wanted: Permission) -> bool:
    """Whether a role with `permissions` may do `wanted`."""
    return given_by(permissions, wanted) is not None


@lru_cache(maxsize=1024)
def included(by: Permission, wanted: Permission) -> str:
    """By which permission another one is allowed: `Manage Evaluations includes Create Evaluations`."""
    return f"{by.label} includes {wanted.label}"
