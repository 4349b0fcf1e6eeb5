"""What a change ends or brings: the sentences that are said before it is made, in the console and without it.

Whoever says them names the account, team or key above them.
"""

from __future__ import annotations

from datetime import datetime

from pftui.domain.accounts import AccountDetails, Kind
from pftui.domain.teams import TeamSummary
from pftui.presentation.accounts import ADMIN_MEANING, NO_KEY_WORKS
from pftui.presentation.cells import shortened
from pftui.presentation.permissions import can_do
from pftui.presentation.text import counted
from pftui.presentation.times import relative
from pftui.services.results import Undoable

Sentences = tuple[str, ...]


def disable(details: AccountDetails) -> Sentences:
    """Disabling an account."""
    return _access_ends(details), "Teams and roles stay; enabling brings everything back."


def enable(details: AccountDetails) -> Sentences:
    """Enabling an account."""
    keys = len(details.live_keys)
    works = f"{counted(keys, 'key')} {'works' if keys == 1 else 'work'} again now."
    service = details.summary.kind is Kind.SERVICE_ACCOUNT
    return works if service else "They can sign in again now.", "Teams and roles are as they were."


def delete(details: AccountDetails) -> Sentences:
    """Deleting an account."""
    return _access_ends(details), _roles_end(details), "The audit trail stays. This cannot be undone."


def undo(last: Undoable, now: datetime) -> Sentences:
    """Taking back one's own last change."""
    when = relative(last.at, now)
    return (
        f"{last.description} ({when}).",
        "It is brought back as it was before; the audit trail tells of both.",
    )


def grant_admin(details: AccountDetails) -> Sentences:
    """Granting global admin privileges."""
    who = "Its keys get" if details.summary.kind is Kind.SERVICE_ACCOUNT else "They get"
    return ADMIN_MEANING, f"{who} it now, and can give it to others."


def revoke_admin() -> Sentences:
    """Revoking global admin privileges."""
    return (
        "All organization settings are lost now: teams, roles, users and webhooks.",
        "What the teams allow stays.",
    )


def reset_password() -> Sentences:
    """Resetting somebody's password."""
    return "Their password stops working now.", "A temporary one is shown next, once, for you to hand over."


def end_session() -> Sentences:
    """Whoever sits there is out."""
    return ("Its console is signed out at its next call, and what is typed there is lost.",)


def revoke_key(key_id: str, details: AccountDetails | None = None) -> Sentences:
    """Revoking a key of an account, as far as that is known."""
    if details is None:
        return ("1 key stops working now, for good.",)
    if details.disabled:
        return "This key ends now, for good.", NO_KEY_WORKS
    name = details.summary.name
    others = sum(1 for other in details.live_keys if other.key_id != key_id)
    left = (
        f"{name} has {counted(others, 'other working key')}."
        if others
        else f"It is the only working key: {name} can do nothing until it gets another."
    )
    return "1 key stops working now, for good.", left


def unassign(details: AccountDetails, team_id: str) -> Sentences:
    """Taking an account out of a team; nothing where it is in none of this id."""
    for held in details.assignments:
        if held.team_id == team_id:
            ends = f"{held.role_name} in {held.team_name} ends now: {can_do(held.permissions)}."
            return ends, _other_roles(details)
    return ()


def delete_team(team: TeamSummary, webhooks: int = 0) -> Sentences:
    """Deleting a team that has so many webhooks."""
    ends = _team_access_ends(team)
    paused = (f"{counted(webhooks, 'webhook')} of it will be paused.",) if webhooks else ()
    return ends, *paused, "The accounts themselves stay. This cannot be undone."


def _access_ends(details: AccountDetails) -> str:
    """What happens to an account's keys, or to a person's sign-in, when it is disabled or deleted."""
    count = len(details.live_keys)
    if details.disabled:
        user = details.summary.kind is Kind.USER
        return "They are disabled, and cannot sign in now." if user else NO_KEY_WORKS
    if details.summary.kind is Kind.USER:
        return "They cannot sign in any more."
    if not count:
        return "It has no working key."
    return f"{counted(count, 'key')} {'stops' if count == 1 else 'stop'} working now."


def _roles_end(details: AccountDetails) -> str:
    teams = details.assignments
    if not teams:
        return "No team is concerned."
    named = ", ".join(shortened(each.team_name, 30) for each in teams[:3]) + (", …" if len(teams) > 3 else "")
    return f"{counted(len(teams), 'role')} end{'s' if len(teams) == 1 else ''}, in {named}."


def _other_roles(details: AccountDetails) -> str:
    others = len(details.assignments) - 1
    if others == 1:
        return "The role in 1 other team stays."
    if others:
        return f"The roles in {others} other teams stay."
    if details.summary.kind is Kind.USER:
        return "It is their last team: they can do nothing in any team then."
    return "It is its last team: its keys can do nothing in any team then."


def _team_access_ends(team: TeamSummary) -> str:
    everyone = team.members + team.service_accounts
    if not everyone:
        return "Nobody is in it."
    people = counted(team.members, "person", "people")
    accounts = counted(team.service_accounts, "service account")
    return f"{accounts} and {people} lose{'s' if everyone == 1 else ''} what the team allows, now."
