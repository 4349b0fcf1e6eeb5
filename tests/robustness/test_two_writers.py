"""Two processes write at once, a third reads and verifies: no error, no lost update, an unbroken trail."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from pftui.bootstrap import open_services
from pftui.domain.paging import PageRequest
from pftui.domain.secret import Secret
from pftui.domain.teams import TeamQuery
from tests.commands.program import environment
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.robustness.consistency import check
from tests.robustness.writers import EVENTS

ROOT = Path(__file__).parents[2]
FIRST = "1000"


@pytest.mark.parametrize(
    ("database", "seconds"),
    [
        pytest.param("sqlite_url", 20.0, id="sqlite"),
        pytest.param("postgresql_url", 8.0, id="postgresql"),
    ],
)
def test_two_writers_lose_nothing(
    database: str, seconds: float, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url: str = request.getfixturevalue(database)
    services = open_services(url, SetClock())
    operator = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    (team,) = services.teams.page(operator, TeamQuery(), PageRequest())
    roles = [services.roles.find(operator, name).id for name in ("CI Runner", "Viewer")]
    shared = services.service_accounts.create(
        operator, name="shared", description=FIRST, team_id=team.id, role_id=roles[0]
    )
    services.lifecycle.close()
    events = len(check(url))

    given = {"url": url, "operator": operator.id, "team": team.id, "roles": roles}
    tasks = [
        ("writer", {**given, "shared": shared.account_id, "seed": 1}),
        ("writer", {**given, "shared": shared.account_id, "seed": 2}),
        ("reader", {**given, "key": shared.key.reveal()}),
    ]
    first, second, reader = _work(tasks, seconds, environment(tmp_path, PYTHONPATH=str(ROOT)))

    both = first + second
    trail = check(url)
    first_use = 1  # of the key that the reader verifies
    assert len(trail) == events + first_use + sum(both[change] * each for change, each in EVENTS.items())
    services = open_services(url, SetClock())
    details = services.accounts.show(operator, shared.account_id)
    (team,) = services.teams.page(operator, TeamQuery(), PageRequest())
    services.lifecycle.close()
    assert int(details.description) == int(FIRST) + both["count"]
    assert details.version == 1 + both["count"]
    assert team.service_accounts == 1 + both["create"] + both["add"] - both["remove"] - both["delete"]
    # They met: none had the store for itself, and the reader had its turns.
    assert both["conflicts"] > 0
    assert min(first["count"], second["count"]) > 5
    assert reader["reads"] > 2


def _work(tasks: list[tuple[str, object]], seconds: float, environ: dict[str, str]) -> list[Counter[str]]:
    """Have the processes work at the same time for so long; what each did."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.robustness.writers", role],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environ,
        )
        for role, _ in tasks
    ]
    try:
        for process, (_, task) in zip(processes, tasks, strict=True):
            assert process.stdin is not None
            process.stdin.write(json.dumps(task) + "\n")
            process.stdin.flush()
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", process.communicate()[1]
        _tell(processes)
        until = time.monotonic() + seconds
        while time.monotonic() < until and all(process.poll() is None for process in processes):
            time.sleep(0.1)
        _tell(processes)
        ended = [process.communicate(timeout=60) for process in processes]
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.communicate()
    for process, (_, stderr) in zip(processes, ended, strict=True):
        assert (process.returncode, stderr) == (0, "")
    return [Counter(json.loads(stdout)) for stdout, _ in ended]


def _tell(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        assert process.stdin is not None
        if process.poll() is None:
            process.stdin.write("\n")
            process.stdin.flush()
