"""How many accounts there are, by kind and status: kept with each change, so nothing is counted again."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from pftui.domain.accounts import NEEDS_ATTENTION, AccountCounts, Kind
from pftui.repositories.models import AccountCount, Principal

#: By kind and status as they are stored, how many more.
Change = Counter[tuple[str, int]]


_COUNTS: Any = AccountCount.__table__
_MORE = (
    update(_COUNTS)
    .where(_COUNTS.c.kind == bindparam("of_kind"), _COUNTS.c.status == bindparam("of_status"))
    .values(number=_COUNTS.c.number + bindparam("more"))
)


def move(session: Session, change: Change) -> None:
    """Count what has changed, in its transaction."""
    for (kind, status), more in change.items():
        if not more:
            continue
        connection = session.connection()  # past the ORM, which would take twice the time
        moved = connection.execute(_MORE, {"of_kind": kind, "of_status": status, "more": more})
        if not moved.rowcount:
            connection.execute(insert(_COUNTS).values(kind=kind, status=status, number=more))


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
