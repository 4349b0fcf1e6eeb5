"""The one way in which a change is made: check the operator, change, audit, commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pftui.domain.accounts import Operator
from pftui.domain.acts import Intent
from pftui.domain.api_key import shown
from pftui.domain.clock import Clock
from pftui.domain.errors import Refused
from pftui.repositories.models import Principal
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.clearing import LEFT_ALONE, clear_a_step
from pftui.services.policy import (
    Policy,
    current_operator,
    ensure_key_may,
    ensure_person,
    ensure_proved,
    ensure_unlocked,
    global_admin,
)
from pftui.services.signing_in.session_rows import end_sessions
from pftui.services.trail.refusals import record_refusal
from pftui.services.trail.writer import AuditWriter, actor_of, origin_of


@dataclass(frozen=True, slots=True)
class Transaction(AuditWriter):
    """A change under way: its unit of work, who makes it, when, and the way to tell of it."""

    operator: Operator

    @property
    def by(self) -> str:
        """What `created_by` and its like store, beside the operator's id: who it was, by what is unique."""
        operator = self.operator
        if operator.email or operator.key_id is None:
            return operator.email or operator.name
        return f"{operator.name} ({shown(operator.key_id)})"

    def require_proof(self) -> None:
        """Raise `ProofNeeded` where the operator's password was given too long ago for this change."""
        ensure_proved(self.unit, self.operator, self.now)

    def require_person(self) -> None:
        """Raise `KeysRestricted` where a key acts, and the organization lets only people do this (R13)."""
        ensure_person(self.unit, self.operator)

    def end_sessions(self, principal: Principal) -> None:
        """End whatever was signed in as this account (R9)."""
        end_sessions(self.unit, principal, self.now, self.by)


@contextmanager
def change(
    store: Store,
    operator: Operator,
    clock: Clock,
    intent: Intent,
    allowed: Policy = global_admin,
    *,
    proof: bool = False,
) -> Iterator[Transaction]:
    """One change: committed on leaving, undone on any error.

    A refusal by a rule undoes the change and writes an event of its own.

    Args:
        intent: what is about to be done, for that event.
        allowed: who may make it; by default who R1 names.
        proof: whether it needs a password that was given lately, else `ProofNeeded` is raised; what
            turns out to need one on the way calls `Transaction.require_proof`.

    Raises:
        SessionEnded, SessionLocked: see `services/policy.py`.
    """
    with _refusals_recorded(store, operator, clock, intent), store.write() as unit:
        current, now = current_operator(unit, operator), clock()
        ensure_unlocked(unit, current, now)
        allowed(current)
        ensure_key_may(unit, current, intent)
        transaction = Transaction(unit, actor_of(current), origin_of(current), now, current)
        if proof:
            transaction.require_proof()
        yield transaction
        left_alone = unit.teams.left_alone(now - LEFT_ALONE)
        unit.commit()
    if left_alone:
        clear_a_step(store, now)


@contextmanager
def inspection(
    store: Store, operator: Operator, clock: Clock, intent: Intent, allowed: Policy = global_admin
) -> Iterator[UnitOfWork]:
    """A look at what not everybody may see; a refusal is told of as one of a change is."""
    with _refusals_recorded(store, operator, clock, intent), store.read() as unit:
        current = current_operator(unit, operator)
        ensure_unlocked(unit, current, clock())
        allowed(current)
        yield unit


@contextmanager
def _refusals_recorded(store: Store, operator: Operator, clock: Clock, intent: Intent) -> Iterator[None]:
    try:
        yield
    except Refused as refusal:
        with store.write() as unit:
            writer = AuditWriter(unit, actor_of(operator), origin_of(operator), clock())
            record_refusal(writer, intent, refusal)
            unit.commit()
        raise
