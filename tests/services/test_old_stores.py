"""A store that an older version of pftui has left is upgraded with its rows, and is then like a new one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from pftui.bootstrap import create_store, open_services
from pftui.domain.accounts import AccountQuery
from pftui.domain.audit import Action, AuditEvent, ChainVerdict, Target
from pftui.domain.audit_form import StoredEvent, event_of
from pftui.domain.paging import PageRequest
from pftui.domain.permissions import PREDEFINED_ROLES, Permission
from pftui.domain.secret import Secret
from pftui.domain.teams import TeamQuery
from pftui.repositories.database.engine import connect, open_engine, parse_url
from pftui.repositories.database.revisions import REVISIONS, SCHEMA_REVISION
from pftui.repositories.unit_of_work import Store
from pftui.services import store_admin
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, ORGANIZATION, SetClock
from tests.robustness.consistency import check
from tests.services.described import described
from tests.services.next_version import NEXT_REVISION, NextVersion
from tests.services.old_stores import answers, lay, recorded

NewDatabase = Callable[[], str]

#: A migration that moves data: what was one column is two, and every row has a value in the new one.
MOVES = """with op.batch_alter_table("teams") as table:
        table.add_column(sa.Column("motto", sa.String(100), nullable=False, server_default=""))
    op.execute("UPDATE teams SET motto = name || '!'")"""


#: What an upgrade tells of itself, as `system`.
BY_UPGRADES = {Action.AUDIT_CHAIN_STARTED, Action.ROLE_UPDATED}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> NewDatabase:
    """Gives URLs at which there is no store yet."""
    if request.param == "postgresql":
        new_database: NewDatabase = request.getfixturevalue("new_database")
        return new_database
    numbers = iter(range(10))
    return lambda: f"sqlite:///{tmp_path}/{next(numbers)}/pftui.db"


def schema_of(url: str) -> object:
    engine = open_engine(parse_url(url))
    try:
        return described(engine)
    finally:
        engine.dispose()


def predefined_roles(url: str, clock: SetClock) -> dict[str, tuple[Permission, ...]]:
    """What each of them allows, which no migration may forget."""
    services = open_services(url, clock)
    try:
        admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
        return {role.name: role.permissions for role in services.roles.list(admin) if role.predefined}
    finally:
        services.lifecycle.close()


def assert_like_new(url: str, revision: str, clock: SetClock) -> None:
    """The store answers as it did when it was left, and its people and programs can go on."""
    old = recorded(revision)
    assert store_admin.status(url).healthy
    events = check(url)
    services = open_services(url, clock)
    try:
        admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
        told = answers(services, admin)
        newest, *before = told.pop("events")
        assert told == carried_over(old["answers"])
        assert what_happened(before) == what_happened(old["answers"]["events"])
        assert len(events) == len(before), newest  # that one is the sign-in
        decision = services.verifier.verify(old["key"], "Straße Nº 1", "run_scans")
        assert decision.allowed, decision
        services.teams.create(admin, "After the upgrade")
    finally:
        services.lifecycle.close()
    check(url)


def carried_over(answers: Mapping[str, Any]) -> dict[str, Any]:
    """What was answered once, as it is answered today: the predefined roles hold what they hold now."""
    today = {role.name: [each.value for each in role.permissions] for role in PREDEFINED_ROLES}
    assignments = [[*where, role, today[role]] for *where, role, _ in answers["assignments"]]
    return {**{name: told for name, told in answers.items() if name != "events"}, "assignments": assignments}


def what_happened(events: Iterable[Any]) -> list[object]:
    """Their numbers and actions, but for what an upgrade has told: where it did, hashes are others."""
    return [event[:2] for event in events if event[1] not in BY_UPGRADES]


#: What is counted of full blocks: see `tests/repositories/test_audit_tallies.py`.
OF_A_THOUSAND_EVENTS = ("audit_blocks", "audit_tallies")


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_store_of_each_revision_is_like_a_new_one_when_it_is_upgraded(
    revision: str, empty: NewDatabase, clock: SetClock
) -> None:
    url, new = empty(), empty()
    lay(url, revision)
    clock.forward(days=2)
    done = store_admin.upgrade(url, clock)
    assert (done.before, done.after) == (revision, SCHEMA_REVISION)
    create_store(new, ORGANIZATION, clock)
    assert schema_of(url) == schema_of(new)
    assert_like_new(url, revision, clock)
    assert predefined_roles(url, clock) == predefined_roles(new, clock)


def test_an_upgrade_tells_how_far_it_is_with_all_that_goes_over_row_by_row(
    empty: NewDatabase, clock: SetClock
) -> None:
    told: dict[str, list[tuple[int, int]]] = {}
    url = empty()
    lay(url, REVISIONS[0])
    store_admin.upgrade(url, clock, lambda what, done, total: told.setdefault(what, []).append((done, total)))
    row_by_row = {
        "events of the trail",
        "names that look alike",
        "texts that are searched",
        "members of teams",
    }
    assert row_by_row <= told.keys()
    assert all(told[what][-1][0] == told[what][-1][1] > 0 for what in row_by_row)


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_store_of_each_revision_keeps_its_rows_through_the_next_migration(
    revision: str, empty: NewDatabase, clock: SetClock, next_version: NextVersion
) -> None:
    url = empty()
    lay(url, revision)
    next_version(MOVES)
    clock.forward(days=2)
    done = store_admin.upgrade(url, clock)
    assert (done.before, done.after) == (revision, NEXT_REVISION)
    engine = connect(url)
    with engine.connect() as connection:
        moved = connection.execute(text("SELECT name, motto FROM teams ORDER BY slug")).all()
    engine.dispose()
    assert [tuple(row) for row in moved] == [("Default", "Default!"), ("Straße Nº 1", "Straße Nº 1!")]


@pytest.mark.parametrize("revision", REVISIONS)
def test_what_is_written_down_has_rows_in_every_table(revision: str) -> None:
    """Else a migration of an empty table would be tested: see `old_stores` for how to write it down."""
    rows = recorded(revision)["rows"]
    assert [name for name in rows if not rows[name] and name not in OF_A_THOUSAND_EVENTS] == []


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_what_a_filter_looks_into_is_filled_for_what_was_there(
    revision: str, empty: NewDatabase, clock: SetClock
) -> None:
    url = empty()
    lay(url, revision)
    key_id = recorded(revision)["key"][5:15]
    store_admin.upgrade(url, clock)
    assert store_admin.check(url).whole
    services = open_services(url, clock)
    try:
        admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
        for text_typed, name in (("ILIC", "Ilić"), ("tran bao@", "Bao Tran"), (key_id.lower(), "ci-bot")):
            found = services.accounts.page(admin, AccountQuery(text=text_typed), PageRequest())
            assert [row.name for row in found] == [name]
        assert services.teams.count(admin, TeamQuery(text="1 strasse")) == 1
    finally:
        services.lifecycle.close()


def upgraded(url: str, clock: SetClock) -> tuple[ChainVerdict, list[StoredEvent]]:
    """Upgrade a store; what is found of its trail, and its events."""
    store_admin.upgrade(url, clock)
    store = Store(connect(url))
    try:
        with store.read() as unit:
            stored = list(unit.audit.oldest_first())
    finally:
        store.close()
    return store_admin.verify_trail(url), stored


def chain_started(stored: Iterable[StoredEvent]) -> AuditEvent:
    """The one event that tells of it."""
    (found,) = (each for each in stored if each.action == Action.AUDIT_CHAIN_STARTED)
    event = event_of(found)
    assert isinstance(event, AuditEvent)
    return event


def test_the_chain_is_started_anew_once_and_an_event_says_so(empty: NewDatabase, clock: SetClock) -> None:
    url = empty()
    lay(url, "0001")
    old = recorded("0001")["rows"]
    verdict, stored = upgraded(url, clock)
    newest, roles = chain_started(stored), 3
    assert verdict.intact
    assert len(stored) == len(old["audit_events"]) + 1 + roles
    assert (newest.action, newest.who) == (Action.AUDIT_CHAIN_STARTED, "system")
    (head,) = old["audit_head"]
    assert newest.metadata == {"previousHead": f"{head['sequence']}:{head['hash']}", "intact": True}
    assert all(event_of(each).as_json().get("id") == each.id for each in stored)  # none is damaged
    assert {each.target for each in stored} <= {target.value for target in Target}
    assert store_admin.upgrade(url, clock).backup is None
    assert store_admin.verify_trail(url) == verdict


def test_a_new_store_has_no_chain_that_was_started_anew(empty: NewDatabase, clock: SetClock) -> None:
    url = empty()
    create_store(url, ORGANIZATION, clock)
    store_admin.upgrade(url, clock)
    assert store_admin.verify_trail(url).events == 3


#: What somebody did to a trail before it was upgraded; where it is broken, and was.
FORGED: dict[str, tuple[str, int]] = {
    "edited": ("UPDATE audit_events SET description = 'nothing' WHERE sequence = 5", 5),
    "in another case": ("UPDATE audit_events SET target_id = upper(target_id) WHERE sequence = 5", 5),
    "no json": ("UPDATE audit_events SET metadata = '{' WHERE sequence = 5", 5),
    "other json": ("UPDATE audit_events SET metadata = '[]' WHERE sequence = 5", 5),
    "the first": ("UPDATE audit_events SET actor_name = 'nobody' WHERE sequence = 1", 1),
    "removed": ("DELETE FROM audit_events WHERE sequence = 5", 5),
    "the first removed": ("DELETE FROM audit_events WHERE sequence = 1", 1),
    "cut": ("DELETE FROM audit_events WHERE sequence > 9", 10),
    "moved": ("UPDATE audit_events SET previous_hash = hash WHERE sequence = 5", 5),
    "another hash": (f"UPDATE audit_events SET hash = '{'a' * 64}' WHERE sequence = 5", 5),
    "another head": (f"UPDATE audit_head SET hash = '{'a' * 64}'", 0),
}


@pytest.mark.damages_the_store
@pytest.mark.parametrize("forgery", FORGED)
def test_what_was_forged_before_is_found_after_the_chain_was_started_anew(
    forgery: str, empty: NewDatabase, clock: SetClock
) -> None:
    url, (statement, broken_at) = empty(), FORGED[forgery]
    lay(url, "0001")
    engine = open_engine(parse_url(url))
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
    verdict, stored = upgraded(url, clock)
    newest = chain_started(stored)
    assert newest.metadata["intact"] is False
    if broken_at:
        assert not verdict.intact
        assert (verdict.broken_at, newest.metadata["brokenAt"]) == (broken_at, broken_at)
    assert newest.sequence == recorded("0001")["rows"]["audit_head"][0]["sequence"] + 1


def test_another_notation_of_a_time_is_mended_by_the_upgrade(tmp_path: Path, clock: SetClock) -> None:
    url = f"sqlite:///{tmp_path}/old/pftui.db"
    lay(url, "0001")
    engine = open_engine(parse_url(url))
    with engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE audit_events SET created_at = replace(created_at, ' ', 'T') || 'Z' WHERE sequence = 5"
            )
        )
    engine.dispose()
    assert upgraded(url, clock)[0].intact


#: A role that no pftui has made: with an older name, one that it is told of besides, and one of nobody.
BY_HAND = """INSERT INTO roles (id, name, name_folded, name_look, predefined, position, version)
    VALUES ('by-hand', 'By hand', 'by hand', '', FALSE, 9, 1);
INSERT INTO role_permissions (role_id, permission) VALUES ('by-hand', 'manage_results');
INSERT INTO role_permissions (role_id, permission) VALUES ('by-hand', 'manage_issues');
INSERT INTO role_permissions (role_id, permission) VALUES ('by-hand', 'fly');
INSERT INTO roles (id, name, name_folded, name_look, predefined, position, version)
    VALUES ('newer', 'Newer', 'newer', '', FALSE, 9, 1);
INSERT INTO role_permissions (role_id, permission) VALUES ('newer', 'run_scans')"""


def test_roles_are_carried_over_and_the_trail_tells_of_each(empty: NewDatabase, clock: SetClock) -> None:
    url = empty()
    lay(url, "0003")
    engine = open_engine(parse_url(url))
    with engine.begin() as connection:
        for statement in BY_HAND.split(";"):
            connection.execute(text(statement))
    engine.dispose()
    verdict, stored = upgraded(url, clock)
    assert verdict.intact
    assert not [
        each for each in store_admin.check(url).findings if "look" not in str(each) and "fly" not in str(each)
    ]
    events = {each.target_id: event_of(each) for each in stored if each.action == Action.ROLE_UPDATED}
    services = open_services(url, clock)
    try:
        admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
        roles = {role.name: role for role in services.roles.list(admin)}
        assert [str(each) for each in roles["By hand"].permissions] == [
            "manage_evaluations", "manage_issues", "fly",
        ]  # fmt: skip
        assert (roles["By hand"].version, roles["Newer"].version) == (2, 1)
        assert {roles[name].id for name in ("Engineer", "CI Runner", "Viewer", "By hand")} == events.keys()
        runner = events[roles["CI Runner"].id]
        assert isinstance(runner, AuditEvent)
        assert (runner.who, runner.target) == ("system", Target.ROLE)
        changes = runner.metadata["changes"]["permissions"]
        assert "view_results" in changes["from"]
        assert "create_evaluations" in changes["to"]
        held = {role.name: (role.people, role.service_accounts) for role in roles.values()}
        assert held["CI Runner"] == (1, 1)
        assert roles["Viewer"].description == PREDEFINED_ROLES[-1].description
    finally:
        services.lifecycle.close()
