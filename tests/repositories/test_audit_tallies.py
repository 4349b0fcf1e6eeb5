"""Totals from what is counted of full blocks are those of looking at each event, on both databases."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from pftui.domain.audit import Action, Actor, AuditEvent, AuditQuery, Checkpoint, Target
from pftui.repositories import audit_tallies
from pftui.repositories.audit_finding import conditions
from pftui.repositories.database.engine import connect
from pftui.repositories.database.indexing import complete
from pftui.repositories.models import AuditBlock, AuditEventRow, AuditTally
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.store_admin import check

_START = datetime(2026, 1, 1, tzinfo=UTC)
_ACTIONS = (Action.LOGIN, Action.LOGOUT, Action.API_KEY_CREATED, Action.TEAM_CREATED)
_TARGETS = (Target.USER, Target.API_KEY, Target.TEAM)
_ACTORS = ("alice", "bao", "system")
_MINUTES = 30


@pytest.fixture
def store(store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store whose blocks are small, so that a small trail has many."""
    monkeypatch.setattr(audit_tallies, "SIZE", 4)
    monkeypatch.setattr(audit_tallies, "AT_ONCE", 3)
    monkeypatch.setattr(audit_tallies, "_DIVIDED", 2)
    monkeypatch.setattr(audit_tallies, "_LOOKED_AT", 2)
    opened = Store(connect(store_url))
    yield opened
    opened.close()


_IDS = itertools.count()


def event(actor: str, action: Action, target: Target, minute: int) -> AuditEvent:
    return AuditEvent(
        sequence=0,
        id=f"event-{next(_IDS)}",
        description="Did something",
        actor=Actor(actor, actor),
        action=action,
        target=target,
        target_id="x",
        organization_id="o",
        team_id=None,
        created_at=_START + timedelta(minutes=minute),
    )


#: Mostly in the order of time; sometimes a clock is set back.
_EVENTS = st.lists(
    st.tuples(
        st.sampled_from(_ACTORS),
        st.sampled_from(_ACTIONS),
        st.sampled_from(_TARGETS),
        st.sampled_from((0, 0, 1, 1, 1, 2, -5)),
    ),
    max_size=40,
)
_MAYBE_ACTIONS = st.lists(st.sampled_from(_ACTIONS), max_size=2).map(tuple)
_MAYBE_TIME = st.one_of(
    st.none(), st.integers(-6, 2 * _MINUTES).map(lambda minute: _START + timedelta(minutes=minute))
)
_QUERIES = st.builds(
    AuditQuery,
    limit=st.just(7),
    offset=st.sampled_from((0, 0, 3)),
    created_from=_MAYBE_TIME,
    created_until=_MAYBE_TIME,
    action=st.one_of(st.none(), st.sampled_from(_ACTIONS)),
    target=st.one_of(st.none(), st.sampled_from(_TARGETS)),
    actor_id=st.one_of(st.none(), st.sampled_from((*_ACTORS, "nobody"))),
    only=_MAYBE_ACTIONS,
    without=_MAYBE_ACTIONS,
)


def _append(unit: UnitOfWork, made: list[tuple[str, Action, Target, int]]) -> None:
    """Events as changes append them, a few at a time; what they fill is counted."""
    minute = 0
    for number, (actor, action, target, later) in enumerate(made):
        minute += later
        unit.audit.append(event(actor, action, target, minute))
        if number % 3 == 0:
            unit.flush()
            unit.audit.count_filled()
    unit.flush()
    unit.audit.count_filled()


def _plain(unit: UnitOfWork, query: AuditQuery) -> tuple[int, list[int]]:
    """How many there are, and the numbers of a page, by looking at each event."""
    row = AuditEventRow
    found = conditions(unit.session, query)
    alone = replace(query, created_from=None, created_until=None).everything
    by_time = alone and (query.created_from or query.created_until)
    order: list[Any] = [row.created_at.desc()] if by_time else []
    numbers = select(row.sequence).where(*found).order_by(*order, row.sequence.desc())
    total = unit.session.scalar(select(func.count()).select_from(row).where(*found)) or 0
    return total, list(unit.session.scalars(numbers.limit(query.limit).offset(query.offset)))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(made=_EVENTS, queries=st.lists(_QUERIES, min_size=1, max_size=8), archived=st.integers(0, 20))
def test_totals_and_pages_are_those_of_looking_at_each_event(
    store: Store, made: list[tuple[str, Action, Target, int]], queries: list[AuditQuery], archived: int
) -> None:
    with store.write() as unit:  # and nothing of it stays
        _append(unit, made)
        last = unit.audit.stored_at(archived)
        if last is not None:
            unit.audit.remove_archived(Checkpoint(last.sequence, last.hash))
        for query in queries:
            page = unit.audit.page(query)
            total, numbers = _plain(unit, query)
            assert [each.sequence for each in page.events] == numbers, query
            assert page.total == total or query.everything, query


def test_what_is_counted_is_what_the_events_are_and_is_used(store: Store, store_url: str) -> None:
    with store.write() as unit:
        _append(unit, [(_ACTORS[n % 3], _ACTIONS[n % 4], _TARGETS[n % 2], 1) for n in range(30)])
        unit.commit()
    assert _damage(store_url) == []
    with store.write() as unit:
        unit.session.execute(text("UPDATE audit_tallies SET events = events + 100"))
        unit.session.commit()
    with store.read() as unit:
        assert unit.audit.page(AuditQuery(target=Target.USER)).total > 100
    assert any("what is counted of its events" in each for each in _damage(store_url))


def _damage(url: str) -> list[str]:
    return [finding.what for finding in check(url).findings if "audit_blocks" in finding.where]


def test_what_was_not_counted_is_looked_through_and_counted_in_steps(store: Store) -> None:
    with store.write() as unit:
        unit.audit.append_all(event("alice", _ACTIONS[n % 4], Target.USER, n) for n in range(50))
        unit.commit()  # which counts a few
        query = AuditQuery(target=Target.USER, action=Action.LOGIN, actor_id="alice")
    with store.read() as unit:
        assert (unit.session.scalar(select(func.max(AuditBlock.number))) or 0) < 5
        before = unit.audit.page(query).total
    told: list[tuple[str, int, int]] = []
    complete(store.engine, lambda *progress: told.append(progress))
    with store.read() as unit:
        last = unit.audit.extent().last
        assert unit.session.scalar(select(func.max(AuditBlock.number))) == last // 4 - 1
        assert unit.audit.page(query).total == before == 13
    assert told[-1][2] == last


def test_blocks_that_do_not_follow_one_another_are_not_believed(store: Store) -> None:
    with store.write() as unit:
        _append(unit, [("alice", Action.LOGIN, Target.USER, 1)] * 30)
        unit.session.execute(text("DELETE FROM audit_blocks WHERE number = 2"))
        unit.session.execute(text("DELETE FROM audit_tallies WHERE block = 2"))
        assert unit.audit.page(AuditQuery(actor_id="alice")).total == 30


_COLUMNS = [
    (row.__tablename__, column.name) for row in (AuditBlock, AuditTally) for column in row.__table__.columns
]


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("table", "column"), _COLUMNS)
@pytest.mark.parametrize("bad", ["'abc'", "x'ff'", "1.5", "''", "9223372036854775807"])
def test_no_value_of_any_column_keeps_events_from_being_listed_or_written(
    table: str, column: str, bad: str, store: Store, store_url: str
) -> None:
    with store.write() as unit:
        _append(unit, [(_ACTORS[n % 3], _ACTIONS[n % 4], _TARGETS[n % 2], 1) for n in range(30)])
        unit.session.execute(text(f"UPDATE OR REPLACE {table} SET {column} = {bad}"))
        unit.session.commit()
    with store.write() as unit:
        _append(unit, [("bao", Action.LOGIN, Target.USER, 1)] * 9)
        unit.commit()
    with store.read() as unit:
        everybody, lately = AuditQuery(target=Target.USER), AuditQuery(created_from=_START)
        for query in (everybody, lately, replace(lately, actor_id="bao"), AuditQuery(without=_ACTIONS[:1])):
            assert isinstance(unit.audit.page(query).total, int)
    assert not check(store_url).whole
