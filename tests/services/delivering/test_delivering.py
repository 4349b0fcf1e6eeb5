"""Nothing is lost, nothing invented: events go out in order, and once in the normal case."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event as sqlalchemy_event

from pftui.domain.audit import Action
from pftui.domain.errors import Conflict, InvalidInput, NotFound
from pftui.domain.webhooks import WebhookStatus
from pftui.services.contracts import Services
from pftui.services.delivering import outbox as outbox_module
from pftui.services.delivering.by_hand import send_now
from pftui.services.sending.answer import Answer, SendRequest
from tests.conftest import SetClock
from tests.patience import PATIENCE
from tests.services.delivering.conftest import REFUSED, TAKEN, Desk, FakeSender
from tests.trail import latest


def test_events_go_out_in_the_order_of_the_trail_and_once(desk: Desk, sender: FakeSender) -> None:
    webhook = desk.webhook("team.created")
    ids = desk.teams(5)
    desk.deliver()
    desk.deliver()
    assert sender.events(webhook) == ids


def test_what_is_sent_is_the_audit_event_as_programs_see_it(desk: Desk, sender: FakeSender) -> None:
    webhook = desk.webhook("team.*")
    desk.teams(1)
    desk.deliver()
    told = latest(desk.services, desk.admin)[0]
    body = json.loads(sender.to(webhook)[0].body)
    assert body == {
        "event": "team.created",
        "timestamp": "2026-03-01T12:00:00.000Z",
        "data": told.as_json(),
    }


def test_a_webhook_gets_what_it_asks_for_alone_and_from_its_making_on(desk: Desk, sender: FakeSender) -> None:
    desk.teams(2, "Before")
    webhook, other = desk.webhook("team.deleted"), desk.webhook("*", name="All")
    desk.teams(2)
    desk.deliver()
    assert sender.events(webhook) == []
    assert len(sender.events(other)) == 2
    assert desk.view(webhook).waiting_since is None


def test_a_teams_webhook_gets_what_belongs_to_that_team(desk: Desk, sender: FakeSender) -> None:
    ours, theirs = (desk.services.teams.create(desk.admin, name) for name in ("Ours", "Theirs"))
    webhook = desk.webhook("team.*", team_id=ours.id)
    for team in (ours, theirs):
        desk.services.teams.rename(desk.admin, team.id, f"{team.name} 2")
    desk.deliver()
    assert [json.loads(each.body)["data"]["targetId"] for each in sender.to(webhook)] == [ours.id]


def test_the_webhooks_of_a_team_that_is_deleted_pause_and_keep_what_waits(
    desk: Desk, sender: FakeSender
) -> None:
    services, admin = desk.services, desk.admin
    team = services.teams.create(admin, "Ours")
    webhook = desk.webhook("team.*", team_id=team.id)
    services.teams.delete(admin, team.id)
    told = [event.description for event in latest(services, admin)[:2]]
    assert "Paused webhook SIEM, since its team Ours is deleted" in told
    desk.deliver()
    assert sender.sent == []
    paused = desk.view(webhook)
    assert (paused.enabled, paused.team_gone) == (False, True)
    assert paused.status(desk.clock()) is WebhookStatus.TEAM_DELETED
    with pytest.raises(Conflict, match="was deleted"):
        services.webhooks.resume(admin, webhook.id)
    services.webhooks.update(admin, webhook.id, whole_organization=True)
    services.webhooks.resume(admin, webhook.id)
    desk.deliver()
    assert [json.loads(each.body)["event"] for each in sender.to(webhook)] == ["team.deleted"]


def test_what_fails_is_tried_again_after_a_growing_pause_and_holds_up_what_follows(
    desk: Desk, sender: FakeSender, clock: SetClock
) -> None:
    webhook = desk.webhook("team.created")
    ids = desk.teams(2)
    sender.answer = lambda request: REFUSED
    waited = []
    for _ in range(3):
        before = len(sender.sent)
        while len(sender.sent) == before:
            clock.forward(seconds=1)
            desk.deliver()
        view = desk.view(webhook)
        assert view.next_attempt is not None
        waited.append((view.next_attempt - clock()).total_seconds())
    assert [4 <= waited[0] <= 6, 8 <= waited[1] <= 12, 16 <= waited[2] <= 24] == [True, True, True]
    assert desk.view(webhook).status(clock()) is WebhookStatus.RETRYING
    sender.answer = lambda request: TAKEN
    clock.forward(seconds=25)
    desk.deliver()
    assert sender.events(webhook) == [ids[0], ids[0], ids[0], *ids]
    assert len({each.body for each in sender.to(webhook)[:4]}) == 1
    made = desk.services.webhooks.deliveries(desk.admin, webhook.id)
    assert [(each.attempt, each.status, each.delivered) for each in reversed(made)] == [
        (1, 500, False),
        (2, 500, False),
        (3, 500, False),
        (4, 204, True),
        (1, 204, True),
    ]
    assert desk.services.webhooks.deliveries(desk.admin, webhook.id, failed=True)[0].answer == "no room"


def test_what_is_not_taken_for_a_day_is_parked_together_and_the_rest_goes_on(
    desk: Desk, sender: FakeSender, clock: SetClock
) -> None:
    webhook = desk.webhook("team.created")
    old = desk.teams(3, "Old")
    sender.answer = lambda request: REFUSED
    desk.deliver()
    clock.forward(hours=23)
    new = desk.teams(2, "New")
    clock.forward(hours=1, seconds=1)
    sender.answer = lambda request: TAKEN
    sender.sent.clear()
    desk.deliver()
    assert sender.events(webhook) == new
    view = desk.view(webhook)
    assert (view.parked, view.status(clock())) == (3, WebhookStatus.PARKED)
    assert len(desk.services.webhooks.parked(desk.admin, webhook.id)) == 1
    assert desk.services.webhooks.resend_parked(desk.admin, webhook.id) == 3
    sender.sent.clear()
    desk.deliver()
    assert sender.events(webhook) == old
    assert desk.view(webhook).parked == 0
    assert desk.services.webhooks.parked(desk.admin, webhook.id) == []


def test_what_is_parked_twice_in_a_row_is_one_range_and_what_was_sent_between_parts_it(
    desk: Desk, sender: FakeSender, clock: SetClock
) -> None:
    webhook = desk.webhook("team.created")
    sender.answer = lambda request: REFUSED
    for number in range(2):
        desk.teams(2, f"Lost {number}")
        clock.forward(hours=25)
        desk.deliver()
    assert [each.events for each in desk.services.webhooks.parked(desk.admin, webhook.id)] == [4]
    sender.answer = lambda request: TAKEN
    desk.teams(1, "Taken")
    desk.deliver()
    desk.teams(1, "Lost again")
    clock.forward(hours=25)
    desk.deliver()
    assert [each.events for each in desk.services.webhooks.parked(desk.admin, webhook.id)] == [4, 1]


def test_parked_events_that_are_refused_once_more_hold_up_nothing_and_are_parked_again_after_a_day(
    desk: Desk, sender: FakeSender, clock: SetClock
) -> None:
    webhook = desk.webhook("team.created")
    old = desk.teams(2, "Old")
    clock.forward(hours=25)
    desk.deliver()
    desk.services.webhooks.resend_parked(desk.admin, webhook.id)
    sender.answer = lambda request: REFUSED if request.event_id in old else TAKEN
    new = desk.teams(1, "New")
    desk.deliver()
    assert sender.events(webhook) == [*new, old[0]]
    clock.forward(hours=25)
    desk.deliver()
    parked = desk.services.webhooks.parked(desk.admin, webhook.id)
    assert [(each.events, each.resending) for each in parked] == [(2, None)]


def test_what_is_parked_goes_when_an_admin_drops_it_which_the_trail_tells(
    desk: Desk, clock: SetClock
) -> None:
    webhook = desk.webhook("team.created")
    desk.teams(2)
    clock.forward(hours=25)
    desk.deliver()
    assert desk.services.webhooks.drop_parked(desk.admin, webhook.id) == 2
    told = latest(desk.services, desk.admin)[0]
    assert (told.action, told.metadata["dropped"]) == (Action.WEBHOOK_UPDATED, 2)
    assert desk.view(webhook).parked == 0


def test_one_who_is_paused_gets_nothing_and_all_that_waited_once_resumed(
    desk: Desk, sender: FakeSender
) -> None:
    webhook = desk.webhook("team.created")
    desk.services.webhooks.pause(desk.admin, webhook.id)
    ids = desk.teams(2)
    desk.deliver()
    assert sender.sent == []
    desk.services.webhooks.resume(desk.admin, webhook.id)
    desk.deliver()
    assert sender.events(webhook) == ids


def test_two_deliverers_send_nothing_twice_and_one_takes_over_from_one_that_is_dead(
    desk: Desk, sender: FakeSender, clock: SetClock
) -> None:
    webhook = desk.webhook("team.created")
    ids = desk.teams(2)
    dead = desk.outbox()
    assert dead.lease(webhook.id)
    desk.deliver()
    assert sender.sent == []
    clock.forward(seconds=31)
    desk.deliver()
    assert sender.events(webhook) == ids
    work = dead.next_work(webhook.id)
    assert work is None
    assert not dead.note(webhook.id, outbox_module.Done([])), "it may note nothing any more"


def test_a_clock_that_was_wrong_keeps_nobody_waiting(desk: Desk, sender: FakeSender, clock: SetClock) -> None:
    webhook = desk.webhook("team.created")
    clock.forward(days=2)
    sender.answer = lambda request: REFUSED
    desk.teams(1)
    desk.deliver()
    assert desk.outbox().lease(webhook.id)
    clock.forward(days=-2)
    sender.answer = lambda request: TAKEN
    desk.deliver()
    assert [each.delivered for each in desk.services.webhooks.deliveries(desk.admin, webhook.id)] == [
        True,
        False,
    ]


def test_a_new_secret_signs_at_once_and_the_old_one_beside_it_for_a_day_where_that_was_asked_for(
    desk: Desk, sender: FakeSender, clock: SetClock
) -> None:
    services, admin = desk.services, desk.admin
    created = services.webhooks.create(admin, "SIEM", "https://siem.acme.example/in", ["team.created"])
    webhook = created.webhook
    renewed = services.webhooks.regenerate_secret(admin, webhook.id, keep_previous=True)
    desk.teams(1, "A")
    desk.deliver()
    clock.forward(hours=25)
    desk.teams(1, "B")
    desk.deliver()
    again = services.webhooks.regenerate_secret(admin, webhook.id)
    desk.teams(1, "C")
    desk.deliver()
    first, second, third = sender.to(webhook)
    assert (first.secret, first.previous) == (renewed.secret, created.secret)
    assert (second.secret, second.previous) == (renewed.secret, None)
    assert (third.secret, third.previous) == (again.secret, None)


def test_a_receiver_that_never_answers_delays_no_other(desk: Desk, sender: FakeSender) -> None:
    slow, quick = desk.webhook("team.created", name="Slow"), desk.webhook("team.created", name="Quick")
    ids, both_there, through = desk.teams(3), threading.Event(), threading.Event()

    def answer(request: SendRequest) -> Answer:
        if request.webhook_id == slow.id:
            both_there.set()
            assert through.wait(PATIENCE)
        return TAKEN

    sender.answer = answer
    at_work = threading.Thread(target=desk.deliver)
    at_work.start()
    assert both_there.wait(PATIENCE)
    seen = threading.Event()
    for _ in range(int(PATIENCE * 100)):
        if desk.view(quick).last is not None and sender.events(quick) == ids:
            break
        seen.wait(0.01)
    assert sender.events(quick) == ids
    through.set()
    at_work.join(PATIENCE)
    assert sender.events(slow) == ids


@contextmanager
def counted_statements(services: Services) -> Iterator[list[str]]:
    """What is sent to the database."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    engine = services.lifecycle.store.engine
    sqlalchemy_event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        sqlalchemy_event.remove(engine, "before_cursor_execute", note)


def test_webhooks_add_no_statement_to_a_change(desk: Desk) -> None:
    with counted_statements(desk.services) as without:
        desk.services.teams.create(desk.admin, "Red Team")
    for number in range(20):
        desk.webhook("*", name=f"Webhook {number}")
    with counted_statements(desk.services) as with_twenty:
        desk.services.teams.create(desk.admin, "Blue Team")
    assert len(with_twenty) == len(without)


def test_of_deliveries_the_newest_are_kept_and_none_that_is_older_than_30_days(
    desk: Desk, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_module, "MOST_DELIVERIES", 3)
    webhook = desk.webhook("team.created")
    ids = desk.teams(5)
    desk.deliver()
    kept = desk.services.webhooks.deliveries(desk.admin, webhook.id)
    assert [each.event_id for each in reversed(kept)] == ids[2:]
    clock.forward(days=31)
    desk.teams(1, "Later")
    desk.deliver()
    assert len(desk.services.webhooks.deliveries(desk.admin, webhook.id)) == 1


def test_what_is_for_nobody_is_passed_over_so_that_nothing_waits_for_it(desk: Desk) -> None:
    webhook = desk.webhook("role.*")
    desk.teams(3)
    before = desk.view(webhook).sequence
    desk.deliver()
    assert desk.view(webhook).sequence == before + 3


def test_an_event_can_be_sent_again_with_the_same_bytes(desk: Desk, sender: FakeSender) -> None:
    webhook = desk.webhook("team.created")
    ids = desk.teams(1)
    desk.deliver()
    store = desk.services.lifecycle.store
    with store.read() as unit:
        event = unit.audit.get(ids[0])
    assert event is not None
    send_now(desk.outbox(), sender, webhook.id, event)
    first, second = sender.to(webhook)
    assert first == second
    assert len(desk.services.webhooks.deliveries(desk.admin, webhook.id)) == 2


def test_only_what_a_webhook_gets_can_be_sent_to_it(desk: Desk) -> None:
    webhook = desk.webhook("role.*")
    ids = desk.teams(1)
    with pytest.raises(InvalidInput, match="no event that SIEM gets"):
        desk.services.webhooks.resend(desk.admin, webhook.id, ids[0])
    with pytest.raises(NotFound, match="no event with the id"):
        desk.services.webhooks.resend(desk.admin, webhook.id, "nothing")


def test_a_test_goes_to_whoever_is_paused_too_and_may_not_connect_to_this_host(desk: Desk) -> None:
    services, admin = desk.services, desk.admin
    created = services.webhooks.create(admin, "Local", "http://127.0.0.1:9/", ["role.*"], enabled=False)
    made = services.webhooks.test(admin, created.webhook.id)
    assert made.event == "webhook.tested"
    assert not made.delivered
    assert "127.0.0.1" in made.failure
    assert latest(services, admin)[0].action is Action.WEBHOOK_TESTED
    assert latest(services, admin)[0].id == made.event_id
