"""What changes of a webhook are made of, each as part of a transaction."""

from __future__ import annotations

import builtins
from datetime import datetime

from pftui.domain.audit import Action, AuditEvent, Target
from pftui.domain.errors import Conflict, Taken
from pftui.domain.names import fold
from pftui.domain.secret import Secret
from pftui.domain.webhooks import PREVIOUS_SIGNS_FOR, shown_url
from pftui.repositories.models import Team, WebhookRow
from pftui.repositories.unit_of_work import UnitOfWork
from pftui.services.lookups import require_team, require_webhook
from pftui.services.sealing import StoreKeys
from pftui.services.sentences import changed_meanwhile, looks_like
from pftui.services.trail.writer import new_id
from pftui.services.transaction import Transaction

#: What was changed from what to what, by field.
Changes = dict[str, dict[str, object]]


def new_row(transaction: Transaction, name: str) -> WebhookRow:
    """A webhook by who makes it, without what it sends and where to."""
    return WebhookRow(
        id=new_id(),
        name=name,
        created_at=transaction.now,
        created_by=transaction.by,
        created_by_id=transaction.operator.id,
    )


def tell(
    transaction: Transaction, row: WebhookRow, action: Action, text: str, **metadata: object
) -> AuditEvent:
    """Tell what was done to a webhook; of a team's in that team."""
    return transaction.record(action, Target.WEBHOOK, row.id, text, row.team_id, **metadata)


def is_test_of(row: WebhookRow, event: AuditEvent) -> bool:
    """Whether an event is a test of this webhook, which it gets whatever it asks for."""
    return event.action is Action.WEBHOOK_TESTED and event.target_id == row.id


def current(unit: UnitOfWork, webhook_id: str, version: int | None) -> WebhookRow:
    """The webhook, as it was when the operator saw it. Raises `NotFound`, `Conflict`."""
    row = require_webhook(unit, webhook_id)
    if version is not None and version != row.version:
        raise Conflict(changed_meanwhile(unit, webhook_id, "webhook"))
    return row


def ensure_name_free(unit: UnitOfWork, name: str, own_id: str | None = None) -> None:
    """Raise `Taken` where another webhook has this name, or one that looks like it (R6)."""
    other = unit.webhooks.named(name) or unit.webhooks.get(fold(name))
    if other is not None and other.id != own_id:
        raise Taken("name", f"There is a webhook named {other.name} already.")
    other = unit.webhooks.alike(name, own_id)
    if other is not None:
        raise Taken("name", looks_like(name, other.name))


def set_name(unit: UnitOfWork, row: WebhookRow, name: str | None) -> Changes:
    """Rename it, where that is another name."""
    if name is None or name == row.name:
        return {}
    ensure_name_free(unit, name, row.id)
    before, row.name = row.name, name
    return {"name": {"from": before, "to": name}}


def set_url(row: WebhookRow, url: str | None) -> Changes:
    """Send elsewhere; the trail is told the host alone."""
    if url is None or url == row.url:
        return {}
    before, row.url = row.url, url
    return {"url": {"from": shown_url(before), "to": shown_url(url)}}


def set_events(row: WebhookRow, patterns: tuple[str, ...] | None) -> Changes:
    """Send other events."""
    before = row.events.split()
    if patterns is None or list(patterns) == before:
        return {}
    row.events = " ".join(patterns)
    return {"events": {"from": before, "to": list(patterns)}}


def set_team(unit: UnitOfWork, row: WebhookRow, team_id: str | None, *, whole: bool) -> Changes:
    """Send what belongs to another team, or to all of the organization. Raises `NotFound`."""
    if (team_id is None and not whole) or team_id == row.team_id:
        return {}
    after = require_team(unit, team_id).name if team_id is not None else None
    former = unit.teams.get(row.team_id) if row.team_id is not None else None
    before = former.name if former is not None else row.team_id
    row.team_id = team_id
    return {"team": {"from": before, "to": after}}


def enable(transaction: Transaction, row: WebhookRow, *, enabled: bool, why: str = "") -> None:
    """Resume or pause it, and tell of it."""
    row.enabled = enabled
    text = f"{'Resumed' if enabled else 'Paused'} webhook {row.name}{why}"
    changes = {"enabled": {"from": not enabled, "to": enabled}}
    tell(transaction, row, Action.WEBHOOK_UPDATED, text, changes=changes)


def pause_of_team(transaction: Transaction, team: Team) -> builtins.list[str]:
    """Pause the webhooks of a team that is being deleted, as part of that; the names of all it has."""
    rows = transaction.unit.webhooks.of_team(team.id)
    for row in rows:
        if row.enabled:
            enable(transaction, row, enabled=False, why=f", since its team {team.name} is deleted")
    return [row.name for row in rows]


def seal(unit: UnitOfWork, keys: StoreKeys, row: WebhookRow, secret: Secret) -> None:
    """Give it a signing secret; the first one of a store makes the key.

    Raises:
        StoreKeyUnavailable: the key is not here, or cannot be made.
    """
    known = unit.webhooks.key()
    if known is None:
        key = keys.first()
        unit.webhooks.set_key(key.fingerprint)
    else:
        key = keys.find(known.fingerprint)
    if row.previous_secret is not None and row.sealed_by != key.fingerprint:
        previous = keys.find(row.sealed_by).open(row.previous_secret, row.id)
        row.previous_secret = key.seal(previous, row.id)
    row.secret, row.sealed_by = key.seal(secret, row.id), key.fingerprint


def keep_previous_secret(transaction: Transaction, row: WebhookRow) -> datetime:
    """Let the secret that it has sign beside the next one; until when."""
    until = transaction.now + PREVIOUS_SIGNS_FOR
    row.previous_secret, row.previous_until = row.secret, until
    return until
