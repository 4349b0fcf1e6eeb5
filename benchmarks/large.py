"""What lists ask of stores of 1,000, 100,000 and 1,000,000 accounts, on both databases (see `big.py`)."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks import big
from benchmarks.stores import ADMIN_EMAIL, ADMIN_PASSWORD
from benchmarks.table import Row, Target, left_out
from pftui.bootstrap import open_services
from pftui.domain.accounts import AccountQuery, Kind, Operator
from pftui.domain.audit import Action, AuditEvent, AuditQuery
from pftui.domain.audit import Target as Kept
from pftui.domain.paging import PageRequest
from pftui.domain.secret import Secret
from pftui.domain.teams import TeamQuery, TeamSort
from pftui.services.contracts import Services
from tests.terminal.harness import clean_environment

FEW, MANY, MOST = big.SIZES
PAGE = 64
_ROUNDS = 5
_LIMIT = 10.0  # seconds after which one round is enough
Acts = Mapping[str, "Act"]


@dataclass(frozen=True, slots=True)
class Act:
    """What is asked, and within how many milliseconds it is to be answered, on SQLite and on PostgreSQL."""

    ask: Callable[[], object]
    sqlite: float | None = None
    postgresql: float | None = None


def lists(home: Path) -> Iterator[Row]:
    """At 100,000, beside 1,000."""
    yield from _lists(home, MANY)


def million(home: Path) -> Iterator[Row]:
    """At 1,000,000, beside 1,000."""
    yield from _lists(home, MOST)


def _lists(home: Path, accounts: int) -> Iterator[Row]:
    few = _timed(f"sqlite:///{big.on_sqlite(FEW)}")
    yield from _rows("SQLite", accounts, few, _timed(f"sqlite:///{big.on_sqlite(accounts)}"))
    with ExitStack() as stack:
        url = stack.enter_context(big.on_postgresql(FEW))
        if url is None:
            yield left_out(f"{accounts:,} accounts, PostgreSQL", "ms", None, "no server is installed")
            return
        few = _timed(url)
    with big.on_postgresql(accounts) as url:
        yield from _rows("PostgreSQL", accounts, few, _timed(str(url)))
    yield from _streams(home, accounts)


def _rows(database: str, accounts: int, few: Timed, many: Timed) -> Iterator[Row]:
    for what, (taken, limits) in many.items():
        limit = limits[database != "SQLite"]
        target = None if limit is None else Target("≤", limit, absolute=True)
        yield Row(f"{database}, {accounts:,} accounts: {what}", taken, "ms", few[what][0], target=target)


Timed = dict[str, tuple[float, tuple[float | None, float | None]]]


def _timed(url: str) -> Timed:
    """Milliseconds of each."""
    services = open_services(url)
    try:
        password = Secret(ADMIN_PASSWORD)
        admin = services.sign_in.with_password(ADMIN_EMAIL, password, interactive=False).operator
        accounts, teams = services.accounts, services.teams
        total = accounts.count(admin, AccountQuery()).total
        largest = TeamQuery(sort=TeamSort.MEMBERS, descending=True)
        team = teams.page(admin, largest, PageRequest(size=1))[0]

        def page(text: str = "", offset: int = 0, kind: Kind | None = None) -> Callable[[], object]:
            query, request = AccountQuery(text=text, kind=kind), PageRequest(offset=offset, size=PAGE)
            return lambda: accounts.page(admin, query, request)

        def count(text: str = "", kind: Kind | None = None) -> Callable[[], object]:
            return lambda: accounts.count(admin, AccountQuery(text=text, kind=kind))

        def members(offset: int) -> Callable[[], object]:
            request = PageRequest(offset=offset, size=PAGE)
            return lambda: teams.members(admin, team.id, Kind.USER, request)

        asked = _of_events(services, admin)
        few_letters = 300 if total < MOST else None
        acts: Acts = {
            "first page": Act(page()),
            "counts": Act(count(), 5, 5),
            "counts of service accounts": Act(count(kind=Kind.SERVICE_ACCOUNT), 5, 5),
            "first page of service accounts": Act(page(kind=Kind.SERVICE_ACCOUNT)),
            "jump to the middle": Act(page(offset=total // 2)),
            "jump to the end": Act(page(offset=total - PAGE), 10, 10),
            **{
                f"filter '{text}', {what}": Act(ask(text), *limits)
                for text in ("a", "xq", "qx")
                for what, ask, limits in (("page", page, (500, 500)), ("count", count, (None, few_letters)))
            },
            **{
                f"filter '{text}', {what}": Act(ask(text), *limits)
                for text in ("zoe", "novak", "wanda xq1", "scan-legal", "nobody at all")
                for what, ask, limits in (("page", page, (100, 50)), ("count", count, (None, None)))
            },
            f"members of a team of {team.members:,}: first page": Act(members(0), 5, 5),
            f"members of a team of {team.members:,}: last page": Act(
                members(max(0, team.members - PAGE)), 5, 5
            ),
            "roles": Act(lambda: services.roles.list(admin)),
            "audit: newest, with the total": Act(lambda: services.audit.list(admin, AuditQuery()), 5, 5),
            **{
                f"audit: {what}": Act(partial(services.audit.list, admin, query), 5, 5)
                for what, query in asked
            },
            "keys: first page": Act(lambda: services.keys.list(admin, limit=PAGE)),
        }
        return {
            _without_numbers(what): (_milliseconds(act.ask), (act.sqlite, act.postgresql))
            for what, act in acts.items()
        }
    finally:
        services.lifecycle.close()


def _of_events(services: Services, admin: Operator) -> list[tuple[str, AuditQuery]]:
    """What is asked of the trail: by what it tells, by whom, by half of its time, and several at once."""
    newest = services.audit.head(admin).sequence
    middle = services.audit.show(admin, max(1, newest // 2))
    lately = AuditQuery(created_from=middle.created_at if isinstance(middle, AuditEvent) else None)
    return [
        ("--target api_key", AuditQuery(target=Kept.API_KEY)),
        ("--action login", AuditQuery(action=Action.LOGIN)),
        ("--without login", AuditQuery(without=(Action.LOGIN,))),
        ("--actor", AuditQuery(actor_id=admin.id)),
        ("--since the middle", lately),
        ("--since the middle --target api_key", replace(lately, target=Kept.API_KEY)),
    ]


def _without_numbers(what: str) -> str:
    """The same name at every size."""
    return (
        what if not what.startswith("members") else f"members of the largest team: {what.rpartition(': ')[2]}"
    )


def _milliseconds(act: Callable[[], object]) -> float:
    taken: list[float] = []
    act()  # caches are warm, as in a console that is open
    begun = time.perf_counter()
    while len(taken) < _ROUNDS and time.perf_counter() - begun < _LIMIT:
        before = time.perf_counter()
        act()
        taken.append((time.perf_counter() - before) * 1000)
    return median(taken)


def _streams(home: Path, accounts: int) -> Iterator[Row]:
    """How long until the first row of everything is out, and with how much memory."""
    for command in (("keys", "list"), ("service-accounts", "list", "--json")):
        few, least = _first_row(home, big.on_sqlite(FEW), command)
        many, most = _first_row(home, big.on_sqlite(accounts), command)
        where, listed = f"SQLite, {accounts:,} accounts", " ".join(command)
        yield Row(f"{where}: the first row of `{listed}`", many, "ms", few, target=Target("≤", 1.2))
        yield Row(f"{where}: memory of `{listed}`, all of it", most, "MB", least, target=Target("≤", 1.2))


def _first_row(home: Path, store: Path, command: tuple[str, ...]) -> tuple[float, float]:
    """Milliseconds until there is one, and the megabytes that the process has had when it was through."""
    secret = home / "password"
    secret.write_text(ADMIN_PASSWORD)
    secret.chmod(0o600)
    program = [sys.executable, "-c", MEASURED, "--store", str(store), *command]
    program += ["--as", ADMIN_EMAIL, "--password-file", str(secret)]
    taken = []
    for _ in range(3):
        begun = time.perf_counter()
        with subprocess.Popen(
            program, env=clean_environment(HOME=str(home)), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.readline()
            process.stdout.readline()
            taken.append((time.perf_counter() - begun) * 1000)
            for _line in process.stdout:
                pass
            memory = float(process.stderr.read().split()[-1])
    return median(taken), memory


MEASURED = """
import sys
from pftui.__main__ import main
try:
    main()
finally:
    from benchmarks.peak import megabytes
    print(megabytes(), file=sys.stderr)
"""
