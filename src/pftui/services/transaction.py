"""The one way in which a change is made: check the operator, change, audit, commit."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from pftui.domain.accounts import Kind, Operator
from pftui.domain.audit import (
    AccountVerb,
    Action,
    Actor,
    AuditEvent,
    Target,
    account_action,
    account_target,
)
from pftui.domain.clock import Clock
from pftui.domain.errors import Refused
from pftui.repositories.models import Principal
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.policy import (
    Policy,
    current_operator,
    ensure_proved,
    ensure_unlocked,
    global_admin,
)
from pftui.services.session_rows import end_sessions


def new_id() -> str:
    """An id for a new row."""
    return str(uuid.uuid4())


def actor_of(operator: Operator) -> Actor:
    """The operator as the audit trail names them."""
    return Actor(operator.id, operator.name, operator.email)


@dataclass(frozen=True, slots=True)
class AuditWriter:
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
            organization_id=self.unit.organization.get().id,
            team_id=team_id,
            created_at=self.now,
            metadata=metadata,
        )
        self.unit.audit.append(event)

    def record_account(
        self,
        verb: AccountVerb,
        principal: Principal,
        description: str,
        team_id: str | None = None,
        **metadata: object,
    ) -> None:
        """Tell what was done to an account, by the name that it has for its kind."""
        kind = Kind(principal.kind)
        action, target = account_action(verb, kind), account_target(kind)
        self.record(action, target, principal.id, description, team_id, **metadata)


@dataclass(frozen=True, slots=True)
class Transaction(AuditWriter):
    """A change under way: its unit of work, who makes it, when, and the way to tell of it."""

    operator: Operator

    @property
    def by(self) -> str:
        """What `created_by` and its like store."""
        return self.operator.email or self.operator.name

    def require_proof(self) -> None:
        """Raise `ProofNeeded` where the operator's password was given too long ago for this change."""
        ensure_proved(self.unit, self.operator, self.now)

    def end_sessions(self, principal: Principal) -> None:
        """End whatever was signed in as this account (R9)."""
        end_sessions(self.unit, principal, self.now, self.by)


@contextmanager
def change(
    store: Store,
    operator: Operator,
    clock: Clock,
    allowed: Policy = global_admin,
    *,
    proof: bool = False,
) -> Iterator[Transaction]:
    """One change: committed on leaving, undone on any error.

    A refusal by a rule undoes the change and writes an event of its own.

    Args:
        allowed: who may make it; by default who R1 names.
        proof: whether it needs a password that was given lately, else `ProofNeeded` is raised; what
            turns out to need one on the way calls `Transaction.require_proof`.

    Raises:
        SessionEnded, SessionLocked: see `services/policy.py`.
    """
    with _refusals_recorded(store, operator, clock), store.write() as unit:
        current, now = current_operator(unit, operator), clock()
        ensure_unlocked(unit, current, now)
        allowed(current)
        transaction = Transaction(unit, actor_of(current), now, current)
        if proof:
            transaction.require_proof()
        yield transaction
        unit.commit()


@contextmanager
def inspection(
    store: Store, operator: Operator, clock: Clock, allowed: Policy = global_admin
) -> Iterator[UnitOfWork]:
    """A look at what not everybody may see; a refusal is told of as one of a change is."""
    with _refusals_recorded(store, operator, clock), store.read() as unit:
        current = current_operator(unit, operator)
        ensure_unlocked(unit, current, clock())
        allowed(current)
        yield unit


@contextmanager
def _refusals_recorded(store: Store, operator: Operator, clock: Clock) -> Iterator[None]:
    try:
        yield
    except Refused as refusal:
        with store.write() as unit:
            AuditWriter(unit, actor_of(operator), clock()).record(
                Action.CHANGE_REFUSED,
                Target.ORGANIZATION,
                unit.organization.get().id,
                refusal.message,
                rule=type(refusal).__name__,
            )
            unit.commit()
        raise
