"""Rows that somebody else has written into the database: none takes a list, a console or the verifier away.

SQLite holds anything in any column, PostgreSQL what its types allow. Over a table of all columns and of what
is bad in a column of its kind, each door is tried: lists, details, verifier, sign-in, console poll, and what
programs see of them.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer

from pftui.domain.accounts import (
    UNKNOWN_KIND,
    UNKNOWN_STATUS,
    AccountQuery,
    Kind,
    Operator,
)
from pftui.domain.audit import Action, AuditEvent, AuditQuery, DamagedEvent
from pftui.domain.audit_form import event_hash
from pftui.domain.clock import utc_now
from pftui.domain.decisions import Reason
from pftui.domain.errors import PftuiError, SignInFailed, StoreDamaged, StoreUnavailable
from pftui.domain.paging import PageRequest
from pftui.domain.secret import Secret
from pftui.domain.teams import TeamQuery
from pftui.domain.webhooks import Delivery
from pftui.presentation import shapes
from pftui.presentation.accounts import ACCOUNT_COLUMNS
from pftui.presentation.audit import EVENT_COLUMNS
from pftui.presentation.keys import KEY_COLUMNS
from pftui.presentation.permissions import can_do, permission_names
from pftui.presentation.sessions import SESSION_COLUMNS
from pftui.presentation.teams import ROLE_COLUMNS, TEAM_COLUMNS
from pftui.presentation.webhooks import DELIVERY_COLUMNS, WEBHOOK_COLUMNS
from pftui.repositories.database.engine import open_engine, parse_url
from pftui.repositories.database.standing import SEEN
from pftui.repositories.models import Base, UtcDateTime
from pftui.services import hashing, store_admin
from pftui.services.contracts import Services
from pftui.services.sign_in import UNKNOWN_HASH
from pftui.services.signing_in.attempt import Address
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.services.conftest import Cast

pytestmark = pytest.mark.damages_the_store

STRANGER = "nobody@acme.example"
# As SQL has them; each is bad in most columns, and none may do harm in any.
BAD_TEXTS = ("x'ff00'", "CAST(x'41ff9b' AS TEXT)", "'a' || char(155) || '[31m' || char(10) || 'b'", "''")
BAD_NUMBERS = ("'abc'", "x'ff'", "999", "-5", "1.5", "9223372036854775807")
BAD_TIMES = ("'yesterday'", "x'00'", "7", "'0001-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'", "''")
BAD_HASHES = (
    "'$argon2id$v=19$m=4194304,t=1000,p=1$c29tZXNhbHRzb21lc2FsdA$c29tZWhhc2hzb21laGFzaHNvbWVoYXNo'",
    "'$argon2id$v=19$m=8,t=1,p=4000$c29tZXNhbHRzb21lc2FsdA$c29tZWhhc2hzb21laGFzaHNvbWVoYXNo'",
    "'hunter2'",
    "'é'",
)
BAD_WORDS = ("'gardening'",)  # as of a newer pftui: kinds, permissions, actions
#: Which there are none of here: `test_audit_tallies.py` and `test_clearing.py` have them.
OF_THOUSANDS = ("audit_blocks", "audit_tallies", "ended_teams")
COLUMNS = [
    (table.name, column.name)
    for table in Base.metadata.sorted_tables
    for column in table.columns
    if table.name not in OF_THOUSANDS
    and (table.name, column.name)
    not in {
        ("audit_events", "sequence"),  # SQLite's rowid
        ("audit_head", "id"),
        ("webhook_deliveries", "number"),
        ("webhook_parked", "number"),
        ("store_key", "id"),
        ("store_identity", "in_use"),  # which the next change writes anew
        ("account_counts", "number"),  # see `test_a_count_that_is_none_is_counted`
    }
]


def bad_for(column: Column[object]) -> tuple[str, ...]:
    """What is tried in a column."""
    if isinstance(column.type, Boolean | Integer | BigInteger):
        return BAD_NUMBERS
    if isinstance(column.type, UtcDateTime):
        return BAD_TIMES
    if column.name == "hash":
        return BAD_TEXTS + BAD_HASHES
    return BAD_TEXTS + BAD_WORDS


@contextmanager
def writing(url: str) -> Iterator[Connection]:
    """A connection of somebody who writes into the database, and whom no rule of it holds up."""
    engine = open_engine(parse_url(url))
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
                connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()
    finally:
        engine.dispose()


def doors(services: Services, admin: Operator, cast: Cast) -> dict[str, Callable[[], object]]:
    """Each way in which rows reach somebody."""
    now, whole = utc_now(), PageRequest(size=100)

    def accounts() -> None:
        rows = services.accounts.page(admin, AccountQuery(), whole)
        assert len(rows) == services.accounts.count(admin, AccountQuery()).total
        json.dumps([shapes.account(row) for row in rows])
        assert all(column.text(row, now) is not None for row in rows for column in ACCOUNT_COLUMNS)

    def details() -> None:
        for row in services.accounts.page(admin, AccountQuery(), whole):
            if "id" not in row.damaged:
                json.dumps(shapes.account_details(services.accounts.show(admin, row.id)))

    def teams() -> None:
        rows = services.teams.page(admin, TeamQuery(), whole)
        assert len(rows) == services.teams.count(admin, TeamQuery())
        json.dumps([shapes.team(row) for row in rows])
        assert all(column.text(row, now) is not None for row in rows for column in TEAM_COLUMNS)

    def members() -> None:
        for team in services.teams.page(admin, TeamQuery(), whole):
            for kind in Kind if "id" not in team.damaged else ():
                rows = services.teams.members(admin, team.id, kind, whole)
                json.dumps([shapes.membership(row) for row in rows])

    def keys() -> None:
        views = services.keys.list(admin)
        json.dumps([shapes.key(view) for view in views])
        assert all(column.text(view, now) is not None for view in views for column in KEY_COLUMNS)

    def roles() -> None:
        rows = services.roles.list(admin)
        assert len(rows) == 5
        json.dumps([shapes.role(row) for row in rows])
        assert all(column.text(row, now) is not None for row in rows for column in ROLE_COLUMNS)

    def trail() -> None:
        page = services.audit.list(admin, AuditQuery(limit=100))
        json.dumps(shapes.audit_page(page))
        assert all(column.text(row, now) is not None for row in page.events for column in EVENT_COLUMNS)
        json.dumps(shapes.chain_verdict(services.audit.verify(admin)))

    def poll() -> None:
        services.lifecycle.refresh(admin)
        assert services.lifecycle.revision()
        services.lifecycle.organization()

    def wait() -> None:
        assert services.sign_in.wait(STRANGER) >= 0

    def verify() -> None:
        json.dumps(services.verifier.verify(cast.bot.key).as_json())

    def sessions() -> None:
        rows = services.sessions.list(admin, everyone=True)
        json.dumps([shapes.session(row) for row in rows])
        assert all(column.text(row, now) is not None for row in rows for column in SESSION_COLUMNS)

    def settings() -> None:
        json.dumps(shapes.organization(services.organization_settings.show(admin)))

    def webhooks() -> None:
        rows = services.webhooks.list(admin)
        assert len(rows) == 1
        json.dumps([shapes.webhook(row, now) for row in rows])
        assert all(column.text(row, now) is not None for row in rows for column in WEBHOOK_COLUMNS)
        for row in rows if "id" not in rows[0].damaged else ():
            made = services.webhooks.deliveries(admin, row.id)
            json.dumps(shapes.webhook_details(row, services.webhooks.parked(admin, row.id), now))
            assert all(column.text(each, now) is not None for each in made for column in DELIVERY_COLUMNS)

    all_doors = (
        accounts, details, teams, members, keys, roles, trail, poll, wait, verify, sessions, settings,
        webhooks,
    )  # fmt: skip
    return {each.__name__: each for each in all_doors}


#: Where a door may say no: with an error of ours, which tells of the store.
MAY_REFUSE = {
    ("audit_head", "poll"),
    ("organizations", "poll"),
    ("api_keys", "verify"),
}


COUNTERS = ("last_used_at", "version", "position", "stamp")
ANYBODY = ("''", "'gardening'")
#: What may be so, however odd: `db check` has nothing to say of it.
POSSIBLE = {
    ("organizations", "name", "'gardening'"),
    ("principals", "description", "''"),
    ("principals", "description", "'gardening'"),
    ("roles", "description", "''"),
    ("roles", "description", "'gardening'"),
    ("api_keys", "label", "''"),
    ("api_keys", "label", "'gardening'"),
    *(
        (table, column, "999")
        for table, column in COLUMNS
        if column
        in ("last_used_at", "version", "position", "stamp", "untold_wrong_secrets", "untold_sign_ins")
    ),
    *(
        (table, column, "999")
        for table, column in COLUMNS
        if column in ("whole_at", "failed_at", "signed_in_at")
    ),
    ("organizations", "idle_lock_minutes", "999"),
    *(
        (table, column, bad)
        for table, column in COLUMNS
        if column in ("created_by", "created_by_id", "revoked_by_id", "ended_by")
        # Who created an account or a key is searched too, by a text that no longer fits another one.
        and (table, column)
        not in {("principals", "created_by"), ("api_keys", "created_by"), ("webhooks", "created_by")}
        for bad in ("''", "'gardening'")
    ),
    ("organizations", "id", "'gardening'"),
    ("store_identity", "generation", "999"),
    ("sessions", "id", "'gardening'"),
    ("organizations", "allowed_networks", "''"),
    ("webhooks", "events", "'gardening'"),
    *(
        (table, column, bad)
        for table, columns in {
            "organizations": ("webhook_proxy",),
            "webhooks": ("team_id", "secret", "previous_secret"),
            "webhook_cursors": ("lease_owner",),
            "webhook_deliveries": ("event_id", "event", "failure", "answer"),
        }.items()
        for column in columns
        for bad in ANYBODY
    ),
    *(
        (table, column, "999")
        for table, columns in {
            "webhook_cursors": ("sequence", "attempts", "next_attempt_at", "lease_until"),
            "webhook_deliveries": ("sequence", "attempted_at", "attempt", "milliseconds", "status"),
            "webhook_parked": ("last", "events", "parked_at", "resending_at", "attempts", "next_attempt_at"),
        }.items()
        for column in columns
    ),
    *(
        (table, column, "9223372036854775807")
        for table, column in (
            ("webhook_cursors", "sequence"),
            ("webhook_deliveries", "sequence"),
            ("webhook_parked", "last"),
        )
    ),
}


@pytest.fixture(autouse=True)
def _a_row_in_every_table(services: Services, admin: Operator, cast: Cast, store_url: str) -> None:
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    services.keys.confirm_saved(admin, cast.bot.key_id)
    with services.lifecycle.store.write() as unit:
        made = Delivery(0, "e1", 2, "api_key.created", utc_now(), 1, 20, 500, "No room.", "no room")
        unit.deliveries.record(cast.webhook_id, [made], [1772366400000000])
        unit.deliveries.park(cast.webhook_id, 2, 3, 1, 1772366400000000)
        unit.commit()
    with writing(store_url) as connection:
        connection.exec_driver_sql(
            f"INSERT INTO sign_in_limits (name, about, whole_at, failed_at) VALUES "
            f"('{Address(STRANGER).hash}', '{Address(STRANGER).hash}', 1772366400000000, 1772366400000000)"
        )
        connection.exec_driver_sql(
            "INSERT INTO known_sources (principal_id, source, signed_in_at) VALUES "
            f"('{admin.id}', '{Address(STRANGER).hash}', 1772366400000000)"
        )


@pytest.mark.thorough
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_no_value_of_any_column_closes_a_door(
    services: Services, admin: Operator, cast: Cast, store_url: str, table: str, column: str
) -> None:
    where = row_of(table, admin, cast)
    with writing(store_url) as connection:
        before = connection.exec_driver_sql(f'SELECT rowid, "{column}" FROM {table} WHERE {where}').first()
    assert before is not None
    for bad in bad_for(Base.metadata.tables[table].columns[column]):
        with writing(store_url) as connection:
            connection.exec_driver_sql(f'UPDATE {table} SET "{column}" = {bad} WHERE rowid = {before[0]}')
        told = store_admin.check(store_url)
        assert told.whole == ((table, column, bad) in POSSIBLE), (bad, told)
        for name, door in doors(services, admin, cast).items():
            refused = None
            try:
                door()
            except StoreUnavailable as error:
                refused = error
            except Exception as error:
                error.add_note(f"{table}.{column} = {bad}, {name}")
                raise
            assert refused is None or (table, name) in MAY_REFUSE, (bad, name, refused)
        assert len(services.accounts.page(admin, AccountQuery(), PageRequest())) == 3, bad
    with writing(store_url) as connection:
        connection.exec_driver_sql(
            f'UPDATE {table} SET "{column}" = ? WHERE rowid = {before[0]}', (before[1],)
        )
    for door in doors(services, admin, cast).values():
        door()
    assert store_admin.check(store_url).whole


def row_of(table: str, admin: Operator, cast: Cast) -> str:
    """The row to damage: one that many doors show, and not the operator's own."""
    return {
        "principals": f"id = '{cast.bot.account_id}'",
        "passwords": f"principal_id = '{cast.bao.id}'",
        "audit_events": "sequence = 2",
        "role_permissions": f"role_id = '{cast.role_id}'",
        "roles": f"id = '{cast.role_id}'",
        "teams": f"id = '{cast.team_id}'",
    }.get(table, "true")


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("bad", ["'abc'", "-1", "1.5", "x'00ff'", "999"])
def test_a_count_that_is_none_is_counted(
    bad: str, services: Services, admin: Operator, cast: Cast, store_url: str
) -> None:
    with writing(store_url) as connection:
        connection.exec_driver_sql(f"UPDATE account_counts SET number = {bad}")
    assert not store_admin.check(store_url).whole
    assert len(services.accounts.page(admin, AccountQuery(), PageRequest())) == 3
    if bad != "999":  # only a look at all accounts tells that this is wrong
        assert services.accounts.count(admin, AccountQuery()).total == 3
    with writing(store_url) as connection:
        connection.exec_driver_sql("DELETE FROM account_counts")
        connection.exec_driver_sql(
            "INSERT INTO account_counts SELECT kind, status, count(*) FROM principals GROUP BY kind, status"
        )


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("column", [column for table, column in COLUMNS if table == "principals"])
def test_what_is_damaged_of_ones_own_account_is_a_sentence(
    services: Services, admin: Operator, cast: Cast, store_url: str, column: str
) -> None:
    for bad in bad_for(Base.metadata.tables["principals"].columns[column]):
        with writing(store_url) as connection:
            connection.exec_driver_sql(
                f'UPDATE principals SET "{column}" = {bad} WHERE rowid = '
                "(SELECT rowid FROM principals ORDER BY rowid LIMIT 1)"
            )
        for door in doors(services, admin, cast).values():
            with contextlib.suppress(PftuiError):
                door()


@pytest.mark.parametrize(
    ("change", "damaged"),
    [
        ("created_at = 'infinity'", ("created_at",)),
        ("created_at = '0044-03-15 BC'", ("created_at",)),
        ("created_at = '12000-01-01'", ("created_at",)),
        ("last_used_at = 9223372036854775807", ("last_used_at",)),
        ("status = 999", ()),
        ("status = -1, team_count = 7", ("status",)),
    ],
)
def test_a_bad_row_is_told_and_the_others_are_as_they_were(
    services: Services, admin: Operator, cast: Cast, store_url: str, change: str, damaged: tuple[str, ...]
) -> None:
    before = services.accounts.page(admin, AccountQuery(), PageRequest())
    with writing(store_url) as connection:
        connection.exec_driver_sql(f"UPDATE principals SET {change} WHERE id = '{cast.bot.account_id}'")
    after = services.accounts.page(admin, AccountQuery(), PageRequest())
    (row,) = (row for row in after if row.id == cast.bot.account_id)
    assert [each for each in after if each != row] == [each for each in before if each.id != row.id]
    assert set(row.damaged) == set(damaged) - {"created_at"}  # which no row of the table shows
    assert (row.status is UNKNOWN_STATUS) == ("status" in change)
    for door in doors(services, admin, cast).values():
        door()


def test_a_permission_of_a_newer_pftui_is_shown_and_allows_nothing(
    services: Services, admin: Operator, cast: Cast, store_url: str
) -> None:
    with writing(store_url) as connection:
        connection.exec_driver_sql(
            f"UPDATE role_permissions SET permission = 'fly' WHERE role_id = '{cast.role_id}' "
            "AND permission = 'run_scans'"
        )
    decision = services.verifier.verify(cast.bot.key, cast.team_id, "view_configurations")
    assert decision.allowed
    held = decision.grants[0].permissions
    assert [(each.value, each.known) for each in held] == [
        ("view_configurations", True), ("view_evaluations", True), ("create_evaluations", True),
        ("view_issues", True), ("fly", False),
    ]  # fmt: skip
    assert not services.verifier.verify(cast.bot.key, cast.team_id, "run_scans").allowed
    assert services.roles.find(admin, cast.role_id).permissions == held
    assert "unknown" in can_do(held)
    assert "Fly (unknown)" in permission_names(held)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_damaged_role_is_told_wherever_it_is_shown(
    services: Services, admin: Operator, cast: Cast, store_url: str
) -> None:
    with writing(store_url) as connection:
        connection.exec_driver_sql(f"UPDATE roles SET name = x'41ff' WHERE id = '{cast.role_id}'")
    (role,) = (each for each in services.roles.list(admin) if each.id == cast.role_id)
    assert (role.name, role.damaged) == ("A\ufffd", ("name",))
    assert shapes.role(role)["damaged"] == ["name"]
    assert "damaged" in [column.text(role, utc_now()) for column in ROLE_COLUMNS]
    (member,) = services.teams.members(admin, cast.team_id, Kind.SERVICE_ACCOUNT, PageRequest())
    assert (member.role_name, member.damaged) == ("A\ufffd", ("role_name",))
    assert shapes.membership(member)["damaged"] == ["roleName"]
    (assigned,) = services.accounts.show(admin, cast.bot.account_id).assignments
    assert shapes.assignment(assigned)["damaged"] == ["roleName"]


class Runs:
    """In place of argon2: which hashes it would run."""

    def __init__(self) -> None:
        self.of: list[str] = []

    def verify(self, stored: str, text: bytes) -> bool:
        self.of.append(stored)
        raise VerifyMismatchError


@pytest.mark.parametrize("bad", BAD_HASHES, ids=range(len(BAD_HASHES)))
def test_a_hash_that_nobody_should_run_is_not_run(
    services: Services,
    admin: Operator,
    cast: Cast,
    store_url: str,
    bad: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with writing(store_url) as connection:
        for table in ("api_keys", "passwords"):
            connection.exec_driver_sql(f"UPDATE {table} SET hash = {bad}")
    runs = Runs()
    monkeypatch.setattr(hashing, "KEYS", runs)
    monkeypatch.setattr(hashing, "PASSWORDS", runs)
    with pytest.raises(StoreDamaged, match="db check"):
        services.verifier.verify(cast.bot.key)
    with pytest.raises(SignInFailed, match="is wrong, or the account is disabled"):
        services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD))
    with pytest.raises(StoreDamaged, match="db check"):
        services.sign_in.change_password(admin, Secret(ADMIN_PASSWORD), Secret("another good long one"))
    assert runs.of == [UNKNOWN_HASH]  # for the time that it takes


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_what_is_no_flag_is_taken_for_the_safe_one(
    services: Services, admin: Operator, cast: Cast, store_url: str
) -> None:
    with writing(store_url) as connection:
        connection.exec_driver_sql(
            f"UPDATE principals SET global_admin = 'yes' WHERE id = '{cast.bot.account_id}'"
        )
    details = services.accounts.show(admin, cast.bot.account_id)
    assert (details.summary.global_admin, details.summary.damaged) == (False, ("global_admin",))
    account = services.verifier.verify(cast.bot.key).account
    assert account is not None
    assert not account.global_admin
    with writing(store_url) as connection:
        connection.exec_driver_sql(f"UPDATE principals SET disabled = '' WHERE id = '{cast.bot.account_id}'")
    assert services.verifier.verify(cast.bot.key).reason is Reason.DISABLED
    assert services.accounts.show(admin, cast.bot.account_id).disabled


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_an_account_of_an_unknown_kind_is_listed_and_not_changed(
    services: Services, admin: Operator, cast: Cast, store_url: str
) -> None:
    with writing(store_url) as connection:
        connection.exec_driver_sql(f"UPDATE principals SET kind = 'robot' WHERE id = '{cast.bot.account_id}'")
    assert services.accounts.show(admin, cast.bot.account_id).summary.kind is UNKNOWN_KIND
    with pytest.raises(StoreDamaged):
        services.accounts.disable(admin, cast.bot.account_id)
    assert not services.accounts.show(admin, cast.bot.account_id).disabled


def test_an_event_of_a_newer_pftui_is_shown_and_an_edited_one_is_damaged(
    services: Services, admin: Operator, store_url: str
) -> None:
    newer = next(iter(services.audit.list(admin, AuditQuery(limit=1)).events))
    assert isinstance(newer, AuditEvent)
    newer = replace(newer, action=Action.stored("key_rotated"))
    with writing(store_url) as connection:
        for change in (f"action = 'key_rotated', hash = '{event_hash(newer)}'", "action = 'key_painted'"):
            connection.exec_driver_sql(f"UPDATE audit_events SET {change} WHERE sequence = {newer.sequence}")
            connection.commit()
            connection.exec_driver_sql(f"UPDATE audit_head SET hash = '{event_hash(newer)}'")
            connection.commit()
            SEEN.forget()  # as who has not seen the event before it was edited
            (event,) = services.audit.list(admin, AuditQuery(limit=1)).events
            intact = services.audit.verify(admin).intact
            assert isinstance(event, AuditEvent) == intact == ("hash" in change)
            assert isinstance(event, DamagedEvent) or event.action.label == "Key rotated"
