"""A deliverer that is killed at any moment: each event arrives, in order, and repeats can be told."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pftui.bootstrap import open_services
from pftui.domain.clock import utc_now
from pftui.domain.secret import Secret
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.patience import PATIENCE
from tests.peers.receiver import Documented, Receiver

EVENTS = 400
KILLS = 100
#: A lease as short as a start: a deliverer that is dead is replaced at once.
_PROGRAM = """
import sys
from pftui.repositories import deliveries
deliveries.LEASE = 200_000
from pftui.services.delivering.running import deliverer
with deliverer(sys.argv[1], lambda sentence: None) as at_work:
    print("up", flush=True)
    at_work.follow()
"""


def first_arrivals(bodies: list[bytes]) -> list[str]:
    """The descriptions, without repeats, in the order in which they arrived first."""
    return list(dict.fromkeys(json.loads(body)["data"]["description"] for body in bodies))


@pytest.mark.thorough
@pytest.mark.timeout(900)
def test_each_event_arrives_in_order_whenever_the_deliverer_is_killed(sqlite_path: Path) -> None:
    url, chance = f"sqlite:///{sqlite_path}", random.Random(7)
    services = open_services(url, utc_now)
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD), interactive=False).operator
    services.organization_settings.update(admin, allow_networks=["127.0.0.0/8"])
    new = services.webhooks.create(admin, "SIEM", "http://127.0.0.1:9/", ["team.created"])
    taker = Documented(new.secret)
    try:
        with Receiver(taker) as receiver:
            services.webhooks.update(admin, new.webhook.id, url=f"http://127.0.0.1:{receiver.port}/in")
            names = [f"Team {number + 1}" for number in range(EVENTS)]
            for number in range(KILLS):
                for name in names[number * EVENTS // KILLS : (number + 1) * EVENTS // KILLS]:
                    services.teams.create(admin, name)
                _killed_after(url, chance.uniform(0.0, 0.1))
            _until_nothing_waits(url, lambda: len(first_arrivals([each.body for each in taker.received])))
        bodies = [each.body for each in taker.received]
        assert first_arrivals(bodies) == [f"Created team {name}" for name in names]
        by_id: dict[str, set[bytes]] = {}
        for each in taker.received:
            by_id.setdefault(each.headers["x-webhook-event-id"], set()).add(each.body)
        assert len(by_id) == EVENTS, "a repeat has the id of the first time"
        assert all(len(same) == 1 for same in by_id.values()), "and the same bytes"
    finally:
        services.lifecycle.close()


def _start(url: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, url], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def _killed_after(url: str, seconds: float) -> None:
    with _start(url) as process:
        time.sleep(seconds)
        process.kill()


def _until_nothing_waits(url: str, arrived: object) -> None:
    with _start(url) as process:
        end = time.monotonic() + 4 * PATIENCE
        while time.monotonic() < end and arrived() < EVENTS:  # type: ignore[operator]
            time.sleep(0.05)
        process.kill()
