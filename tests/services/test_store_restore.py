"""A backup brought back: what is told before, what holds afterwards, and that nothing is lost on the way."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pftui.bootstrap import create_store, open_services
from pftui.domain.audit import Action
from pftui.domain.errors import Conflict, StoreBusy, StoreUnavailable, WrongUsage
from pftui.domain.secret import Secret
from pftui.repositories.database import restoring
from pftui.repositories.database.revisions import REVISIONS
from pftui.services import store_admin
from pftui.services.results import NewOrganization
from pftui.services.store_restore import Restored, RestorePreview, restore
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.robustness.consistency import check
from tests.services.old_stores import lay
from tests.services.test_damaged_rows import writing

KEPT = "pftui.db.20260301T120000Z.replaced"


@pytest.fixture
def backup(sqlite_url: str, tmp_path: Path) -> Path:
    """Of a store with two bots, a person who is invited, and somebody else who is a global admin."""
    services = open_services(sqlite_url, SetClock())
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    default = services.teams.find(admin, "Default")
    runner = services.roles.find(admin, "CI Runner").id
    for name in ("ci-bot", "old-bot"):
        services.service_accounts.create(admin, name=name, team_id=default.id, role_id=runner)
    services.service_accounts.create(admin, name="root-bot", global_admin=True)
    services.users.create(admin, email="bao@acme.example", name="Bao Tran")
    services.users.create(admin, email="dana@acme.example", name="Dana")
    services.lifecycle.close()
    store_admin.backup(sqlite_url, tmp_path / "backup.db", "somebody")
    return tmp_path / "backup.db"


@pytest.fixture
def changed(backup: Path, sqlite_url: str) -> Path:
    """The same backup, after all of that was ended in the store."""
    clock = SetClock()
    clock.forward(minutes=1)
    services = open_services(sqlite_url, clock)
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    found = {
        name: services.accounts.find(admin, name) for name in ("ci-bot", "old-bot", "root-bot", "Bao Tran")
    }
    details = services.accounts.show(admin, found["ci-bot"].id)
    services.keys.revoke(admin, details.keys[0].key_id)
    services.accounts.delete(admin, found["old-bot"].id)
    services.users.reset_password(admin, services.accounts.find(admin, "dana@acme.example").id)
    services.accounts.disable(admin, found["Bao Tran"].id)
    services.accounts.revoke_admin(admin, found["root-bot"].id)
    services.service_accounts.create(admin, name="new-bot")
    services.lifecycle.close()
    return backup


def put_back(url: str, backup: Path) -> tuple[RestorePreview, Restored]:
    with restore(url, backup, SetClock()) as found:
        return found.preview, found.carry_out("somebody")


def test_what_comes_back_to_life_is_told_before(sqlite_url: str, changed: Path) -> None:
    with restore(sqlite_url, changed, SetClock()) as found:
        preview = found.preview
    assert preview.organization == "Acme Corp"
    returning = dict(preview.returning)
    assert [key.split(" of ")[1] for key in returning.pop("keys")] == ["ci-bot", "old-bot"]
    assert returning == {
        "deleted accounts": ("old-bot",),
        "disabled accounts": ("bao@acme.example",),
        "global admins": ("root-bot",),
        "old passwords": ("dana@acme.example",),
        "assignments": ("old-bot in Default",),
    }
    assert [key.split(" of ")[1] for key in preview.lost["keys"]] == ["new-bot"]
    assert preview.lost["accounts"] == ("new-bot",)
    assert preview.events_lost == 9  # the backup itself is one
    assert preview.findings == ()
    assert preview.unreadable is None
    assert preview.other_organization is None


def test_a_look_alone_changes_nothing(sqlite_url: str, sqlite_path: Path, changed: Path) -> None:
    before = sqlite_path.read_bytes(), changed.read_bytes()
    with restore(sqlite_url, changed, SetClock()):
        pass
    assert (sqlite_path.read_bytes(), changed.read_bytes()) == before
    assert os.listdir(sqlite_path.parent) == [sqlite_path.name]


def test_the_backup_is_the_store_and_the_store_is_kept(
    sqlite_url: str, sqlite_path: Path, changed: Path
) -> None:
    old = check(sqlite_url)
    untouched = changed.read_bytes()
    preview, done = put_back(sqlite_url, changed)
    assert preview.as_json()["replaced"] == f"{old[-1].sequence}:{old[-1].hash}"
    *trail, newest = check(sqlite_url)
    assert store_admin.check(sqlite_url).whole
    assert (newest.action, newest.actor.id) == (Action.STORE_RESTORED, "host:somebody")
    assert newest.metadata == {
        "restored": f"{trail[-1].sequence}:{trail[-1].hash}",
        "replaced": f"{old[-1].sequence}:{old[-1].hash}",
        "generation": 2,
    }
    assert done.kept == sqlite_path.with_name(KEPT)
    assert [event.hash for event in check(f"sqlite:///{done.kept}")] == [event.hash for event in old]
    assert changed.read_bytes() == untouched
    assert sorted(os.listdir(sqlite_path.parent)) == [sqlite_path.name, KEPT]
    assert stat.S_IMODE(sqlite_path.stat().st_mode) == 0o600
    with closing(sqlite3.connect(sqlite_path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_restore_ends_all_sessions(sqlite_url: str, changed: Path) -> None:
    row = "(id, principal_id, stamp, source, created_at, proved_at, seen_at) "
    with writing(f"sqlite:///{changed}") as connection:
        connection.exec_driver_sql(
            f"INSERT INTO sessions {row} SELECT 's', id, stamp, '{{}}', created_at, created_at, created_at "
            "FROM principals WHERE email LIKE 'alice%'"
        )
    with writing(sqlite_url) as connection:
        connection.exec_driver_sql("UPDATE principals SET stamp = 7 WHERE email LIKE 'bao%'")
    put_back(sqlite_url, changed)
    with writing(sqlite_url) as connection:
        assert connection.exec_driver_sql("SELECT DISTINCT stamp FROM principals").all() == [(8,)]
        ended = connection.exec_driver_sql("SELECT ended_at, ended_by FROM sessions WHERE id = 's'").one()
        assert ended == ("2026-03-01 12:00:00.000000", "host:somebody")
        assert not connection.exec_driver_sql("SELECT id FROM sessions WHERE ended_at IS NULL").all()


def test_each_restore_is_a_generation_of_its_own(sqlite_url: str, sqlite_path: Path, changed: Path) -> None:
    assert put_back(sqlite_url, changed)[1].generation == 2
    sqlite_path.with_name(KEPT).unlink()
    assert put_back(sqlite_url, changed)[1].generation == 3


def test_a_console_is_told_to_end_first(
    sqlite_url: str, sqlite_path: Path, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "_WAITS", 2)
    services = open_services(sqlite_url, SetClock())
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    with pytest.raises(StoreBusy, match="end it, then try again"):
        put_back(sqlite_url, backup)
    services.teams.create(admin, "Still there")
    services.lifecycle.close()
    assert check(sqlite_url)[-1].description == "Created team Still there"
    assert os.listdir(sqlite_path.parent) == [sqlite_path.name]


def test_a_verifier_that_was_idle_sees_the_new_store(
    sqlite_url: str, changed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = open_services(sqlite_url, SetClock())
    services.lifecycle.store.engine.dispose()  # open, and nothing connected
    put_back(sqlite_url, changed)
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    assert services.accounts.find(admin, "old-bot").name == "old-bot"
    services.lifecycle.close()


def test_a_store_that_changed_while_somebody_was_asked_stays(sqlite_url: str, backup: Path) -> None:
    with restore(sqlite_url, backup, SetClock()) as found:
        services = open_services(sqlite_url, SetClock())
        admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
        services.teams.create(admin, "Meanwhile")
        services.lifecycle.close()
        with pytest.raises(Conflict, match="look again"):
            found.carry_out("somebody")
    assert check(sqlite_url)[-1].description == "Created team Meanwhile"


def _damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:8192] + b"\xff" * 8192)


def _no_store(path: Path) -> None:
    path.write_bytes(b"nothing of a database")


def _foreign_log(path: Path) -> None:
    services = open_services(f"sqlite:///{path}", SetClock())
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    services.teams.create(admin, "One")
    crashed = {end: path.with_name(path.name + end).read_bytes() for end in ("", "-wal")}
    services.lifecycle.close()
    store_admin.backup(f"sqlite:///{path}", path.parent.parent / "older", "somebody")
    path.write_bytes((path.parent.parent / "older").read_bytes())
    path.with_name(f"{path.name}-wal").write_bytes(crashed["-wal"])


@pytest.mark.parametrize("spoil", [_damaged, _no_store, _foreign_log])
def test_a_store_that_cannot_be_read_is_replaced_and_kept_with_its_log(
    sqlite_url: str, sqlite_path: Path, backup: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(sqlite_path)
    log = sqlite_path.with_name(f"{sqlite_path.name}-wal")
    before = {end: file.read_bytes() for end, file in (("", sqlite_path), ("-wal", log)) if file.exists()}
    with pytest.raises(StoreUnavailable):
        open_services(sqlite_url, SetClock())
    preview, done = put_back(sqlite_url, backup)
    assert preview.unreadable is not None
    assert (preview.returning, preview.store) == ({}, None)
    assert "replaced" not in check(sqlite_url)[-1].metadata
    assert done.kept is not None
    assert {end: Path(f"{done.kept}{end}").read_bytes() for end in before} == before
    assert sqlite_path.with_name(f"{sqlite_path.name}-wal").exists() is False


def test_a_backup_where_no_store_is(backup: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    folder.mkdir(mode=0o700)
    preview, done = put_back(f"sqlite:///{folder}/pftui.db", backup)
    assert (done.kept, preview.unreadable, preview.store) == (None, None, None)
    assert check(f"sqlite:///{folder}/pftui.db")[-1].action is Action.STORE_RESTORED
    assert os.listdir(folder) == ["pftui.db"]


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_backup_of_an_older_schema_is_upgraded(sqlite_url: str, tmp_path: Path, revision: str) -> None:
    old = tmp_path / "old" / "pftui.db"
    lay(f"sqlite:///{old}", revision)
    before = old.read_bytes()
    put_back(sqlite_url, old)
    assert old.read_bytes() == before
    assert store_admin.status(sqlite_url).current
    assert store_admin.check(sqlite_url).whole


def test_what_is_no_backup_is_refused(
    sqlite_url: str, sqlite_path: Path, backup: Path, tmp_path: Path
) -> None:
    before = sqlite_path.read_bytes()
    newer = Path(shutil.copy(backup, tmp_path / "newer.db"))
    with closing(sqlite3.connect(newer)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    other = tmp_path / "other.db"
    other.write_bytes(b"not a database")
    other.chmod(0o600)
    half = tmp_path / "half.db"
    half.write_bytes(backup.read_bytes()[:20480])
    half.chmod(0o600)
    refused = {newer: "newer", other: "not a pftui store", half: "damaged", tmp_path / "none": "no file"}
    for file, words in refused.items():
        with pytest.raises(StoreUnavailable, match=words):
            put_back(sqlite_url, file)
    with pytest.raises(WrongUsage, match="the store itself"):
        put_back(sqlite_url, sqlite_path)
    assert sqlite_path.read_bytes() == before
    assert os.listdir(sqlite_path.parent) == [sqlite_path.name]


@pytest.mark.damages_the_store
def test_what_a_check_finds_in_a_backup_is_told(sqlite_url: str, backup: Path) -> None:
    with writing(f"sqlite:///{backup}") as connection:
        connection.exec_driver_sql("UPDATE audit_events SET description = 'x' WHERE sequence = 2")
    with restore(sqlite_url, backup, SetClock()) as found:
        assert "an event was edited" in found.preview.findings[0].what


@pytest.mark.damages_the_store
def test_a_copy_without_its_log_can_be_brought_back(
    sqlite_url: str, sqlite_path: Path, tmp_path: Path
) -> None:
    with writing(sqlite_url) as connection:
        connection.exec_driver_sql("UPDATE store_identity SET in_use = 1")
    with closing(sqlite3.connect(sqlite_path)) as connection:
        connection.execute("UPDATE store_identity SET in_use = 1")
        connection.commit()
    copy = Path(shutil.copy(sqlite_path, tmp_path / "copy.db"))
    with pytest.raises(StoreUnavailable, match="without the log"):
        store_admin.check(f"sqlite:///{copy}")
    preview, _ = put_back(f"sqlite:///{tmp_path}/store/another.db", copy)
    assert preview.incomplete
    assert store_admin.check(f"sqlite:///{tmp_path}/store/another.db").whole


def test_a_backup_of_another_organization_is_told(sqlite_url: str, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other.db'}"
    create_store(
        other, NewOrganization("Other", "Bao", "b@other.example", Secret(ADMIN_PASSWORD)), SetClock()
    )
    with restore(sqlite_url, tmp_path / "other.db", SetClock()) as found:
        assert (found.preview.organization, found.preview.other_organization) == ("Other", "Acme Corp")


def test_a_store_is_used_again_where_a_restore_was_killed(sqlite_url: str, sqlite_path: Path) -> None:
    with closing(sqlite3.connect(sqlite_path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE").fetchall()
    assert store_admin.check(sqlite_url).whole
    open_services(sqlite_url, SetClock()).lifecycle.close()
    with closing(sqlite3.connect(sqlite_path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("step", ["rename", "link", "fsync"])
def test_an_error_at_the_exchange_leaves_the_store(
    sqlite_url: str, sqlite_path: Path, changed: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    before = [event.hash for event in check(sqlite_url)]
    with restore(sqlite_url, changed, SetClock()) as found, monkeypatch.context() as patch:
        patch.setattr(os, step, fails)
        with pytest.raises(OSError):
            found.carry_out("somebody")
    assert [event.hash for event in check(sqlite_url)] == before
    assert os.listdir(sqlite_path.parent) == [sqlite_path.name]


def test_postgresql_is_restored_by_its_own_tools(postgresql_url: str, backup: Path) -> None:
    with pytest.raises(WrongUsage, match="pg_restore"), restore(postgresql_url, backup):
        pass
