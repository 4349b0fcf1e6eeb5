"""Who created what: by the id beside each row, and by the trail for what is older than such ids."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from pftui.domain.audit import Action
from pftui.repositories.models import AuditEventRow


def created_by(
    row_id: InstrumentedAttribute[str],
    creator_id: InstrumentedAttribute[str | None],
    account_id: str,
    action: Action,
) -> ColumnElement[bool]:
    """Whether an account has created a row.

    Args:
        action: what the trail calls it; it tells what no id was found for when there came to be some.
    """
    told = select(AuditEventRow.target_id).where(
        AuditEventRow.actor_id == account_id, AuditEventRow.action == action.value
    )
    return or_(creator_id == account_id, row_id.in_(told))
