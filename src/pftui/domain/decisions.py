"""What a key may do: the facts that are read fresh, and the decision that follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pftui.domain.accounts import AssignmentView
from pftui.domain.http_answer import headers_of, status_of
from pftui.domain.permissions import Permission, allows
from pftui.domain.reasons import BEARER_LEFT_IN, MESSAGES, Reason

__all__ = ["SETTINGS_ONLY", "Decision", "KeyAccount", "KeyFacts", "Reason", "decide", "denied", "malformed"]


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
    """The answer to "may this key do that?"; true where it may.

    `asked` is the permission that was asked for, where it was refused in a team.
    """

    allowed: bool
    reason: Reason | None
    message: str | None
    key_id: str | None = None
    account: KeyAccount | None = None
    grants: tuple[AssignmentView, ...] = ()
    asked: Permission | None = None

    def __bool__(self) -> bool:
        return self.allowed

    @property
    def status(self) -> int:
        """The status of the HTTP answer that follows: 200, 400, 401 or 403."""
        return status_of(self.reason)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the HTTP answer that follows: `WWW-Authenticate` where it is a denial."""
        return headers_of(self.reason, self.asked)

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


def denied(
    reason: Reason,
    key_id: str | None = None,
    account: KeyAccount | None = None,
    asked: Permission | None = None,
) -> Decision:
    """A denial, with its sentence."""
    return Decision(False, reason, MESSAGES[reason], key_id, account, (), asked)


def malformed(text: str) -> Decision:
    """The denial of what is no key, with a hint where it is the value of a whole header."""
    if text.lstrip().lower().startswith("bearer"):
        return Decision(False, Reason.MALFORMED, BEARER_LEFT_IN)
    return denied(Reason.MALFORMED)


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
    grants = tuple([grant for grant in facts.assignments if grant.team_id == team_id])
    if not grants:
        nowhere = not facts.assignments and not facts.account.global_admin
        reason = Reason.NO_TEAM if nowhere else Reason.NOT_IN_TEAM
        return denied(reason, facts.key_id, facts.account, permission)
    if permission is not None and not any(allows(grant.permissions, permission) for grant in grants):
        return denied(Reason.LACKS_PERMISSION, facts.key_id, facts.account, permission)
    return _allowed(facts, grants)


def _allowed(facts: KeyFacts, grants: Sequence[AssignmentView], message: str | None = None) -> Decision:
    return Decision(True, None, message, facts.key_id, facts.account, tuple(grants))
