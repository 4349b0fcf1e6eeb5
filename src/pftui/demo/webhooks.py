"""The webhooks of the sample organization; what became of its events follows from the trail."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pftui.demo import data
from pftui.demo.data import Webhook
from pftui.domain.audit import Action, AuditEvent
from pftui.domain.clock import to_microseconds
from pftui.domain.endpoints import parse_url
from pftui.domain.look_alikes import look_hash
from pftui.domain.names import fold
from pftui.domain.search import creator_text
from pftui.domain.webhook_events import Selection, event_name
from pftui.domain.webhooks import DELIVERIES_KEPT_FOR, RETRIED_FOR, make_secret, pause_after
from pftui.services.sealing import StoreKey
from pftui.services.sending.answer import Answer, Outcome, SendRequest
from pftui.services.sending.client import Sender

_SEED = 20260301
_TABLES = ("store_key", "webhooks", "webhook_cursors", "webhook_deliveries", "webhook_parked")
Rows = dict[str, list[dict[str, Any]]]


class DemoSender(Sender):
    """Sends nothing, and says so."""

    def send(self, request: SendRequest) -> Answer:
        """No answer."""
        return Answer(Outcome.CONNECTION, "This is a demo: nothing is sent anywhere.", 0.0)


def webhook_rows(
    events: Sequence[AuditEvent], team_ids: Mapping[str, str], key: StoreKey, now: datetime
) -> Rows:
    """Rows by table, in an order in which each refers only to what is there already.

    Args:
        events: the trail, oldest first, which tells of the making of each webhook.
        team_ids: by name.
        key: seals their secrets, which nobody is shown.
    """
    tables: Rows = {name: [] for name in _TABLES}
    tables["store_key"].append({"id": 1, "fingerprint": key.fingerprint, "next_fingerprint": None})
    made = {each.metadata["name"]: each for each in events if each.action is Action.WEBHOOK_CREATED}
    for webhook in data.WEBHOOKS:
        created = made[webhook.name]
        team_id = team_ids[webhook.team] if webhook.team else None
        tables["webhooks"].append(_webhook(webhook, created, team_id, key))
        selection = Selection.of(webhook.events, team_id)
        due = [each for each in events if each.sequence > created.sequence and selection.fits(each)]
        told = _Told(webhook, created.target_id, now, random.Random(_SEED))  # noqa: S311  # no secrets
        told.tell(due, events[-1].sequence)
        tables["webhook_cursors"].append(told.cursor)
        tables["webhook_deliveries"] += told.deliveries
        tables["webhook_parked"] += told.parked
    return tables


def _webhook(webhook: Webhook, created: AuditEvent, team_id: str | None, key: StoreKey) -> dict[str, Any]:
    by = created.actor
    return {
        "id": created.target_id,
        "name": webhook.name,
        "name_folded": fold(webhook.name),
        "name_look": look_hash(webhook.name),
        "url": webhook.url,
        "events": " ".join(webhook.events),
        "team_id": team_id,
        "enabled": not webhook.paused_days,
        "secret": key.seal(make_secret(), created.target_id),
        "sealed_by": key.fingerprint,
        "created_at": created.created_at,
        "created_by": by.email,
        "created_by_id": by.id,
        "created_by_folded": creator_text(by.email or ""),
        "version": 2 if webhook.paused_days else 1,
    }


@dataclass(slots=True)
class _Told:
    """What a webhook was told, by the rules of a deliverer that has run all the time."""

    webhook: Webhook
    webhook_id: str
    now: datetime
    chance: random.Random
    cursor: dict[str, Any] = field(default_factory=dict)
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    parked: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, due: Iterable[AuditEvent], last: int) -> None:
        """Send what is due, up to the event with the number `last`."""
        self.cursor = {
            "webhook_id": self.webhook_id,
            "sequence": last,
            "attempts": 0,
            "next_attempt_at": 0,
            "lease_owner": "",
            "lease_until": 0,
        }
        ended = self.now - timedelta(days=self.webhook.paused_days)
        fails_from = self.now - timedelta(days=self.webhook.failing_days)
        free_at = fails_from
        for event in due:
            if self.webhook.paused_days and event.created_at >= ended:
                self.cursor["sequence"] = event.sequence - 1
                return
            if not self.webhook.failing_days or event.created_at < fails_from:
                at = event.created_at + timedelta(seconds=1)
                self._sent(event, at, 1, self.chance.randint(28, 95), 204, "", "")
                continue
            too_old = event.created_at + RETRIED_FOR
            attempts, due_at = self._fail(event, max(free_at, event.created_at), min(too_old, self.now))
            if too_old > self.now:
                self.cursor |= {"sequence": event.sequence - 1, "attempts": attempts}
                self.cursor["next_attempt_at"] = to_microseconds(due_at)
                return
            free_at = max(free_at, too_old)
            self._park(event, free_at)

    def _fail(self, event: AuditEvent, begun: datetime, until: datetime) -> tuple[int, datetime]:
        """How often it was tried, and when it is next."""
        place, attempt, at = parse_url(self.webhook.url).place, 0, begun
        while at <= until:
            attempt += 1
            failure = f"{place} answered 500: it did not take the event."
            self._sent(event, at, attempt, self.chance.randint(60, 400), 500, failure, "no such channel")
            at += pause_after(attempt, self.chance.random())
        return attempt, at

    def _sent(
        self,
        event: AuditEvent,
        at: datetime,
        attempt: int,
        milliseconds: int,
        status: int,
        failure: str,
        answer: str,
    ) -> None:
        if at < self.now - DELIVERIES_KEPT_FOR:
            return
        self.deliveries.append(
            {
                "webhook_id": self.webhook_id,
                "event_id": event.id,
                "sequence": event.sequence,
                "event": event_name(event.target, event.action),
                "attempted_at": to_microseconds(min(at, self.now)),
                "attempt": attempt,
                "milliseconds": milliseconds,
                "status": status,
                "failure": failure,
                "answer": answer,
            }
        )

    def _park(self, event: AuditEvent, at: datetime) -> None:
        """With those before it: nothing was sent between."""
        if not self.parked:
            new = {"first": event.sequence, "events": 0, "parked_at": to_microseconds(at)}
            self.parked.append({"webhook_id": self.webhook_id, **new})
        self.parked[0]["last"] = event.sequence
        self.parked[0]["events"] += 1
