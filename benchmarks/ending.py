"""How long others wait while something large ends or changes, on copies of stores (see `big.py`)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

from benchmarks import big
from benchmarks.stores import ADMIN_EMAIL, ADMIN_PASSWORD
from benchmarks.table import Row, Target, left_out
from pftui.bootstrap import open_services
from pftui.domain.accounts import AccountQuery, AccountSort, Kind, Operator
from pftui.domain.offboarding import Fate, KeyChoice
from pftui.domain.paging import PageRequest
from pftui.domain.secret import Secret
from pftui.domain.teams import TeamQuery, TeamSort
from pftui.repositories.database.engine import connect
from pftui.repositories.models import ApiKeyRow
from pftui.repositories.unit_of_work import Store
from pftui.services.contracts import Services

_WAIT = Target("≤", 1_000, absolute=True)
_ROUNDS = 15
_ONE = PageRequest(size=1)
_LEAVER = "leaver@acme.example"


def ends(home: Path) -> Iterator[Row]:
    """With 100,000 accounts."""
    yield from _ends(home, big.SIZES[1])


def million_ends(home: Path) -> Iterator[Row]:
    """With 1,000,000."""
    yield from _ends(home, big.SIZES[2])


def _ends(home: Path, accounts: int) -> Iterator[Row]:
    yield from _measured(f"SQLite, {accounts:,} accounts", f"sqlite:///{big.copy_on_sqlite(accounts, home)}")
    with big.copy_on_postgresql(accounts, home) as url:
        if url is None:
            yield left_out(f"{accounts:,} accounts, PostgreSQL", "ms", None, "no server is installed")
        else:
            yield from _measured(f"PostgreSQL, {accounts:,} accounts", url)


def _measured(where: str, url: str) -> Iterator[Row]:
    services = open_services(url)
    try:
        password = Secret(ADMIN_PASSWORD)
        admin = services.sign_in.with_password(ADMIN_EMAIL, password, interactive=False).operator
        large, small = _assigning(services, admin)
        yield Row(f"{where}: assigning to the largest team ÷ to a small one", large, "ms", small,
                  target=Target("≤", 1.2))  # fmt: skip
        for what, act in _acts(services, admin):
            with _another_writer(url) as waits:
                begun = time.perf_counter()
                act()
                taken = (time.perf_counter() - begun) * 1000
            what = f"{where}: {what}, longest wait of another writer"
            yield Row(what, max(waits) * 1000, "ms", target=_WAIT, note=f"{taken:,.0f} ms in all")
    finally:
        services.lifecycle.close()


def _assigning(services: Services, admin: Operator) -> tuple[float, float]:
    """Milliseconds, in turns: to the largest team, and to one of the smallest."""
    by_size = TeamQuery(sort=TeamSort.MEMBERS, descending=True)
    smallest = services.teams.page(admin, TeamQuery(sort=TeamSort.MEMBERS), PageRequest(size=2))[1]
    largest, role = services.teams.page(admin, by_size, _ONE)[0], services.roles.list(admin)[0].id
    person = services.users.create(admin, email=_LEAVER, name="Dana Leaver").account_id
    taken: dict[str, list[float]] = {largest.id: [], smallest.id: []}
    for _ in range(_ROUNDS):
        for team_id, times in taken.items():
            begun = time.perf_counter()
            services.teams.add(admin, team_id, person, role)
            times.append((time.perf_counter() - begun) * 1000)
            services.teams.remove(admin, team_id, person)
    return median(taken[largest.id]), median(taken[smallest.id])


def _acts(services: Services, admin: Operator) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is large, each on the store as the one before has left it."""
    accounts, teams = services.accounts, services.teams
    most = AccountQuery(sort=AccountSort.TEAMS, descending=True)
    everywhere = accounts.page(admin, most, _ONE)[0]
    many = f"an account in {everywhere.team_count:,} teams"
    yield f"renaming {many}", lambda: accounts.update(admin, everywhere.id, name="Another Name")
    yield f"disabling {many}", lambda: accounts.disable(admin, everywhere.id)
    leaver = accounts.find(admin, _LEAVER).id
    keys = _shown_to(services, admin, leaver)
    choices = {key_id: KeyChoice(Fate.REVOKE) for key_id in keys}
    yield (
        f"offboarding who was shown {len(keys):,} keys",
        lambda: services.offboarding.offboard(admin, leaver, choices),
    )
    owner = accounts.find(admin, services.keys.list(admin, limit=1)[0].account_id)
    yield f"deleting {many}", lambda: accounts.delete(admin, everywhere.id)
    yield "deleting an account", lambda: accounts.delete(admin, owner.id)
    team = teams.page(admin, TeamQuery(sort=TeamSort.MEMBERS, descending=True), _ONE)[0]
    role = services.roles.create(admin, "Passing", ["run_scans"])
    target = services.roles.list(admin)[0].id
    members = teams.members(admin, team.id, Kind.USER, PageRequest(size=1_500))
    for each in members:
        teams.set_role(admin, team.id, each.account.id, role.id)
    yield (
        f"deleting a role in {len(members):,} assignments",
        lambda: services.roles.delete(admin, role.id, target),
    )
    number = team.members + team.service_accounts
    yield f"deleting a team of {number:,}", lambda: teams.delete(admin, team.id)


def _shown_to(services: Services, admin: Operator, person_id: str) -> list[str]:
    """A thousand live keys, which from now on count as shown to a person."""
    views = services.keys.list(admin, limit=1_000)
    with services.lifecycle.store.write() as unit:
        for view in views:
            unit.session.get_one(ApiKeyRow, view.key_id).created_by_id = person_id
        unit.commit()
    return [left.key.key_id for left in services.offboarding.look(admin, person_id).keys]


@contextmanager
def _another_writer(url: str) -> Iterator[list[float]]:
    """How long each write of somebody else waited, in seconds, one after the other."""
    waits: list[float] = [0.0]
    done = threading.Event()

    def write() -> None:
        with closing(Store(connect(url))) as store:
            while not done.wait(0.005):
                begun = time.perf_counter()
                with store.write():
                    waits.append(time.perf_counter() - begun)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield waits
    finally:
        done.set()
        thread.join()
