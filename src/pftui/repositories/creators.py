"""Who created what: by the id beside each row, and by the trail for what is older than such ids."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from pftui.domain.audit import Action
from pftui.repositories.models import AuditEventRow, Principal


def created_by(
    row_id: InstrumentedAttribute[str],
    creator_id: InstrumentedAttribute[str | None],
    account_id: str,
    *actions: Action,
) -> ColumnElement[bool]:
    """Whether an account has created a row.

    Args:
        actions: what the trail calls it; it tells what no id was found for when there came to be some.
    """
    told = select(AuditEventRow.target_id).where(
        AuditEventRow.actor_id == account_id, AuditEventRow.action.in_([action.value for action in actions])
    )
    return or_(creator_id == account_id, row_id.in_(told))


def gone(session: Session, ids: Collection[str | None]) -> set[str]:
    """Those of the ids that no account has any more."""
    known = {each for each in ids if each is not None}
    if not known:
        return set()
    return known - set(session.scalars(select(Principal.id).where(Principal.id.in_(known))))
