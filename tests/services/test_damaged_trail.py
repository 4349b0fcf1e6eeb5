"""An audit trail that somebody has edited in the database: told at its event, and still listed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, text

from pftui.domain.accounts import Operator
from pftui.domain.audit import AuditEvent, AuditQuery, DamagedEvent
from pftui.domain.errors import StoreDamaged
from pftui.domain.paging import PageRequest
from pftui.domain.teams import TeamQuery
from pftui.presentation import shapes
from pftui.repositories.database.engine import open_engine, parse_url
from pftui.services import store_admin
from pftui.services.contracts import Services

pytestmark = pytest.mark.damages_the_store

EDITED = 2
BOTH = (
    "action = 'gardening'",
    "target = 'GARDEN'",
    "metadata = 'no json'",
    "metadata = '[]'",
    "metadata = '7'",
    """metadata = '{"globalAdmin": false, "globalAdmin": true}'""",
    """metadata = '{"globalAdmin": true}'""",
    "v = 0",
    "source = '{}'",
    "source = 'no json'",
    f"metadata = '{'[' * 100_000}'",
)
SQLITE = (
    "created_at = 'yesterday'",
    "created_at = 7",
    "created_at = x'00'",
    "created_at = '0001-01-01 00:00:00+14:00'",
    "description = x'00'",
    "metadata = x'00'",
    "actor_email = x'00'",
    "previous_hash = x'00'",
)
POSTGRESQL = (
    "created_at = 'infinity'",
    "created_at = '-infinity'",
    "created_at = '0044-03-15 BC'",
    "created_at = '12000-01-01'",
)


@contextmanager
def writing(url: str) -> Iterator[Connection]:
    """A connection of somebody who writes into the database."""
    engine = open_engine(parse_url(url))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def edit(url: str, change: str) -> None:
    with writing(url) as connection:
        statement = f"UPDATE audit_events SET {change} WHERE sequence = {EDITED}"
        assert connection.exec_driver_sql(statement).rowcount == 1


def assert_told(services: Services, admin: Operator) -> None:
    before = services.audit.list(admin, AuditQuery(limit=100))
    verdict = services.audit.verify(admin)
    assert (verdict.broken_at, verdict.problem, verdict.events) == (EDITED, "an event was edited", 1)
    damaged = [event for event in before.events if isinstance(event, DamagedEvent)]
    assert [event.sequence for event in damaged] == [EDITED]
    assert f"Event {EDITED}" in damaged[0].description
    assert "pftui audit verify" in damaged[0].description
    logs = shapes.audit_page(before)["logs"]
    assert len(logs) == before.total > 2
    assert [set(event) for event in logs if "id" not in event] == [{"description", "sequence"}]


@pytest.mark.parametrize("change", BOTH)
def test_an_edited_event_is_told(services: Services, admin: Operator, store_url: str, change: str) -> None:
    edit(store_url, change)
    assert_told(services, admin)


@pytest.mark.parametrize("change", SQLITE)
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_an_event_of_other_types_is_told(
    services: Services, admin: Operator, store_url: str, change: str
) -> None:
    edit(store_url, change)
    assert_told(services, admin)


@pytest.mark.parametrize("change", POSTGRESQL)
@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_time_that_python_cannot_hold_is_told(
    services: Services, admin: Operator, store_url: str, change: str
) -> None:
    edit(store_url, change)
    assert_told(services, admin)


def test_what_was_not_edited_is_listed_as_ever(services: Services, admin: Operator, store_url: str) -> None:
    whole = services.audit.list(admin, AuditQuery(limit=100)).events
    edit(store_url, "action = 'gardening'")
    listed = services.audit.list(admin, AuditQuery(limit=100)).events
    assert [event for event in listed if isinstance(event, AuditEvent)] == [
        event for event in whole if event.sequence != EDITED
    ]


def test_a_stale_edit_is_told_all_the_same(services: Services, admin: Operator, store_url: str) -> None:
    team = services.teams.create(admin, "Red Team")
    with writing(store_url) as connection:
        statement = text("UPDATE audit_events SET metadata = '' WHERE target_id = :id")
        connection.execute(statement, {"id": team.id})
    services.teams.delete(admin, team.id)
    with pytest.raises(Exception, match="deleted this team"):
        services.teams.delete(admin, team.id)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("change", ["hash = x'ff'", "sequence = 'abc'"])
def test_a_damaged_head_is_told_with_the_way_out(
    services: Services, admin: Operator, store_url: str, change: str
) -> None:
    with writing(store_url) as connection:
        connection.execute(text(f"UPDATE audit_head SET {change}"))
    with pytest.raises(StoreDamaged, match=r"the head is damaged.*db check.*db restore"):
        services.teams.create(admin, "Red Team")
    assert services.teams.page(admin, TeamQuery(), PageRequest()), "what is there is still shown"
    found = store_admin.check(store_url)
    assert "audit_head" in {finding.where.split()[0] for finding in found.findings}


def test_a_missing_head_is_a_broken_chain(services: Services, admin: Operator, store_url: str) -> None:
    with writing(store_url) as connection:
        connection.execute(text("DELETE FROM audit_head"))
    verdict = services.audit.verify(admin)
    assert not verdict.intact
    assert "newest event" in (verdict.problem or "")
    assert services.lifecycle.revision()
    with pytest.raises(StoreDamaged, match=r"lost its head.*db check.*db restore"):
        services.teams.create(admin, "Red Team")
    status = store_admin.status(store_url)
    assert not status.healthy
    assert status.as_json()["auditHead"] is None
