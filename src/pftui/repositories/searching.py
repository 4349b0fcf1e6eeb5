"""What a filter asks for (`domain/search.py`), as conditions of SQL; and why a row is among what it finds.

Each table has one column that is looked into (`search_text`). What a list of accounts is narrowed by is put
in two ways, which find the same: as a condition that is asked of row after row, and as a set of rows that an
index gives. How large the set is decides which way is taken (`paging.py`): what fits many rows is soon come
upon along the order of the list, and what fits few is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    false,
    func,
    not_,
    or_,
    select,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from pftui.domain.accounts import NEEDS_ATTENTION, AccountSummary, KeyView, Kind, Status
from pftui.domain.search import AccountState, Search, TeamState, Term, searched_text
from pftui.repositories import account_counts, text_index
from pftui.repositories.creators import Creators
from pftui.repositories.credentials import KEY_VIEW, NEWEST_FIRST, begins
from pftui.repositories.models import ApiKeyRow, Assignment, Principal, Team
from pftui.repositories.paging import Condition, Listed
from pftui.repositories.stored import readable

_MANY = 20_000  # rows up to which a set is counted: of a larger one it is only known that it is larger
_SOME = 2_000  # rows of a set that is made once, rather than each row being looked for by itself

ATTENTION: Condition = Principal.status.in_([int(status) for status in NEEDS_ATTENTION])
_STATUSES: dict[Any, tuple[Status, ...]] = {
    # Whose key is unsaved has that status, disabled or not.
    AccountState.DISABLED: (Status.DISABLED, Status.KEY_UNSAVED),
    AccountState.UNSAVED: (Status.KEY_UNSAVED,),
    AccountState.INVITED: (Status.INVITED,),
    AccountState.NO_KEY: (Status.NO_KEY,),
    AccountState.NO_TEAM: (Status.NO_TEAM,),
    AccountState.ACTIVE: (Status.ACTIVE,),
    AccountState.ATTENTION: tuple(NEEDS_ATTENTION),
}
_KINDS = {AccountState.USER: Kind.USER, AccountState.SERVICE_ACCOUNT: Kind.SERVICE_ACCOUNT}
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
    return [_signed(term, _own(term)) for term in search.terms]


def _own(term: Term) -> Condition:
    """What a team says itself."""
    fits = [_TEAM_STATES[state] for state in term.states]
    if term.text:
        fits.append(holds(Team.search_text, term.text))
    return or_(*fits) if fits else false()


def _signed(term: Term, condition: Condition) -> Condition:
    return not_(condition) if term.excluded else condition


@dataclass(frozen=True, slots=True)
class Narrowing:
    """One thing that a list of accounts is narrowed by.

    Args:
        asked: the condition that is asked of each row.
        found: the same as a set of rows; None where there is no better way to it than asking each.
        size: rows of the set, at most; None for more than were counted.
        indexed: whether the set is got without looking at all rows.
    """

    asked: Condition
    found: Condition | None = None
    size: int | None = None
    indexed: bool = True


_NOBODY = Narrowing(false(), false(), 0)


def listed(narrowings: Sequence[Narrowing], others: Sequence[Condition], total: int | None) -> Listed:
    """All that narrows a list; by the smallest set, where there is any."""
    asked = tuple(each.asked for each in narrowings)
    sets = [(each, each.found) for each in narrowings if each.found is not None]
    if not sets:
        return Listed((*others, *asked), total=total)
    best, found = min(sets, key=lambda each: (not each[0].indexed, each[0].size is None, each[0].size or 0))
    rest = tuple(each.asked for each in narrowings if each is not best)
    walked, by_set = (*others, *asked), (found, *others, *rest)
    return Listed(walked, by_set, best.size, by_set if best.indexed else None, total)


class AccountSearch:
    """What narrows a list of accounts, in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection()
        self._sqlite = self._connection.dialect.name == "sqlite"
        self._creators = Creators(session)
        self._most = _MANY

    def narrowings(self, search: Search, *, creators: bool = True) -> list[Narrowing]:
        """What a filter asks for. Finds out how much each word fits.

        Args:
            creators: whether who created something may be asked for; else that fits nothing.
        """
        if search.hopeless:
            return [_NOBODY]
        # Of a single set it only matters whether it is small: there is none to choose it before.
        self._most = _SOME if sum(not term.excluded for term in search.terms) < 2 else _MANY
        return [self._term(term) if creators or not term.by else _NOBODY for term in search.terms]

    def attention(self) -> Narrowing:
        """Those that need attention."""
        return self._state(AccountState.ATTENTION)

    def kind(self, kind: Kind, *, in_order: bool = False) -> Narrowing:
        """Those of a kind.

        Args:
            in_order: whether nothing else narrows a list by name, whose order an index has for each kind.
        """
        if in_order:
            return Narrowing(Principal.kind == kind.value)
        size = account_counts.counted(self._session, kind).total
        return Narrowing(
            self._unindexed(Principal.kind) == kind.value, Principal.kind == kind.value, _up_to_many(size)
        )

    def _term(self, term: Term) -> Narrowing:
        parts = [self._state(state) for state in term.states]
        if term.text:
            parts.append(self._text(term.text))
            parts += self._in_teams(term.text)
        if term.key:
            parts += self._with_keys(term.key)
        if term.by:
            parts += self._created(term.by)
        if not term.excluded:
            return self._any_of(parts)
        return Narrowing(not_(or_(false(), *(part.asked for part in parts))))

    def _any_of(self, parts: Sequence[Narrowing]) -> Narrowing:
        if len(parts) < 2:
            return parts[0] if parts else _NOBODY
        asked = or_(*(part.asked for part in parts))
        sets = [part.found for part in parts if part.found is not None]
        if len(sets) < len(parts):
            return Narrowing(asked)
        # Of several conditions SQLite finds each by its own index; PostgreSQL wants a set.
        together = union(*(select(Principal.id).where(each) for each in sets))
        found = or_(*sets) if self._sqlite else Principal.id.in_(together)
        sizes = [part.size for part in parts]
        size = None if None in sizes else _up_to_many(sum(each or 0 for each in sizes))
        return Narrowing(asked, found, size, all(part.indexed for part in parts))

    def _text(self, text: str) -> Narrowing:
        asked = holds(Principal.search_text, text)
        if self._sqlite:
            asked = func.instr(Principal.search_text, text) > 0
            if not text_index.usable(self._connection):
                return Narrowing(asked)
            if len(text) < text_index.SHORTEST:
                found = Principal.index_number.in_(text_index.numbers_with_few(text))
                return Narrowing(asked, found, indexed=False)
            numbers = text_index.numbers_with(text)
            return Narrowing(asked, Principal.index_number.in_(numbers), self._size(numbers))
        if len(text) < text_index.SHORTEST or not text_index.is_there(self._connection):
            # Not by LIKE: the index would be walked through, and tell nothing.
            asked = func.strpos(Principal.search_text, text) > 0
            return Narrowing(asked, asked, indexed=False)
        return Narrowing(asked, asked, self._size(select(Principal.id).where(asked)))

    def _state(self, state: Any) -> Narrowing:
        if state in _KINDS:
            return self.kind(_KINDS[state])
        if state is AccountState.ADMIN:
            admins = Principal.global_admin.is_(True)
            asked = self._unindexed(Principal.global_admin).is_(True)
            return Narrowing(asked, admins, self._size(select(Principal.id).where(admins)))
        statuses = [int(status) for status in _STATUSES[state]]
        counts = account_counts.by_status(self._session)
        size = _up_to_many(sum(counts.get(each, 0) for each in statuses))
        among = Principal.status.in_(statuses)
        if state is AccountState.DISABLED:
            disabled = Principal.disabled.is_(True)
            return Narrowing(disabled, and_(among, disabled), size)
        return Narrowing(self._unindexed(Principal.status).in_(statuses), among, size)

    def _in_teams(self, text: str) -> list[Narrowing]:
        """Who is in the teams that a word fits; nothing where nobody is."""
        fits = holds(Team.search_text, text)
        held = func.sum(Team.member_count + Team.service_account_count)
        number = int(self._session.scalar(select(held).where(fits)) or 0)
        if not number:
            return []
        among = select(Assignment.principal_id).where(Assignment.team_id.in_(select(Team.id).where(fits)))
        one = select(Assignment.team_id).join(Team, Team.id == Assignment.team_id)
        return [self._own(among, one.where(Assignment.principal_id == Principal.id, fits), number)]

    def _with_keys(self, part: str) -> list[Narrowing]:
        """Whose keys begin with a word; nothing where none does."""
        meant = begins(ApiKeyRow.search_text, part)
        keys = select(ApiKeyRow.principal_id).where(meant)
        size = self._size(keys)
        if size == 0:
            return []
        one = select(ApiKeyRow.key_id).where(ApiKeyRow.principal_id == Principal.id, meant)
        return [self._own(keys, one, size)]

    def _created(self, by: str) -> list[Narrowing]:
        """Who was created, or of whom a key was, by whom a word means."""
        parts = []
        accounts = self._creators.meant(Principal, by)
        if accounts is not None:
            size = self._size(select(Principal.id).where(accounts))
            parts.append(Narrowing(func.coalesce(accounts, false()), accounts, size))
        keys = self._creators.meant(ApiKeyRow, by)
        if keys is not None:
            owners = select(ApiKeyRow.principal_id).where(keys)
            one = select(ApiKeyRow.key_id).where(ApiKeyRow.principal_id == Principal.id, keys)
            parts.append(self._own(owners, one, self._size(owners)))
        return parts

    def _own(self, owners: Select[Any], one: Select[Any], size: int | None) -> Narrowing:
        """The accounts that own something: the ids of `owners`, or who has `one` of it."""
        found = Principal.id.in_(owners)
        if size is not None and size <= _SOME:
            return Narrowing(found, found, size)
        # With the offset PostgreSQL does not make a set of all of them.
        return Narrowing(one.offset(0).correlate(Principal).exists(), found, _up_to_many(size))

    def _size(self, rows: Select[Any]) -> int | None:
        some = rows.limit(self._most + 1).subquery()
        found = int(self._session.scalar(select(func.count()).select_from(some)) or 0)
        return None if found > self._most else found

    def _unindexed(self, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
        """The column, by whose index SQLite, which knows nothing of how many they are, is not to go."""
        if not self._sqlite:
            return column.expression
        return UnaryExpression(column.expression, operator=custom_op("+"), type_=column.type)


def _up_to_many(size: int | None) -> int | None:
    return None if size is None or size > _MANY else size


def with_reasons(session: Session, search: Search, rows: Sequence[AccountSummary]) -> list[AccountSummary]:
    """The rows of a page, each with the team or key in which a word was found that the row does not hold."""
    texts = {
        row.id: searched_text((row.name, row.identifier if row.kind is Kind.USER else None)) for row in rows
    }
    keys: dict[str, KeyView] = {}
    teams: dict[str, str] = {}
    creators = Creators(session)
    for term in search.terms:
        ids = [row_id for row_id, text in texts.items() if term.text and term.text not in text]
        if term.by and not term.excluded and (meant := creators.meant(ApiKeyRow, term.by)) is not None:
            keys = {**_keys(session, list(texts), meant), **keys}
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
