"""How many events there are, by what they tell: kept for each full block of the trail, not for each event.

A block is `SIZE` events by their numbers. Once it is full nothing of it changes, so it is counted once, in
the transaction that fills it: by target and action, of everybody and of each actor, and from when to when
its events are. A total is the sum of these, and a count of what is in no block, or in one that a time
divides. So a total costs little more at a million events than at a thousand, and an event costs next to
nothing more. What was written and not counted, since an upgrade was interrupted, is looked through.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    and_,
    case,
    delete,
    except_,
    func,
    insert,
    literal,
    not_,
    select,
)
from sqlalchemy.orm import Session

from pftui.domain.audit import AuditQuery, Extent
from pftui.repositories.models import AuditBlock, AuditEventRow, AuditTally
from pftui.repositories.paging import AnySelect

SIZE = 1_000
"""Events of a block: so many at most are looked through at the end of the trail for each total."""
EVERYBODY = ""
AT_ONCE = 8
"""Blocks that one change counts; more wait for the next one, or for `db upgrade`."""
_LOOKED_AT = 100  # blocks
_LAST = (2**63 - 1) // SIZE - 1  # the last block whose events a database can number
_DIVIDED = 8  # blocks that a time may divide: where a clock was set back there may be more

Condition = ColumnElement[bool]
_ROW = AuditEventRow


def block_of(sequence: Any) -> Any:
    """The block that an event is of, by its number."""
    return (sequence - 1) // SIZE


def count_full(connection: Connection, last: int, most: int) -> int:
    """Count the blocks that are full with event `last` and not counted yet, so many at most; how many it did.

    They follow one another, from the first one on that is in the store as a whole.
    """
    newest = connection.scalar(select(func.max(AuditBlock.number)))
    if newest is None:
        first = connection.scalar(select(func.min(_ROW.sequence)))
        begin = block_of(int(first or 1) + SIZE - 1)
    elif type(newest) is int:
        begin = newest + 1
    else:
        return 0  # as only SQLite can hold: `db check` tells
    end = min(last // SIZE, begin + most)
    if begin >= end:
        return 0
    in_blocks = _ROW.sequence.between(begin * SIZE + 1, end * SIZE)
    connection.execute(delete(AuditTally).where(AuditTally.block >= begin))
    connection.execute(insert(AuditBlock).from_select(["number", *_BLOCK], blocks(in_blocks)))
    for counted in (tallies(in_blocks), tallies(in_blocks, by_actor=True)):
        connection.execute(insert(AuditTally).from_select([*_TALLY, "events"], counted))
    return int(end - begin)


_BLOCK = ("events", "earliest", "latest")
_TALLY = ("actor_id", "target", "action", "block")


def blocks(condition: Condition) -> AnySelect:
    """What is to be kept of the blocks of events that meet a condition."""
    block, moment = block_of(_ROW.sequence), _ROW.created_at
    return select(block, func.count(), func.min(moment), func.max(moment)).where(condition).group_by(block)


def tallies(condition: Condition, *, by_actor: bool = False) -> AnySelect:
    """What is to be kept of how many events meet a condition in each block."""
    what = (_ROW.target, _ROW.action, block_of(_ROW.sequence))
    if not by_actor:
        return select(literal(EVERYBODY), *what, func.count()).where(condition).group_by(*what)
    # Nobody has an empty id; what somebody put there by hand is not to be taken for everybody.
    named = and_(condition, _ROW.actor_id != EVERYBODY)
    return select(_ROW.actor_id, *what, func.count()).where(named).group_by(_ROW.actor_id, *what)


def forget(session: Session, last: int) -> None:
    """Events up to this one are gone, and so is what was counted of their blocks."""
    session.execute(delete(AuditTally).where(AuditTally.block <= block_of(last)))
    session.execute(delete(AuditBlock).where(AuditBlock.number <= block_of(last)))


@dataclass(frozen=True, slots=True)
class Total:
    """How many events are found, and between which numbers they are; `first` is 0 where that is not known."""

    events: int
    first: int = 0
    last: int = 0


def is_tallied(query: AuditQuery) -> bool:
    """Whether what is asked of events is what is kept of them: when, what, and by whom."""
    kept = AuditQuery(
        created_from=query.created_from,
        created_until=query.created_until,
        action=query.action,
        target=query.target,
        actor_id=query.actor_id,
        only=query.only,
        without=query.without,
    )
    return replace(query, limit=kept.limit, offset=kept.offset) == kept and query.actor_id != EVERYBODY


def extent(session: Session) -> Extent:
    """From which event to which the trail is in the store."""
    first = session.scalar(select(func.min(_ROW.sequence)))
    last = session.scalar(select(func.max(_ROW.sequence)))
    return Extent(first or 1, last or 0)


def total(
    session: Session, query: AuditQuery, found: Sequence[Condition], among_few: Sequence[Condition]
) -> Total:
    """How many events there are of what `is_tallied`.

    Args:
        found: what is asked, as conditions on events.
        among_few: the same, to be asked of a few by their numbers.
    """
    there, known = _known(session, query)
    if known is None:
        return Total(int(session.scalar(select(func.count()).select_from(_ROW).where(*found)) or 0))
    begin, end = known.first * SIZE, (known.last + 1) * SIZE
    ranges = [Extent(there.first, begin), *map(_events_of, known.divided), Extent(end + 1, there.last)]
    ranges = [each for each in ranges if each.first <= each.last]
    asked = [_counted(among_few, each) for each in ranges]
    if not _of_time_alone(query):
        asked.append(_summed(query))
    counts = [int(each or 0) for each in session.execute(select(*asked)).one()] if asked else []
    holding = [each for each, number in zip(ranges, counts, strict=False) if number]
    if known.within is not None:
        holding += map(_events_of, known.within)
    return Total(
        sum(counts) + (known.events if _of_time_alone(query) else 0),
        min((each.first for each in holding), default=0),
        max((each.last for each in holding), default=0),
    )


def _events_of(block: int) -> Extent:
    return Extent(block * SIZE + 1, (block + 1) * SIZE)


@dataclass(frozen=True, slots=True)
class _Known:
    """Which blocks are counted, from the first to the last; what is in those that a time holds whole.

    `divided` are those of which only a part may be of the time.
    """

    first: int
    last: int
    events: int
    within: tuple[int, int] | None
    divided: Sequence[int]


def _known(session: Session, query: AuditQuery) -> tuple[Extent, _Known | None]:
    """Where the trail is; and what is counted of it, or None where nothing is that is of use."""
    whole, number = _within(query), AuditBlock.number
    row = session.execute(
        select(
            select(func.min(_ROW.sequence)).scalar_subquery(),
            select(func.max(_ROW.sequence)).scalar_subquery(),
            func.count(),
            func.min(number),
            func.max(number),
            func.sum(case((whole, _of_a_block(AuditBlock.events)), else_=0)),
            func.min(case((whole, number))),
            func.max(case((whole, number))),
        ).select_from(AuditBlock)
    ).one()
    oldest, newest, known, first, last, events, begin, end = row
    there = Extent(oldest or 1, newest or 0)
    if not known or any(type(each) is not int for each in (first, last)):
        return there, None
    if last - first + 1 != known or first * SIZE + 1 < there.first or (last + 1) * SIZE > there.last:
        return there, None
    divided: Sequence[int] = ()
    if _has_time(query):
        touched = select(number).where(not_(whole), _touching(query)).limit(_DIVIDED + 1)
        divided = session.scalars(touched).all()
    if len(divided) > _DIVIDED:
        return there, None
    return there, _Known(first, last, int(events), None if begin is None else (begin, end), divided)


def _of_a_block(events: Any) -> ColumnElement[int]:
    """How many of a block's events; of what can be no such number none, so that no sum is too large."""
    return case((events.between(0, 2**31 - 1), events), else_=0)


def _has_time(query: AuditQuery) -> bool:
    return query.created_from is not None or query.created_until is not None


def _of_time_alone(query: AuditQuery) -> bool:
    return replace(query, created_from=None, created_until=None).everything


def _within(query: AuditQuery) -> Condition:
    """The blocks of which all events are of the time."""
    conditions: list[Condition] = [AuditBlock.number >= 0]
    if query.created_from is not None:
        conditions.append(AuditBlock.earliest >= query.created_from)
    if query.created_until is not None:
        conditions.append(AuditBlock.latest <= query.created_until)
    return and_(*conditions)


def _touching(query: AuditQuery) -> Condition:
    """The blocks of which some event may be of the time."""
    conditions: list[Condition] = [AuditBlock.number >= 0]
    if query.created_from is not None:
        conditions.append(AuditBlock.latest >= query.created_from)
    if query.created_until is not None:
        conditions.append(AuditBlock.earliest <= query.created_until)
    return and_(*conditions)


def _summed(query: AuditQuery) -> ScalarSelect[Any]:
    """How many events are counted of those that are asked for, in the blocks that are of the time."""
    tally = AuditTally
    conditions: list[Condition] = [tally.actor_id == (query.actor_id or EVERYBODY)]
    if query.target is not None:
        conditions.append(tally.target == query.target.value)
    if query.action is not None:
        conditions.append(tally.action == query.action.value)
    if query.only:
        conditions.append(tally.action.in_([action.value for action in query.only]))
    if query.without:
        conditions.append(tally.action.not_in([action.value for action in query.without]))
    if _has_time(query):
        conditions.append(tally.block.in_(select(AuditBlock.number).where(_within(query))))
    return select(func.sum(_of_a_block(tally.events))).where(*conditions).scalar_subquery()


def _counted(found: Sequence[Condition], there: Extent) -> ScalarSelect[Any]:
    """The same by looking at the events between two numbers, both included."""
    between = _ROW.sequence.between(there.first, there.last)
    return select(func.count()).select_from(_ROW).where(*found, between).scalar_subquery()


def problems(connection: Connection) -> Iterator[int]:
    """The blocks that are not counted as their events are, some looked at after the other."""
    number = AuditBlock.number
    first, last = connection.execute(select(func.min(number), func.max(number))).one()
    if type(first) is not int or type(last) is not int:
        return  # none, or what their own rows are found to be
    if not 0 <= first <= last <= _LAST:
        yield last
        return
    for begin in range(first, last + 1, _LOOKED_AT):
        end = min(begin + _LOOKED_AT, last + 1)
        events = _ROW.sequence.between(begin * SIZE + 1, end * SIZE)
        kept_blocks = select(number, *(getattr(AuditBlock, name) for name in _BLOCK))
        kept = select(*(getattr(AuditTally, name) for name in _TALLY), AuditTally.events)
        kept = kept.where(AuditTally.block.between(begin, end - 1))
        of_all, block = AuditTally.actor_id == EVERYBODY, _TALLY.index("block")
        looks: tuple[tuple[int, AnySelect, AnySelect], ...] = (
            (0, blocks(events), kept_blocks.where(number.between(begin, end - 1))),
            (block, tallies(events), kept.where(of_all)),
            (block, tallies(events, by_actor=True), kept.where(not_(of_all))),
        )
        found: set[int] = set()
        for place, counted, stored in looks:
            for different in (except_(counted, stored), except_(stored, counted)):
                found.update(row[place] for row in connection.execute(different))
        yield from sorted(found)
