"""The lists as plain as they can be asked for: what quicker ways are compared with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from pftui.domain.accounts import NEEDS_ATTENTION, AccountQuery, Kind, Status
from pftui.domain.paging import PageRequest
from pftui.domain.search import AccountState, Term, parse_search
from pftui.repositories.accounts import sort_keys
from pftui.repositories.models import ApiKeyRow, Assignment, Principal, Team

Condition = ColumnElement[bool]

_ATTENTION = Principal.status.in_([int(status) for status in NEEDS_ATTENTION])
_STATES: dict[Any, Condition] = {
    AccountState.DISABLED: Principal.disabled.is_(True),
    AccountState.UNSAVED: Principal.status == int(Status.KEY_UNSAVED),
    AccountState.INVITED: Principal.status == int(Status.INVITED),
    AccountState.NO_KEY: Principal.status == int(Status.NO_KEY),
    AccountState.NO_TEAM: Principal.status == int(Status.NO_TEAM),
    AccountState.ACTIVE: Principal.status == int(Status.ACTIVE),
    AccountState.ADMIN: Principal.global_admin.is_(True),
    AccountState.ATTENTION: _ATTENTION,
    AccountState.USER: Principal.kind == Kind.USER.value,
    AccountState.SERVICE_ACCOUNT: Principal.kind == Kind.SERVICE_ACCOUNT.value,
}


def conditions(query: AccountQuery) -> Condition:
    """All that an account must meet."""
    search = parse_search(query.text, AccountState)
    if search.hopeless:
        return false()
    wanted = [_fits(term) if not term.excluded else not_(_fits(term)) for term in search.terms]
    if query.kind is not None:
        wanted.append(Principal.kind == query.kind.value)
    if query.attention:
        wanted.append(_ATTENTION)
    if query.not_in_team is not None:
        inside = select(Assignment.principal_id).where(Assignment.team_id == query.not_in_team)
        wanted.append(Principal.id.not_in(inside))
    return and_(Principal.id.is_not(None), *wanted)


def _fits(term: Term) -> Condition:
    fits = [_STATES[state] for state in term.states]
    if term.text:
        teams = select(Team.id).where(_holds(Team.search_text, term.text))
        members = select(Assignment.principal_id).where(Assignment.team_id.in_(teams))
        fits += [_holds(Principal.search_text, term.text), Principal.id.in_(members)]
    if term.key:
        keys = select(ApiKeyRow.principal_id).where(
            ApiKeyRow.search_text.startswith(term.key, autoescape=True)
        )
        fits.append(Principal.id.in_(keys))
    if term.by:
        keys = select(ApiKeyRow.principal_id).where(_created(ApiKeyRow, term.by))
        fits += [_created(Principal, term.by), Principal.id.in_(keys)]
    return or_(false(), *fits)


def _created(table: type[Principal] | type[ApiKeyRow], by: str) -> Condition:
    creator = aliased(Principal)
    meant = select(creator.id).where(or_(_holds(creator.search_text, by), creator.id == by))
    known = and_(
        table.created_by_id.is_not(None), or_(table.created_by_id.in_(meant), table.created_by_id == by)
    )
    return or_(known, _holds(table.created_by_folded, by))


def _holds(column: InstrumentedAttribute[str], text: str) -> Condition:
    return column.contains(text, autoescape=True)


def ids(session: Session, query: AccountQuery) -> list[str]:
    """All accounts that a query finds, in its order."""
    keys = sort_keys(query.sort)
    order = [key.desc() if query.descending else key.asc() for key in keys]
    return list(session.scalars(select(Principal.id).where(conditions(query)).order_by(*order)))


def page(rows: list[str], request: PageRequest) -> list[str]:
    """One page of them: behind, before, or from a number on."""
    if request.after in rows:
        start = rows.index(request.after) + 1
        return rows[start : start + request.size]
    if request.before in rows:
        end = rows.index(request.before)
        return rows[max(0, end - request.size) : end]
    return rows[request.offset : request.offset + request.size]


def counts(session: Session, query: AccountQuery) -> tuple[int, int, int]:
    """How many there are, how many are people, and how many need attention."""
    found = conditions(query)
    one = select(func.count()).select_from(Principal)
    total, people, needing = (
        session.scalar(one.where(found, *more))
        for more in ((), (Principal.kind == Kind.USER.value,), (_ATTENTION,))
    )
    return total or 0, people or 0, needing or 0


def members(session: Session, team_id: str, kind: Kind) -> list[str]:
    """A team's people or service accounts, by name."""
    inside = select(Principal.id).join(Assignment, Assignment.principal_id == Principal.id)
    inside = inside.where(Assignment.team_id == team_id, Principal.kind == kind.value)
    return list(session.scalars(inside.order_by(Principal.name_folded, Principal.id)))


def keys(session: Session, *, by_creator: bool) -> list[str]:
    """The ids of all keys, live ones first, newest first; or first by who created them."""
    first = (ApiKeyRow.created_by_folded,) if by_creator else ()
    order = (ApiKeyRow.revoked_at.is_not(None), ApiKeyRow.created_at.desc(), ApiKeyRow.key_id)
    return list(session.scalars(select(ApiKeyRow.key_id).order_by(*first, *order)))
