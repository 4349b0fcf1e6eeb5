"""Connections to the store: what several of them, in several processes, see of each other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from pftui.domain.secret import Secret
from pftui.services.loader import open_services

_COUNT_TEAMS = """
import sys
from sqlalchemy import text
from pftui.repositories.engine import connect
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
