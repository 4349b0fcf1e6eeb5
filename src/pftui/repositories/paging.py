"""Keyset pages: a page is found by the sort key of the row beside it, not by counting rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from pftui.domain.paging import PageRequest

Keys = Sequence[InstrumentedAttribute[Any]]
AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]


def fetch_page(
    session: Session, statement: AnySelect, keys: Keys, descending: bool, request: PageRequest
) -> Sequence[AnyRow]:
    """The rows of one page, in order.

    Args:
        statement: what to select, filtered but neither ordered nor limited.
        keys: the columns that order it; the last is the unique id that `request` names rows by.
    """
    if request.after_key is not None:
        beyond = _beyond(keys, request.after_key, descending)
        return _run(session, statement.where(beyond), keys, descending, request)
    if request.after is not None:
        anchor = _sort_key(session, keys, request.after)
        if anchor is not None:
            return _run(
                session, statement.where(_beyond(keys, anchor, descending)), keys, descending, request
            )
    elif request.before is not None:
        anchor = _sort_key(session, keys, request.before)
        if anchor is not None:
            reverse = not descending
            rows = _run(session, statement.where(_beyond(keys, anchor, reverse)), keys, reverse, request)
            return rows[::-1]
    return _run(session, statement.offset(request.offset), keys, descending, request)


def row_position(
    session: Session, counted: AnySelect, keys: Keys, descending: bool, row_id: str
) -> int | None:
    """How many rows of `counted` (a select of `keys`' table) come before the row; None where it has none."""
    anchor = _sort_key(session, keys, row_id)
    if anchor is None:
        return None
    found = session.execute(counted.where(keys[-1] == row_id).limit(1)).first()
    if found is None:
        return None
    before = counted.where(_beyond(keys, anchor, not descending))
    return session.scalar(select(func.count()).select_from(before.subquery()))


def _sort_key(session: Session, keys: Keys, row_id: str) -> tuple[Any, ...] | None:
    row = session.execute(select(*keys).where(keys[-1] == row_id)).first()
    return tuple(row) if row is not None else None


def _beyond(keys: Keys, anchor: tuple[Any, ...], descending: bool) -> ColumnElement[bool]:
    columns = tuple_(*keys)
    return columns < anchor if descending else columns > anchor


def _run(
    session: Session, statement: AnySelect, keys: Keys, descending: bool, request: PageRequest
) -> Sequence[AnyRow]:
    order = [key.desc() if descending else key.asc() for key in keys]
    return session.execute(statement.order_by(*order).limit(request.size)).all()
