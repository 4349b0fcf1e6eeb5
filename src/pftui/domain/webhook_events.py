"""What webhooks tell of: one event type for each kind of audit event, and patterns that choose among them.

The names follow Promptfoo's (`issue.created`): what it happened to, a dot, and what happened, by the one
table below. `data` of a delivery is the audit event as programs see it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pftui.domain.audit import Action, AuditEvent, Target
from pftui.domain.errors import InvalidInput

EVERYTHING = "*"
_ANY = ".*"
#: Patterns of one webhook; there are not so many kinds of targets and of what can happen to them.
MOST_PATTERNS = 100

_ACCOUNTS = (Target.USER, Target.SERVICE_ACCOUNT)
_STRANGERS = (*_ACCOUNTS, Target.ORGANIZATION)

#: For each action what happened, and what it can happen to.
HAPPENED: dict[Action, tuple[str, tuple[Target, ...]]] = {
    Action.LOGIN: ("login", _ACCOUNTS),
    Action.LOGIN_FAILED: ("login_failed", _STRANGERS),
    Action.LOGIN_PUT_OFF: ("login_put_off", _STRANGERS),
    Action.LOGOUT: ("logout", (Target.USER,)),
    Action.SESSION_ENDED: ("session_ended", (Target.USER,)),
    Action.USER_ADDED: ("created", (Target.USER,)),
    Action.USER_UPDATED: ("updated", (Target.USER,)),
    Action.USER_DISABLED: ("disabled", (Target.USER,)),
    Action.USER_ENABLED: ("enabled", (Target.USER,)),
    Action.USER_REMOVED: ("deleted", (Target.USER,)),
    Action.USER_OFFBOARDED: ("offboarded", (Target.USER,)),
    Action.USER_ADDED_TO_TEAM: ("added_to_team", (Target.USER,)),
    Action.USER_REMOVED_FROM_TEAM: ("removed_from_team", (Target.USER,)),
    Action.USER_ROLE_CHANGED_IN_TEAM: ("role_changed_in_team", (Target.USER,)),
    Action.PASSWORD_CHANGED: ("password_changed", (Target.USER,)),
    Action.PASSWORD_RESET: ("password_reset", (Target.USER,)),
    Action.SERVICE_ACCOUNT_CREATED: ("created", (Target.SERVICE_ACCOUNT,)),
    Action.SERVICE_ACCOUNT_UPDATED: ("updated", (Target.SERVICE_ACCOUNT,)),
    Action.SERVICE_ACCOUNT_DISABLED: ("disabled", (Target.SERVICE_ACCOUNT,)),
    Action.SERVICE_ACCOUNT_ENABLED: ("enabled", (Target.SERVICE_ACCOUNT,)),
    Action.SERVICE_ACCOUNT_DELETED: ("deleted", (Target.SERVICE_ACCOUNT,)),
    Action.SERVICE_ACCOUNT_ADDED_TO_TEAM: ("added_to_team", (Target.SERVICE_ACCOUNT,)),
    Action.SERVICE_ACCOUNT_REMOVED_FROM_TEAM: ("removed_from_team", (Target.SERVICE_ACCOUNT,)),
    Action.SERVICE_ACCOUNT_ROLE_CHANGED_IN_TEAM: ("role_changed_in_team", (Target.SERVICE_ACCOUNT,)),
    Action.ORG_ADMIN_ADDED: ("admin_granted", _ACCOUNTS),
    Action.ORG_ADMIN_REMOVED: ("admin_revoked", _ACCOUNTS),
    Action.API_KEY_CREATED: ("created", (Target.API_KEY,)),
    Action.API_KEY_SAVED: ("saved", (Target.API_KEY,)),
    Action.API_KEY_FIRST_USED: ("first_used", (Target.API_KEY,)),
    Action.API_KEY_REVOKED: ("revoked", (Target.API_KEY,)),
    Action.API_KEY_KEPT: ("kept", (Target.API_KEY,)),
    Action.API_KEY_WRONG_SECRET: ("wrong_secret", (Target.API_KEY,)),
    Action.API_TOKEN_CREATED: ("created", (Target.API_TOKEN,)),
    Action.API_TOKEN_REVOKED: ("revoked", (Target.API_TOKEN,)),
    Action.TEAM_CREATED: ("created", (Target.TEAM,)),
    Action.TEAM_UPDATED: ("updated", (Target.TEAM,)),
    Action.TEAM_DELETED: ("deleted", (Target.TEAM,)),
    Action.ROLE_CREATED: ("created", (Target.ROLE,)),
    Action.ROLE_UPDATED: ("updated", (Target.ROLE,)),
    Action.ROLE_DELETED: ("deleted", (Target.ROLE,)),
    Action.WEBHOOK_CREATED: ("created", (Target.WEBHOOK,)),
    Action.WEBHOOK_UPDATED: ("updated", (Target.WEBHOOK,)),
    Action.WEBHOOK_DELETED: ("deleted", (Target.WEBHOOK,)),
    Action.WEBHOOK_SECRET_REGENERATED: ("secret_regenerated", (Target.WEBHOOK,)),
    Action.WEBHOOK_TESTED: ("tested", (Target.WEBHOOK,)),
    Action.WEBHOOK_RESENT: ("resent", (Target.WEBHOOK,)),
    Action.ORGANIZATION_CREATED: ("created", (Target.ORGANIZATION,)),
    Action.ORGANIZATION_UPDATED: ("updated", (Target.ORGANIZATION,)),
    Action.STORE_RESTORED: ("store_restored", (Target.ORGANIZATION,)),
    Action.STORE_KEY_ROTATED: ("store_key_rotated", (Target.ORGANIZATION,)),
    Action.BACKUP_CREATED: ("backup_created", (Target.ORGANIZATION,)),
    Action.AUDIT_CHAIN_STARTED: ("audit_chain_started", (Target.ORGANIZATION,)),
    Action.AUDIT_ARCHIVED: ("audit_archived", (Target.ORGANIZATION,)),
    Action.CHANGE_REFUSED: ("change_refused", tuple(Target)),
}


def event_name(target: Target, action: Action) -> str:
    """What an event of the trail is called; of an action that a newer pftui has written by its own word."""
    happened, _ = HAPPENED.get(action, (action.value, ()))
    return f"{target.value}.{happened}"


@dataclass(frozen=True, slots=True)
class EventType:
    """A kind of event that a webhook can ask for."""

    target: Target
    action: Action

    @property
    def name(self) -> str:
        """As it is asked for, and as a delivery names it."""
        return event_name(self.target, self.action)


def _types() -> Iterator[EventType]:
    for target in Target:
        for action, (_, targets) in HAPPENED.items():
            if target in targets:
                yield EventType(target, action)


#: All of them, by what they happen to.
EVENT_TYPES = tuple(_types())
_BY_NAME = {each.name: each for each in EVENT_TYPES}
_TARGETS = {each.target.value for each in EVENT_TYPES}


def clean_patterns(patterns: Iterable[str]) -> tuple[str, ...]:
    """Event types as a webhook asks for them: names, `api_key.*`, or `*`; each once, sorted.

    Raises:
        InvalidInput: there is none, or there are no such events.
    """
    wanted = sorted({pattern.strip() for pattern in patterns if pattern.strip()})
    if not wanted:
        raise InvalidInput("events", "A webhook tells of something: give it one event at least.")
    for pattern in wanted:
        if not _means_something(pattern):
            raise InvalidInput("events", f"There is no event {pattern!r}. {_nearest(pattern)}")
    return tuple(wanted)


def _means_something(pattern: str) -> bool:
    if pattern == EVERYTHING or pattern in _BY_NAME:
        return True
    return pattern.endswith(_ANY) and pattern.removesuffix(_ANY) in _TARGETS


def _nearest(pattern: str) -> str:
    target = pattern.partition(".")[0]
    of_target = [each.name for each in EVENT_TYPES if each.target.value == target]
    if of_target:
        return f"There are: {', '.join(of_target)}; and {target}{_ANY} for all of them."
    return f"Events are of: {', '.join(sorted(_TARGETS))}; as in api_key{_ANY}."


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events of the trail a webhook gets: of these kinds, and with `team_id` only those of that team.

    With `everything` the kinds do not matter.
    """

    everything: bool
    targets: frozenset[Target]
    types: frozenset[EventType]
    team_id: str | None

    @classmethod
    def of(cls, patterns: Iterable[str], team_id: str | None) -> Selection:
        """What the patterns mean; those of a newer pftui, which this one does not know, mean nothing."""
        wanted = set(patterns)
        whole = frozenset(target for target in Target if f"{target.value}{_ANY}" in wanted)
        named = (_BY_NAME[each] for each in wanted if each in _BY_NAME)
        types = frozenset(each for each in named if each.target not in whole)
        return cls(EVERYTHING in wanted, whole, types, team_id)

    def fits(self, event: AuditEvent) -> bool:
        """Whether an event is among them."""
        if self.team_id is not None and event.team_id != self.team_id:
            return False
        return (
            self.everything
            or event.target in self.targets
            or EventType(event.target, event.action) in self.types
        )
