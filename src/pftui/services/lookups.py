"""The rows that a change is about. What is not there raises `NotFound` with the sentence that people read."""

from __future__ import annotations

from pftui.domain.accounts import UNKNOWN_KIND, Kind
from pftui.domain.errors import NotFound, StoreDamaged
from pftui.repositories.models import ApiKeyRow, Assignment, Principal, Role, Team, WebhookRow
from pftui.repositories.unit_of_work import UnitOfWork
from pftui.services.sentences import gone


def require_account(unit: UnitOfWork, account_id: str) -> Principal:
    """The account to change; where it was deleted, the error tells by whom (R10)."""
    principal = unit.accounts.get(account_id)
    if principal is None:
        raise gone(unit, account_id, "account")
    if Kind(principal.kind) is UNKNOWN_KIND:
        raise StoreDamaged(
            "What kind of account this is, is damaged in the store or of a newer pftui. Nothing was changed; "
            "`pftui db check` tells more."
        )
    return principal


def require_team(unit: UnitOfWork, team_id: str) -> Team:
    """The team to change; where it was deleted, the error tells by whom (R10)."""
    team = unit.teams.get(team_id)
    if team is None:
        raise gone(unit, team_id, "team")
    return team


def require_role(unit: UnitOfWork, role_id: str) -> Role:
    """The role to give or to change; where it was deleted, the error tells by whom (R10)."""
    role = unit.roles.get(role_id)
    if role is None:
        raise gone(unit, role_id, "role")
    return role


def require_webhook(unit: UnitOfWork, webhook_id: str) -> WebhookRow:
    """The webhook to change; where it was deleted, the error tells by whom (R10)."""
    webhook = unit.webhooks.get(webhook_id)
    if webhook is None:
        raise gone(unit, webhook_id, "webhook")
    return webhook


def require_assignment(unit: UnitOfWork, team: Team, principal: Principal) -> Assignment:
    """The account's assignment to the team."""
    assignment = unit.teams.assignment(principal.id, team.id)
    if assignment is None:
        raise NotFound(f"{principal.name} is not in {team.name}. Nothing was changed.")
    return assignment


def require_key(unit: UnitOfWork, key_id: str) -> tuple[ApiKeyRow, Principal]:
    """The key to change, and its account."""
    key = unit.credentials.key(key_id)
    if key is None:
        raise NotFound("There is no such API key, or its account was deleted. Nothing was changed.")
    return key, require_account(unit, key.principal_id)
