"""Audit events: the fields and names that Promptfoo documents, and ours beside them (R8).

What is hashed of an event is in `audit_form.py`, apart from the JSON here that programs see.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any, NamedTuple

from pftui.domain.accounts import Kind
from pftui.domain.api_key import shown
from pftui.domain.stored_word import StoredWord


def _words(name: str) -> str:
    """A name of the trail's in words."""
    return " ".join("API" if word == "api" else word for word in name.split("_"))


class Action(StoredWord):
    """What happened. Documented names first, then ours in the same style.

    Of the documented ones those are here that pftui writes, or that it knows where it reads them.
    """

    LOGIN = "login"
    USER_ADDED = "user_added"
    USER_REMOVED = "user_removed"
    ROLE_CREATED = "role_created"
    ROLE_UPDATED = "role_updated"
    ROLE_DELETED = "role_deleted"
    TEAM_CREATED = "team_created"
    TEAM_DELETED = "team_deleted"
    USER_ADDED_TO_TEAM = "user_added_to_team"
    USER_REMOVED_FROM_TEAM = "user_removed_from_team"
    USER_ROLE_CHANGED_IN_TEAM = "user_role_changed_in_team"
    ORG_ADMIN_ADDED = "org_admin_added"
    ORG_ADMIN_REMOVED = "org_admin_removed"
    SERVICE_ACCOUNT_CREATED = "service_account_created"
    SERVICE_ACCOUNT_DELETED = "service_account_deleted"
    API_TOKEN_CREATED = "api_token_created"
    API_TOKEN_REVOKED = "api_token_revoked"
    WEBHOOK_CREATED = "webhook_created"
    WEBHOOK_UPDATED = "webhook_updated"
    WEBHOOK_DELETED = "webhook_deleted"
    WEBHOOK_SECRET_REGENERATED = "webhook_secret_regenerated"

    SERVICE_ACCOUNT_ADDED_TO_TEAM = "service_account_added_to_team"
    SERVICE_ACCOUNT_REMOVED_FROM_TEAM = "service_account_removed_from_team"
    SERVICE_ACCOUNT_ROLE_CHANGED_IN_TEAM = "service_account_role_changed_in_team"
    API_KEY_CREATED = "api_key_created"
    API_KEY_SAVED = "api_key_saved"
    API_KEY_FIRST_USED = "api_key_first_used"
    API_KEY_REVOKED = "api_key_revoked"
    API_KEY_KEPT = "api_key_kept"
    API_KEY_WRONG_SECRET = "api_key_wrong_secret"
    LOGIN_FAILED = "login_failed"
    LOGIN_PUT_OFF = "login_put_off"
    CHANGE_REFUSED = "change_refused"
    ORGANIZATION_CREATED = "organization_created"
    STORE_RESTORED = "store_restored"
    TEAM_UPDATED = "team_updated"
    USER_UPDATED = "user_updated"
    USER_DISABLED = "user_disabled"
    USER_ENABLED = "user_enabled"
    USER_OFFBOARDED = "user_offboarded"
    SERVICE_ACCOUNT_UPDATED = "service_account_updated"
    SERVICE_ACCOUNT_DISABLED = "service_account_disabled"
    SERVICE_ACCOUNT_ENABLED = "service_account_enabled"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_RESET = "password_reset"
    BACKUP_CREATED = "backup_created"
    AUDIT_CHAIN_STARTED = "audit_chain_started"
    AUDIT_ARCHIVED = "audit_archived"
    LOGOUT = "logout"
    SESSION_ENDED = "session_ended"
    ORGANIZATION_UPDATED = "organization_updated"
    WEBHOOK_TESTED = "webhook_tested"
    WEBHOOK_RESENT = "webhook_resent"
    STORE_KEY_ROTATED = "store_key_rotated"

    @property
    def label(self) -> str:
        """`actionDisplayName`: the action in words."""
        text = _words(self.value)
        return text[:1].upper() + text[1:]


class AccountVerb(Enum):
    """What is done to an account of either kind; the trail has an action of its own for each kind."""

    CREATED = auto()
    UPDATED = auto()
    DISABLED = auto()
    ENABLED = auto()
    DELETED = auto()
    GRANTED_ADMIN = auto()
    REVOKED_ADMIN = auto()
    ADDED_TO_TEAM = auto()
    REMOVED_FROM_TEAM = auto()
    ROLE_CHANGED_IN_TEAM = auto()


#: For each verb, what it is called of a user and of a service account.
_ACCOUNT_ACTIONS: dict[AccountVerb, tuple[Action, Action]] = {
    AccountVerb.CREATED: (Action.USER_ADDED, Action.SERVICE_ACCOUNT_CREATED),
    AccountVerb.UPDATED: (Action.USER_UPDATED, Action.SERVICE_ACCOUNT_UPDATED),
    AccountVerb.DISABLED: (Action.USER_DISABLED, Action.SERVICE_ACCOUNT_DISABLED),
    AccountVerb.ENABLED: (Action.USER_ENABLED, Action.SERVICE_ACCOUNT_ENABLED),
    AccountVerb.DELETED: (Action.USER_REMOVED, Action.SERVICE_ACCOUNT_DELETED),
    AccountVerb.GRANTED_ADMIN: (Action.ORG_ADMIN_ADDED, Action.ORG_ADMIN_ADDED),
    AccountVerb.REVOKED_ADMIN: (Action.ORG_ADMIN_REMOVED, Action.ORG_ADMIN_REMOVED),
    AccountVerb.ADDED_TO_TEAM: (Action.USER_ADDED_TO_TEAM, Action.SERVICE_ACCOUNT_ADDED_TO_TEAM),
    AccountVerb.REMOVED_FROM_TEAM: (Action.USER_REMOVED_FROM_TEAM, Action.SERVICE_ACCOUNT_REMOVED_FROM_TEAM),
    AccountVerb.ROLE_CHANGED_IN_TEAM: (
        Action.USER_ROLE_CHANGED_IN_TEAM,
        Action.SERVICE_ACCOUNT_ROLE_CHANGED_IN_TEAM,
    ),
}


def account_action(verb: AccountVerb, kind: Kind) -> Action:
    """What the trail calls it when `verb` is done to an account of this kind."""
    of_user, of_service_account = _ACCOUNT_ACTIONS[verb]
    return of_user if kind is Kind.USER else of_service_account


#: What did not succeed: a refusal by a rule, a wrong password, a wrong secret.
FAILURES = frozenset(
    {Action.CHANGE_REFUSED, Action.LOGIN_FAILED, Action.LOGIN_PUT_OFF, Action.API_KEY_WRONG_SECRET}
)

#: What tells of somebody's coming and going, and of nothing else.
SIGN_INS = frozenset({Action.LOGIN, Action.LOGOUT, Action.SESSION_ENDED})

#: What ends an account, a team, a role or a webhook for good.
ENDINGS = frozenset(
    {
        Action.USER_REMOVED,
        Action.SERVICE_ACCOUNT_DELETED,
        Action.TEAM_DELETED,
        Action.ROLE_DELETED,
        Action.WEBHOOK_DELETED,
    }
)


class Target(StoredWord):
    """What it happened to."""

    USER = "user"
    ROLE = "role"
    TEAM = "team"
    SERVICE_ACCOUNT = "service_account"
    ORGANIZATION = "organization"
    API_TOKEN = "api_token"
    WEBHOOK = "webhook"
    API_KEY = "api_key"

    @property
    def noun(self) -> str:
        """The target in words, as a sentence names it."""
        return _words(self.value)


def account_target(kind: Kind) -> Target:
    """What the trail calls an account of this kind."""
    return Target.USER if kind is Kind.USER else Target.SERVICE_ACCOUNT


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: an account, `host:` and a UNIX user, or `system` for what falls due by itself."""

    id: str
    name: str
    email: str | None = None


SYSTEM = Actor("system", "system")


#: Whoever has not signed in is nobody yet, whatever address they typed.
ANONYMOUS = Actor("anonymous", "not signed in")
_HOST_LENGTH = 70  # characters of a UNIX user's name that the trail keeps


def host_actor(unix_user: str) -> Actor:
    """Who acts as the owner of the store, without an account."""
    name = f"host:{unix_user[:_HOST_LENGTH]}"
    return Actor(name, name)


#: The form in which events are written and hashed (`audit_form.py`); 0 is what was before there was a number.
FORM = 1


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One event of the trail. `sequence` counts from 1; `hash` covers all the rest.

    `target_id` is empty where there is no such thing yet: its making was refused. `source` is what
    `Origin.as_json` made: how the actor came, and from where. `v` is the form in which it is hashed.
    """

    sequence: int
    id: str
    description: str
    actor: Actor
    action: Action
    target: Target
    target_id: str
    organization_id: str
    team_id: str | None
    created_at: datetime
    metadata: dict[str, Any] = field(default_factory=dict)
    previous_hash: str = ""
    hash: str = ""
    source: Mapping[str, Any] = field(default_factory=dict)
    v: int = FORM

    @property
    def who(self) -> str:
        """The actor by name, and by what nobody else has: people may share a name, and so may machines."""
        name, actor = self.actor.name, self.actor
        if actor.id in (name, SYSTEM.id, ANONYMOUS.id):
            return name
        if actor.email:
            return f"{name} ({actor.email})"
        key_id = self.source.get("keyId")
        if isinstance(key_id, str):
            return f"{name} ({shown(key_id)})"
        return f"{name} ({actor.id})"

    def as_json(self) -> dict[str, Any]:
        """The documented fields, in Promptfoo's camel case, and ours; what is empty is left out."""
        fields = {
            "id": self.id,
            "description": self.description,
            "actorId": self.actor.id,
            "actorName": self.actor.name,
            "actorEmail": self.actor.email,
            "action": self.action.value,
            "actionDisplayName": self.action.label,
            "target": self.target.value,
            "targetId": self.target_id,
            "metadata": self.metadata,
            "organizationId": self.organization_id,
            "teamId": self.team_id,
            "createdAt": iso(self.created_at),
            "sequence": self.sequence,
            "hash": self.hash,
            "source": self.source,
        }
        return {name: value for name, value in fields.items() if value not in (None, "", {})}


@dataclass(frozen=True, slots=True)
class DamagedEvent:
    """An event whose stored form is none that was ever written: it was edited, or the store is damaged.

    `missing` where there is no event of that number any more.
    """

    sequence: int
    missing: bool = False

    @property
    def description(self) -> str:
        """What can be told of it."""
        if self.missing:
            return f"Event {self.sequence} is missing: see `pftui audit verify`"
        return f"Event {self.sequence} was edited and cannot be read: see `pftui audit verify`"

    def as_json(self) -> dict[str, Any]:
        """The shape that programs see, of which nothing more is known."""
        return {"description": self.description, "sequence": self.sequence}


def iso(moment: datetime) -> str:
    """A time as programs see it: UTC, RFC 3339, with microseconds and `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Checkpoint(NamedTuple):
    """One event by its place and hash, as `N:HASH`: who keeps it elsewhere can prove history up to there."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """What `str` has made. Raises `ValueError`."""
        match = _CHECKPOINT.fullmatch(text.strip())
        if match is None:
            raise ValueError("a checkpoint is N:HASH, as `pftui audit head` prints it")
        return cls(int(match[1]), match[2])


_CHECKPOINT = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """What a check of the chain found: `broken_at` is the sequence of the first event that does not fit.

    `events` counts the first ones that are `archived`, too. Where `newer` is true nothing was found to be
    wrong, but the event at `broken_at` was written by a newer pftui, in a form that this one cannot check.
    """

    events: int
    head: str
    broken_at: int | None = None
    problem: str | None = None
    newer: bool = False
    archived: int = 0

    @property
    def intact(self) -> bool:
        """Whether no edited, removed or reordered event was found, and all were checked."""
        return self.problem is None


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which events: the documented parameters, and ours. `limit` is 1 to 100 rows.

    `about_id` is what happened to an account and its keys, to a team and in it, to a role and with it, or to
    a key; `without` are actions that are left out; `only`, where it names any, those that are not. Of `words`
    each stands in the description, in what is known of the actor and from where they came, in the id of the
    target, or in what the action is called; none of `without_words` does. `actors` are parts of the actor's
    name or address.
    """

    limit: int = 20
    offset: int = 0
    created_from: datetime | None = None
    created_until: datetime | None = None
    action: Action | None = None
    target: Target | None = None
    actor_id: str | None = None
    about_id: str | None = None
    without: tuple[Action, ...] = ()
    only: tuple[Action, ...] = ()
    words: tuple[str, ...] = ()
    without_words: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return replace(self, limit=20, offset=0) == AuditQuery()


class Extent(NamedTuple):
    """The numbers of the events that are in the store: those before `first` are archived."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of the trail, newest first."""

    total: int
    limit: int
    offset: int
    events: tuple[AuditEvent | DamagedEvent, ...]
