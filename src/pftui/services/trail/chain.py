"""Whether the trail is what it was: each event follows the one before it, and none was edited."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice

from pftui.domain.audit import Action, ChainVerdict, Checkpoint
from pftui.domain.audit_archive import START
from pftui.domain.audit_form import StoredEvent, hash_of, newer, unbroken, well_formed
from pftui.domain.errors import WrongUsage
from pftui.repositories.audit import AuditRepository

_AT_ONCE = 1000  # events


class InAnArchive(WrongUsage):
    """An event is expected that is archived: without the file nobody can tell whether it is the same one."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Event {number} is archived: name the file that holds it with --archive.")


def check_trail(
    audit: AuditRepository,
    expected: Iterable[Checkpoint] = (),
    archives: Sequence[Iterable[StoredEvent]] = (),
) -> ChainVerdict:
    """The whole trail of a store: with the archives, where they are given, else from what was not archived.

    Raises:
        InAnArchive: an event is expected that no archive was given for.
    """
    archived = Checkpoint(*audit.archived())
    if archives:
        if archived != START:
            expected = (*expected, archived)
        verdict = check_chain(_joined(*archives, audit.oldest_first()), audit.head(), expected)
    else:
        verdict = check_chain(audit.oldest_first(), audit.head(), expected, archived)
    return replace(verdict, archived=archived.sequence)


def check_archives(archives: Sequence[Iterable[StoredEvent]], expected: Iterable[Checkpoint]) -> ChainVerdict:
    """Archives on their own: whether each event follows the one before, from the first that they hold on."""
    events = iter(_joined(*archives))
    first = next(events, None)
    if first is None:
        return ChainVerdict(0, START.hash, None, "the archive holds no event")
    begins = Checkpoint(first.sequence - 1, first.previous_hash)
    return links(chain([first], events), expected, begins, begins)[0]


def _joined(*parts: Iterable[StoredEvent]) -> Iterator[StoredEvent]:
    """Archives in their order, and what follows them; where an archive was interrupted, they overlap."""
    last = 0
    for event in chain.from_iterable(parts):
        if event.sequence > last:
            last = event.sequence
            yield event


def check_chain(
    events: Iterable[StoredEvent],
    head: tuple[int, str] | None,
    expected: Iterable[Checkpoint] = (),
    archived: Checkpoint = START,
) -> ChainVerdict:
    """Whether the events, oldest first, form an unbroken chain through what is expected to its head.

    Args:
        archived: the event that the first one follows. That it was archived, the trail must tell itself.
    """
    verdict, told = links(events, expected, archived, archived)
    if not (verdict.intact or verdict.newer):
        return verdict
    number, previous = verdict.events, verdict.head
    if head is None:
        return ChainVerdict(number, previous, None, "the record of the newest event is missing")
    if (number, previous) != head:
        return ChainVerdict(number, previous, number + 1, "the newest events are missing")
    if not told:
        return ChainVerdict(number, previous, archived.sequence, _UNTOLD)
    return verdict


def links(
    events: Iterable[StoredEvent], expected: Iterable[Checkpoint], begins: Checkpoint, archived: Checkpoint
) -> tuple[ChainVerdict, bool]:
    """Whether each event follows the one before, the first one `begins`; and whether one tells of an archive.

    Args:
        archived: up to where the trail was; where nothing was, there is nothing to tell.
    """
    number, previous, first_newer, told = *begins, 0, archived == START
    awaited: dict[int, set[str]] = {}
    for checkpoint in expected:
        awaited.setdefault(checkpoint.sequence, set()).add(checkpoint.hash)
    if awaited.pop(number, {previous}) != {previous}:
        return ChainVerdict(number, previous, number, _OTHER), told
    if awaited and min(awaited) < number:
        raise InAnArchive(min(awaited))
    for event in _with_care(events, number, previous, awaited):
        if isinstance(event, Checkpoint):  # all up to it are whole, and none was expected
            number, previous = event
            continue
        problem = chain_step(event, number + 1, previous)
        if problem is None and awaited and awaited.pop(event.sequence, {event.hash}) != {event.hash}:
            problem = _OTHER
        if problem is not None:
            return ChainVerdict(number, previous, number + 1, problem), told
        number, previous = event.sequence, event.hash
        told = told or _tells_of(event, archived)
        if newer(event):
            first_newer = first_newer or number
    if awaited:
        missing = ChainVerdict(number, previous, min(awaited), "an event that was expected there is missing")
        return missing, told
    if first_newer:
        return ChainVerdict(number, previous, first_newer, _NEWER, newer=True), told
    return ChainVerdict(number, previous), told


def _with_care(
    events: Iterable[StoredEvent], number: int, previous: str, awaited: Mapping[int, object]
) -> Iterator[StoredEvent | Checkpoint]:
    """The events that are to be looked at one by one; of those before them, which are whole, the last."""
    source = iter(events)
    while some := list(islice(source, _AT_ONCE)):
        while some:
            whole = unbroken(some, number, previous, awaited)
            if whole:
                number, previous = some[whole - 1].sequence, some[whole - 1].hash
                yield Checkpoint(number, previous)
            if whole < len(some):
                event = some[whole]
                number, previous = event.sequence, event.hash
                yield event
            some = some[whole + 1 :]


def chain_step(event: StoredEvent, number: int, previous: str) -> str | None:
    """What is wrong with the event that should be this one; the hash of a newer pftui's cannot be checked."""
    if event.sequence != number:
        return "an event is missing"
    if not well_formed(event):
        return "an event was edited"
    if event.previous_hash != previous:
        return "an event does not follow the one before it"
    if not newer(event) and hash_of(event) != event.hash:
        return "an event was edited"
    return None


def _tells_of(event: StoredEvent, archived: Checkpoint) -> bool:
    """Whether an event says that what came up to this one was archived, or was about to be."""
    if event.action != Action.AUDIT_ARCHIVED.value:
        return False
    try:
        up_to = Checkpoint.parse(json.loads(event.metadata)["upTo"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False
    return up_to == archived or up_to.sequence > archived.sequence


_NEWER = "it was written by a newer version of pftui, in a form that this one cannot check"
_OTHER = "this is not the event that was expected there"
_UNTOLD = "the events up to this one are gone, and no event tells that they were archived"
