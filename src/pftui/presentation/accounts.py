"""The sentences that several modals and the Teams tab say about permissions and consequences."""

from __future__ import annotations

from collections.abc import Sequence

from pftui.domain.accounts import AccountDetails, AssignmentView, Kind
from pftui.domain.permissions import PREDEFINED_ROLES, Permission
from pftui.presentation.cells import fit

ADMIN_MEANING = "Access to all organization settings: teams, roles, users and webhooks. No team's data."
NO_KEY_WORKS = "It is disabled: no key of it works until it is enabled."
NO_TEAM = "this key can do nothing until it has a team and a role."

_SHORT = {
    Permission.ADMINISTRATOR: "everything in the team",
    Permission.VIEW_CONFIGURATIONS: "view",
    Permission.RUN_SCANS: "run",
    Permission.MANAGE_CONFIGURATIONS: "configure",
    Permission.MANAGE_TARGETS: "targets",
    Permission.VIEW_RESULTS: "results",
    Permission.MANAGE_RESULTS: "edit results",
}
_ALL_BUT_ADMINISTRATOR = frozenset(PREDEFINED_ROLES[1].permissions)


def shortened(text: str, cells: int) -> str:
    """`text` in at most `cells` terminal cells, with an ellipsis where it was cut."""
    return fit(text, cells).rstrip()


def by(whom: str | None) -> str:
    """` by alice@acme.example`; nothing where the operator may not see who it was."""
    return f" by {whom}" if whom else ""


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 key`, `3 keys`, `1,204 accounts`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def can_do(permissions: Sequence[Permission]) -> str:
    """What a role allows, in a table's column: `view · run · results`."""
    if Permission.ADMINISTRATOR in permissions:
        return _SHORT[Permission.ADMINISTRATOR]
    if frozenset(permissions) == _ALL_BUT_ADMINISTRATOR:
        return "all but administrator"
    return " · ".join(_SHORT[permission] for permission in permissions) or "nothing"


def permission_names(permissions: Sequence[Permission]) -> str:
    """The documented names: `View Configurations, Run Scans, View Results`."""
    if Permission.ADMINISTRATOR in permissions:
        return "Everything in the team (Administrator)"
    if frozenset(permissions) == _ALL_BUT_ADMINISTRATOR:
        return "All permissions but Administrator"
    return ", ".join(permission.label for permission in permissions) or "No permission"


def access_now(details: AccountDetails) -> tuple[bool, str]:
    """Whether a new key or person can do anything, and a sentence on what."""
    if details.disabled:
        return False, "Disabled: it can do nothing until it is enabled."
    if details.assignments:
        return True, "; ".join(_in_team(each) for each in details.assignments[:3]) + _more(details)
    if details.summary.global_admin:
        return True, "Organization settings: global admin privileges. No team's data without a role there."
    if details.summary.kind is Kind.USER:
        return False, "No team yet: this person can do nothing until they have a team and a role."
    return False, "No team yet: " + NO_TEAM


def _in_team(assignment: AssignmentView) -> str:
    team = shortened(assignment.team_name, 40)
    return f"{assignment.role_name} in {team}: {can_do(assignment.permissions)}"


def _more(details: AccountDetails) -> str:
    others = len(details.assignments) - 3
    return f"; and {counted(others, 'team')} more" if others > 0 else ""


def keys_stop(details: AccountDetails) -> str:
    """The sentence on an account's keys when it is disabled or deleted."""
    count = len(details.live_keys)
    if details.disabled:
        user = details.summary.kind is Kind.USER
        return "They are disabled, and cannot sign in now." if user else NO_KEY_WORKS
    if details.summary.kind is Kind.USER:
        return "They cannot sign in any more."
    if not count:
        return "It has no working key."
    return f"{counted(count, 'key')} {'stops' if count == 1 else 'stop'} working now."
