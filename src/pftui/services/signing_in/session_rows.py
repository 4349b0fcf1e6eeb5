"""The rows of people's sessions: begun by a sign-in, ended with the credential that opened them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from pftui.domain.accounts import Operator
from pftui.domain.audit import Action
from pftui.domain.sessions import LastSignIn
from pftui.repositories.models import Principal, SessionRow
from pftui.repositories.unit_of_work import UnitOfWork
from pftui.services.trail.writer import new_id


def begin_session(
    unit: UnitOfWork, operator: Operator, now: datetime, token_hash: str | None = None
) -> Operator:
    """A row for a person who has just given their password; gives the operator who brings it along.

    `token_hash` is of the token by which commands go on with it.
    """
    session = SessionRow(
        id=new_id(),
        principal_id=operator.id,
        stamp=operator.stamp,
        source=operator.source.as_text(),
        created_at=now,
        proved_at=now,
        seen_at=now,
        token_hash=token_hash,
    )
    unit.sessions.add(session)
    return replace(operator, session_id=session.id)


def session_of(unit: UnitOfWork, operator: Operator) -> SessionRow | None:
    """The row of the operator's session; None for who has none, as a script or a key."""
    if operator.session_id is None:
        return None
    session = unit.sessions.get(operator.session_id)
    return session if session is not None and session.principal_id == operator.id else None


def end_sessions(
    unit: UnitOfWork, principal: Principal, now: datetime, by: str, spared: SessionRow | None = None
) -> None:
    """End whatever was signed in as the account, by password or key, with a row or without (R9).

    Args:
        by: who ends it, as `ended_by` keeps it.
        spared: the session that goes on, as the one that changed its own password.
    """
    principal.stamp += 1
    unit.sessions.end_all(principal.id, now, by, spared.id if spared is not None else None)
    if spared is not None:
        spared.stamp, spared.proved_at = principal.stamp, now


def last_sign_in(unit: UnitOfWork, principal: Principal) -> LastSignIn | None:
    """How the account was signed in to last, and how often that failed since; asked before a new one."""
    event = unit.audit.newest_of(principal.id, [Action.LOGIN])
    if event is None:
        return None
    failures = unit.audit.count_since(event.sequence, principal.id, Action.LOGIN_FAILED)
    return LastSignIn(event.created_at, unit.sessions.source(principal.id, event.created_at), failures)
