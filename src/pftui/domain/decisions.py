"""What a key may do: the facts that are read fresh, and the decision that follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pftui.domain.accounts import AssignmentView
from pftui.domain.permissions import Permission, allows


class Reason(StrEnum):
    """Why a key is denied."""

    MALFORMED = "malformed"
    CHECKSUM = "checksum"
    UNKNOWN = "unknown"
    REVOKED = "revoked"
    EXPIRED = "expired"
    DISABLED = "disabled"
    NO_TEAM = "no_team"
    NOT_IN_TEAM = "not_in_team"
    LACKS_PERMISSION = "lacks_permission"


_MESSAGES = {
    Reason.MALFORMED: "This is not an API key of pftui.",
    Reason.CHECKSUM: "The key's checksum does not fit: it was mistyped or cut off.",
    Reason.UNKNOWN: "No such key exists, or its account was deleted.",
    Reason.REVOKED: "This key was revoked.",
    Reason.EXPIRED: "This key has expired.",
    Reason.DISABLED: "The key's account is disabled.",
    Reason.NO_TEAM: "The key's account has no team yet, so it has no programmatic access.",
    Reason.NOT_IN_TEAM: "The key's account is not in this team.",
    Reason.LACKS_PERMISSION: "The account's role in this team lacks the permission.",
}
SETTINGS_ONLY = "organization settings only"


@dataclass(frozen=True, slots=True)
class KeyAccount:
    """The account behind a key; `stamp` is what a session as this account goes on by (see `Operator`)."""

    id: str
    name: str
    global_admin: bool
    stamp: int = 1


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What the store says of a key whose secret has matched, read in one statement."""

    key_id: str
    account: KeyAccount
    revoked: bool
    disabled: bool
    assignments: tuple[AssignmentView, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to "may this key do that?"; true where it may."""

    allowed: bool
    reason: Reason | None
    message: str | None
    key_id: str | None = None
    account: KeyAccount | None = None
    grants: tuple[AssignmentView, ...] = ()

    def __bool__(self) -> bool:
        return self.allowed

    def as_json(self) -> dict[str, Any]:
        """The shape that programs see, in Promptfoo's camel case."""
        account = self.account
        return {
            "allowed": self.allowed,
            "reason": self.reason.value if self.reason else None,
            "message": self.message,
            "keyId": self.key_id,
            "account": account
            and {"id": account.id, "name": account.name, "globalAdmin": account.global_admin},
            "teams": [
                {
                    "id": grant.team_id,
                    "name": grant.team_name,
                    "slug": grant.team_slug,
                    "role": grant.role_name,
                    "permissions": [permission.value for permission in grant.permissions],
                }
                for grant in self.grants
            ],
        }


def denied(reason: Reason, key_id: str | None = None, account: KeyAccount | None = None) -> Decision:
    """A denial, with its sentence."""
    return Decision(False, reason, _MESSAGES[reason], key_id, account)


def decide(facts: KeyFacts, team_id: str | None = None, permission: Permission | None = None) -> Decision:
    """Whether a key whose secret matched may act (R3, R9): for `team_id`, with `permission` in it.

    Without a team, any assignment or global admin privileges will do. Global admin privileges
    never open a team, and an assignment never opens the organization settings.
    """
    if facts.revoked:
        return denied(Reason.REVOKED, facts.key_id, facts.account)
    if facts.disabled:
        return denied(Reason.DISABLED, facts.key_id, facts.account)
    if team_id is not None:
        return _decide_in_team(facts, team_id, permission)
    if facts.assignments:
        return _allowed(facts, facts.assignments)
    if facts.account.global_admin:
        return _allowed(facts, (), SETTINGS_ONLY)
    return denied(Reason.NO_TEAM, facts.key_id, facts.account)


def _decide_in_team(facts: KeyFacts, team_id: str, permission: Permission | None) -> Decision:
    grants = tuple(grant for grant in facts.assignments if grant.team_id == team_id)
    if not grants:
        nowhere = not facts.assignments and not facts.account.global_admin
        return denied(Reason.NO_TEAM if nowhere else Reason.NOT_IN_TEAM, facts.key_id, facts.account)
    if permission is not None and not any(allows(grant.permissions, permission) for grant in grants):
        return denied(Reason.LACKS_PERMISSION, facts.key_id, facts.account)
    return _allowed(facts, grants)


def _allowed(facts: KeyFacts, grants: Sequence[AssignmentView], message: str | None = None) -> Decision:
    return Decision(True, None, message, facts.key_id, facts.account, tuple(grants))
