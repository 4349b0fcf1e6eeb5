"""What webhooks can be told of, and what one may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pftui.domain.audit import Action, Actor, AuditEvent, Target
from pftui.domain.errors import InvalidInput
from pftui.domain.webhook_events import EVENT_TYPES, HAPPENED, Selection, clean_patterns, event_name
from pftui.domain.webhooks import (
    LONGEST_PAUSE,
    WebhookStatus,
    WebhookView,
    clean_network,
    make_secret,
    pause_after,
    shown_url,
    with_networks,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def event(target: Target, action: Action, team_id: str | None = None) -> AuditEvent:
    return AuditEvent(1, "e1", "", Actor("a", "a"), action, target, "t1", "o1", team_id, NOW)


def test_there_is_one_event_type_for_each_action_and_what_it_can_happen_to() -> None:
    assert set(HAPPENED) == set(Action)
    names = [each.name for each in EVENT_TYPES]
    assert len(names) == len(set(names))
    assert {"user.login", "service_account.created", "api_key.revoked", "role.change_refused"} < set(names)


def test_a_newer_action_is_called_by_its_own_word_and_goes_with_all_of_its_kind() -> None:
    newer = Action.stored("api_key_renamed")
    assert event_name(Target.API_KEY, newer) == "api_key.api_key_renamed"
    assert Selection.of(["api_key.*"], None).fits(event(Target.API_KEY, newer))
    assert not Selection.of(["api_key.created"], None).fits(event(Target.API_KEY, newer))


@pytest.mark.parametrize(
    ("patterns", "fits"),
    [
        (["api_key.revoked"], True),
        (["api_key.*"], True),
        (["*"], True),
        (["api_key.created", "user.*"], False),
    ],
)
def test_a_pattern_chooses_among_events(patterns: list[str], fits: bool) -> None:
    assert Selection.of(patterns, None).fits(event(Target.API_KEY, Action.API_KEY_REVOKED)) is fits


def test_a_team_chooses_what_is_its_own() -> None:
    selection = Selection.of(["*"], "red")
    assert selection.fits(event(Target.TEAM, Action.TEAM_UPDATED, "red"))
    assert not selection.fits(event(Target.TEAM, Action.TEAM_UPDATED, "blue"))
    assert not selection.fits(event(Target.USER, Action.LOGIN))


@pytest.mark.parametrize("patterns", [[], ["  "], ["api_key"], ["api_key.gone"], ["*.created"], ["moon.*"]])
def test_what_means_nothing_is_refused_with_what_there_is(patterns: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        clean_patterns(patterns)
    assert refused.value.field == "events"


def test_patterns_are_kept_once_and_sorted() -> None:
    assert clean_patterns(["user.*", " api_key.* ", "user.*"]) == ("api_key.*", "user.*")


def test_pauses_grow_from_some_5_seconds_to_an_hour() -> None:
    pauses = [pause_after(number, 0.5).total_seconds() for number in range(1, 13)]
    assert pauses[:4] == [5, 10, 20, 40]
    assert pauses[-1] == 3600
    assert pause_after(1, 0.0) == timedelta(seconds=4)
    assert pause_after(1, 1.0) == timedelta(seconds=6)
    assert pause_after(1000, 1.0) == LONGEST_PAUSE


def test_a_secret_is_new_each_time_and_hides_itself() -> None:
    secrets = {make_secret().reveal() for _ in range(100)}
    assert len(secrets) == 100
    assert all(len(each) == 48 and each.startswith("pfwh_") for each in secrets)
    assert "pfwh_" not in repr(make_secret())


def test_the_trail_is_told_the_host_of_an_address_alone() -> None:
    assert shown_url("https://hooks.acme.example/services/T0/B0/token?x=1") == "https://hooks.acme.example/…"
    assert shown_url("http://10.0.0.1:8080/") == "http://10.0.0.1:8080"


def test_networks_are_added_and_removed() -> None:
    assert with_networks(("10.0.0.0/8",), ["::1", "127.0.0.0/8"]) == ("10.0.0.0/8", "127.0.0.0/8", "::1/128")
    assert with_networks(("10.0.0.0/8",), removed=["10.0.0.0/8"]) == ()
    for wrong in ("10.0.0.1/8", "localhost", "10.0.0.0/33", ""):
        with pytest.raises(InvalidInput):
            clean_network(wrong)
    with pytest.raises(InvalidInput, match="not among"):
        with_networks((), removed=["10.0.0.0/8"])
    with pytest.raises(InvalidInput, match="both"):
        with_networks((), ["10.0.0.0/8"], ["10.0.0.0/8"])
    with pytest.raises(InvalidInput, match="at most"):
        with_networks((), [f"10.{number}.0.0/16" for number in range(51)])


def view(**changes: object) -> WebhookView:
    whole: dict[str, object] = {
        "id": "w1",
        "name": "SIEM",
        "url": "https://siem.acme.example/",
        "events": ("*",),
        "team_id": None,
        "team_name": None,
        "enabled": True,
        "created_at": NOW,
        "created_by": "alice@acme.example",
        "version": 1,
        **changes,
    }
    return WebhookView(**whole)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, WebhookStatus.UP_TO_DATE),
        ({"waiting_since": NOW - timedelta(minutes=6)}, WebhookStatus.BEHIND),
        ({"waiting_since": NOW - timedelta(minutes=4)}, WebhookStatus.WAITING),
        ({"attempts": 1, "waiting_since": NOW - timedelta(hours=6)}, WebhookStatus.RETRYING),
        ({"enabled": False, "attempts": 1}, WebhookStatus.PAUSED),
        ({"enabled": False, "team_id": "gone"}, WebhookStatus.TEAM_DELETED),
        ({"parked": 1, "enabled": False}, WebhookStatus.PARKED),
        ({"parked": 1, "secret_lost": True}, WebhookStatus.SECRET_LOST),
    ],
)
def test_the_status_is_the_first_that_holds(changes: dict[str, object], status: WebhookStatus) -> None:
    assert view(**changes).status(NOW) is status
