"""The one way in which a change is made: check the operator, change, audit, commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pftui.domain.accounts import Operator
from pftui.domain.acts import Attempt
from pftui.domain.api_key import shown
from pftui.domain.clock import Clock
from pftui.domain.errors import Refused
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.policy import Policy, current_operator, global_admin
from pftui.services.refusals import record_refusal
from pftui.services.writer import AuditWriter, actor_of, new_id, origin_of

__all__ = ["AuditWriter", "Transaction", "actor_of", "change", "inspection", "new_id", "origin_of"]


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


@contextmanager
def change(
    store: Store, operator: Operator, clock: Clock, attempt: Attempt, allowed: Policy = global_admin
) -> Iterator[Transaction]:
    """One change: committed on leaving, undone on any error.

    A refusal by a rule undoes the change and writes an event of its own.

    Args:
        attempt: what is about to be done, for that event.
        allowed: who may make it; by default who R1 names.
    """
    with _refusals_recorded(store, operator, clock, attempt), store.write() as unit:
        current = current_operator(unit, operator)
        allowed(current)
        yield Transaction(unit, actor_of(current), origin_of(current), clock(), current)
        unit.commit()


@contextmanager
def inspection(
    store: Store, operator: Operator, clock: Clock, attempt: Attempt, allowed: Policy = global_admin
) -> Iterator[UnitOfWork]:
    """A look at what not everybody may see; a refusal is told of as one of a change is."""
    with _refusals_recorded(store, operator, clock, attempt), store.read() as unit:
        allowed(current_operator(unit, operator))
        yield unit


@contextmanager
def _refusals_recorded(store: Store, operator: Operator, clock: Clock, attempt: Attempt) -> Iterator[None]:
    try:
        yield
    except Refused as refusal:
        with store.write() as unit:
            writer = AuditWriter(unit, actor_of(operator), origin_of(operator), clock())
            record_refusal(writer, attempt, refusal)
            unit.commit()
        raise
