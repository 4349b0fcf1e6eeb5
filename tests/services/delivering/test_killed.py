"""A deliverer that is killed at any moment: each event arrives, in order, and repeats can be told."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
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
#: Forks a deliverer for each line that it reads, which costs less than to start one, and tells its id.
#: A lease is as short as a start: a deliverer that is dead is replaced at once.
_PROGRAM = """
import os, sys
from pftui.repositories import deliveries
deliveries.LEASE = 200_000
from pftui.services.delivering.running import deliverer
import pftui.services.sending.client
for _ in sys.stdin:
    child = os.fork()
    if not child:
        with deliverer(sys.argv[1], lambda sentence: None) as at_work:
            print(os.getpid(), flush=True)
            at_work.follow()
    os.waitpid(child, 0)
    print("ended", flush=True)
"""


def first_arrivals(bodies: list[bytes]) -> list[str]:
    """The descriptions, without repeats, in the order in which they arrived first."""
    return list(dict.fromkeys(json.loads(body)["data"]["description"] for body in bodies))


@pytest.mark.thorough
def test_each_event_arrives_in_order_whenever_the_deliverer_is_killed(sqlite_path: Path) -> None:
    url, chance = f"sqlite:///{sqlite_path}", random.Random(7)
    services = open_services(url, utc_now)
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD), interactive=False).operator
    services.organization_settings.update(admin, allow_networks=["127.0.0.0/8"])
    new = services.webhooks.create(admin, "SIEM", "http://127.0.0.1:9/", ["team.created"])
    taker = Documented(new.secret)
    try:
        with Receiver(taker) as receiver, Deliverers(url) as deliverers:
            services.webhooks.update(admin, new.webhook.id, url=f"http://127.0.0.1:{receiver.port}/in")
            names = [f"Team {number + 1}" for number in range(EVENTS)]
            for number in range(KILLS):
                for name in names[number * EVENTS // KILLS : (number + 1) * EVENTS // KILLS]:
                    services.teams.create(admin, name)
                moment = time.monotonic() + chance.uniform(0.0, 0.1)
                deliverers.killed_once(partial(_is_past, moment))
            deliverers.killed_once(
                lambda: len(first_arrivals([each.body for each in taker.received])) == EVENTS
            )
        bodies = [each.body for each in taker.received]
        assert first_arrivals(bodies) == [f"Created team {name}" for name in names]
        by_id: dict[str, set[bytes]] = {}
        for each in taker.received:
            by_id.setdefault(each.headers["x-webhook-event-id"], set()).add(each.body)
        assert len(by_id) == EVENTS, "a repeat has the id of the first time"
        assert all(len(same) == 1 for same in by_id.values()), "and the same bytes"
    finally:
        services.lifecycle.close()


def _is_past(moment: float) -> bool:
    return time.monotonic() > moment


class Deliverers:
    """Starts them one after the other, and kills each."""

    def __init__(self, url: str) -> None:
        self._parent = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=dict(os.environ),
        )

    def __enter__(self) -> Deliverers:
        return self

    def __exit__(self, *_: object) -> None:
        self._parent.kill()
        self._parent.communicate()

    def killed_once(self, enough: Callable[[], bool]) -> None:
        """Start one, and kill it as soon as that is so."""
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write("another\n")
        self._parent.stdin.flush()
        deliverer = int(self._parent.stdout.readline())
        end = time.monotonic() + PATIENCE
        try:
            while not enough() and time.monotonic() < end:
                time.sleep(0.001)
        finally:
            os.kill(deliverer, signal.SIGKILL)
        assert self._parent.stdout.readline() == "ended\n"
