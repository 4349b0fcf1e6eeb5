"""How many accounts there are, by kind and status: kept with each change, so nothing is counted again."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from pftui.domain.accounts import NEEDS_ATTENTION, AccountCounts, Kind
from pftui.repositories.models import AccountCount, Principal

#: By kind and status as they are stored, how many more.
Change = Counter[tuple[str, int]]


def move(session: Session, change: Change) -> None:
    """Count what has changed, in its transaction."""
    for (kind, status), more in change.items():
        if not more:
            continue
        of = (AccountCount.kind == kind, AccountCount.status == status)
        counted = update(AccountCount).where(*of).values(number=AccountCount.number + more)
        found: Any = session.execute(counted.execution_options(synchronize_session=False))
        if not found.rowcount:
            session.execute(insert(AccountCount).values(kind=kind, status=status, number=more))


def counted(session: Session, kind: Kind | None = None, attention: bool = False) -> AccountCounts:
    """How many accounts there are of a kind, or of all; with `attention` only those that need it."""
    by_kind: Counter[str] = Counter()
    needing = 0
    for (of, status), number in _stored(session).items():
        needs = status in NEEDS_ATTENTION
        if (kind is None or of == kind.value) and (needs or not attention):
            by_kind[of] += number
            needing += number if needs else 0
    total, users = by_kind.total(), by_kind[Kind.USER.value]
    return AccountCounts(total, users, total - users, needing)


def by_status(session: Session) -> dict[int, int]:
    """How many accounts have each status."""
    counts: Counter[int] = Counter()
    for (_, status), number in _stored(session).items():
        counts[status] += number
    return counts


def _stored(session: Session) -> Change:
    """The counts; where one of them is none, as only SQLite can hold, they are counted."""
    rows = session.execute(select(AccountCount.kind, AccountCount.status, AccountCount.number)).all()
    if any(type(row.number) is not int or row.number < 0 for row in rows):
        of = (Principal.kind, Principal.status)
        rows = session.execute(select(*of, func.count().label("number")).group_by(*of)).all()
    return Counter({(row.kind, row.status): row.number for row in rows})
