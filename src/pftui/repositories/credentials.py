"""Passwords and API keys in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from pftui.domain.accounts import KeyView
from pftui.domain.audit import Action
from pftui.domain.names import storable
from pftui.domain.offboarding import LeftKey
from pftui.repositories.creators import created_by, gone
from pftui.repositories.models import ApiKeyRow, Password, Principal
from pftui.repositories.rows import RowShape

KEY_VIEW = RowShape(KeyView, ApiKeyRow, account_id=ApiKeyRow.principal_id, account_name=Principal.name)
#: Live keys first, newest first.
NEWEST_FIRST = (ApiKeyRow.revoked_at.is_not(None), ApiKeyRow.created_at.desc(), ApiKeyRow.key_id)

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

    def add_key(self, key: ApiKeyRow) -> None:
        """Put a new key in."""
        self._session.add(key)

    def keys(
        self, account_id: str | None = None, creator_id: str | None = None, *, by_creator: bool = False
    ) -> Sequence[KeyView]:
        """Keys without their hashes, live ones first, newest first; or first by who created them."""
        order = (ApiKeyRow.created_by_folded,) if by_creator else ()
        statement = _views().order_by(*order, *NEWEST_FIRST)
        if account_id is not None:
            statement = statement.where(ApiKeyRow.principal_id == account_id)
        if creator_id is not None:
            mine = created_by(ApiKeyRow.key_id, ApiKeyRow.created_by_id, creator_id, Action.API_KEY_CREATED)
            statement = statement.where(mine)
        views = [KEY_VIEW.of(row) for row in self._session.execute(statement)]
        missing = gone(self._session, {view.created_by_id for view in views})
        return [replace(view, creator_gone=True) if view.created_by_id in missing else view for view in views]

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


def _views() -> Select[Any]:
    return select(*KEY_VIEW.columns).join(Principal, Principal.id == ApiKeyRow.principal_id)
