"""Retention: old events are moved into a file that verifies with what stays. Nothing else removes one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from pftui.domain.accounts import Operator
from pftui.domain.acts import Act, Intent
from pftui.domain.audit import Action, Checkpoint, Target, iso
from pftui.domain.audit_archive import archive_lines
from pftui.domain.audit_form import StoredEvent
from pftui.domain.clock import Clock
from pftui.domain.errors import Conflict, PersonNeeded, StoreDamaged, WrongUsage
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.policy import ensure_proved, global_admin
from pftui.services.trail.chain import chain_step
from pftui.services.transaction import change, inspection

AT_ONCE = 1000
#: Events that are removed in one transaction: other writers wait for less than a second.
REMOVED_AT_ONCE = 5000

Write = Callable[[Iterable[str]], str]
"""Writes the lines of an archive to a new file, sees them to the disk, and gives the file's name."""


@dataclass(frozen=True, slots=True)
class Needed:
    """An event that something still waits for, and by whom, as a sentence names them."""

    sequence: int
    by: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What was archived: the last event, how many, and the SHA-256 of the file."""

    last: Checkpoint
    events: int
    sha256: str
    file: str
    held_by: str = ""
    """What keeps older events in the store; empty where nothing does."""


def earliest_needed(unit: UnitOfWork) -> Needed | None:
    """The first event that a webhook has not been told of yet: it, and what follows it, stays."""
    first = unit.deliveries.earliest()
    return Needed(first[0], f"The webhook {first[1]}") if first is not None else None


def ensure_person(operator: Operator) -> None:
    """A global admin, and not by a key: what is moved out of the trail is moved by a person."""
    global_admin(operator)
    if operator.key_id is not None:
        raise PersonNeeded(
            "A person archives events, not a key. Nothing was changed: sign in as a global admin."
        )


def archive(store: Store, clock: Clock, operator: Operator, before: datetime, write: Write) -> Moved:
    """See `AuditService.archive`."""
    with inspection(store, operator, clock, _INTENT, ensure_person) as unit:
        ensure_proved(unit, operator, clock())
        follows, last, held_by = _range(unit, before)
    digest = hashlib.sha256()
    file = write(_hashed(archive_lines(follows, _checked(store, follows, last)), digest.update))
    moved = _Moving(follows, last)
    with change(store, operator, clock, _INTENT, ensure_person) as transaction:
        if Checkpoint(*transaction.unit.audit.archived()) != follows:
            raise Conflict(
                f"Somebody else has archived events meanwhile. Nothing was removed; {file} may go."
            )
        transaction.record(
            Action.AUDIT_ARCHIVED,
            Target.ORGANIZATION,
            transaction.unit.organization.get().id,
            f"Archived {last.sequence - follows.sequence:,} events up to #{last.sequence:,} to {file}",
            upTo=str(last),
            follows=str(follows),
            events=last.sequence - follows.sequence,
            before=iso(before),
            file=file,
            sha256=digest.hexdigest(),
        )
        moved.remove_some(transaction.unit)
    while moved.more:
        with store.write() as unit:
            moved.remove_some(unit)
            unit.commit()
    return Moved(last, last.sequence - follows.sequence, digest.hexdigest(), file, held_by)


_INTENT = Intent(Act.AUDIT_ARCHIVE)


def _range(unit: UnitOfWork, before: datetime) -> tuple[Checkpoint, Checkpoint, str]:
    """The event behind which to begin, the last one to move, and what keeps it from being a later one."""
    follows, extent = Checkpoint(*unit.audit.archived()), unit.audit.extent()
    kept = unit.audit.first_since(before)
    last, held_by = (kept if kept is not None else extent.last) - 1, ""
    needed = earliest_needed(unit)
    if needed is not None and needed.sequence <= last:
        last, held_by = needed.sequence - 1, needed.by
    if last <= follows.sequence:
        why = f" {held_by} has not been told of older ones yet." if held_by else ""
        raise WrongUsage(f"There is nothing to archive: no event is older than {iso(before)}.{why}")
    event = unit.audit.stored_at(last)
    if event is None:
        raise StoreDamaged(_BROKEN)
    return follows, Checkpoint(event.sequence, event.hash), held_by


def _checked(store: Store, follows: Checkpoint, last: Checkpoint) -> Iterator[StoredEvent]:
    """The events from one to the other, each as the chain has it: what is broken is not moved."""
    number, previous = follows
    while number < last.sequence:
        with store.read() as unit:
            events = unit.audit.stored_between(number + 1, last.sequence, AT_ONCE)
        if not events:
            raise StoreDamaged(_BROKEN)
        for event in events:
            if chain_step(event, number + 1, previous) is not None:
                raise StoreDamaged(_BROKEN)
            number, previous = event.sequence, event.hash
            yield event
    if (number, previous) != last:
        raise StoreDamaged(_BROKEN)


_BROKEN = (
    "The audit trail is broken where it would be archived: see `pftui audit verify`. Nothing was removed."
)


def _hashed(lines: Iterable[str], update: Callable[[bytes], object]) -> Iterator[str]:
    for line in lines:
        update(line.encode("ascii"))
        yield line


@dataclass
class _Moving:
    """The removal of what is in the file, some at a time.

    Where it is interrupted the rest stays, for the next archive; that file then holds it once more.
    """

    done: Checkpoint
    last: Checkpoint

    @property
    def more(self) -> bool:
        """Whether some are left."""
        return self.done.sequence < self.last.sequence

    def remove_some(self, unit: UnitOfWork) -> None:
        """Remove the oldest, under the write lock."""
        number = min(self.done.sequence + REMOVED_AT_ONCE, self.last.sequence)
        event = unit.audit.stored_at(number)
        if event is None:
            raise StoreDamaged(_BROKEN)
        self.done = Checkpoint(event.sequence, event.hash)
        unit.audit.remove_archived(self.done)
