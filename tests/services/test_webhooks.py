"""Webhooks as people change them: names, addresses, teams, two admins at once."""

from __future__ import annotations

import pytest

from pftui.domain.accounts import Operator
from pftui.domain.errors import Conflict, InvalidInput, NotFound, Taken
from pftui.domain.webhook_events import EVENT_TYPES, event_name
from pftui.services.contracts import Services
from tests.services.conftest import NOWHERE, Cast, invite
from tests.trail import latest


def test_r6_names_are_unique_whatever_the_case_and_look(
    services: Services, admin: Operator, cast: Cast
) -> None:
    for name in ("siem", "SIEM", "ＳＩＥＭ", "SІEM"):
        with pytest.raises(Taken):
            services.webhooks.create(admin, name, NOWHERE, ["*"])
    other = services.webhooks.create(admin, "Chat", NOWHERE, ["*"]).webhook
    with pytest.raises(Taken):
        services.webhooks.update(admin, other.id, name="Siem")
    assert services.webhooks.update(admin, cast.webhook_id, name="siem").name == "siem"


def test_r10_the_second_of_two_admins_is_told_what_changed_and_by_whom(
    services: Services, admin: Operator, cast: Cast
) -> None:
    bao = invite(services, admin, "dana@acme.example", global_admin=True)
    row = services.webhooks.show(admin, cast.webhook_id)
    services.webhooks.update(bao, row.id, row.version, url="https://siem.acme.example/2")
    with pytest.raises(Conflict, match=r"Dana \(dana@acme.example\) changed this webhook"):
        services.webhooks.update(admin, row.id, row.version, name="Mine")
    with pytest.raises(Conflict):
        services.webhooks.delete(admin, row.id, row.version)
    services.webhooks.delete(bao, row.id)
    with pytest.raises(NotFound, match="deleted this webhook"):
        services.webhooks.pause(admin, row.id)


def test_r10_what_is_so_already_tells_who_did_it(services: Services, admin: Operator, cast: Cast) -> None:
    assert services.webhooks.pause(admin, cast.webhook_id) is None
    so = services.webhooks.pause(admin, cast.webhook_id)
    assert so is not None
    assert so.by == admin.email


def test_a_token_in_an_address_is_not_told_to_the_trail(services: Services, admin: Operator) -> None:
    made = services.webhooks.create(admin, "Chat", "https://hooks.acme.example/T0/hush", ["*"])
    services.webhooks.update(admin, made.webhook.id, url="https://hooks.acme.example/T1/hush")
    told = [str(event.as_json()) for event in latest(services, admin)]
    assert not any("hush" in each for each in told)


def test_the_secret_is_told_to_nobody_else(services: Services, admin: Operator) -> None:
    made = services.webhooks.create(admin, "Chat", NOWHERE, ["*"])
    secret = made.secret.reveal()
    assert secret not in repr(made)
    assert not any(secret in str(event.as_json()) for event in latest(services, admin))


def test_a_webhook_of_a_team_that_is_not_there_is_refused(services: Services, admin: Operator) -> None:
    with pytest.raises(NotFound, match="no such team"):
        services.webhooks.create(admin, "Chat", NOWHERE, ["*"], "no team")


def test_the_events_that_are_written_are_all_event_types(
    services: Services, admin: Operator, cast: Cast
) -> None:
    names = {each.name for each in EVENT_TYPES}
    written = {event_name(each.target, each.action) for each in latest(services, admin)}
    assert written <= names


def test_there_is_an_end_to_how_many_there_can_be(
    services: Services, admin: Operator, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pftui.services.webhooks.MOST_WEBHOOKS", 1)
    with pytest.raises(InvalidInput, match="the most there can be"):
        services.webhooks.create(admin, "Chat", NOWHERE, ["*"])
