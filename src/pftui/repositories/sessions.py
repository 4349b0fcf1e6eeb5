"""The sessions of people in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from pftui.domain.names import storable
from pftui.domain.sessions import KEPT_FOR, KEPT_PER_ACCOUNT, SessionView
from pftui.domain.source import Source
from pftui.repositories.models import Principal, SessionRow
from pftui.repositories.rows import RowShape

LISTED = 1000  # sessions in one answer
_AT_ONCE = 1000  # sessions that one sign-in forgets
_VIEW = RowShape(
    SessionView,
    SessionRow,
    account_id=SessionRow.principal_id,
    account_name=Principal.name,
    account_email=Principal.email,
)


class SessionRepository:
    """Who is signed in, one transaction long."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, session_id: str) -> SessionRow | None:
        """The session with this id."""
        return self._session.get(SessionRow, session_id) if storable(session_id) else None

    def add(self, row: SessionRow) -> None:
        """Put a new session in, and let old ones go: those of long ago, and of its account the surplus."""
        self._session.add(row)
        self._session.flush()
        old = select(SessionRow.id).where(SessionRow.seen_at < row.created_at - KEPT_FOR)
        newest_first = (
            select(SessionRow.id)
            .where(SessionRow.principal_id == row.principal_id, SessionRow.id != row.id)
            .order_by(SessionRow.created_at.desc(), SessionRow.id)
        )
        self._forget(old)
        self._forget(newest_first.offset(KEPT_PER_ACCOUNT - 1))

    def _forget(self, ids: Select[Any]) -> None:
        some = list(self._session.scalars(ids.limit(_AT_ONCE)))
        if some:
            self._session.execute(delete(SessionRow).where(SessionRow.id.in_(some)))

    def source(self, account_id: str, created_at: datetime) -> Source | None:
        """From where the account was signed in to at this moment; None where no session began then."""
        statement = select(SessionRow.source).where(
            SessionRow.principal_id == account_id, SessionRow.created_at == created_at
        )
        text = self._session.scalars(statement.limit(1)).first()
        return Source.from_text(text) if isinstance(text, str) else None

    def end_all(self, account_id: str, now: datetime, by: str, spared: str | None) -> None:
        """End what an account has open, but for one session."""
        statement = update(SessionRow).where(
            SessionRow.principal_id == account_id, SessionRow.ended_at.is_(None)
        )
        if spared is not None:
            statement = statement.where(SessionRow.id != spared)
        self._session.execute(statement.values(ended_at=now, ended_by=by))

    def list(self, account_id: str | None = None) -> Sequence[SessionView]:
        """The sessions of one account or of all: those that have not ended first, newest first."""
        statement = (
            select(*_VIEW.columns, SessionRow.token_hash.is_not(None))
            .join(Principal, Principal.id == SessionRow.principal_id)
            .order_by(SessionRow.ended_at.is_not(None), SessionRow.created_at.desc(), SessionRow.id)
            .limit(LISTED)
        )
        if account_id is not None:
            statement = statement.where(SessionRow.principal_id == account_id)
        rows = self._session.execute(statement)
        return [replace(_VIEW.of(row), for_commands=bool(row[-1])) for row in rows]
