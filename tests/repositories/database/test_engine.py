"""Connections to the store: what several of them, in several processes, see of each other."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError

from pftui.bootstrap import create_store, open_services
from pftui.domain.errors import SessionEnded, StoreExists, StoreUnavailable
from pftui.domain.secret import Secret
from pftui.repositories.database.creation import create
from pftui.repositories.database.engine import connect, open_engine, parse_url
from pftui.repositories.errors import translated
from pftui.repositories.unit_of_work import UnitOfWork
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, ORGANIZATION, SetClock
from tests.patience import PATIENCE

_COUNT_TEAMS = """
import sys
from sqlalchemy import text
from pftui.repositories.database.engine import connect
with connect(sys.argv[1]).connect() as connection:
    print(connection.execute(text("SELECT count(*) FROM teams")).scalar())
"""


def teams_seen_by_another_process(url: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _COUNT_TEAMS, url], capture_output=True, text=True, check=True, timeout=60
    )
    return int(done.stdout)


def test_a_second_look_at_the_file_takes_no_lock_away(
    sqlite_url: str, sqlite_path: Path, clock: SetClock
) -> None:
    """Closing any descriptor of the file drops all of a process's locks on it (POSIX), SQLite's too.

    Then another process believes to be the last one, and removes the write-ahead log under the first.
    """
    services = open_services(sqlite_url, clock)
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    open_services(sqlite_url, clock).lifecycle.close()
    assert teams_seen_by_another_process(sqlite_url) == 1
    log = sqlite_path.with_name(f"{sqlite_path.name}-wal")
    assert log.exists()
    services.teams.create(admin, "Blue Team")
    assert teams_seen_by_another_process(sqlite_url) == 2
    services.lifecycle.close()
    assert teams_seen_by_another_process(sqlite_url) == 2


def wait_for_a_waiting(url: str) -> None:
    """Until somebody waits for the lock under which a store is made."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    engine = open_engine(parse_url(url))
    try:
        end = time.monotonic() + PATIENCE
        with engine.connect() as connection:
            while connection.execute(waiting).scalar() == 0:
                assert time.monotonic() < end
                time.sleep(0.01)
    finally:
        engine.dispose()


def test_of_two_who_make_a_store_at_once_one_hears_that_there_is_one(new_database: Callable[[], str]) -> None:
    url = new_database()
    begun, others_turn = threading.Event(), threading.Event()

    def seed(unit: UnitOfWork) -> None:
        begun.set()
        assert others_turn.wait(PATIENCE)
        unit.commit()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(create, url, seed)
        assert begun.wait(PATIENCE)
        second = pool.submit(create, url, seed)
        wait_for_a_waiting(url)
        others_turn.set()
        first.result(PATIENCE)
        with pytest.raises(StoreExists):
            second.result(PATIENCE)


@pytest.mark.parametrize("value", ["a\0b", 2**63])
def test_a_value_that_the_server_refuses_is_no_lost_connection(postgresql_url: str, value: object) -> None:
    engine = connect(postgresql_url)
    try:
        with pytest.raises(DataError), translated(), engine.connect() as connection:
            connection.execute(text("SELECT CAST(:value AS bigint)"), {"value": value})
    finally:
        engine.dispose()


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o2770])
def test_a_folder_that_others_can_write_to_holds_no_store(
    mode: int, sqlite_path: Path, clock: SetClock
) -> None:
    """Whoever can put a file beside the store can put a write-ahead log there, which SQLite believes."""
    sqlite_path.parent.chmod(mode)
    url = f"sqlite:///{sqlite_path}"
    with pytest.raises(StoreUnavailable, match="can write to"):
        open_services(url, clock)
    sqlite_path.unlink()
    with pytest.raises(StoreUnavailable, match="can write to"):
        create_store(url, ORGANIZATION, clock)
    assert list(sqlite_path.parent.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("end", ["-wal", "-shm", "-journal"])
def test_a_log_that_somebody_else_put_there_is_not_read(
    end: str, sqlite_path: Path, sqlite_url: str, clock: SetClock
) -> None:
    planted = sqlite_path.with_name(sqlite_path.name + end)
    planted.write_bytes(b"")
    os.chown(planted, 12345, 12345)
    with pytest.raises(StoreUnavailable, match="another user has put it there"):
        open_services(sqlite_url, clock)


def test_a_store_that_is_removed_under_its_connections_takes_no_change(
    sqlite_url: str, sqlite_path: Path, clock: SetClock, tmp_path: Path
) -> None:
    services = open_services(sqlite_url, clock)
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    kept = tmp_path / "kept.db"
    sqlite_path.rename(kept)
    with pytest.raises(StoreUnavailable, match="is gone"):
        services.service_accounts.create(admin, name="lost")
    with pytest.raises(StoreUnavailable, match="is gone"):
        services.roles.list(admin)
    kept.rename(sqlite_path)
    assert services.service_accounts.create(admin, name="kept").key_id
    services.lifecycle.close()


def test_a_store_that_was_put_in_the_place_of_another_is_the_one_that_counts(
    sqlite_url: str, sqlite_path: Path, sqlite_template: Path, clock: SetClock
) -> None:
    services = open_services(sqlite_url, clock)
    right = Secret(ADMIN_PASSWORD)
    session = services.sign_in.with_password(ADMIN_EMAIL, right).operator
    admin = services.sign_in.with_password(ADMIN_EMAIL, right, interactive=False).operator
    services.teams.create(admin, "Of the old store")
    replacement = sqlite_path.with_name("replacement.db")
    shutil.copy(sqlite_template, replacement)
    for end in ("-wal", "-shm"):
        sqlite_path.with_name(sqlite_path.name + end).unlink(missing_ok=True)
    replacement.rename(sqlite_path)
    assert services.teams.create(admin, "Of the new store").slug == "of-the-new-store"
    assert teams_seen_by_another_process(sqlite_url) == 2
    with pytest.raises(SessionEnded):  # of which that store knows nothing
        services.lifecycle.refresh(session)
    services.lifecycle.close()
