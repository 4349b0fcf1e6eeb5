"""What a key may do: the facts that are read fresh, and the decision that follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pftui.domain.assignments import AssignmentView
from pftui.domain.http_answer import headers_of, status_of
from pftui.domain.permissions import Permission, effective, given_by, included
from pftui.domain.reasons import BEARER_LEFT_IN, MESSAGES, Reason

if TYPE_CHECKING:
    from pftui.domain.accounts import AccountDetails

__all__ = [
    "MOST_GRANTS",
    "SETTINGS_ONLY",
    "Decision",
    "KeyAccount",
    "KeyFacts",
    "Reason",
    "decide",
    "denied",
    "explain",
    "malformed",
]


SETTINGS_ONLY = "organization settings only"
MOST_GRANTS = 100
"""How many teams an answer lists at most where none was asked about."""


@dataclass(frozen=True, slots=True)
class KeyAccount:
    """The account behind a key; `stamp` is what a session as this account goes on by (see `Operator`)."""

    id: str
    name: str
    global_admin: bool
    stamp: int = 1


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What the store says of a key whose secret has matched, read in one statement.

    `assignments` are those that matter to the question; `others` is how many there are besides, at least.
    """

    key_id: str
    account: KeyAccount
    revoked: bool
    disabled: bool
    assignments: tuple[AssignmentView, ...]
    others: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to "may this key do that?"; true where it may.

    `asked` are the permissions that were asked for, where that was refused in a team. `by` are those of the
    role by which the asked ones are allowed: themselves, or others that include them, which `message` says.

    `grants` are what allowed it: in the team that was asked about, or in any, `MOST_GRANTS` of them at most.
    `more_grants` is how many there are besides.
    """

    allowed: bool
    reason: Reason | None
    message: str | None
    key_id: str | None = None
    account: KeyAccount | None = None
    grants: tuple[AssignmentView, ...] = ()
    asked: tuple[Permission, ...] = ()
    by: tuple[Permission, ...] = ()
    more_grants: int = 0

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
                    "effectivePermissions": [each.value for each in effective(grant.permissions)],
                }
                for grant in self.grants
            ],
            "moreTeams": self.more_grants,
        }


def denied(
    reason: Reason,
    key_id: str | None = None,
    account: KeyAccount | None = None,
    asked: tuple[Permission, ...] = (),
) -> Decision:
    """A denial, with its sentence."""
    return Decision(False, reason, MESSAGES[reason], key_id, account, (), asked)


def malformed(text: str) -> Decision:
    """The denial of what is no key, with a hint where it is the value of a whole header."""
    if text.lstrip().lower().startswith("bearer"):
        return Decision(False, Reason.MALFORMED, BEARER_LEFT_IN)
    return denied(Reason.MALFORMED)


def decide(facts: KeyFacts, team_id: str | None = None, wanted: tuple[Permission, ...] = ()) -> Decision:
    """Whether a key whose secret matched may act (R3, R9): for `team_id`, with all that is `wanted` in it.

    Without a team, any assignment or global admin privileges will do. Global admin privileges
    never open a team, and an assignment never opens the organization settings.
    """
    if facts.revoked:
        return denied(Reason.REVOKED, facts.key_id, facts.account)
    if facts.disabled:
        return denied(Reason.DISABLED, facts.key_id, facts.account)
    if team_id is not None:
        return _decide_in_team(facts, team_id, wanted)
    if facts.assignments:
        listed = facts.assignments[:MOST_GRANTS]
        more = facts.others + len(facts.assignments) - len(listed)
        return replace(_allowed(facts, listed), more_grants=more) if more else _allowed(facts, listed)
    if facts.account.global_admin:
        return _allowed(facts, (), SETTINGS_ONLY)
    return denied(Reason.NO_TEAM, facts.key_id, facts.account)


def explain(
    details: AccountDetails, team_id: str | None = None, wanted: tuple[Permission, ...] = ()
) -> Decision:
    """What `decide` says of any key of an account that is not revoked: the decision names no key."""
    summary = details.summary
    account = KeyAccount(summary.id, summary.name, summary.global_admin)
    facts = KeyFacts("", account, revoked=False, disabled=details.disabled, assignments=details.assignments)
    return replace(decide(facts, team_id, wanted), key_id=None)


def _decide_in_team(facts: KeyFacts, team_id: str, wanted: tuple[Permission, ...]) -> Decision:
    grants = tuple([grant for grant in facts.assignments if grant.team_id == team_id])
    if not grants:
        nowhere = not facts.assignments and not facts.others and not facts.account.global_admin
        reason = Reason.NO_TEAM if nowhere else Reason.NOT_IN_TEAM
        return denied(reason, facts.key_id, facts.account, wanted)
    by, held = [], [permission for grant in grants for permission in grant.permissions]
    for each in wanted:
        found = given_by(held, each)
        if found is None:
            return denied(Reason.LACKS_PERMISSION, facts.key_id, facts.account, wanted)
        by.append(found)
    return _allowed(facts, grants, _by_what(by, wanted), tuple(by))


def _by_what(by: Sequence[Permission], wanted: Sequence[Permission]) -> str | None:
    """The sentence that names what includes the wanted ones; None where the role holds them themselves."""
    told = "; ".join(
        included(holder, each) for holder, each in zip(by, wanted, strict=True) if holder != each
    )
    return f"{told}." if told else None


def _allowed(
    facts: KeyFacts,
    grants: tuple[AssignmentView, ...],
    message: str | None = None,
    by: tuple[Permission, ...] = (),
) -> Decision:
    return Decision(True, None, message, facts.key_id, facts.account, grants, (), by)
