"""Tells the trail of a key's first use, which clears the mark "key unsaved" (R8)."""

from __future__ import annotations

from datetime import datetime

from pftui.domain.api_key import shown
from pftui.domain.audit import Action, Actor, Target
from pftui.domain.source import Means, Origin
from pftui.repositories.unit_of_work import UnitOfWork
from pftui.services.writer import AuditWriter


def tell_of_first_use(unit: UnitOfWork, account_id: str, key_id: str, moment: datetime) -> None:
    """Write the event, in the transaction that clears the mark; the account itself has cleared it."""
    account = unit.accounts.get(account_id)
    if account is None:
        return
    actor = Actor(account.id, account.name, account.email)
    AuditWriter(unit, actor, Origin(Means.KEY, key_id=key_id), moment).record(
        Action.API_KEY_FIRST_USED,
        Target.API_KEY,
        key_id,
        f"Used API key {shown(key_id)} of {account.name} for the first time, so it is kept somewhere",
        accountId=account.id,
    )
