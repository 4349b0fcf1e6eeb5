"""The audit trail: read and checked by global admins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pftui.domain.accounts import Operator
from pftui.domain.audit import (
    GENESIS,
    AuditEvent,
    AuditPage,
    AuditQuery,
    ChainVerdict,
    DamagedEvent,
    event_hash,
)
from pftui.domain.clock import Clock
from pftui.domain.errors import WrongUsage
from pftui.repositories.unit_of_work import Store
from pftui.services.transaction import inspection

LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True)
class AuditService:
    """The audit trail; global admins only."""

    store: Store
    clock: Clock

    def list(self, operator: Operator, query: AuditQuery) -> AuditPage:
        """One page, newest first. Raises `WrongUsage` for a limit or an offset that cannot be."""
        if not 1 <= query.limit <= LARGEST_PAGE or query.offset < 0:
            raise WrongUsage(f"The limit is 1 to {LARGEST_PAGE}, the offset 0 or more.")
        with inspection(self.store, operator, self.clock) as unit:
            return unit.audit.page(query)

    def verify(self, operator: Operator) -> ChainVerdict:
        """Check the hash chain from its first event to its head."""
        with inspection(self.store, operator, self.clock) as unit:
            return check_chain(unit.audit.oldest_first(), unit.audit.head())


def check_chain(events: Iterable[AuditEvent | DamagedEvent], head: tuple[int, str] | None) -> ChainVerdict:
    """Whether the events, oldest first, form an unbroken chain that ends at the head."""
    number, previous = 0, GENESIS
    for event in events:
        if event.sequence != number + 1:
            return ChainVerdict(number, previous, number + 1, "an event is missing")
        if isinstance(event, DamagedEvent):
            return ChainVerdict(number, previous, event.sequence, "an event was edited")
        number = event.sequence
        if event.previous_hash != previous:
            return ChainVerdict(number, previous, number, "an event does not follow the one before it")
        if event_hash(event) != event.hash:
            return ChainVerdict(number, previous, number, "an event was edited")
        previous = event.hash
    if head is None:
        return ChainVerdict(number, previous, None, "the record of the newest event is missing")
    if (number, previous) != head:
        return ChainVerdict(number, previous, number + 1, "the newest events are missing")
    return ChainVerdict(number, previous)
