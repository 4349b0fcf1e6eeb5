"""The one way in which a change is made: check the operator, change, audit, commit."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from pftui.domain.accounts import Kind, Operator
from pftui.domain.audit import Action, Actor, AuditEvent, Target
from pftui.domain.clock import Clock
from pftui.domain.errors import Refused
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.policy import current_operator, require_admin


def new_id() -> str:
    """An id for a new row."""
    return str(uuid.uuid4())


def actor_of(operator: Operator) -> Actor:
    """The operator as the audit trail names them."""
    return Actor(operator.id, operator.name, operator.email)


def target_of(kind: Kind | str) -> Target:
    """What the audit trail calls an account of this kind."""
    return Target.USER if kind == Kind.USER else Target.SERVICE_ACCOUNT


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


@dataclass(frozen=True, slots=True)
class Transaction(AuditWriter):
    """A change under way: its unit of work, who makes it, when, and the way to tell of it."""

    operator: Operator

    @property
    def by(self) -> str:
        """What `created_by` and its like store."""
        return self.operator.email or self.operator.name


@contextmanager
def change(store: Store, operator: Operator, clock: Clock) -> Iterator[Transaction]:
    """One change by a global admin (R1): committed on leaving, undone on any error.

    A refusal by a rule undoes the change and writes an event of its own.
    """
    try:
        with store.write() as unit:
            current = current_operator(unit, operator)
            require_admin(current)
            yield Transaction(unit, actor_of(current), clock(), current)
            unit.commit()
    except Refused as refusal:
        record_refusal(store, operator, refusal, clock)
        raise


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
        AuditWriter(unit, actor_of(operator), clock()).record(
            Action.CHANGE_REFUSED,
            Target.ORGANIZATION,
            unit.organization.get().id,
            refusal.message,
            rule=type(refusal).__name__,
        )
        unit.commit()
