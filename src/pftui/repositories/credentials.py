"""Passwords and API keys in the store."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from pftui.domain.accounts import KeyView
from pftui.repositories.models import ApiKeyRow, Password, Principal
from pftui.repositories.rows import RowShape

_KEY_VIEW = RowShape(KeyView, ApiKeyRow, account_id=ApiKeyRow.principal_id, account_name=Principal.name)


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

    def keys(self, account_id: str | None = None) -> Sequence[KeyView]:
        """Keys without their hashes, live ones first, newest first."""
        statement = (
            select(*_KEY_VIEW.columns)
            .join(Principal, Principal.id == ApiKeyRow.principal_id)
            .order_by(ApiKeyRow.revoked_at.is_not(None), ApiKeyRow.created_at.desc(), ApiKeyRow.key_id)
        )
        if account_id is not None:
            statement = statement.where(ApiKeyRow.principal_id == account_id)
        return [_KEY_VIEW.of(row) for row in self._session.execute(statement)]
