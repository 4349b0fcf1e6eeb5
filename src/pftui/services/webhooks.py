"""Webhooks: where events of the trail are sent; made, changed, paused and ended by global admins.

The trail is what is sent, and `services/delivering` does it; here only what somebody asks for by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pftui.domain.accounts import Operator
from pftui.domain.acts import Act, Intent, on_webhook
from pftui.domain.audit import Action, AuditEvent, Target, iso
from pftui.domain.clock import Clock, to_microseconds
from pftui.domain.errors import Conflict, InvalidInput, NotFound
from pftui.domain.names import clean_name, fold
from pftui.domain.webhook_events import clean_patterns, event_name
from pftui.domain.webhooks import (
    MOST_DELIVERIES,
    MOST_WEBHOOKS,
    Delivery,
    Parked,
    WebhookView,
    clean_url,
    make_secret,
    shown_url,
)
from pftui.repositories.unit_of_work import Store
from pftui.services.delivering.by_hand import send_now
from pftui.services.delivering.outbox import Outbox
from pftui.services.lookups import require_team, require_webhook
from pftui.services.results import AlreadySo, NewSecret
from pftui.services.sealing import StoreKeys
from pftui.services.sending.client import Sender
from pftui.services.sentences import already_so
from pftui.services.transaction import change, inspection
from pftui.services.webhook_rows import (
    current,
    enable,
    ensure_name_free,
    is_test_of,
    keep_previous_secret,
    new_row,
    seal,
    set_events,
    set_name,
    set_team,
    set_url,
    tell,
)


@dataclass(frozen=True, slots=True)
class WebhookService:
    """Webhooks; global admins only."""

    store: Store
    clock: Clock
    keys: StoreKeys
    sender: Callable[[], Sender] = Sender

    def list(self, operator: Operator) -> Sequence[WebhookView]:
        """All of them, by name, with how far each is."""
        with inspection(self.store, operator, self.clock, Intent(Act.WEBHOOK_LIST)) as unit:
            return unit.webhooks.views()

    def show(self, operator: Operator, webhook_id: str) -> WebhookView:
        """One of them. Raises `NotFound`."""
        with inspection(self.store, operator, self.clock, on_webhook(Act.WEBHOOK_SHOW, webhook_id)) as unit:
            return unit.webhooks.view(require_webhook(unit, webhook_id))

    def find(self, operator: Operator, reference: str) -> WebhookView:
        """The one with this id or name. Raises `NotFound`."""
        text = reference.strip()
        webhooks = self.list(operator)
        for webhook in webhooks:
            if webhook.id == text or fold(webhook.name) == fold(text):
                return webhook
        names = ", ".join(webhook.name for webhook in webhooks)
        raise NotFound(
            f"There is no webhook {text!r}." + (f" There are: {names}." if names else " There is none yet.")
        )

    def deliveries(
        self, operator: Operator, webhook_id: str, *, failed: bool = False, limit: int = MOST_DELIVERIES
    ) -> Sequence[Delivery]:
        """What became of events, newest first: of 30 days, and 1,000 at most. Raises `NotFound`."""
        intent = on_webhook(Act.WEBHOOK_DELIVERIES, webhook_id)
        with inspection(self.store, operator, self.clock, intent) as unit:
            require_webhook(unit, webhook_id)
            return unit.deliveries.newest(webhook_id, failed=failed, limit=limit)

    def parked(self, operator: Operator, webhook_id: str) -> Sequence[Parked]:
        """What was not taken within its time and waits to be sent again, oldest first. Raises `NotFound`."""
        intent = on_webhook(Act.WEBHOOK_DELIVERIES, webhook_id)
        with inspection(self.store, operator, self.clock, intent) as unit:
            require_webhook(unit, webhook_id)
            return unit.deliveries.parked(webhook_id)

    def create(
        self,
        operator: Operator,
        name: str,
        url: str,
        events: Iterable[str],
        team_id: str | None = None,
        *,
        enabled: bool = True,
    ) -> NewSecret:
        """A new webhook and its signing secret; it gets what happens from then on.

        The first one makes the key that seals the secrets of this store.

        Args:
            events: names of events, `api_key.*`, or `*`.
            team_id: only what belongs to that team; by default all of the organization.

        Raises:
            InvalidInput, Taken, NotFound: with the field's name; there is no such team.
            StoreKeyUnavailable: the key is not here, or cannot be made.
            ProofNeeded: the password was given more than 15 minutes ago.
        """
        name, url, patterns = clean_name(name), clean_url(url), clean_patterns(events)
        intent = Intent(Act.WEBHOOK_CREATE, Target.WEBHOOK, name=name)
        with change(self.store, operator, self.clock, intent, proof=True) as transaction:
            unit = transaction.unit
            ensure_name_free(unit, name)
            if unit.webhooks.count() >= MOST_WEBHOOKS:
                raise InvalidInput(
                    "name", f"There are {MOST_WEBHOOKS} webhooks, which is the most there can be."
                )
            team = require_team(unit, team_id) if team_id is not None else None
            row, secret = new_row(transaction, name), make_secret()
            row.url, row.events, row.team_id, row.enabled = url, " ".join(patterns), team_id, enabled
            seal(unit, self.keys, row, secret)
            event = transaction.record(
                Action.WEBHOOK_CREATED,
                Target.WEBHOOK,
                row.id,
                f"Created webhook {name} to {shown_url(url)}" + (f" for team {team.name}" if team else ""),
                team_id,
                name=name,
                url=shown_url(url),
                events=list(patterns),
                enabled=enabled,
            )
            unit.webhooks.add(row, event.sequence)
            unit.flush()
            return NewSecret(unit.webhooks.view(row), secret)

    def update(
        self,
        operator: Operator,
        webhook_id: str,
        version: int | None = None,
        *,
        name: str | None = None,
        url: str | None = None,
        events: Iterable[str] | None = None,
        team_id: str | None = None,
        whole_organization: bool = False,
    ) -> WebhookView:
        """Change what is given and leave the rest; what waits is chosen anew and goes to the new address.

        Args:
            whole_organization: no longer of one team.

        Raises:
            InvalidInput, Taken, NotFound: as for `create`.
            Conflict: `version` is given and somebody else has changed the webhook since (R10).
            ProofNeeded: more or something else is sent, or elsewhere, and the password was given more than
                15 minutes ago.
        """
        name = clean_name(name) if name is not None else None
        url = clean_url(url) if url is not None else None
        patterns = clean_patterns(events) if events is not None else None
        intent = on_webhook(Act.WEBHOOK_UPDATE, webhook_id)
        with change(self.store, operator, self.clock, intent) as transaction:
            unit = transaction.unit
            row = current(unit, webhook_id, version)
            before = row.name
            changes = set_name(unit, row, name)
            changes |= set_url(row, url) | set_events(row, patterns)
            changes |= set_team(unit, row, team_id, whole=whole_organization)
            if changes.keys() - {"name"}:
                transaction.require_proof()
                unit.deliveries.try_now(webhook_id)
            if changes:
                text = f"Changed {', '.join(changes)} of webhook {before}"
                tell(transaction, row, Action.WEBHOOK_UPDATED, text, changes=changes)
            unit.flush()
            return unit.webhooks.view(row)

    def pause(self, operator: Operator, webhook_id: str) -> AlreadySo | None:
        """Send it nothing for now: what happens waits. Tells where that is so. Raises `NotFound`."""
        intent = on_webhook(Act.WEBHOOK_PAUSE, webhook_id)
        with change(self.store, operator, self.clock, intent) as transaction:
            row = require_webhook(transaction.unit, webhook_id)
            if not row.enabled:
                return already_so(
                    transaction.unit, webhook_id, Action.WEBHOOK_UPDATED, Action.WEBHOOK_CREATED
                )
            enable(transaction, row, enabled=False)
            return None

    def resume(self, operator: Operator, webhook_id: str) -> AlreadySo | None:
        """Send what has waited, and what happens from now on. Tells where that is so.

        Raises:
            NotFound: there is no such webhook.
            Conflict: its team was deleted.
        """
        intent = on_webhook(Act.WEBHOOK_RESUME, webhook_id)
        with change(self.store, operator, self.clock, intent) as transaction:
            unit = transaction.unit
            row = require_webhook(unit, webhook_id)
            if row.enabled:
                return already_so(unit, webhook_id, Action.WEBHOOK_UPDATED, Action.WEBHOOK_CREATED)
            if row.team_id is not None and unit.teams.get(row.team_id) is None:
                raise Conflict(
                    f"The team of {row.name} was deleted. Nothing was changed; give it another team, or the "
                    "whole organization, or delete it."
                )
            enable(transaction, row, enabled=True)
            unit.deliveries.try_now(webhook_id)
            return None

    def delete(self, operator: Operator, webhook_id: str, version: int | None = None) -> None:
        """End it, with what waits for it and what was parked.

        Raises:
            NotFound: there is no such webhook.
            Conflict: `version` is given and somebody else has changed it since (R10).
            ProofNeeded: the password was given more than 15 minutes ago.
        """
        intent = on_webhook(Act.WEBHOOK_DELETE, webhook_id)
        with change(self.store, operator, self.clock, intent, proof=True) as transaction:
            unit = transaction.unit
            row = current(unit, webhook_id, version)
            lost = unit.webhooks.view(row).parked
            unit.webhooks.remove(row)
            parked = f", and gave up {lost:,} parked events" if lost else ""
            text = f"Deleted webhook {row.name}{parked}"
            tell(transaction, row, Action.WEBHOOK_DELETED, text, name=row.name, parked=lost)

    def regenerate_secret(
        self, operator: Operator, webhook_id: str, *, keep_previous: bool = False
    ) -> NewSecret:
        """Another signing secret, which holds at once.

        Args:
            keep_previous: the old one signs beside it for a day (`X-Promptfoo-Signature-Previous`).

        Raises:
            NotFound: there is no such webhook.
            StoreKeyUnavailable: the key that seals it is not here.
            ProofNeeded: the password was given more than 15 minutes ago.
        """
        intent = on_webhook(Act.WEBHOOK_REGENERATE_SECRET, webhook_id)
        with change(self.store, operator, self.clock, intent, proof=True) as transaction:
            unit = transaction.unit
            row, secret = require_webhook(unit, webhook_id), make_secret()
            if keep_previous and row.secret:
                keep_previous_secret(transaction, row)
            else:
                row.previous_secret, row.previous_until = None, None
            until = row.previous_until
            seal(unit, self.keys, row, secret)
            beside = "; the old one signs beside it for a day" if until else ""
            text = f"Gave webhook {row.name} another signing secret{beside}"
            tell(
                transaction,
                row,
                Action.WEBHOOK_SECRET_REGENERATED,
                text,
                previousUntil=iso(until) if until else None,
            )
            unit.flush()
            return NewSecret(unit.webhooks.view(row), secret, row.previous_until)

    def test(self, operator: Operator, webhook_id: str) -> Delivery:
        """Send a test event now, whatever the webhook asks for and whether or not it is paused.

        It is the event `webhook.tested` by which the trail tells of the test. Takes up to some 10 seconds.

        Raises:
            NotFound: there is no such webhook.
            PftuiError: its secret cannot be read, so nothing was sent.
        """
        intent = on_webhook(Act.WEBHOOK_TEST, webhook_id)
        with change(self.store, operator, self.clock, intent) as transaction:
            row = require_webhook(transaction.unit, webhook_id)
            text = f"Sent a test event to webhook {row.name}"
            event = tell(transaction, row, Action.WEBHOOK_TESTED, text, name=row.name)
        return self._send(webhook_id, event)

    def resend(self, operator: Operator, webhook_id: str, event_id: str) -> Delivery:
        """Send one event again, now, with the same bytes as before. Takes up to some 10 seconds.

        Raises:
            NotFound: there is no such webhook or event.
            InvalidInput: it is none of those that the webhook gets.
            PftuiError: its secret cannot be read, so nothing was sent.
        """
        intent = on_webhook(Act.WEBHOOK_RESEND, webhook_id)
        with change(self.store, operator, self.clock, intent) as transaction:
            unit = transaction.unit
            row, event = require_webhook(unit, webhook_id), unit.audit.get(event_id)
            if event is None:
                raise NotFound(f"There is no event with the id {event_id!r}. Nothing was sent.")
            if not (unit.webhooks.view(row).selection.fits(event) or is_test_of(row, event)):
                raise InvalidInput(
                    "event",
                    f"This is no event that {row.name} gets ({event_name(event.target, event.action)}).",
                )
            text = f"Asked that event {event.sequence:,} be sent to webhook {row.name} again"
            tell(transaction, row, Action.WEBHOOK_RESENT, text, eventId=event_id, sequence=event.sequence)
        return self._send(webhook_id, event)

    def _send(self, webhook_id: str, event: AuditEvent) -> Delivery:
        with self.sender() as sender:
            return send_now(Outbox(self.store, self.keys, self.clock), sender, webhook_id, event)

    def resend_parked(self, operator: Operator, webhook_id: str) -> int:
        """Have the deliverer send again what was parked; how many events. Raises `NotFound`."""
        intent = on_webhook(Act.WEBHOOK_RESEND_PARKED, webhook_id)
        with change(self.store, operator, self.clock, intent) as transaction:
            unit = transaction.unit
            row = require_webhook(unit, webhook_id)
            events = unit.webhooks.view(row).parked
            if events:
                unit.deliveries.resend_parked(webhook_id, to_microseconds(transaction.now))
                text = f"Asked that {events:,} parked events be sent to webhook {row.name} again"
                tell(transaction, row, Action.WEBHOOK_RESENT, text, parked=events)
            return events

    def drop_parked(self, operator: Operator, webhook_id: str) -> int:
        """Give up what was parked; how many events. They stay in the trail. Raises `NotFound`."""
        intent = on_webhook(Act.WEBHOOK_DROP_PARKED, webhook_id)
        with change(self.store, operator, self.clock, intent) as transaction:
            unit = transaction.unit
            row = require_webhook(unit, webhook_id)
            events = unit.webhooks.view(row).parked
            if events:
                ranges = [f"{each.first}-{each.last}" for each in unit.deliveries.parked(webhook_id)]
                unit.deliveries.drop_parked(webhook_id)
                text = f"Gave up {events:,} parked events of webhook {row.name}"
                tell(transaction, row, Action.WEBHOOK_UPDATED, text, dropped=events, ranges=ranges)
            return events
