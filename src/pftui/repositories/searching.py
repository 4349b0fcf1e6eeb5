"""What a filter asks for (`domain/search.py`), as conditions of SQL; and why a row is among what it finds.

Each table has one column that is looked into (`search_text`), and `holds` is the one place that does: an
index of what stands within a text takes the place of the scan there. Where a word fits teams or keys too, the
accounts that it fits are one set of ids, joined once, with no look at the assignments of each account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, except_, false, not_, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from pftui.domain.accounts import NEEDS_ATTENTION, AccountSummary, KeyView, Kind, Status
from pftui.domain.search import AccountState, Search, TeamState, Term, searched_text
from pftui.repositories.credentials import KEY_VIEW, NEWEST_FIRST, begins
from pftui.repositories.models import ApiKeyRow, Assignment, Principal, Team
from pftui.repositories.stored import readable

Condition = ColumnElement[bool]

ATTENTION: Condition = Principal.status.in_([int(status) for status in NEEDS_ATTENTION])
_ACCOUNT_STATES: dict[Any, Condition] = {
    AccountState.DISABLED: Principal.disabled.is_(True),
    AccountState.UNSAVED: Principal.status == int(Status.KEY_UNSAVED),
    AccountState.INVITED: Principal.status == int(Status.INVITED),
    AccountState.NO_KEY: Principal.status == int(Status.NO_KEY),
    AccountState.NO_TEAM: Principal.status == int(Status.NO_TEAM),
    AccountState.ACTIVE: Principal.status == int(Status.ACTIVE),
    AccountState.ADMIN: Principal.global_admin.is_(True),
    AccountState.ATTENTION: ATTENTION,
    AccountState.USER: Principal.kind == Kind.USER.value,
    AccountState.SERVICE_ACCOUNT: Principal.kind == Kind.SERVICE_ACCOUNT.value,
}
_TEAM_STATES: dict[Any, Condition] = {
    TeamState.EMPTY: (Team.member_count == 0) & (Team.service_account_count == 0)
}


def holds(column: InstrumentedAttribute[str], text: str) -> Condition:
    """Whether a column that was folded for it (`searched_text`) holds a folded text."""
    return column.contains(text, autoescape=True)


def teams_found(search: Search) -> list[Condition]:
    """The conditions on `Team`, all of which must hold."""
    if search.hopeless:
        return [false()]
    return [_signed(term, _own(term, Team.search_text, _TEAM_STATES)) for term in search.terms]


def accounts_found(session: Session, search: Search, *, creators: bool = True) -> list[Condition]:
    """The same on `Principal`. Asks which words fit any team or key at all: few do.

    Args:
        creators: whether who created something may be asked for; else that fits nothing.
    """
    if search.hopeless:
        return [false()]
    return [
        (_signed(term, _created(term)) if creators else false()) if term.by else _account(session, term)
        for term in search.terms
    ]


def _created(term: Term) -> Condition:
    """Whether an account, or a key of it, was created by whom a word means."""
    keys = select(ApiKeyRow.principal_id).where(_by(ApiKeyRow, term))
    return or_(_by(Principal, term), Principal.id.in_(keys))


def _by(table: type[Principal] | type[ApiKeyRow], term: Term) -> Condition:
    """Whether a row was: by who they are now or, since they may be gone, by what was written down then."""
    creator = aliased(Principal)
    meant = select(creator.id).where(or_(holds(creator.search_text, term.by), creator.id == term.by))
    return or_(
        table.created_by_id.in_(meant),
        table.created_by_id == term.by,
        holds(table.created_by_folded, term.by),
    )


def _account(session: Session, term: Term) -> Condition:
    own = _own(term, Principal.search_text, _ACCOUNT_STATES)
    others = [ids for ids in (_in_teams(session, term), _with_keys(session, term)) if ids is not None]
    if not others:
        return _signed(term, own)
    found: CompoundSelect[Any] = union(select(Principal.id).where(own), *others)
    if term.excluded:
        # As a set, too: databases join what is in a set, and look through it again for what is not in it.
        found = except_(select(Principal.id), select(found.subquery().c.id))
    return Principal.id.in_(found)


def _own(term: Term, column: InstrumentedAttribute[str], states: dict[Any, Condition]) -> Condition:
    """What a row says itself."""
    fits = [states[state] for state in term.states]
    if term.text:
        fits.append(holds(column, term.text))
    return or_(*fits) if fits else false()


def _signed(term: Term, condition: Condition) -> Condition:
    return not_(condition) if term.excluded else condition


def _in_teams(session: Session, term: Term) -> Select[str] | None:
    """Who is in the teams that a word fits; None where there is no such team."""
    if not term.text:
        return None
    teams = select(Team.id).where(holds(Team.search_text, term.text))
    if session.scalar(teams.limit(1)) is None:
        return None
    return select(Assignment.principal_id.label("id")).where(Assignment.team_id.in_(teams))


def _with_keys(session: Session, term: Term) -> Select[str] | None:
    """Whose keys begin with a word; None where none does."""
    if not term.key:
        return None
    meant = begins(ApiKeyRow.search_text, term.key)
    if session.scalar(select(ApiKeyRow.key_id).where(meant).limit(1)) is None:
        return None
    return select(ApiKeyRow.principal_id.label("id")).where(meant)


def with_reasons(session: Session, search: Search, rows: Sequence[AccountSummary]) -> list[AccountSummary]:
    """The rows of a page, each with the team or key in which a word was found that the row does not hold."""
    texts = {
        row.id: searched_text((row.name, row.identifier if row.kind is Kind.USER else None)) for row in rows
    }
    keys: dict[str, KeyView] = {}
    teams: dict[str, str] = {}
    for term in search.terms:
        ids = [row_id for row_id, text in texts.items() if term.text and term.text not in text]
        if term.by and not term.excluded:
            keys = {**_keys(session, list(texts), _by(ApiKeyRow, term)), **keys}
        if term.excluded or not ids:
            continue
        if term.key:
            keys = {**_keys(session, ids, begins(ApiKeyRow.search_text, term.key)), **keys}
        teams = {**_teams(session, term, ids), **teams}
    if not keys and not teams:
        return list(rows)
    return [replace(row, found_key=keys.get(row.id), found_team=teams.get(row.id, "")) for row in rows]


def _keys(session: Session, ids: Sequence[str], meant: Condition) -> dict[str, KeyView]:
    """Of each account the key that is meant: a live one before others, the newest before older ones."""
    statement = (
        select(*KEY_VIEW.columns)
        .join(Principal, Principal.id == ApiKeyRow.principal_id)
        .where(ApiKeyRow.principal_id.in_(ids), meant)
        .order_by(*NEWEST_FIRST)
    )
    views = [KEY_VIEW.of(row) for row in session.execute(statement)]
    return {view.account_id: view for view in reversed(views)}


def _teams(session: Session, term: Term, ids: Sequence[str]) -> dict[str, str]:
    """Of each account the first team, by name, that a word fits."""
    statement = (
        select(Assignment.principal_id, Team.name)
        .join(Team, Team.id == Assignment.team_id)
        .where(Assignment.principal_id.in_(ids), holds(Team.search_text, term.text))
        .order_by(Team.name_folded.desc())
    )
    return {account_id: readable(name) for account_id, name in session.execute(statement)}
