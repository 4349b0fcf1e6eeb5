"""Users and service accounts: the columns of their table, and what they can do now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pftui.domain.accounts import AccountDetails, AccountSummary, AssignmentView, Kind
from pftui.domain.api_key import shown
from pftui.presentation.cells import shortened
from pftui.presentation.columns import Column
from pftui.presentation.permissions import can_do
from pftui.presentation.text import counted, creator
from pftui.presentation.times import relative

ADMIN_MEANING = "Access to all organization settings: teams, roles, users and webhooks. No team's data."
NOT_FOR_CI = "Leave global admin privileges off for CI jobs."
NO_KEY_WORKS = "It is disabled: no key of it works until it is enabled."
NO_TEAM_YET = "No team yet: this key can do nothing until it has a team and a role."


def alike(name: str, other: AccountSummary) -> str:
    """The warning about another person whose name people would take for this one; both may have it."""
    return f'"{name}" looks like "{other.name}" ({other.identifier}), who exists.'


def status_text(row: AccountSummary) -> str:
    """The word of an account's status; what is damaged comes before it."""
    return "damaged" if row.damaged else row.status.label


def status_sign(row: AccountSummary) -> str:
    """One cell that says the same."""
    return "?" if row.damaged else row.status.sign


def found_by(row: AccountSummary) -> str:
    """Why a filter finds a row that does not say so itself: `pfsa_Ab12Cd34Ef…`, `in Red Team`; else empty."""
    if row.found_key is not None:
        return shown(row.found_key.key_id)
    return f"in {row.found_team}" if row.found_team else ""


def created_by(row: AccountSummary) -> str:
    """Who created the account, in a list for who may see it."""
    return creator(row.creator.name, gone=row.creator.gone) if row.creator is not None else ""


def damage(fields: Sequence[str]) -> str:
    """The sentence on what the store holds that cannot be: `Damaged in the store: created at, status. …`"""
    named = ", ".join(name.replace("_", " ") for name in fields)
    return f"Damaged in the store: {named}. `pftui db check` tells more."


NAME = Column[AccountSummary]("Name", lambda row, now: row.name)
IDENTIFIER = Column[AccountSummary]("E-mail or key", lambda row, now: row.identifier or "–")
ADMIN = Column[AccountSummary]("Admin", lambda row, now: "admin" if row.global_admin else "")
TEAMS = Column[AccountSummary]("Teams", lambda row, now: f"{row.team_count:,}", number=True)
LAST_USED = Column[AccountSummary]("Last used", lambda row, now: relative(row.last_used_at, now))
STATUS = Column[AccountSummary]("Status", lambda row, now: status_text(row))

CREATED_BY = Column[AccountSummary]("Created by", lambda row, now: created_by(row))
FOUND = Column[AccountSummary]("Found by", lambda row, now: found_by(row))

ACCOUNT_COLUMNS = (NAME, IDENTIFIER, ADMIN, TEAMS, LAST_USED, STATUS)


def account_columns(
    kind: Kind, *, found: bool = False, creators: bool = False
) -> list[Column[AccountSummary]]:
    """The same for a list of one kind, of which the identifier is known by its own name.

    With `found` each row says why a filter finds it, where that is not seen in the row itself; with
    `creators` who created it.
    """
    identifier = replace(IDENTIFIER, title="E-mail" if kind is Kind.USER else "Newest key")
    columns = [identifier if column is IDENTIFIER else column for column in ACCOUNT_COLUMNS]
    return [*columns, *([CREATED_BY] if creators else []), *([FOUND] if found else [])]


def keys_may(restricted: bool) -> str:
    """What the key of a global admin may do among the organization's settings (R13)."""
    return _RESTRICTED if restricted else "all organization settings"


_RESTRICTED = "organization settings, restricted: it makes and changes no admin, nor itself"


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
    return False, NO_TEAM_YET


def _in_team(assignment: AssignmentView) -> str:
    team = shortened(assignment.team_name, 40)
    return f"{assignment.role_name} in {team}: {can_do(assignment.permissions)}"


def _more(details: AccountDetails) -> str:
    others = len(details.assignments) - 3
    return f"; and {counted(others, 'team')} more" if others > 0 else ""
