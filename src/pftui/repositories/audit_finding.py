"""What is asked of the audit trail (`domain/audit.py`), as conditions of SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, false, func, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from pftui.domain.accounts import Kind
from pftui.domain.audit import AccountVerb, Action, AuditQuery, Target, account_action
from pftui.domain.audit_form import canonical_json
from pftui.domain.names import storable
from pftui.repositories.audit_tallies import Total, is_tallied, total
from pftui.repositories.audit_words import has_actor, has_word
from pftui.repositories.models import ApiKeyRow, AuditEventRow, Principal, Role, Team
from pftui.repositories.paging import AnySelect

Condition = ColumnElement[bool]

_ROW = AuditEventRow
#: What gives, changes or takes a role: its metadata name it by its id.
_OF_ROLES = [
    account_action(verb, kind).value
    for verb in (AccountVerb.ADDED_TO_TEAM, AccountVerb.REMOVED_FROM_TEAM, AccountVerb.ROLE_CHANGED_IN_TEAM)
    for kind in Kind
]
_ROLE_FIELDS = ("roleId", "roleIdBefore")
#: What happens to the keys of others when somebody is offboarded who was shown them.
_LEFT_BEHIND = (Action.API_KEY_REVOKED, Action.API_KEY_KEPT)


def conditions(session: Session, query: AuditQuery) -> list[Condition]:
    """All of which must hold for an event to be found. Asks what it is that `about_id` names."""
    named = {
        _ROW.action: query.action.value if query.action else None,
        _ROW.target: query.target.value if query.target else None,
        _ROW.actor_id: query.actor_id,
    }
    texts = (*query.words, *query.without_words, *query.actors, query.actor_id or "", query.about_id or "")
    if not all(map(storable, texts)):
        return [false()]
    found: list[Condition] = [column == value for column, value in named.items() if value is not None]
    found += in_time(_ROW.created_at.expression, query)
    if query.only:
        found.append(_ROW.action.in_([action.value for action in query.only]))
    if query.without:
        found.append(_ROW.action.not_in([action.value for action in query.without]))
    if query.about_id is not None:
        found.append(_about(session, query.about_id))
    sqlite = session.get_bind().dialect.name == "sqlite"
    found += [has_actor(part, sqlite=sqlite) for part in query.actors]
    found += [has_word(word, sqlite=sqlite) for word in query.words]
    found += [not_(has_word(word, sqlite=sqlite)) for word in query.without_words]
    return found


def in_time(moment: ColumnElement[datetime], query: AuditQuery) -> list[Condition]:
    """The conditions on when it was."""
    found: list[Condition] = []
    if query.created_from is not None:
        found.append(moment >= query.created_from)
    if query.created_until is not None:
        found.append(moment <= query.created_until)
    return found


def _about(session: Session, subject_id: str) -> Condition:
    """What happened to it, in it (a team), to what is its own (an account's keys) or with it (a role).

    An account's keys stay as long as it does, so they are asked for; of one that was deleted, and of a role,
    only the events themselves tell.
    """
    fits: list[Condition] = [_ROW.target_id == subject_id]
    if _there(session, Principal.id, subject_id):
        keys = session.scalars(select(ApiKeyRow.key_id).where(ApiKeyRow.principal_id == subject_id)).all()
        own = _ROW.target_id.in_([subject_id, *keys])
        if not _done_to(session, subject_id, Action.USER_OFFBOARDED):
            return own
        return or_(own, _ROW.action.in_(_LEFT_BEHIND) & _names("accountId", subject_id))
    if _there(session, Team.id, subject_id) or _targeted(session, subject_id, Target.TEAM):
        return or_(*fits, _ROW.team_id == subject_id)
    if _there(session, ApiKeyRow.key_id, subject_id):
        return fits[0]
    if _there(session, Role.id, subject_id) or _targeted(session, subject_id, Target.ROLE):
        named = or_(*(_names(field, subject_id) for field in _ROLE_FIELDS))
        return or_(*fits, _ROW.action.in_(_OF_ROLES) & named)
    return or_(*fits, _names("accountId", subject_id))


def _there(session: Session, column: InstrumentedAttribute[str], row_id: str) -> bool:
    return session.execute(select(column).where(column == row_id)).first() is not None


def _targeted(session: Session, target_id: str, target: Target) -> bool:
    """Whether anything has happened to a thing of this kind and id, which may be gone."""
    of_kind = (_ROW.target_id == target_id, _ROW.target == target.value)
    return session.execute(select(_ROW.sequence).where(*of_kind).limit(1)).first() is not None


def _done_to(session: Session, target_id: str, action: Action) -> bool:
    of_it = (_ROW.target_id == target_id, _ROW.action == action.value)
    return session.execute(select(_ROW.sequence).where(*of_it).limit(1)).first() is not None


def _names(field: str, value: str) -> Condition:
    return _ROW.metadata_json.contains(canonical_json({field: value})[1:-1], autoescape=True)


def counted(session: Session, query: AuditQuery, found: Sequence[Condition]) -> Total:
    """How many events fit, of those that are in the store, and where they are where that is known."""
    if is_tallied(query):
        # Of a few events by their numbers: not by the index of times, which SQLite would take.
        some = conditions(session, replace(query, created_from=None, created_until=None))
        return total(session, query, found, [*some, *in_time(_unindexed_time(session), query)])
    return Total(session.scalar(select(func.count()).select_from(_ROW).where(*found)) or 0)


def _unindexed_time(session: Session) -> ColumnElement[datetime]:
    moment = _ROW.created_at
    if session.get_bind().dialect.name != "sqlite":
        return moment.expression
    return UnaryExpression(moment.expression, operator=custom_op("+"), type_=moment.type)


def _of_time_alone(query: AuditQuery) -> bool:
    return replace(query, created_from=None, created_until=None).everything


def newest_first(query: AuditQuery, statement: AnySelect, there: Total) -> AnySelect:
    """In order; what is asked of its time alone is by its time, which the index of it knows."""
    if _of_time_alone(query) and (query.created_from or query.created_until):
        return statement.order_by(_ROW.created_at.desc(), _ROW.sequence.desc())
    if there.first:
        statement = statement.where(_ROW.sequence.between(there.first, there.last))
    return statement.order_by(_ROW.sequence.desc())
