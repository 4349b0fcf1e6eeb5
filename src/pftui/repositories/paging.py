"""Keyset pages: a page is found by the sort key of the row beside it, not by counting rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from pftui.domain.paging import PageRequest
from pftui.repositories.stored import is_text

Keys = Sequence[InstrumentedAttribute[Any]]
AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]
Condition = ColumnElement[bool]

FEW = 500
"""Rows that are sorted faster than the first page of them is come upon along the order."""
_TRIED = 5_000  # rows along the order that are looked at before a set is sorted instead


@dataclass(frozen=True, slots=True)
class Listed:
    """The rows of a list in two ways, either of which finds the same.

    Args:
        walked: what is asked of each row, along the order of the list.
        found: the same by a set of rows that an index gives, to be sorted; None where no index does.
        size: of that set: as many rows at most, or None for more than were counted.
        counted: the same for who wants all of them, as for counting; None where `walked` is as good.
        total: how many rows the list has, where it is known.
    """

    walked: tuple[Condition, ...] = ()
    found: tuple[Condition, ...] | None = None
    size: int | None = None
    counted: tuple[Condition, ...] | None = None
    total: int | None = None

    @property
    def best(self) -> tuple[Condition, ...]:
        """For who wants all of them."""
        return self.walked if self.counted is None else self.counted


@dataclass(frozen=True, slots=True)
class _Order:
    keys: Keys
    descending: bool

    def reversed(self) -> _Order:
        return _Order(self.keys, not self.descending)

    def beyond(self, anchor: Sequence[Any]) -> Condition:
        columns = tuple_(*self.keys)
        return columns < tuple(anchor) if self.descending else columns > tuple(anchor)

    def of(self, statement: AnySelect) -> AnySelect:
        return self._by(statement, self.keys)

    def of_set(self, statement: AnySelect) -> AnySelect:
        """The same, of a set that was found first: by what no index has, so that none is walked along."""
        return self._by(statement, [func.coalesce(key, key) for key in self.keys])

    def _by(self, statement: AnySelect, keys: Sequence[Any]) -> AnySelect:
        return statement.order_by(*(key.desc() if self.descending else key.asc() for key in keys))


def fetch_page(
    session: Session, statement: AnySelect, keys: Keys, descending: bool, request: PageRequest, listed: Listed
) -> Sequence[AnyRow]:
    """The rows of one page, in order.

    Args:
        statement: what to select, neither filtered nor ordered nor limited.
        keys: the columns that order it; the last is the unique id that `request` names rows by.
    """
    order = _Order(keys, descending)
    pages = _Pages(session, statement, listed, request.size)
    if request.after_key is not None:
        return pages.near(order, order.beyond(request.after_key))
    if request.after is not None:
        anchor = _sort_key(session, keys, request.after)
        if anchor is not None:
            return pages.near(order, order.beyond(anchor))
    elif request.before is not None:
        anchor = _sort_key(session, keys, request.before)
        if anchor is not None:
            reverse = order.reversed()
            return pages.near(reverse, reverse.beyond(anchor))[::-1]
    if not request.offset:
        return pages.near(order)
    return pages.at(order, request.offset)


@dataclass(frozen=True, slots=True)
class _Pages:
    session: Session
    statement: AnySelect
    listed: Listed
    size: int

    def near(self, order: _Order, *start: Condition) -> Sequence[AnyRow]:
        """The first rows of those that meet `start`."""
        listed = self.listed
        if listed.found is None:
            return self._rows(order, *listed.walked, *start)
        if listed.size is not None and listed.size <= FEW:
            return self._found(order, *listed.found, *start)
        border = self._border(order, *start)
        if border is None:
            return self._rows(order, *listed.walked, *start)
        rows = self._rows(order, *listed.walked, *start, order.reversed().beyond(border))
        return rows if len(rows) == self.size else self._found(order, *listed.found, *start)

    def at(self, order: _Order, offset: int) -> Sequence[AnyRow]:
        """The rows from a number on: past the middle read from the other side, where that is known."""
        total, filtered = self.listed.total, self.listed.best
        if total is not None and offset > total // 2:
            size = min(self.size, total - offset)
            if size <= 0:
                return []
            return self._skipping(order.reversed(), total - offset - size, size, filtered)[::-1]
        return self._skipping(order, offset, self.size, filtered)

    def _skipping(
        self, order: _Order, offset: int, size: int, filtered: tuple[Condition, ...]
    ) -> Sequence[AnyRow]:
        """What is skipped is read from the index of the order alone."""
        row_id = order.keys[-1]
        ids = order.of(select(row_id).where(*filtered)).offset(offset).limit(size)
        return self.session.execute(order.of(self.statement.where(row_id.in_(ids.correlate(None))))).all()

    def _rows(self, order: _Order, *conditions: Condition) -> Sequence[AnyRow]:
        statement = order.of(self.statement.where(*conditions))
        return self.session.execute(statement.limit(self.size)).all()

    def _found(self, order: _Order, *conditions: Condition) -> Sequence[AnyRow]:
        statement = order.of_set(self.statement.where(*conditions))
        return self.session.execute(statement.limit(self.size)).all()

    def _border(self, order: _Order, *start: Condition) -> tuple[Any, ...] | None:
        """The sort key up to which is tried; None where there is none, or none that can be asked for."""
        keys = order.of(select(*order.keys).where(*start)).offset(_TRIED).limit(1)
        row = self.session.execute(keys).first()
        return tuple(row) if row is not None and all(_can_be_asked(value) for value in row) else None


def _can_be_asked(value: Any) -> bool:
    return isinstance(value, int) or is_text(value)


def row_position(
    session: Session, keys: Keys, descending: bool, row_id: str, filtered: Sequence[Condition] = ()
) -> int | None:
    """How many rows come before the row; None where it is not among them.

    Args:
        filtered: what all rows of the list meet, of the table that `keys` are of.
    """
    anchor = _sort_key(session, keys, row_id)
    if anchor is None:
        return None
    found = session.execute(select(keys[-1]).where(*filtered, keys[-1] == row_id).limit(1)).first()
    if found is None:
        return None
    before = _Order(keys, not descending).beyond(anchor)
    return session.scalar(select(func.count()).select_from(keys[-1].class_).where(*filtered, before))


def _sort_key(session: Session, keys: Keys, row_id: str) -> tuple[Any, ...] | None:
    row = session.execute(select(*keys).where(keys[-1] == row_id)).first()
    return tuple(row) if row is not None else None
