"""What a change costs that waits for a standby: `python -m benchmarks.waiting`, two real servers here.

Each row is the median of changes made one after another, in turns with those that wait for nobody, so that
what else the host does falls on both. The standby is as near as it can be: what is measured is the wait, to
which a network adds its round trip.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from pftui.bootstrap import create_store, open_services
from pftui.domain.secret import Secret
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, ORGANIZATION
from tests.peers.replicated import STANDBY, Replicated

ROUNDS, CHANGES = 8, 40
_names = count(1)


def main() -> None:
    """Measure, and print a line for each way to wait."""
    with TemporaryDirectory(prefix="pftui-waiting-") as folder:
        Path(folder).chmod(0o755)
        servers = Replicated(Path(folder), synchronous=False, settings={"fsync": "on"})
        try:
            _measure(servers)
        finally:
            servers.stop()


def _measure(servers: Replicated) -> None:
    servers.make_database("acme")
    url = servers.url("acme")
    create_store(url, ORGANIZATION)
    services = open_services(url)
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD), interactive=False).operator
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(ROUNDS):
        for way, (names, said) in WAYS.items():
            servers.synchronous(names)
            servers.ask(servers.primary, f"ALTER DATABASE acme SET pftui.standbys = '{said}'")
            seconds[way] += _times(lambda: services.teams.create(admin, f"Team {next(_names)}"))
    services.lifecycle.close()
    base = median(seconds["no standby"])
    for way, taken in seconds.items():
        print(f"{way:40} {median(taken) * 1000:6.2f} ms  {median(taken) / base:5.2f}")


#: What is waited for: `synchronous_standby_names`, and what the store says.
WAYS = {
    "no standby": ("", ""),
    "until it is on the standby's disk": (STANDBY, ""),
    "until the standby has applied it": (STANDBY, STANDBY),
}


def _times(change: Callable[[], object]) -> list[float]:
    found = []
    for _ in range(CHANGES):
        begun = time.perf_counter()
        change()
        found.append(time.perf_counter() - begun)
    return found


if __name__ == "__main__":
    main()
