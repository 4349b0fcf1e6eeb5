"""Passwords and API keys in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, String, func, not_, select, tuple_, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from pftui.domain.accounts import KeyView
from pftui.domain.audit import Action
from pftui.domain.names import storable
from pftui.domain.offboarding import LeftKey
from pftui.domain.search import creator_text
from pftui.repositories.creators import created_by, gone
from pftui.repositories.models import ApiKeyRow, Password, Principal
from pftui.repositories.rows import RowShape

KEY_VIEW = RowShape(KeyView, ApiKeyRow, account_id=ApiKeyRow.principal_id, account_name=Principal.name)
#: Live keys first, newest first.
NEWEST_FIRST = (ApiKeyRow.live.desc(), ApiKeyRow.created_at.desc(), ApiKeyRow.key_id)

_AT_ONCE = 500  # keys named in one statement
_LAST = "\U0010ffff"  # a text with this behind it comes after all that begin with the text


def begins(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Whether a column begins with a text, as a range of its index."""
    return (column >= text) & (column < text + _LAST)


class CredentialRepository:
    """What proves who somebody is, one transaction long."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def password(self, account_id: str) -> Password | None:
        """A person's password hash."""
        return self._session.get(Password, account_id)

    def add_password(self, password: Password) -> None:
        """Put a password in."""
        self._session.add(password)

    def key(self, key_id: str) -> ApiKeyRow | None:
        """The key with this id."""
        return self._session.get(ApiKeyRow, key_id)

    def keys_with(self, key_ids: Sequence[str]) -> dict[str, tuple[ApiKeyRow, Principal]]:
        """Keys to change, each with its account, by id: in a few statements, however many they are."""
        found: dict[str, tuple[ApiKeyRow, Principal]] = {}
        both = select(ApiKeyRow, Principal).join(Principal, Principal.id == ApiKeyRow.principal_id)
        for start in range(0, len(key_ids), _AT_ONCE):
            some = key_ids[start : start + _AT_ONCE]
            for key, account in self._session.execute(both.where(ApiKeyRow.key_id.in_(some))):
                found[key.key_id] = (key, account)
        return found

    def live_keys(self, account_id: str) -> list[str]:
        """The ids of an account's keys that are not revoked, newest first."""
        own = (ApiKeyRow.principal_id == account_id, ApiKeyRow.revoked_at.is_(None))
        return list(self._session.scalars(select(ApiKeyRow.key_id).where(*own).order_by(*NEWEST_FIRST)))

    def add_key(self, key: ApiKeyRow) -> None:
        """Put a new key in."""
        self._session.add(key)

    def keys(
        self,
        account_id: str | None = None,
        creator_id: str | None = None,
        *,
        by_creator: bool = False,
        limit: int | None = None,
        after: KeyView | None = None,
    ) -> Sequence[KeyView]:
        """Keys without their hashes, live ones first, newest first; or first by who created them.

        Args:
            limit: how many at most.
            after: the last of those that were listed before, as it was.
        """
        conditions: list[ColumnElement[bool]] = []
        if account_id is not None:
            conditions.append(ApiKeyRow.principal_id == account_id)
        if creator_id is not None:
            mine = created_by(ApiKeyRow.key_id, ApiKeyRow.created_by_id, creator_id, Action.API_KEY_CREATED)
            conditions.append(mine)
        place = self._place(after) if after is not None else None
        if by_creator:
            views = self._by_creator(conditions, limit, place)
        else:
            views = self._newest(conditions, limit, place)
        missing = gone(self._session, {view.created_by_id for view in views})
        return [replace(view, creator_gone=True) if view.created_by_id in missing else view for view in views]

    def _newest(
        self, conditions: Sequence[ColumnElement[bool]], limit: int | None, place: _Place | None
    ) -> list[KeyView]:
        beyond = _beyond(place) if place is not None else ()
        statement = _views().where(*conditions, *beyond).order_by(*NEWEST_FIRST).limit(limit)
        return [KEY_VIEW.of(row) for row in self._session.execute(statement)]

    def _by_creator(
        self, conditions: Sequence[ColumnElement[bool]], limit: int | None, place: _Place | None
    ) -> list[KeyView]:
        """Those of one creator after the other."""
        of = ApiKeyRow.created_by_folded
        views: list[KeyView] = []
        creator = place.creator if place else self._session.scalar(select(func.min(of)))
        while creator is not None:
            left = None if limit is None else limit - len(views)
            views += self._newest([*conditions, of == creator], left, place)
            if left is not None and limit == len(views):
                break
            place, creator = None, self._session.scalar(select(func.min(of)).where(of > creator))
        return views

    def _place(self, view: KeyView) -> _Place:
        """Where a list goes on behind a key: by what is stored of it, or was, if it is gone."""
        row = self._session.execute(
            select(ApiKeyRow.created_by_folded, ApiKeyRow.live, _stored_time(self._session)).where(
                ApiKeyRow.key_id == view.key_id
            )
        ).first()
        stored = _stored_time(self._session)
        if row is not None:
            return _Place(row[0], row[1], row[2], view.key_id, stored)
        creator, time = creator_text(view.created_by), ApiKeyRow.created_at.expression
        return _Place(creator, int(view.live), view.created_at, view.key_id, time)

    def keys_beginning(self, part: str, limit: int) -> Sequence[KeyView]:
        """Keys whose id begins with `part` (in lower case), whatever the case; up to `limit`."""
        if not storable(part):
            return []
        statement = _views().where(begins(ApiKeyRow.search_text, part)).order_by(*NEWEST_FIRST).limit(limit)
        return [KEY_VIEW.of(row) for row in self._session.execute(statement)]

    def shown_to(self, person_id: str) -> Sequence[LeftKey]:
        """The live keys that a person was shown, those of global admins first, then by account."""
        statement = (
            _views()
            .add_columns(Principal.global_admin, Principal.disabled)
            .where(
                created_by(ApiKeyRow.key_id, ApiKeyRow.created_by_id, person_id, Action.API_KEY_CREATED),
                ApiKeyRow.revoked_at.is_(None),
            )
            .order_by(Principal.global_admin.desc(), Principal.name_folded, Principal.id, *NEWEST_FIRST)
        )
        return [
            LeftKey(KEY_VIEW.of(row), bool(row.global_admin), bool(row.disabled))
            for row in self._session.execute(statement)
        ]


class _Place(NamedTuple):
    """Where a list of keys is."""

    creator: str
    live: int
    when: Any
    key_id: str
    time: ColumnElement[Any]


def _stored_time(session: Session) -> ColumnElement[Any]:
    """When a key was made, as it is stored: SQLite may hold what is no time."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    return type_coerce(ApiKeyRow.created_at, String) if sqlite else ApiKeyRow.created_at.expression


def _beyond(place: _Place) -> tuple[ColumnElement[bool], ...]:
    """In the order of `NEWEST_FIRST`; two ways of each key that differ only in their ids go by those."""
    there = (ApiKeyRow.live == place.live) & (place.time == place.when) & (ApiKeyRow.key_id <= place.key_id)
    return tuple_(ApiKeyRow.live, place.time) <= (place.live, place.when), not_(there)


def _views() -> Select[Any]:
    return select(*KEY_VIEW.columns).join(Principal, Principal.id == ApiKeyRow.principal_id)
