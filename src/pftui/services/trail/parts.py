"""A long trail is checked in parts, in several processes at once, each with a core of its own.

That a trail is whole can be found in parts: each begins behind an event that the store was asked for before,
and ends with the next one of those. Whatever else is found is left to the check of the whole
(`chain.py`), which alone says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, closing
from itertools import pairwise
from typing import NamedTuple, Protocol

from pftui.domain.audit import ChainVerdict, Checkpoint
from pftui.domain.audit_form import StoredEvent
from pftui.repositories.audit import AuditRepository
from pftui.repositories.database.engine import connect
from pftui.repositories.unit_of_work import Store
from pftui.services.trail.chain import check_trail, links

HEAD_START = 100_000
"""Events that this process has checked before another one is under way."""
LONG = 2 * HEAD_START
"""From so many on it pays."""


class Part(NamedTuple):
    """Events that follow each other, from behind the one that it `begins` with to the one it `ends` with.

    `view` is the state of the store in which they are read (`repositories/shared_view.py`), `archived` the
    event that the trail begins behind, and `expected` what must be among them.
    """

    view: str
    archived: Checkpoint
    begins: Checkpoint
    ends: Checkpoint
    expected: tuple[Checkpoint, ...] = ()


#: Waits for what `check_part` gives for each part; None where one is not whole, or could not be looked at.
#: What it is given is called every few seconds meanwhile.
Awaited = Callable[[Callable[[], object]], list[bool] | None]


class Apart(Protocol):
    """Checks parts in other processes."""

    @property
    def cores(self) -> int:
        """How many parts at once, with the one that is checked here."""

    def checking(self, parts: Sequence[Part]) -> AbstractContextManager[Awaited | None]:
        """Begins with them, and ends what is under way when it is left; None where it cannot."""


def verified(
    audit: AuditRepository,
    expected: Iterable[Checkpoint] = (),
    archives: Sequence[Iterable[StoredEvent]] = (),
    apart: Apart | None = None,
) -> ChainVerdict:
    """What `check_trail` gives; with `apart`, sooner where the trail is long and whole.

    Raises:
        InAnArchive: an event is expected that no archive was given for.
    """
    expected = tuple(expected)
    if apart is not None and not archives:
        whole = _whole(audit, expected, apart)
        if whole is not None:
            return whole
    return check_trail(audit, expected, archives)


def _whole(audit: AuditRepository, expected: Sequence[Checkpoint], apart: Apart) -> ChainVerdict | None:
    """What is said of a trail that is whole; None where it is not, or was not found to be."""
    archived, head = Checkpoint(*audit.archived()), audit.head()
    parts = _parts(audit, archived, head, expected, apart.cores) if head is not None else []
    if not parts:
        return None
    with apart.checking(parts[1:]) as awaited:
        own = _tells(audit, parts[0]) if awaited is not None else None
        if awaited is None or own is None:
            return None
        # The server would end a transaction in which nothing is asked for as long as that may take.
        told = awaited(audit.head)
    if told is None or not (own or any(told)):
        return None
    return ChainVerdict(*parts[-1].ends, archived=archived.sequence)


def _parts(
    audit: AuditRepository,
    archived: Checkpoint,
    head: tuple[object, object],
    expected: Sequence[Checkpoint],
    cores: int,
) -> list[Part]:
    """As many as there are cores, the first the longest; none where the trail is short, or looks unusual."""
    first, last = archived.sequence, head[0]
    if not (isinstance(first, int) and isinstance(last, int)) or cores < 2 or last - first < LONG:
        return []
    if not all(first < each.sequence <= last for each in expected):
        return []
    view = audit.shared_view(first, last)
    if view is None:
        return []
    each = (last - first - HEAD_START) // cores
    borders = [last - each * number for number in range(cores - 1, 0, -1)]
    between = [audit.hash_at(border) for border in borders]
    hashes = [archived.hash, *between, head[1]]
    points = [
        Checkpoint(number, each)
        for number, each in zip([first, *borders, last], hashes, strict=True)
        if isinstance(each, str)
    ]
    if len(points) <= cores:
        return []
    return [
        Part(
            view,
            archived,
            begins,
            ends,
            tuple(each for each in expected if begins.sequence < each.sequence <= ends.sequence),
        )
        for begins, ends in pairwise(points)
    ]


def check_part(url: str, part: Part) -> bool | None:
    """Whether a part tells of what is archived, where anything is; None where it is not whole.

    Raises:
        OtherView, PftuiError, OSError: it cannot be looked at.
    """
    # Anywhere: the server that has this view is the one that was believed when it was given.
    with closing(Store(connect(url, anywhere=True))) as store, store.read_shared(part.view) as unit:
        return _tells(unit.audit, part)


def _tells(audit: AuditRepository, part: Part) -> bool | None:
    events = audit.oldest_first(part.begins.sequence, part.ends.sequence)
    verdict, told = links(events, (*part.expected, part.ends), part.begins, part.archived)
    found = Checkpoint(verdict.events, verdict.head)
    return told if verdict.intact and found == part.ends else None
