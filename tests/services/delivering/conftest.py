"""A deliverer whose receivers are in the test's hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from pftui.domain.accounts import Operator
from pftui.domain.webhooks import WebhookView
from pftui.services.contracts import Services
from pftui.services.delivering.deliverer import Deliverer
from pftui.services.delivering.outbox import Outbox
from pftui.services.sending.answer import Answer, Outcome, SendRequest
from tests.conftest import SetClock

TAKEN = Answer(Outcome.DELIVERED, "", 0.01, 204)
REFUSED = Answer(Outcome.STATUS, "It answered with 500.", 0.02, 500, "no room")


@dataclass
class FakeSender:
    """Answers what `answer` says, and keeps what it was given."""

    answer: Callable[[SendRequest], Answer] = lambda request: TAKEN
    sent: list[SendRequest] = field(default_factory=list)

    def send(self, request: SendRequest) -> Answer:
        self.sent.append(request)
        return self.answer(request)

    def to(self, webhook: WebhookView) -> list[SendRequest]:
        """What was sent to one webhook, in order."""
        return [request for request in self.sent if request.webhook_id == webhook.id]

    def events(self, webhook: WebhookView) -> list[str]:
        """The ids of the events that it was sent."""
        return [request.event_id for request in self.to(webhook)]


@pytest.fixture
def sender() -> FakeSender:
    return FakeSender()


@dataclass
class Desk:
    """Makes webhooks, events and deliverers on one store."""

    services: Services
    admin: Operator
    clock: SetClock
    sender: FakeSender
    told: list[str] = field(default_factory=list)

    def webhook(self, *events: str, name: str = "SIEM", team_id: str | None = None) -> WebhookView:
        url = "https://siem.acme.example/in"
        return self.services.webhooks.create(self.admin, name, url, events, team_id).webhook

    def view(self, webhook: WebhookView) -> WebhookView:
        return self.services.webhooks.show(self.admin, webhook.id)

    def teams(self, number: int, name: str = "Team") -> list[str]:
        """Make so many teams; the ids of the events that tell of it."""
        store, ids = self.services.lifecycle.store, []
        for each in range(number):
            team = self.services.teams.create(self.admin, f"{name} {each + 1}")
            with store.read() as unit:
                event = unit.audit.newest_about(team.id)
            assert event is not None
            ids.append(event.id)
        return ids

    def outbox(self) -> Outbox:
        return Outbox(
            self.services.lifecycle.store, self.services.webhooks.keys, self.clock, store_clock=self.clock
        )

    def deliverer(self) -> Deliverer:
        return Deliverer(self.outbox(), self.sender, self.told.append)

    def deliver(self) -> None:
        self.deliverer().once()


@pytest.fixture
def desk(services: Services, admin: Operator, clock: SetClock, sender: FakeSender) -> Desk:
    return Desk(services, admin, clock, sender)
