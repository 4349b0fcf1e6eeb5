"""Teams that have ended: the row of one goes at once, and with it all that is found by way of it.

Its assignments are more than one transaction should take where thousands are in it, so they are cleared in
steps. Until then nobody finds them: who asks for a team, a member or a role in one goes by way of the team's
row. What is counted with them (in how many teams an account is, its status, by how many a role is held)
follows with each step, so that counts are at any moment those of the rows that are there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Delete, Update, and_, case, delete, func, insert, select, update
from sqlalchemy.orm import Session

from pftui.domain.accounts import Kind, Status
from pftui.repositories import account_counts
from pftui.repositories.models import Assignment, EndedTeam, Principal, Role

#: Assignments that are cleared in one transaction: a fraction of a second, for which others wait.
STEP = 1_000
_BATCH = 500  # rows named in one statement


def end(session: Session, team_id: str) -> None:
    """Clear what one transaction can of a team whose row is gone, and note it where more is left."""
    _clear(session, team_id)
    if _left(session, team_id):
        session.execute(insert(EndedTeam).values(id=team_id, cleared_at=0))


def note(session: Session, team_id: str, now: int) -> None:
    """Note when a team was last seen to, in microseconds since 1970, where something of it is left."""
    _send(session, update(EndedTeam).where(EndedTeam.id == team_id).values(cleared_at=now))


def clear_some(session: Session, now: int) -> int:
    """Clear a step of what is left of one team; how many assignments that were.

    Args:
        now: when that is, in microseconds since 1970.
    """
    team_id = session.scalar(select(EndedTeam.id).order_by(EndedTeam.id).limit(1))
    if team_id is None:
        return 0
    cleared = _clear(session, team_id)
    if _left(session, team_id):
        note(session, team_id, now)
    else:
        _send(session, delete(EndedTeam).where(EndedTeam.id == team_id))
    session.expire_all()  # the statements went past the objects
    return cleared


def left(session: Session) -> int:
    """How many assignments are still to be cleared."""
    ended = select(EndedTeam.id)
    return session.scalar(select(func.count()).where(Assignment.team_id.in_(ended))) or 0


def left_alone(session: Session, before: int) -> bool:
    """Whether there are some, of which none was cleared since a time, in microseconds since 1970."""
    found = select(EndedTeam.id).where(EndedTeam.cleared_at < before).limit(1)
    return session.scalar(found) is not None


def of_teams_that_are_there() -> ColumnElement[bool]:
    """What holds for an assignment that counts for who asks."""
    return Assignment.team_id.not_in(select(EndedTeam.id))


def _left(session: Session, team_id: str) -> bool:
    found = select(Assignment.team_id).where(Assignment.team_id == team_id).limit(1)
    return session.scalar(found) is not None


def _clear(session: Session, team_id: str) -> int:
    """Delete a step of a team's assignments, and count what follows from that; how many they were."""
    some = (
        select(Assignment.principal_id, Assignment.role_id)
        .where(Assignment.team_id == team_id)
        .order_by(Assignment.kind, Assignment.name_folded, Assignment.principal_id)
        .limit(STEP)
    )
    rows = [(row.role_id, row.principal_id) for row in session.execute(some)]
    of_role: Counter[tuple[str, str]] = Counter()
    of_status: account_counts.Change = Counter()
    for batch in _batches(rows):
        ids = [account_id for _, account_id in batch]
        kinds = _leave(session, ids, of_status)
        _send(
            session, delete(Assignment).where(Assignment.team_id == team_id, Assignment.principal_id.in_(ids))
        )
        held = select(Assignment.role_id, Assignment.principal_id).where(Assignment.principal_id.in_(ids))
        elsewhere = {(row.role_id, row.principal_id) for row in session.execute(held.distinct())}
        of_role.update((role_id, kinds[account_id]) for role_id, account_id in {*batch} - elsewhere)
    for (role_id, kind), fewer in of_role.items():
        column = Role.member_count if kind == Kind.USER else Role.service_account_count
        _send(session, update(Role).where(Role.id == role_id).values({column: column - fewer}))
    account_counts.move(session, of_status)
    return len(rows)


def _leave(session: Session, ids: Sequence[str], of_status: account_counts.Change) -> dict[str, str]:
    """Accounts are in one team fewer; the kind of each."""
    last = and_(Principal.status == int(Status.ACTIVE), Principal.team_count == 1, ~Principal.global_admin)
    these = Principal.id.in_(ids)
    found = select(Principal.id, Principal.kind, case((last, 1), else_=0).label("last")).where(these)
    kinds = {}
    for row in session.execute(found):
        kinds[row.id] = row.kind
        if row.last:
            of_status[row.kind, int(Status.ACTIVE)] -= 1
            of_status[row.kind, int(Status.NO_TEAM)] += 1
    fewer = {
        Principal.team_count: Principal.team_count - 1,
        Principal.status: case((last, int(Status.NO_TEAM)), else_=Principal.status),
    }
    _send(session, update(Principal).where(these).values(fewer))
    return kinds


def _batches(rows: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    return (rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH))


def _send(session: Session, statement: Update | Delete) -> None:
    session.execute(statement.execution_options(synchronize_session=False))
