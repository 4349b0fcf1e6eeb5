"""Users and service accounts in the store, as rows to change and as pages to read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, case, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from pftui.domain.accounts import (
    AccountCounts,
    AccountQuery,
    AccountSort,
    AccountSummary,
    AssignmentView,
    Creator,
    Kind,
)
from pftui.domain.audit import Action
from pftui.domain.clock import to_microseconds
from pftui.domain.look_alikes import look_hash
from pftui.domain.names import fold, storable
from pftui.domain.paging import PageRequest
from pftui.domain.search import AccountState, parse_search
from pftui.repositories import account_counts
from pftui.repositories.alike import first_alike
from pftui.repositories.creators import created_by, gone
from pftui.repositories.models import (
    ApiKeyRow,
    Assignment,
    Password,
    Principal,
    Role,
    SessionRow,
    Team,
)
from pftui.repositories.paging import Listed, fetch_page, row_position
from pftui.repositories.roles import RoleRepository
from pftui.repositories.rows import RowShape
from pftui.repositories.searching import ATTENTION, AccountSearch, listed, with_reasons
from pftui.repositories.stored import is_text, readable

ACCOUNT_SUMMARY = RowShape(AccountSummary, Principal, sort_name=Principal.name_folded)
_SORT_COLUMNS: dict[AccountSort, InstrumentedAttribute[Any] | None] = {
    AccountSort.NAME: None,
    AccountSort.IDENTIFIER: Principal.identifier_folded,
    AccountSort.ADMIN: Principal.global_admin,
    AccountSort.TEAMS: Principal.team_count,
    AccountSort.LAST_USED: Principal.last_used_at,
    AccountSort.STATUS: Principal.status,
    AccountSort.CREATED_BY: Principal.created_by_folded,
}
_ALIKE = select(Principal).where(
    or_(Principal.name_look == bindparam("look"), Principal.name_folded == bindparam("folded")),
    Principal.kind == bindparam("kind"),
    Principal.id != bindparam("but"),
)
_SESSION = and_(SessionRow.id == bindparam("session_id"), SessionRow.principal_id == Principal.id)
_WITH_PASSWORD = (
    select(Principal, Password, SessionRow)
    .outerjoin(Password, Password.principal_id == Principal.id)
    .outerjoin(SessionRow, _SESSION)
    .where(Principal.id == bindparam("account_id"))
)
_WITH_KEY = (
    select(Principal, ApiKeyRow)
    .outerjoin(ApiKeyRow, ApiKeyRow.key_id == bindparam("key_id"))
    .where(Principal.id == bindparam("account_id"))
)


def sort_keys(sort: AccountSort) -> list[InstrumentedAttribute[Any]]:
    """The columns that order a list: the chosen one, then name and id, so that no two rows are equal."""
    column = _SORT_COLUMNS[sort]
    return [*([column] if column is not None else []), Principal.name_folded, Principal.id]


class AccountRepository:
    """Principals, one transaction long."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._operator: object = None

    def load_operator(self, account_id: str, key_id: str | None, session_id: str | None) -> None:
        """Read an account with what it acts by, all at once; whoever asks for one of them has it then."""
        if key_id is not None:
            found = self._session.execute(_WITH_KEY, {"account_id": account_id, "key_id": key_id})
        else:
            own = session_id if session_id is not None and storable(session_id) else ""
            found = self._session.execute(_WITH_PASSWORD, {"account_id": account_id, "session_id": own})
        self._operator = found.first()  # a session forgets what nobody holds

    def add(self, principal: Principal) -> None:
        """Put a new principal in."""
        self._session.add(principal)

    def remove(self, principal: Principal) -> None:
        """Delete a principal; its keys, password and assignments go with it (R7)."""
        self._session.delete(principal)

    def get(self, account_id: str) -> Principal | None:
        """The principal with this id."""
        return self._session.get(Principal, account_id)

    def by_email(self, email: str) -> Principal | None:
        """The person with this e-mail, without regard to case."""
        return self._session.scalar(select(Principal).where(Principal.email_folded == fold(email)))

    def alike(self, name: str, kind: Kind, but: str | None = None) -> Principal | None:
        """An account of the kind, other than `but`, whose name people would take for this one."""
        wanted = {"look": look_hash(name), "folded": fold(name), "kind": kind.value, "but": but or ""}
        return first_alike(self._session.scalars(_ALIKE, wanted), lambda row: (row.name,), name)

    def summary(self, account_id: str) -> AccountSummary | None:
        """One row of the account table."""
        row = self._session.execute(
            select(*ACCOUNT_SUMMARY.columns).where(Principal.id == account_id)
        ).first()
        return ACCOUNT_SUMMARY.of(row) if row is not None else None

    def matching(self, reference: str, kind: Kind | None, viewer_id: str | None) -> Sequence[AccountSummary]:
        """The accounts that have `reference` as id, e-mail or name; up to 20."""
        if not storable(reference):
            return []
        folded = fold(reference.strip())
        fits = or_(
            Principal.id == reference.strip(),
            Principal.email_folded == folded,
            Principal.name_folded == folded,
        )
        statement = select(*ACCOUNT_SUMMARY.columns).where(fits, *_restricted(kind, viewer_id)).limit(20)
        return [ACCOUNT_SUMMARY.of(row) for row in self._session.execute(statement)]

    def made_by(self, person_id: str) -> Sequence[AccountSummary]:
        """The service accounts that a person has created: global admins first, then by name."""
        mine = created_by(Principal.id, Principal.created_by_id, person_id, Action.SERVICE_ACCOUNT_CREATED)
        kind = func.coalesce(Principal.kind, "")  # not by its index, which has half of all accounts
        statement = (
            select(*ACCOUNT_SUMMARY.columns)
            .where(mine, kind == Kind.SERVICE_ACCOUNT.value)
            .order_by(Principal.global_admin.desc(), Principal.name_folded, Principal.id)
        )
        return [ACCOUNT_SUMMARY.of(row) for row in self._session.execute(statement)]

    def page(self, query: AccountQuery, request: PageRequest, viewer_id: str | None) -> list[AccountSummary]:
        """One page of the account table; `viewer_id` restricts it to that account."""
        columns = (*ACCOUNT_SUMMARY.columns, Principal.created_by, Principal.created_by_id)
        keys, listed = sort_keys(query.sort), self._listed(query, viewer_id)
        rows = fetch_page(self._session, select(*columns), keys, query.descending, request, listed)
        found = [ACCOUNT_SUMMARY.of(row) for row in rows]
        if viewer_id is None:
            found = self._with_creators(found, [(row.created_by, row.created_by_id) for row in rows])
        return with_reasons(self._session, parse_search(query.text, AccountState), found)

    def _with_creators(
        self, found: Sequence[AccountSummary], creators: Sequence[tuple[Any, Any]]
    ) -> list[AccountSummary]:
        known = [(readable(by), by_id if is_text(by_id) else None) for by, by_id in creators]
        missing = gone(self._session, [by_id for _, by_id in known])
        return [
            replace(row, creator=Creator(by, by_id, by_id in missing))
            for row, (by, by_id) in zip(found, known, strict=True)
        ]

    def position(self, query: AccountQuery, account_id: str, viewer_id: str | None) -> int | None:
        """At which row number `page` has the account."""
        filtered = self._listed(query, viewer_id).best
        return row_position(self._session, sort_keys(query.sort), query.descending, account_id, filtered)

    def count(self, query: AccountQuery, viewer_id: str | None) -> AccountCounts:
        """How many rows `page` has."""
        if _counted(query, viewer_id):
            return account_counts.counted(self._session, query.kind, query.attention)
        statement = select(
            func.count(),
            func.sum(case((Principal.kind == Kind.USER, 1), else_=0)),
            func.sum(case((ATTENTION, 1), else_=0)),
        ).select_from(Principal)
        filtered = self._listed(query, viewer_id).best
        total, users, needing = self._session.execute(statement.where(*filtered)).one()
        return AccountCounts(total, users or 0, total - (users or 0), needing or 0)

    def _listed(self, query: AccountQuery, viewer_id: str | None) -> Listed:
        """What the rows of a query are narrowed by."""
        search = AccountSearch(self._session)
        narrowings = search.narrowings(parse_search(query.text, AccountState), creators=viewer_id is None)
        if query.attention:
            narrowings.append(search.attention())
        if query.kind is not None:
            in_order = not narrowings and query.sort is AccountSort.NAME
            narrowings.append(search.kind(query.kind, in_order=in_order))
        others = [Principal.id == viewer_id] if viewer_id is not None else []
        if query.not_in_team is not None:
            inside = (Assignment.principal_id == Principal.id) & (Assignment.team_id == query.not_in_team)
            others.append(~select(Assignment.team_id).where(inside).exists())
        if query.created_by is not None:
            added = (Action.USER_ADDED, Action.SERVICE_ACCOUNT_CREATED)
            others.append(created_by(Principal.id, Principal.created_by_id, query.created_by, *added))
        total = self.count(query, viewer_id).total if _counted(query, viewer_id) else None
        return listed(narrowings, others, total)

    def assignments(self, account_id: str) -> tuple[AssignmentView, ...]:
        """The teams and roles of one account, by team name."""
        statement = (
            select(
                Team.id.label("team_id"),
                Team.name.label("team_name"),
                Team.slug.label("team_slug"),
                Role.id.label("role_id"),
                Role.name.label("role_name"),
            )
            .select_from(Assignment)
            .join(Team, Team.id == Assignment.team_id)
            .join(Role, Role.id == Assignment.role_id)
            .where(Assignment.principal_id == account_id)
            .order_by(Team.name_folded, Team.id)
        )
        rows = self._session.execute(statement).mappings().all()
        permissions = RoleRepository(self._session).permissions({row["role_id"] for row in rows})
        return tuple(
            AssignmentView(
                **{name: readable(value) for name, value in row.items()},
                permissions=permissions.get(row["role_id"], ()),
                damaged=tuple(name for name, value in row.items() if not is_text(value)),
            )
            for row in rows
        )

    def other_admins_who_can_sign_in(self, account_id: str) -> int:
        """How many global admin users besides this one are active with a password of their own (R5)."""
        statement = (
            select(func.count())
            .select_from(Principal)
            .join(Password, Password.principal_id == Principal.id)
            .where(
                Principal.id != account_id,
                Principal.kind == Kind.USER,
                Principal.global_admin,
                ~Principal.disabled,
                ~Password.temporary,
            )
        )
        return self._session.scalar(statement) or 0

    def active_admins(self, limit: int) -> Sequence[str]:
        """The addresses of global admins who are people and not disabled, by name; up to `limit`."""
        statement = (
            select(Principal.identifier)
            .where(Principal.kind == Kind.USER, Principal.global_admin, ~Principal.disabled)
            .order_by(Principal.name_folded, Principal.id)
            .limit(limit)
        )
        return [readable(address) for address in self._session.scalars(statement)]

    def mark_used(self, account_id: str, moment: datetime) -> None:
        """Bookkeeping: when the account was last used."""
        used = to_microseconds(moment)
        self._session.execute(update(Principal).where(Principal.id == account_id).values(last_used_at=used))

    def last_used(self) -> int:
        """The newest `last_used_at` of all, in microseconds."""
        return self._session.scalar(select(func.max(Principal.last_used_at))) or 0


def _restricted(kind: Kind | None, viewer_id: str | None) -> list[ColumnElement[bool]]:
    conditions = []
    if kind is not None:
        conditions.append(Principal.kind == kind.value)
    if viewer_id is not None:
        conditions.append(Principal.id == viewer_id)
    return conditions


def _counted(query: AccountQuery, viewer_id: str | None) -> bool:
    """Whether it is known without counting how many accounts a query finds."""
    asked = (query.text.strip(), query.not_in_team, query.created_by, viewer_id)
    return not any(each not in (None, "") for each in asked)
