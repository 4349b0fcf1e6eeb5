"""Who may do what, and the one way in which a change is made: check the operator, change, audit, commit."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from pftui.domain.accounts import Kind, Operator
from pftui.domain.audit import Action, Actor, AuditEvent, Target
from pftui.domain.clock import Clock
from pftui.domain.errors import Forbidden, LastAdmin, NotFound, Refused, SignInFailed
from pftui.repositories.models import Principal
from pftui.repositories.unit_of_work import Store, UnitOfWork

NEEDS_ADMIN = "This needs global admin privileges, which you do not have. Nothing was changed."


def new_id() -> str:
    """An id for a new row."""
    return str(uuid.uuid4())


def actor_of(operator: Operator) -> Actor:
    """The operator as the audit trail names them."""
    return Actor(operator.id, operator.name, operator.email)


def operator_of(principal: Principal) -> Operator:
    """The principal as one who acts."""
    return Operator(
        principal.id, Kind(principal.kind), principal.name, principal.email, principal.global_admin
    )


def target_of(kind: Kind | str) -> Target:
    """What the audit trail calls an account of this kind."""
    return Target.USER if kind == Kind.USER else Target.SERVICE_ACCOUNT


def current_operator(unit: UnitOfWork, operator: Operator) -> Operator:
    """The operator as the store has them now, so that a demotion holds at the next call (R9).

    Raises:
        SignInFailed: the account was disabled or deleted, the key revoked, or the password reset.
    """
    principal = unit.accounts.get(operator.id)
    if principal is None or principal.disabled:
        raise SignInFailed("Your account was disabled or deleted. Nothing was changed; sign in again.")
    if operator.key_id is not None:
        key = unit.credentials.key(operator.key_id)
        if key is None or key.revoked_at is not None:
            raise SignInFailed("Your API key was revoked. Nothing was changed.")
    password = unit.credentials.password(operator.id)
    if password is not None and password.temporary:
        raise SignInFailed("Your password is a temporary one: sign in again, and choose one of your own.")
    return replace(operator_of(principal), key_id=operator.key_id)


def scope(unit: UnitOfWork, operator: Operator) -> str | None:
    """None for a global admin, who sees all; else the id of the one account that the operator sees."""
    current = current_operator(unit, operator)
    return None if current.global_admin else current.id


@dataclass(frozen=True, slots=True)
class Recorder:
    """Appends events to the trail, in the transaction of the change that they tell of (R8)."""

    unit: UnitOfWork
    actor: Actor
    now: datetime

    def record(
        self,
        action: Action,
        target: Target,
        target_id: str,
        description: str,
        team_id: str | None = None,
        **metadata: object,
    ) -> None:
        """Tell what was done. `description` is for people and needs no actor."""
        event = AuditEvent(
            sequence=0,
            id=new_id(),
            description=description,
            actor=self.actor,
            action=action,
            target=target,
            target_id=target_id,
            organization_id=self.unit.accounts.organization().id,
            team_id=team_id,
            created_at=self.now,
            metadata=metadata,
        )
        self.unit.audit.append(event)


@dataclass(frozen=True, slots=True)
class Change(Recorder):
    """A change under way: its unit of work, who makes it, when, and the way to tell of it."""

    operator: Operator

    @property
    def by(self) -> str:
        """What `created_by` and its like store."""
        return self.operator.email or self.operator.name


@contextmanager
def change(store: Store, operator: Operator, clock: Clock) -> Iterator[Change]:
    """One change by a global admin (R1): committed on leaving, undone on any error.

    A refusal by a rule undoes the change and writes an event of its own.
    """
    try:
        with store.write() as unit:
            current = current_operator(unit, operator)
            require_admin(current)
            yield Change(unit, actor_of(current), clock(), current)
            unit.commit()
    except Refused as refusal:
        record_refusal(store, operator, refusal, clock)
        raise


def require_admin(operator: Operator) -> None:
    """Raise `Forbidden` unless the operator has global admin privileges."""
    if not operator.global_admin:
        raise Forbidden(NEEDS_ADMIN)


def ensure_admin(store: Store, operator: Operator, clock: Clock) -> None:
    """Raise `Forbidden` unless the operator is a global admin now, and write the event that tells of it."""
    try:
        with store.read() as unit:
            require_admin(current_operator(unit, operator))
    except Refused as refusal:
        record_refusal(store, operator, refusal, clock)
        raise


def record_refusal(store: Store, operator: Operator, refusal: Refused, clock: Clock) -> None:
    """Write the event that tells of a refusal."""
    with store.write() as unit:
        Recorder(unit, actor_of(operator), clock()).record(
            Action.CHANGE_REFUSED,
            Target.ORGANIZATION,
            unit.accounts.organization().id,
            refusal.message,
            rule=type(refusal).__name__,
        )
        unit.commit()


def ensure_admin_remains(unit: UnitOfWork, principal: Principal, what: str) -> None:
    """Refuse to take away the last global admin user who can sign in (R5).

    The caller holds the write lock, so that no other change can come between this look and its commit.

    Args:
        what: the change, for the sentence: "disabled", "deleted", …
    """
    password = unit.credentials.password(principal.id)
    can_sign_in = password is not None and not password.temporary and not principal.disabled
    if not (principal.kind == Kind.USER and principal.global_admin and can_sign_in):
        return
    if unit.accounts.other_admins_who_can_sign_in(principal.id) == 0:
        raise LastAdmin(
            f"{principal.name} is the last global admin who can sign in, so the account cannot be {what}. "
            "Nothing was changed; make another person a global admin first."
        )


def found(unit: UnitOfWork, account_id: str) -> Principal:
    """The account to change. Raises `NotFound`, which tells who deleted it where that is known (R10)."""
    principal = unit.accounts.get(account_id)
    if principal is None:
        raise NotFound(gone(unit, account_id, "account"))
    return principal


_ENDINGS = frozenset({Action.USER_REMOVED, Action.SERVICE_ACCOUNT_DELETED, Action.TEAM_DELETED})


def gone(unit: UnitOfWork, target_id: str, what: str) -> str:
    """The sentence about something that is no longer there, or never was."""
    event = unit.audit.newest_about(target_id)
    if event is not None and event.action in _ENDINGS:
        return f"{event.actor.name} deleted this {what} meanwhile. Nothing was changed."
    return f"There is no such {what}. Nothing was changed."


def changed_meanwhile(unit: UnitOfWork, target_id: str, what: str, team_id: str | None = None) -> str:
    """The sentence about a stale edit (R10): what changed and by whom; with `team_id`, in that team."""
    event = unit.audit.newest_about(target_id, team_id)
    who = f"{event.actor.name} changed this {what}" if event else f"This {what} was changed"
    how = f" ({event.description})" if event else ""
    return f"{who} since you opened it{how}. Yours was not saved; what you typed is kept."
