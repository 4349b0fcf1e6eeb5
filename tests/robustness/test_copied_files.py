"""A file that was copied without its log, or put in the place of another one, is noticed by who opens it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pftui.bootstrap import open_services
from pftui.domain.accounts import Operator
from pftui.domain.errors import StoreUnavailable
from pftui.domain.secret import Secret
from pftui.repositories.database import generation
from pftui.services import store_admin
from pftui.services.contracts import Services
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.robustness.consistency import check

FOREIGN_LOG, NO_LOG = "was written for another file", "made without the log beside it"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a console does within seconds is done at the next look."""
    monkeypatch.setattr(generation, "_SOON", 0.0)


def opened(path: Path) -> tuple[Services, Operator]:
    services = open_services(f"sqlite:///{path}", SetClock())
    return services, services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator


def change(path: Path, *teams: str) -> None:
    """Make these teams, and close the store."""
    services, admin = opened(path)
    for name in teams:
        services.teams.create(admin, name)
    services.lifecycle.close()


def crash(path: Path, *teams: str, whole_log: bool = True) -> None:
    """Make these teams in a process that then ends without closing anything."""
    process = os.fork()
    if process == 0:
        try:
            services, admin = opened(path)
            for number, name in enumerate(teams):
                services.teams.create(admin, name)
                if not whole_log and number == len(teams) // 2:
                    with closing(sqlite3.connect(path)) as connection:
                        connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(process, 0)[1] == 0
    assert path.with_name(f"{path.name}-wal").stat().st_size > 0


def put_over(copy: Path, path: Path) -> None:
    """As `cp` does it: the file stays the same one."""
    before = path.stat().st_ino
    path.write_bytes(copy.read_bytes())
    assert path.stat().st_ino == before


def put_in_place(copy: Path, path: Path) -> None:
    """As `mv` does it: it is another file."""
    os.replace(shutil.copy(copy, f"{copy}.moved"), path)


def assert_refused(path: Path, words: str) -> None:
    """By every door; and not one byte of what is there is touched."""
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    url = f"sqlite:///{path}"
    doors: list[Callable[[], object]] = [
        lambda: open_services(url, SetClock()),
        lambda: store_admin.status(url),
        lambda: store_admin.check(url),
        lambda: store_admin.upgrade(url),
        lambda: store_admin.backup(url, path.parent / "another", "somebody"),
    ]
    for door in doors:
        with pytest.raises(StoreUnavailable, match=words) as refusal:
            door()
        assert "`pftui db restore`" in refusal.value.message
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def teams_in(path: Path) -> list[str]:
    return [
        event.description.removeprefix("Created team ")
        for event in check(f"sqlite:///{path}")
        if event.description.startswith("Created team ")
    ]


@pytest.mark.parametrize("put", [put_over, put_in_place])
@pytest.mark.parametrize("whole_log", [True, False])
def test_a_backup_in_the_place_of_a_store_that_crashed(
    sqlite_path: Path, tmp_path: Path, put: Callable[[Path, Path], None], whole_log: bool
) -> None:
    backup = tmp_path / "backup.db"
    store_admin.backup(f"sqlite:///{sqlite_path}", backup, "somebody")
    crash(sqlite_path, "One", "Two", "Three", "Four", whole_log=whole_log)
    put(backup, sqlite_path)
    assert_refused(sqlite_path, FOREIGN_LOG)
    for end in ("-wal", "-shm"):  # the way out that the sentence names
        sqlite_path.with_name(sqlite_path.name + end).rename(tmp_path / end)
    assert teams_in(sqlite_path) == ["Default"]


@pytest.mark.parametrize("put", [put_over, put_in_place])
def test_an_old_copy_by_cp_in_the_place_of_a_store_that_crashed(
    sqlite_path: Path, tmp_path: Path, put: Callable[[Path, Path], None]
) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(sqlite_path, copy)
    change(sqlite_path, "Zero")
    crash(sqlite_path, "One", "Two", "Three")
    put(copy, sqlite_path)
    assert_refused(sqlite_path, FOREIGN_LOG)


def test_a_newer_copy_beside_an_old_log(sqlite_path: Path, tmp_path: Path) -> None:
    crash(sqlite_path, "One")
    log = sqlite_path.with_name(f"{sqlite_path.name}-wal").read_bytes()
    change(sqlite_path, "Two", "Three")
    sqlite_path.with_name(f"{sqlite_path.name}-wal").write_bytes(log)
    assert_refused(sqlite_path, FOREIGN_LOG)


def test_a_copy_of_a_store_in_use_without_its_log(sqlite_path: Path, tmp_path: Path) -> None:
    services, admin = opened(sqlite_path)
    services.teams.create(admin, "One")
    services.lifecycle.revision()
    services.teams.create(admin, "Two")
    copy = tmp_path / "copy" / "pftui.db"
    copy.parent.mkdir(mode=0o700)
    shutil.copy(sqlite_path, copy)
    assert_refused(copy, NO_LOG)
    services.lifecycle.close()
    assert teams_in(sqlite_path) == ["Default", "One", "Two"]


def test_every_later_log_is_told_of_too(sqlite_path: Path, tmp_path: Path) -> None:
    services, admin = opened(sqlite_path)
    services.teams.create(admin, "One")
    change(sqlite_path, "Two")  # another process, which says at its end that all is in the file
    services.teams.create(admin, "Three")
    services.lifecycle.revision()
    services.teams.create(admin, "Four")
    shutil.copy(sqlite_path, tmp_path / "copy.db")
    with pytest.raises(StoreUnavailable, match=NO_LOG):
        store_admin.check(f"sqlite:///{tmp_path / 'copy.db'}")
    services.lifecycle.close()


# What is right stays silent.


def test_a_crash_in_place(sqlite_path: Path, tmp_path: Path) -> None:
    for number in range(3):
        crash(sqlite_path, f"One {number}", f"Two {number}", whole_log=number != 1)
        assert store_admin.check(f"sqlite:///{sqlite_path}").whole
    copy = Path(shutil.copy(sqlite_path, tmp_path / "copy.db"))  # closed by who only looked
    assert teams_in(copy) == teams_in(sqlite_path)
    assert len(teams_in(sqlite_path)) == 7


def test_a_copy_of_a_closed_store_and_one_that_replaces_it(sqlite_path: Path, tmp_path: Path) -> None:
    change(sqlite_path, "One")
    copy = Path(shutil.copy(sqlite_path, tmp_path / "copy.db"))
    change(sqlite_path, "Two")
    change(copy, "Three")
    assert teams_in(copy) == ["Default", "One", "Three"]
    for put in (put_over, put_in_place):
        put(copy, sqlite_path)
        assert teams_in(sqlite_path) == ["Default", "One", "Three"]


def test_a_snapshot_of_the_folder_of_a_store_in_use(sqlite_path: Path, tmp_path: Path) -> None:
    services, admin = opened(sqlite_path)
    services.teams.create(admin, "One")
    services.lifecycle.revision()
    services.teams.create(admin, "Two")
    for with_index in (True, False):
        folder = tmp_path / f"snapshot {with_index}"
        shutil.copytree(sqlite_path.parent, folder)
        if not with_index:
            (folder / f"{sqlite_path.name}-shm").unlink()
        snapshot = folder / sqlite_path.name
        assert store_admin.check(f"sqlite:///{snapshot}").whole
        assert teams_in(snapshot) == ["Default", "One", "Two"]  # also where its log is gone by now
    services.lifecycle.close()


def test_a_backup_of_a_store_in_use_is_a_store_at_rest(sqlite_path: Path, tmp_path: Path) -> None:
    services, admin = opened(sqlite_path)
    services.teams.create(admin, "One")
    services.lifecycle.revision()
    store_admin.backup(f"sqlite:///{sqlite_path}", tmp_path / "backup.db", "somebody")
    services.teams.create(admin, "Two")
    assert teams_in(tmp_path / "backup.db") == ["Default", "One"]
    services.lifecycle.close()


def test_a_copy_by_sqlite_of_a_store_in_use(sqlite_path: Path, tmp_path: Path) -> None:
    services, admin = opened(sqlite_path)
    services.teams.create(admin, "One")
    services.lifecycle.revision()
    services.teams.create(admin, "Two")
    for number, when in enumerate(("in use", "changed since")):
        copy = tmp_path / f"copy {number}"
        with closing(sqlite3.connect(sqlite_path)) as connection:
            connection.execute("VACUUM INTO ?", (str(copy),))
        copy.chmod(0o600)
        assert teams_in(copy)[:3] == ["Default", "One", "Two"], when
        services.teams.create(admin, f"Since {number}")
        services.lifecycle.revision()
    services.lifecycle.close()


def test_a_look_ends_no_lock_of_this_process(sqlite_path: Path) -> None:
    services, admin = opened(sqlite_path)
    services.teams.create(admin, "One")
    generation.check_belongs(sqlite_path)
    process = os.fork()
    if process == 0:
        status = 1
        try:
            with closing(sqlite3.connect(sqlite_path, timeout=0)) as other:
                other.execute("PRAGMA journal_mode=DELETE")  # only who is alone may do that
        except sqlite3.OperationalError:
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(process, 0)[1] == 0
    services.lifecycle.close()
