"""Teams and assignments in the store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from pftui.domain.accounts import Kind
from pftui.domain.clock import to_microseconds
from pftui.domain.look_alikes import look_hash
from pftui.domain.names import fold, storable
from pftui.domain.paging import PageRequest
from pftui.domain.search import TeamState, parse_search
from pftui.domain.teams import Membership, TeamQuery, TeamSort, TeamSummary
from pftui.repositories import ended_teams
from pftui.repositories.accounts import ACCOUNT_SUMMARY
from pftui.repositories.alike import first_alike
from pftui.repositories.models import Assignment, Principal, Role, Team
from pftui.repositories.paging import AnySelect, Condition, Listed, fetch_page, row_position
from pftui.repositories.roles import RoleRepository
from pftui.repositories.rows import RowShape
from pftui.repositories.searching import teams_found
from pftui.repositories.stored import is_text, readable

_SUMMARY = RowShape(
    TeamSummary,
    Team,
    members=Team.member_count,
    service_accounts=Team.service_account_count,
    sort_name=Team.name_folded,
)
_SORT_COLUMNS: dict[TeamSort, InstrumentedAttribute[Any] | None] = {
    TeamSort.NAME: None,
    TeamSort.MEMBERS: Team.member_count,
    TeamSort.SERVICE_ACCOUNTS: Team.service_account_count,
}
_BY_NAME: list[InstrumentedAttribute[Any]] = [Assignment.name_folded, Assignment.principal_id]


def _sort_keys(sort: TeamSort) -> list[InstrumentedAttribute[Any]]:
    column = _SORT_COLUMNS[sort]
    return [*([column] if column is not None else []), Team.name_folded, Team.id]


class TeamRepository:
    """Teams and assignments, one transaction long. `viewer_id` restricts to that account's own."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, team_id: str) -> Team | None:
        """The team with this id."""
        return self._session.get(Team, team_id)

    def add(self, team: Team) -> None:
        """Put a new team in."""
        self._session.add(team)
        self._session.flush()

    def remove(self, team: Team, now: datetime) -> None:
        """Delete a team; where many are in it, some of its assignments are cleared later (`clear_some`)."""
        team_id = team.id
        self._session.delete(team)
        self._session.flush()
        ended_teams.note(self._session, team_id, to_microseconds(now))

    def clear_some(self, now: datetime) -> int:
        """Clear a step of what deleted teams have left, and what is counted with it; how many assignments."""
        return ended_teams.clear_some(self._session, to_microseconds(now))

    def left_to_clear(self) -> int:
        """How many assignments deleted teams have left."""
        return ended_teams.left(self._session)

    def left_alone(self, since: datetime) -> bool:
        """Whether there are some of which none was cleared since then."""
        return ended_teams.left_alone(self._session, to_microseconds(since))

    def named(self, name: str) -> Team | None:
        """The team with this name, without regard to case."""
        return self._session.scalar(select(Team).where(Team.name_folded == fold(name)))

    def with_slug(self, slug: str) -> Team | None:
        """The team with this slug."""
        return self._session.scalar(select(Team).where(Team.slug == slug))

    def alike(self, name: str, but: str | None = None) -> Team | None:
        """A team, other than `but`, whose name or slug people would take for this name."""
        look = look_hash(name)
        conditions = (or_(Team.name_look == look, Team.slug_look == look), *([Team.id != but] if but else []))
        return first_alike(
            self._session.scalars(select(Team).where(*conditions)), lambda row: (row.name, row.slug), name
        )

    def summary(self, team_id: str, viewer_id: str | None) -> TeamSummary | None:
        """One row of the team list."""
        statement = _filtered(select(*_SUMMARY.columns), TeamQuery(), viewer_id).where(Team.id == team_id)
        row = self._session.execute(statement).first()
        return _SUMMARY.of(row) if row is not None else None

    def matching(self, reference: str, viewer_id: str | None) -> Sequence[TeamSummary]:
        """The teams that have `reference` as id, slug or name."""
        if not storable(reference):
            return []
        text = reference.strip()
        fits = or_(Team.id == text, Team.slug == fold(text), Team.name_folded == fold(text))
        statement = _filtered(select(*_SUMMARY.columns), TeamQuery(), viewer_id).where(fits).limit(20)
        return [_SUMMARY.of(row) for row in self._session.execute(statement)]

    def page(self, query: TeamQuery, request: PageRequest, viewer_id: str | None) -> list[TeamSummary]:
        """One page of the team list."""
        listed = Listed(_conditions(query, viewer_id))
        keys = _sort_keys(query.sort)
        rows = fetch_page(self._session, select(*_SUMMARY.columns), keys, query.descending, request, listed)
        return [_SUMMARY.of(row) for row in rows]

    def count(self, query: TeamQuery, viewer_id: str | None) -> int:
        """How many rows `page` has."""
        statement = _filtered(select(func.count()).select_from(Team), query, viewer_id)
        return self._session.scalar(statement) or 0

    def position(self, query: TeamQuery, team_id: str, viewer_id: str | None) -> int | None:
        """At which row number `page` has the team."""
        keys, filtered = _sort_keys(query.sort), _conditions(query, viewer_id)
        return row_position(self._session, keys, query.descending, team_id, filtered)

    def members(
        self, team_id: str, kind: Kind, request: PageRequest, viewer_id: str | None
    ) -> list[Membership]:
        """One page of a team's people or service accounts, by name."""
        columns = (*ACCOUNT_SUMMARY.columns, Role.id.label("role_id"), Role.name.label("role_name"))
        statement = (
            select(*columns)
            .select_from(Assignment)
            .join(Principal, Principal.id == Assignment.principal_id)
            .join(Role, Role.id == Assignment.role_id)
            .where(Assignment.team_id == team_id)
        )
        total = self._number(team_id, kind, viewer_id) if request.offset else None  # only a jump goes by it
        listed = Listed(_members(team_id, kind, viewer_id), total=total)
        rows = fetch_page(self._session, statement, _BY_NAME, False, request, listed)
        permissions = RoleRepository(self._session).permissions({row.role_id for row in rows})
        return [
            Membership(
                account=ACCOUNT_SUMMARY.of(row),
                role_id=readable(row.role_id),
                role_name=readable(row.role_name),
                permissions=permissions.get(row.role_id, ()),
                damaged=tuple(each for each in ("role_id", "role_name") if not is_text(getattr(row, each))),
            )
            for row in rows
        ]

    def member_position(self, team_id: str, kind: Kind, account_id: str, viewer_id: str | None) -> int | None:
        """At which row number `members` has the account."""
        return row_position(self._session, _BY_NAME, False, account_id, _members(team_id, kind, viewer_id))

    def _number(self, team_id: str, kind: Kind, viewer_id: str | None) -> int | None:
        """How many people or service accounts are in the team; None where not all are seen."""
        if viewer_id is not None:
            return None
        counts = Team.member_count if kind is Kind.USER else Team.service_account_count
        return self._session.scalar(select(counts).where(Team.id == team_id))

    def some_members(self, team_id: str, most: int) -> list[str]:
        """The ids of some that are in the team."""
        of = Assignment.team_id == team_id
        return list(self._session.scalars(select(Assignment.principal_id).where(of).limit(most)))

    def some_teams(self, account_id: str, most: int) -> list[str]:
        """The ids of some teams that the account is in."""
        of = select(Team.id).join(Assignment, Assignment.team_id == Team.id)
        return list(self._session.scalars(of.where(Assignment.principal_id == account_id).limit(most)))

    def assignment(self, account_id: str, team_id: str) -> Assignment | None:
        """The account's assignment to the team."""
        return self._session.get(Assignment, (account_id, team_id))

    def assign(self, assignment: Assignment) -> None:
        """Put an assignment in."""
        self._session.add(assignment)

    def unassign(self, assignment: Assignment) -> None:
        """Take an assignment out."""
        self._session.delete(assignment)


def _members(team_id: str, kind: Kind, viewer_id: str | None) -> tuple[Condition, ...]:
    own = () if viewer_id is None else (Assignment.principal_id == viewer_id,)
    return (Assignment.team_id == team_id, Assignment.kind == kind.value, *own)


def _filtered(statement: AnySelect, query: TeamQuery, viewer_id: str | None) -> AnySelect:
    return statement.where(*_conditions(query, viewer_id))


def _conditions(query: TeamQuery, viewer_id: str | None) -> tuple[Condition, ...]:
    conditions = teams_found(parse_search(query.text, TeamState))
    if query.without_account is not None:
        inside = select(Assignment.team_id).where(Assignment.principal_id == query.without_account)
        conditions.append(Team.id.not_in(inside))
    if viewer_id is not None:
        own = select(Assignment.team_id).where(Assignment.principal_id == viewer_id)
        conditions.append(Team.id.in_(own))
    return tuple(conditions)
