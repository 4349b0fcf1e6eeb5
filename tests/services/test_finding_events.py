"""What is asked of the trail: about something, by words, by time; and by which index it is found."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event

from pftui.domain.accounts import Operator
from pftui.domain.audit import Action, AuditQuery, Target
from pftui.domain.audit_filter import parse_audit_filter
from pftui.domain.errors import Ambiguous, Forbidden, InvalidInput, NotFound
from pftui.domain.permissions import Permission
from pftui.repositories.database.engine import connect
from pftui.services.contracts import Services
from tests.conftest import SetClock
from tests.services.conftest import Cast
from tests.trail import readable


def told(services: Services, operator: Operator, typed: str) -> list[str]:
    """The descriptions of what a filter finds, newest first, by both ways there are."""
    found = parse_audit_filter(typed, datetime(2026, 3, 1, 12, 0, tzinfo=UTC), UTC)
    query = replace(services.audit.resolve(operator, found), limit=100)
    extent = services.audit.extent(operator)
    numbers = services.audit.numbers(operator, query, extent.last, extent.first)
    listed = services.audit.list(operator, query)
    assert [event.sequence for event in listed.events] == list(numbers)
    assert listed.total == len(numbers)
    streamed = [event.sequence for event in services.audit.stream(operator, query)]
    assert streamed == sorted(numbers)
    return [event.description for event in readable(listed.events)]


def test_about_a_role_is_what_happened_to_it_and_with_it(
    services: Services, admin: Operator, cast: Cast
) -> None:
    custom = services.roles.show(admin, cast.custom_role_id)
    services.teams.add(admin, cast.team_id, cast.bao.id, custom.id)
    viewer = services.roles.find(admin, "Viewer")
    services.teams.set_role(admin, cast.team_id, cast.bao.id, viewer.id)
    services.teams.remove(admin, cast.team_id, cast.bao.id)
    assert [each.split(" ")[0] for each in told(services, admin, f'about:"{custom.name}"')] == [
        "Changed", "Added", "Created",
    ]  # fmt: skip
    assert [each.split(" ")[0] for each in told(services, admin, "about:viewer")][:2] == [
        "Removed",
        "Changed",
    ]
    services.roles.delete(admin, custom.id)
    assert told(services, admin, f"about:{custom.id}")[0] == f"Deleted role {custom.name}"


def test_about_a_webhook_is_what_happened_to_it_also_once_it_is_deleted(
    services: Services, admin: Operator
) -> None:
    new = services.webhooks.create(admin, "SIEM", "https://siem.acme.example/in", ["api_key.*"])
    services.webhooks.pause(admin, new.webhook.id)
    paused, created = told(services, admin, "about:siem")
    assert paused == "Paused webhook SIEM"
    assert created.startswith("Created webhook SIEM to ")
    services.webhooks.delete(admin, new.webhook.id)
    for reference in ("SIEM", new.webhook.id):
        assert told(services, admin, f"about:{reference}")[0] == "Deleted webhook SIEM"


def test_about_an_account_has_its_keys_also_once_it_is_deleted(
    services: Services, admin: Operator, cast: Cast
) -> None:
    before = told(services, admin, "about:ci-bot")
    assert any("Created API key" in each for each in before)
    services.keys.revoke(admin, cast.bot.key_id)
    services.accounts.delete(admin, cast.bot.account_id)
    after = told(services, admin, "about:ci-bot")
    assert after[0] == "Deleted service account ci-bot"
    assert after[-len(before) :] == before


def test_words_are_found_whatever_their_case(services: Services, admin: Operator, cast: Cast) -> None:
    services.teams.create(admin, "Équipe Ärger")
    assert told(services, admin, "équipe")[0] == "Created team Équipe Ärger"
    assert told(services, admin, "ÄRGER CREATED")[0] == "Created team Équipe Ärger"
    assert told(services, admin, "100%") == []
    assert told(services, admin, "team !ärger !red !default") == told(
        services, admin, "team !Ärger !RED !Default"
    )
    assert told(services, admin, "by:ALICE@ created ärger") == ["Created team Équipe Ärger"]
    assert told(services, admin, "api_key_created") == told(services, admin, "action:api_key_created")


def test_words_are_found_without_their_accents(services: Services, admin: Operator, cast: Cast) -> None:
    services.teams.create(admin, "Équipe Łódź")
    for typed in ("equipe", "ÉQUIPE", "lodz", "Lódz created"):
        assert told(services, admin, typed)[0] == "Created team Équipe Łódź", typed
    services.users.create(admin, email="zoe@acme.example", name="Zoë de Vries")
    assert any("Zoë" in each for each in told(services, admin, "zoe de vries"))
    assert told(services, admin, "zoé !zoe") == []


def test_words_are_found_in_what_changed_but_not_in_its_names(
    services: Services, admin: Operator, cast: Cast
) -> None:
    role = services.roles.show(admin, cast.custom_role_id)
    services.roles.update(admin, role.id, role.version, permissions=[Permission.MANAGE_TARGETS])
    assert told(services, admin, "manage_targets")[0].startswith("Changed")
    assert told(services, admin, "MANAGE_Targets")[0].startswith("Changed")
    services.teams.rename(admin, cast.team_id, 'The "Ärger" Team')
    assert "Team" in told(services, admin, 'The "Ärger"')[0]
    for name in ("roleId", "metadata", "changes", "permissions\\"):
        assert not [each for each in told(services, admin, name) if name not in each.lower()], name


def test_failures_and_sign_ins(services: Services, admin: Operator, cast: Cast) -> None:
    with pytest.raises(Forbidden):
        services.teams.create(cast.bao, "Mine")
    assert told(services, admin, "is:failure")[0].startswith("Refused to create team Mine")
    everything, some = told(services, admin, ""), told(services, admin, "!is:sign-in")
    assert set(everything) - set(some) == set(told(services, admin, "is:sign-in")) - set(some)


def test_by_time(services: Services, admin: Operator, cast: Cast, clock: SetClock) -> None:
    before = told(services, admin, "")
    clock.forward(days=2)
    services.teams.create(admin, "Blue")
    clock.forward(days=2)
    services.teams.create(admin, "Green")
    assert told(services, admin, "from:2026-03-03") == ["Created team Green", "Created team Blue"]
    assert told(services, admin, "from:2026-03-02 to:2026-03-03") == ["Created team Blue"]
    assert told(services, admin, "to:2026-03-02") == before
    assert told(services, admin, "from:2026-03-05 to:2026-03-02") == []
    assert told(services, admin, "from:2020-01-01") == ["Created team Green", "Created team Blue", *before]


def test_what_is_not_there_is_a_sentence(services: Services, admin: Operator, cast: Cast) -> None:
    for typed, error in (("about:nobody", NotFound), ("from:x", InvalidInput)):
        with pytest.raises(error):
            services.audit.resolve(admin, parse_audit_filter(typed, datetime.now(UTC), UTC))
    services.users.create(admin, email="bao2@acme.example", name=cast.bao.name)
    with pytest.raises(Ambiguous):
        services.audit.resolve(admin, parse_audit_filter(f'about:"{cast.bao.name}"', datetime.now(UTC), UTC))


def test_a_missing_event_is_told_to_be(services: Services, admin: Operator) -> None:
    last = services.audit.extent(admin).last
    (missing,) = services.audit.numbered(admin, [last + 1])
    assert "missing" in missing.description


PLANS = {
    "time": (AuditQuery(created_from=datetime(2026, 1, 1, tzinfo=UTC)), "ix_audit_events_created_at"),
    "target": (AuditQuery(target=Target.TEAM), "ix_audit_events_kind"),
    "action": (AuditQuery(action=Action.LOGIN), "ix_audit_events_action"),
    "actor": (AuditQuery(actor_id="x"), "ix_audit_events_actor"),
}


@pytest.mark.parametrize("what", PLANS)
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_page_is_found_by_an_index(what: str, services: Services, admin: Operator, store_url: str) -> None:
    query, index = PLANS[what]
    if query.actor_id is not None:
        query = replace(query, actor_id=admin.id)
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "audit_events.description" in statement:
            asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        services.audit.list(admin, query)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    statement, parameters = asked[-1]
    engine = connect(store_url)
    with closing(engine.raw_connection()) as connection:
        plan = connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
    engine.dispose()
    steps = " ".join(str(step[3]) for step in plan)
    assert index in steps
    assert "TEMP B-TREE" not in steps
