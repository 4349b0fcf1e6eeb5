"""The audit trail: read and checked by global admins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pftui.domain.accounts import Operator
from pftui.domain.acts import Act, Intent
from pftui.domain.api_key import parse_key_id
from pftui.domain.audit import (
    AuditEvent,
    AuditPage,
    AuditQuery,
    ChainVerdict,
    Checkpoint,
    DamagedEvent,
    Extent,
)
from pftui.domain.audit_filter import AuditFilter
from pftui.domain.audit_form import StoredEvent
from pftui.domain.clock import Clock
from pftui.domain.errors import Ambiguous, InvalidInput, NotFound, StoreUnavailable, WrongUsage
from pftui.domain.names import storable
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.archive import Moved, Write, archive
from pftui.services.trail.parts import Apart, verified
from pftui.services.transaction import inspection

LARGEST_PAGE = 100
#: Events that are read at once where all are asked for.
AT_ONCE = 4000
_LARGEST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class AuditService:
    """The audit trail; global admins only.

    `apart` checks parts of a long trail in other processes: not where a program has not asked for that.
    """

    store: Store
    clock: Clock
    apart: Apart | None = None

    def list(self, operator: Operator, query: AuditQuery) -> AuditPage:
        """One page, newest first. Raises `WrongUsage` for a limit or an offset that cannot be."""
        if not 1 <= query.limit <= LARGEST_PAGE or query.offset < 0:
            raise WrongUsage(f"The limit is 1 to {LARGEST_PAGE}, the offset 0 or more.")
        with inspection(self.store, operator, self.clock, Intent(Act.AUDIT_LIST)) as unit:
            return unit.audit.page(query)

    def show(self, operator: Operator, sequence: int) -> AuditEvent | DamagedEvent:
        """One event by its number. Raises `NotFound`."""
        with inspection(self.store, operator, self.clock, Intent(Act.AUDIT_SHOW)) as unit:
            event = unit.audit.numbered(sequence) if 0 < sequence <= _LARGEST_NUMBER else None
        if event is None:
            raise NotFound(f"There is no event {sequence}.")
        return event

    def find_actor(self, operator: Operator, reference: str) -> str:
        """The id of who did something: an account, or one that was deleted, `host:USER`, `anonymous`.

        Raises:
            NotFound: nobody of this id, name or address is or was there.
            Ambiguous: several are or were.
        """
        with inspection(self.store, operator, self.clock, Intent(Act.AUDIT_LIST)) as unit:
            accounts = [account.id for account in unit.accounts.matching(reference, None, None)]
            return _the_one(reference, accounts or unit.audit.actors(reference), "Nobody")

    def find_subject(self, operator: Operator, reference: str) -> str:
        """The id of what something happened to: an account, a team, a role, a key, a webhook, or one that was
        deleted.

        Raises:
            NotFound: nothing of this id, name, slug or address is or was there.
            Ambiguous: several are or were.
        """
        with inspection(self.store, operator, self.clock, Intent(Act.AUDIT_LIST)) as unit:
            return _subject(unit, reference)

    def resolve(self, operator: Operator, typed: AuditFilter) -> AuditQuery:
        """What a filter asks for, with what is named by `about:`.

        Raises:
            InvalidInput: something in it is not understood.
            NotFound, Ambiguous: see `find_subject`.
        """
        if typed.problem:
            raise InvalidInput("filter", typed.problem)
        if not typed.about:
            return typed.query
        return replace(typed.query, about_id=self.find_subject(operator, typed.about))

    def extent(self, operator: Operator) -> Extent:
        """From which event to which the trail is in the store; those before are archived."""
        with inspection(self.store, operator, self.clock, Intent(Act.AUDIT_LIST)) as unit:
            return unit.audit.extent()

    def numbers(self, operator: Operator, query: AuditQuery, newest: int, oldest: int) -> Sequence[int]:
        """The numbers of the events that a query finds from one number down to another, newest first.

        What lies behind an event stays as it is, so that a long trail can be looked through bit by bit.
        """
        with inspection(self.store, operator, self.clock, Intent(Act.AUDIT_LIST)) as unit:
            return unit.audit.numbers(query, newest, oldest)

    def numbered(self, operator: Operator, numbers: Sequence[int]) -> Sequence[AuditEvent | DamagedEvent]:
        """The events with these numbers, in their order: some hundreds at most."""
        with inspection(self.store, operator, self.clock, Intent(Act.AUDIT_LIST)) as unit:
            return unit.audit.with_numbers(numbers)

    def stream(
        self, operator: Operator, query: AuditQuery, after: int = 0, last: int | None = None
    ) -> Iterator[StoredEvent]:
        """All events that a query finds behind number `after`, oldest first, as they are stored.

        They end with number `last`, or what is the newest one when the first is asked for. Some are read at
        a time, each time as whoever the operator still is (R9): it takes the same memory for ten as for a
        million, and no writer waits.
        """
        if last is None:
            with inspection(self.store, operator, self.clock, Intent(Act.AUDIT_EXPORT)) as unit:
                last = unit.audit.extent().last
        while after < last:
            with inspection(self.store, operator, self.clock, Intent(Act.AUDIT_EXPORT)) as unit:
                events = unit.audit.stored_from(query, after + 1, last, AT_ONCE)
            yield from events
            if len(events) < AT_ONCE:
                return
            after = events[-1].sequence

    def head(self, operator: Operator) -> Checkpoint:
        """The newest event, to be kept elsewhere and given to `verify` later. Raises `StoreUnavailable`."""
        with inspection(self.store, operator, self.clock, Intent(Act.AUDIT_HEAD)) as unit:
            head = unit.audit.head()
        if head is None:
            raise StoreUnavailable("The record of the newest event is missing: see `pftui audit verify`.")
        return Checkpoint(*head)

    def verify(
        self,
        operator: Operator,
        expected: Iterable[Checkpoint] = (),
        archives: Sequence[Iterable[StoredEvent]] = (),
    ) -> ChainVerdict:
        """Check the hash chain from its first event to its head.

        A chain that was made anew as a whole, or cut off with its head set back, is intact in itself: only
        what was kept elsewhere tells.

        Args:
            expected: what `head` has given before; each must still be in its place.
            archives: events that were archived, file by file, as `read_archive` gives them.
        """
        with inspection(self.store, operator, self.clock, Intent(Act.AUDIT_VERIFY)) as unit:
            return verified(unit.audit, expected, archives, self.apart)

    def archive(self, operator: Operator, before: datetime, write: Write) -> Moved:
        """Move the events from before a time into a file, and tell of it. A person does that, proved lately.

        What is moved is the beginning of the trail, up to the first event of that time or later; it ends
        before what somebody still waits to be told of. The file is whole and on the disk before the first
        event is removed.

        Args:
            write: writes the lines to a new file, sees them to the disk, and gives the file's name.

        Raises:
            WrongUsage: there is nothing to archive.
            StoreDamaged: the trail is broken there; nothing was removed.
            Conflict: somebody else has archived events meanwhile; nothing was removed.
            PersonNeeded, ProofNeeded: nothing was changed.
        """
        return archive(self.store, self.clock, operator, before, write)


def _subject(unit: UnitOfWork, reference: str) -> str:
    key_id = parse_key_id(reference)
    if key_id is not None and unit.credentials.key(key_id) is not None:
        return key_id
    wanted = reference.strip()
    role = unit.roles.get(wanted) or unit.roles.named(wanted) if storable(wanted) else None
    webhook = unit.webhooks.get(wanted) or unit.webhooks.named(wanted) if storable(wanted) else None
    there = [
        *(account.id for account in unit.accounts.matching(reference, None, None)),
        *(team.id for team in unit.teams.matching(reference, None)),
        *([role.id] if role is not None else []),
        *([webhook.id] if webhook is not None else []),
    ]
    return _the_one(reference, there or unit.audit.ended(reference), "Nothing")


def _the_one(reference: str, ids: Sequence[str], nobody: str) -> str:
    if not ids:
        raise NotFound(f"{nobody} of the name, e-mail or id {reference.strip()!r} is or was there.")
    if len(ids) > 1:
        listed = ", ".join(ids)
        raise Ambiguous(f"{reference.strip()!r} fits several: {listed}. Give the id.", list(ids))
    return ids[0]
