"""Who created what: by the id beside each row, and by the trail for what is older than such ids."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from pftui.domain.audit import Action
from pftui.repositories.models import ApiKeyRow, AuditEventRow, Base, Principal


def created_by(
    row_id: InstrumentedAttribute[str],
    creator_id: InstrumentedAttribute[str | None],
    account_id: str,
    *actions: Action,
) -> ColumnElement[bool]:
    """Whether an account has created a row.

    Args:
        actions: what the trail calls it; it tells what no id was found for when there came to be some.
    """
    told = select(AuditEventRow.target_id).where(
        AuditEventRow.actor_id == account_id, AuditEventRow.action.in_([action.value for action in actions])
    )
    return or_(creator_id == account_id, row_id.in_(told))


def gone(session: Session, ids: Collection[str | None]) -> set[str]:
    """Those of the ids that no account has any more."""
    known = {each for each in ids if each is not None}
    if not known:
        return set()
    return known - set(session.scalars(select(Principal.id).where(Principal.id.in_(known))))


class Creators:
    """Who has created accounts and keys, in one transaction: few, so that they are looked through first."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[tuple[type[Base], str], list[str]] = {}

    def meant(self, table: type[Principal] | type[ApiKeyRow], by: str) -> ColumnElement[bool] | None:
        """Whether a row was created by whom a folded word means; None where no row was.

        By who they are now or, since they may be gone, by what was written down then.
        """
        ids = [each for each in self._among(table, table.created_by_id) if each == by]
        for some in _batches(self._among(table, table.created_by_id)):
            now = Principal.search_text.contains(by, autoescape=True)
            ids += self._session.scalars(select(Principal.id).where(Principal.id.in_(some), now))
        then = [each for each in self._among(table, table.created_by_folded) if by in each]
        fits = [
            column.in_(few)
            for column, few in ((table.created_by_id, ids), (table.created_by_folded, then))
            if few
        ]
        return or_(*fits) if fits else None

    def _among(self, table: type[Base], column: InstrumentedAttribute[Any]) -> list[str]:
        """The values of an indexed column, each found behind the one before."""
        key = (table, column.key)
        if key not in self._known:
            self._known[key] = list(self._session.scalars(_distinct(column)))
        return self._known[key]


def _distinct(column: InstrumentedAttribute[Any]) -> Select[Any]:
    """The different values of a column that an index begins with, however many rows have each."""
    first = select(func.min(column).label("value")).where(column.is_not(None))
    values = first.cte("known", recursive=True)
    following = select(func.min(column)).where(column > values.c.value).scalar_subquery()
    values = values.union_all(select(following).where(values.c.value.is_not(None)))
    return select(values.c.value).where(values.c.value.is_not(None))


def _batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    return (values[start : start + 500] for start in range(0, len(values), 500))
