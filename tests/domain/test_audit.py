"""The hash of an event: it covers everything that happened, and nothing of how it is worded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.audit import Action, Actor, AuditEvent, Target, iso
from pftui.domain.audit_form import GENESIS, event_hash

EVENT = AuditEvent(
    sequence=1,
    id="e1",
    description="Created team Red Team",
    actor=Actor("a1", "Alice Ng", "alice@acme.example"),
    action=Action.TEAM_CREATED,
    target=Target.TEAM,
    target_id="t1",
    organization_id="o1",
    team_id="t1",
    created_at=datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
    metadata={"slug": "red-team"},
    previous_hash=GENESIS,
)


def test_the_hash_is_this_one_for_good() -> None:
    """A change of the canonical form would break every trail there is."""
    assert event_hash(EVENT) == "617bd58afad6e6a3f9b35ceaed2e897019393234c2b6cf2917ed0c0ef7b62cb4"


@pytest.mark.parametrize(
    "changed",
    [
        {"sequence": 2},
        {"id": "e2"},
        {"description": "Created team Blue Team"},
        {"actor": Actor("a2", "Alice Ng", "alice@acme.example")},
        {"actor": Actor("a1", "Bao", "alice@acme.example")},
        {"actor": Actor("a1", "Alice Ng", None)},
        {"action": Action.TEAM_DELETED},
        {"target": Target.ROLE},
        {"target_id": "t2"},
        {"organization_id": "o2"},
        {"team_id": None},
        {"created_at": EVENT.created_at + timedelta(microseconds=1)},
        {"metadata": {}},
        {"metadata": {"slug": "blue-team"}},
        {"previous_hash": "1" * 64},
    ],
)
def test_r8_no_field_can_be_changed_unnoticed(changed: dict[str, object]) -> None:
    assert event_hash(replace(EVENT, **changed)) != event_hash(EVENT)  # type: ignore[arg-type]


@given(st.text(), st.text())
def test_no_text_can_pass_for_another_field(one: str, other: str) -> None:
    a = replace(EVENT, description=one, target_id=other)
    b = replace(EVENT, description=other, target_id=one)
    assert (event_hash(a) == event_hash(b)) is (one == other)


@given(st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.booleans(), st.none())))
def test_the_order_of_metadata_does_not_matter(metadata: dict[str, object]) -> None:
    turned = dict(reversed(metadata.items()))
    assert event_hash(replace(EVENT, metadata=turned)) == event_hash(replace(EVENT, metadata=metadata))


def test_a_time_is_the_same_in_every_zone() -> None:
    elsewhere = EVENT.created_at.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert event_hash(replace(EVENT, created_at=elsewhere)) == event_hash(EVENT)
    assert iso(elsewhere) == "2026-03-01T12:00:00.000000Z"


def test_programs_see_the_documented_fields() -> None:
    assert list(EVENT.as_json()) == [
        "id",
        "description",
        "actorId",
        "actorName",
        "actorEmail",
        "action",
        "actionDisplayName",
        "target",
        "targetId",
        "metadata",
        "organizationId",
        "teamId",
        "createdAt",
    ]
    assert Action.API_KEY_CREATED.label == "API key created"
    assert Action.USER_ADDED_TO_TEAM.label == "User added to team"
