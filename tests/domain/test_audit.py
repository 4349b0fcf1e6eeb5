"""The form in which an event is hashed: it covers all that is stored, and nothing of what programs see."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.audit import ANONYMOUS, SYSTEM, Action, Actor, AuditEvent, Target, host_actor, iso
from pftui.domain.audit_form import GENESIS, event_hash, hash_of, hashed_text, stored_event

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
    source={"by": "password", "uid": 1000},
    previous_hash=GENESIS,
)


def test_the_hash_is_this_one_for_good() -> None:
    """A change of the canonical form would break every trail there is."""
    assert event_hash(EVENT) == "5e285710f38fdf93518cd7a306ad050db0dddb151be7cb89945bd1607495d0c1"


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
        {"source": {}},
        {"source": {"by": "key", "uid": 1000}},
        {"v": 2},
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


def test_programs_see_the_documented_fields_and_ours() -> None:
    documented = [
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
    assert list(replace(EVENT, hash="f" * 64).as_json()) == [*documented, "sequence", "hash", "source"]
    assert Action.API_KEY_CREATED.label == "API key created"
    assert Action.USER_ADDED_TO_TEAM.label == "User added to team"
    assert {target.value for target in Target} == {target.value.lower() for target in Target}


def test_programs_see_nothing_that_is_empty() -> None:
    bare = replace(EVENT, actor=SYSTEM, team_id=None, target_id="", metadata={}, source={})
    assert set(EVENT.as_json()) - set(bare.as_json()) == {
        "actorEmail", "teamId", "targetId", "metadata", "source",
    }  # fmt: skip


def test_what_is_hashed_is_canonical_json() -> None:
    """What somebody else would have to hash, by any JSON library, to check a trail."""
    text = hashed_text(stored_event(EVENT))
    fields = json.loads(text)
    assert json.dumps(fields, sort_keys=True, separators=(",", ":")) == text
    assert fields == {
        "v": 1,
        "sequence": 1,
        "previousHash": GENESIS,
        "id": "e1",
        "description": "Created team Red Team",
        "actorId": "a1",
        "actorName": "Alice Ng",
        "actorEmail": "alice@acme.example",
        "action": "team_created",
        "target": "team",
        "targetId": "t1",
        "metadata": '{"slug":"red-team"}',
        "organizationId": "o1",
        "teamId": "t1",
        "createdAt": "2026-03-01T12:00:00.000000Z",
        "source": '{"by":"password","uid":1000}',
    }


def test_what_is_left_out_passes_for_nothing_else() -> None:
    bare = replace(EVENT, actor=Actor("a1", "Alice Ng"), team_id=None, target_id="", metadata={})
    odd = stored_event(bare)
    for field in ("actor_email", "team_id", "target_id", "description"):
        assert hash_of(odd._replace(**{field: "{}"})) != hash_of(odd)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("actor", "source", "who"),
    [
        (Actor("a1", "Alice Ng", "alice@acme.example"), {}, "Alice Ng (alice@acme.example)"),
        (Actor("b1", "ci-bot"), {"keyId": "Ab12Cd34Ef"}, "ci-bot (pfsa_Ab12Cd34Ef…)"),
        (Actor("b1", "ci-bot"), {}, "ci-bot (b1)"),
        (Actor("b1", "ci-bot"), {"keyId": 7}, "ci-bot (b1)"),
        (SYSTEM, {}, "system"),
        (ANONYMOUS, {"keyId": "Ab12Cd34Ef"}, "not signed in"),
        (host_actor("root"), {}, "host:root"),
    ],
)
def test_an_actor_is_shown_with_what_nobody_else_has(
    actor: Actor, source: dict[str, object], who: str
) -> None:
    assert replace(EVENT, actor=actor, source=source).who == who
