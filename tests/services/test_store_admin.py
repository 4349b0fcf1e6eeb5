"""The store's state, its upgrade and its backup; and that models and migrations tell of the same schema."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from pftui.demo.store import create_demo, remove_demo
from pftui.domain.errors import StoreMissing, StoreOutdated, StoreUnavailable, WrongUsage
from pftui.repositories.database.checking import LOOKED_AT
from pftui.repositories.database.engine import connect, open_engine, parse_url
from pftui.repositories.database.revisions import SCHEMA_REVISION
from pftui.repositories.models import Base
from pftui.repositories.unit_of_work import Store
from pftui.services import store_admin
from pftui.services.contracts import Services
from tests.conftest import SetClock
from tests.services.conftest import Cast
from tests.services.described import described
from tests.services.next_version import NEXT_REVISION, NextVersion
from tests.services.test_damaged_rows import writing


def set_revision(url: str, revision: str) -> None:
    engine = open_engine(parse_url(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :new"), {"new": revision})
    engine.dispose()


def tables(url: str) -> set[str]:
    engine = open_engine(parse_url(url))
    with engine.connect() as connection:
        found = set(inspect(connection).get_table_names())
    engine.dispose()
    return found


# -- check -----


def test_a_check_of_a_whole_store_finds_nothing(services: Services, cast: Cast, store_url: str) -> None:
    assert store_admin.check(store_url).as_json() == {"whole": True, "complete": True, "findings": []}


def test_a_check_knows_every_table() -> None:
    assert set(Base.metadata.tables.values()) == LOOKED_AT


DAMAGES = {
    "UPDATE principals SET status = 999": "the status 999 is unknown",
    "UPDATE principals SET status = 70": "the status is no team, and active is stored",
    "UPDATE principals SET team_count = 7": "the number of teams is 0, and 7 is stored",
    "UPDATE principals SET name_folded = name_folded || 'x'": "is not that of the name",
    "UPDATE principals SET name_look = ''": "what names that look alike are found by",
    "UPDATE teams SET slug_look = 'x'": "what names that look alike are found by is not that of the slug",
    "UPDATE principals SET search_text = 'x'": "what a filter looks into is not that of the row",
    "UPDATE teams SET search_text = ''": "what a filter looks into is not that of the row",
    "UPDATE api_keys SET search_text = upper(search_text)": "what a filter looks into is not that of the row",
    "UPDATE principals SET created_by_folded = 'x'": "searched and sorted by is not that of who created it",
    "UPDATE api_keys SET created_by_folded = ''": "searched and sorted by is not that of who created it",
    "UPDATE principals SET identifier = 'somebody'": "is not that of the account",
    "UPDATE principals SET name = ' x '": "the name is none that pftui accepts",
    "UPDATE teams SET member_count = 3": "the member count is 0, and 3 is stored",
    "UPDATE teams SET slug = 'Red Team' WHERE name = 'Red Team'": "the slug is none",
    "UPDATE role_permissions SET permission = 'fly' WHERE permission = 'run_scans'": "fly is unknown",
    "DELETE FROM role_permissions WHERE permission = 'run_scans'": "the predefined role Engineer is missing",
    "UPDATE api_keys SET hash = '$argon2id$v=19$m=9999999,t=1,p=1$c29tZXNhbHQ$c29tZWhhc2hzb21l'": "absurd",
    "UPDATE passwords SET hash = 'hunter2'": "the hash cannot be used: it is no argon2id hash",
    "DELETE FROM passwords": "a person without a password",
    "UPDATE api_keys SET revoked_by = 'x'": "who revoked the key or when is missing",
    "UPDATE audit_events SET description = 'x' WHERE sequence = 2": "an event was edited",
    "DELETE FROM audit_events WHERE sequence = 2": "the audit trail is broken: an event is missing",
    "DELETE FROM audit_head": "there must be one row, and there are 0",
}


@pytest.mark.damages_the_store
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_check_finds_what_is_wrong(services: Services, cast: Cast, store_url: str, damage: str) -> None:
    with writing(store_url) as connection:
        connection.exec_driver_sql(damage)
    found = store_admin.check(store_url)
    assert DAMAGES[damage] in " ".join(finding.what for finding in found.findings), found
    table = damage.split()[1 if damage.startswith("UPDATE") else 2]
    table = {"passwords": "principals"}.get(table, table) if damage.startswith("DELETE") else table
    assert table.startswith("role") or table in " ".join(finding.where for finding in found.findings)


@pytest.mark.damages_the_store
@pytest.mark.parametrize("table", ["teams", "audit_events"])
def test_a_table_that_is_missing_is_told(store_url: str, table: str) -> None:
    with writing(store_url) as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO elsewhere")
    try:
        (found,) = store_admin.check(store_url).findings
        assert found[:2] == (table, "the table is missing")
        assert f"the table {table} is missing" in store_admin.status(store_url).problems
        assert not store_admin.status(store_url).healthy
    finally:
        with writing(store_url) as connection:
            connection.exec_driver_sql(f"ALTER TABLE elsewhere RENAME TO {table}")


def test_a_row_that_refers_to_nothing_is_found(sqlite_url: str) -> None:
    with writing(sqlite_url) as connection:
        connection.exec_driver_sql(
            "INSERT INTO assignments (principal_id, team_id, role_id, created_at, created_by) "
            "VALUES ('a', 'b', 'c', '2026-03-01 12:00:00.000000', 'x')"
        )
    found = {finding.what for finding in store_admin.check(sqlite_url).findings}
    assert {f"{column}_id refers to a missing row of {other}" for column, other in PARENTS.items()} <= found
    with writing(sqlite_url) as connection:
        connection.exec_driver_sql("DELETE FROM assignments")


PARENTS = {"principal": "principals", "team": "teams", "role": "roles"}


def test_a_file_that_is_damaged_is_a_finding(sqlite_path: Path) -> None:
    whole = sqlite_path.read_bytes()
    with sqlite3.connect(sqlite_path) as connection:
        query = "SELECT rootpage FROM sqlite_schema WHERE name = 'ix_principals_status'"
        (page,) = connection.execute(query).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with sqlite_path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    found = store_admin.check(f"sqlite:///{sqlite_path}")
    assert not found.whole
    assert found.findings[0].where == "the file"
    sqlite_path.write_bytes(whole)


def test_no_more_is_kept_of_a_check_than_anybody_reads(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_admin, "MOST_FINDINGS", 2)
    with writing(sqlite_url) as connection:
        connection.exec_driver_sql("UPDATE roles SET name_folded = name_folded || 'x'")
    found = store_admin.check(sqlite_url)
    assert (len(found.findings), found.complete) == (2, False)
    with writing(sqlite_url) as connection:
        connection.exec_driver_sql("UPDATE roles SET name_folded = rtrim(name_folded, 'x')")


# -- status -------------------------------------------------------------------------------------------


def test_status_tells_what_there_is(store_url: str) -> None:
    found = store_admin.status(store_url)
    assert found.current
    assert found.healthy
    assert found.database.startswith("SQLite 3" if "sqlite" in store_url else "PostgreSQL 1")
    assert found.size_bytes > 50_000
    assert found.counts["users"] == 1
    assert found.counts["roles"] == 4
    assert found.audit_sequence == found.counts["audit_events"] == 3
    json = found.as_json()
    assert json["counts"]["serviceAccounts"] == 0
    assert json["auditHead"] == {"sequence": 3, "hash": found.audit_hash}


def test_status_tells_no_credentials(postgresql_url: str) -> None:
    with_password = postgresql_url.replace("@", ":hunter2@") + "?application_name=hunter3"
    found = store_admin.status(with_password)
    name, server = postgresql_url.rpartition("/")[2], postgresql_url.rpartition("@")[2]
    assert found.location.endswith(f"{server.partition('/')[0]}/{name}")
    assert "hunter" not in found.location
    assert "@" not in found.location


@pytest.mark.damages_the_store
@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_status_of_another_version_is_told_too(revision: str, store_url: str) -> None:
    set_revision(store_url, revision)
    found = store_admin.status(store_url)
    assert (found.revision, found.current, found.counts, found.audit_hash) == (revision, False, {}, None)
    assert found.as_json()["auditHead"] is None


@pytest.mark.damages_the_store
def test_status_finds_damage(sqlite_path: Path, sqlite_url: str) -> None:
    connection = sqlite3.connect(sqlite_path)
    connection.execute("INSERT INTO passwords VALUES ('nobody', 'hash', 0, NULL, '2026-03-01 00:00:00')")
    connection.commit()
    connection.close()
    found = store_admin.status(sqlite_url)
    assert not found.healthy
    assert found.problems == ("a row of passwords refers to a missing row of principals",)


def test_what_is_no_store_has_no_status(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing):
        store_admin.status(f"sqlite:///{tmp_path / 'none.db'}")
    other = tmp_path / "other.db"
    other.write_bytes(b"not a database")
    other.chmod(0o600)
    with pytest.raises(StoreUnavailable):
        store_admin.status(f"sqlite:///{other}")
    assert other.read_bytes() == b"not a database"


# -- upgrade ------------------------------------------------------------------------------------------


def test_a_current_store_is_left_alone(sqlite_path: Path, sqlite_url: str, clock: SetClock) -> None:
    before = sqlite_path.read_bytes()
    done = store_admin.upgrade(sqlite_url, clock)
    assert (done.before, done.after, done.backup) == (SCHEMA_REVISION, SCHEMA_REVISION, None)
    assert sqlite_path.read_bytes() == before
    assert os.listdir(sqlite_path.parent) == [sqlite_path.name]


@pytest.mark.damages_the_store
def test_a_newer_store_is_refused_and_untouched(sqlite_path: Path, sqlite_url: str) -> None:
    set_revision(sqlite_url, "9999")
    before = sqlite_path.read_bytes()
    with pytest.raises(StoreUnavailable, match="newer"):
        store_admin.upgrade(sqlite_url)
    assert sqlite_path.read_bytes() == before
    assert os.listdir(sqlite_path.parent) == [sqlite_path.name]


@pytest.mark.damages_the_store
def test_an_older_store_is_upgraded_once(store_url: str, next_version: NextVersion, clock: SetClock) -> None:
    next_version()
    with pytest.raises(StoreOutdated, match="pftui db upgrade"):
        connect(store_url)
    done = store_admin.upgrade(store_url, clock)
    try:
        assert (done.before, done.after) == (SCHEMA_REVISION, NEXT_REVISION)
        assert "later" in tables(store_url)
        assert store_admin.status(store_url).current
        connect(store_url).dispose()
        assert store_admin.upgrade(store_url, clock).backup is None
        if done.backup is not None:
            assert stat.S_IMODE(done.backup.stat().st_mode) == 0o600
            assert done.backup.name == f"pftui.db.{SCHEMA_REVISION}.20260301T120000Z.backup"
            assert "later" not in tables(f"sqlite:///{done.backup}")
        else:
            assert "postgresql" in store_url
    finally:
        if "postgresql" in store_url:  # whose database serves other tests too
            engine = open_engine(parse_url(store_url))
            with engine.begin() as connection:
                connection.execute(text("DROP TABLE IF EXISTS later"))
            engine.dispose()


@pytest.mark.damages_the_store
def test_r11_an_upgrade_that_fails_leaves_the_store_as_it_was(
    store_url: str, next_version: NextVersion, clock: SetClock
) -> None:
    next_version('op.execute("INSERT INTO no_such_table VALUES (1)")')
    with pytest.raises(StoreUnavailable):
        store_admin.upgrade(store_url, clock)
    assert "later" not in tables(store_url)
    assert store_admin.status(store_url).revision == SCHEMA_REVISION


# -- backup -------------------------------------------------------------------------------------------


def test_a_backup_is_a_store_of_its_own(sqlite_url: str, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    original = store_admin.status(sqlite_url)
    made = store_admin.backup(sqlite_url, target, "alice")
    assert made.size_bytes == target.stat().st_size
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    copied = store_admin.status(f"sqlite:///{target}")
    assert copied.healthy
    assert (copied.counts, copied.audit_hash) == (original.counts, original.audit_hash)
    store = Store(connect(f"sqlite:///{target}"))
    with store.write() as unit:
        unit.commit()
    store.close()


def test_a_backup_holds_what_is_only_in_the_log_and_not_what_is_under_way(
    sqlite_path: Path, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_admin, "connect", partial(connect, busy_seconds=0.0))
    writer = sqlite3.connect(sqlite_path, isolation_level=None)
    writer.execute("UPDATE organizations SET name = 'committed'")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE organizations SET name = 'under way'")
    made = store_admin.backup(sqlite_url, tmp_path / "copy.db", "alice")
    assert "held the store" in (made.untold or "")  # the copy is there, and the trail does not tell of it
    writer.execute("ROLLBACK")
    writer.close()
    reader = sqlite3.connect(tmp_path / "copy.db")
    assert reader.execute("SELECT name FROM organizations").fetchall() == [("committed",)]
    reader.close()


def test_a_backup_replaces_nothing(sqlite_url: str, tmp_path: Path) -> None:
    there, link = tmp_path / "there", tmp_path / "link"
    there.write_text("precious")
    link.symlink_to(tmp_path / "nowhere")
    for target in (there, link):
        with pytest.raises(WrongUsage):
            store_admin.backup(sqlite_url, target, "alice")
    assert there.read_text() == "precious"
    assert sorted(os.listdir(tmp_path)) == ["link", "store", "there"]


def test_r11_a_backup_that_cannot_be_written_leaves_nothing(
    sqlite_path: Path, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StoreUnavailable):
        store_admin.backup(sqlite_url, tmp_path / "no" / "such" / "folder", "alice")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreUnavailable, match="the disk is full"):
        store_admin.backup(sqlite_url, tmp_path / "copy.db", "alice")
    assert os.listdir(tmp_path) == ["store"]


@pytest.mark.damages_the_store
def test_a_damaged_store_makes_no_backup(sqlite_path: Path, sqlite_url: str, tmp_path: Path) -> None:
    with sqlite_path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 8192)
    with pytest.raises(StoreUnavailable):
        store_admin.backup(sqlite_url, tmp_path / "copy.db", "alice")
    assert os.listdir(tmp_path) == ["store"]


def test_postgresql_is_backed_up_by_its_own_tools(postgresql_url: str, tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="pg_dump"):
        store_admin.backup(postgresql_url, tmp_path / "copy", "alice")
    assert not list(tmp_path.iterdir())


# -- one schema ---------------------------------------------------------------------------------------


def test_models_and_migrations_tell_of_the_same_schema_on_sqlite(
    sqlite_url: str, tmp_path: Path, clock: SetClock
) -> None:
    demo, _ = create_demo(str(tmp_path), clock)
    migrated, modelled = open_engine(parse_url(sqlite_url)), open_engine(parse_url(demo))
    assert described(migrated) == described(modelled)
    assert set(described(migrated)) == set(Base.metadata.tables)
    assert any("kind = 'service_account'" in line for line in described(migrated)["principals"]["indexes"])
    migrated.dispose()
    modelled.dispose()
    remove_demo(demo)


def test_models_and_migrations_tell_of_the_same_schema_on_postgresql(
    postgresql_url: str, new_database: Callable[[], str]
) -> None:
    migrated, modelled = open_engine(parse_url(postgresql_url)), open_engine(parse_url(new_database()))
    with modelled.begin() as connection:
        Base.metadata.create_all(connection)
    assert described(migrated) == described(modelled)
    assert set(described(migrated)) == set(Base.metadata.tables)
    assert any("service_account" in line for line in described(migrated)["principals"]["indexes"])
    migrated.dispose()
    modelled.dispose()
