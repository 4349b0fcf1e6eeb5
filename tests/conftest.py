"""What most tests stand on: a clock that is set, and a real store on each database."""

from __future__ import annotations

import gc
import os
import shutil
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from argon2 import PasswordHasher

from pftui.bootstrap import create_store, open_services
from pftui.domain.accounts import Operator
from pftui.domain.secret import Secret
from pftui.repositories import completion
from pftui.repositories.database import connections
from pftui.repositories.database import postgresql as postgresql_settings
from pftui.repositories.database.standing import SEEN
from pftui.repositories.key_lookup import reader, uses
from pftui.services import hashing
from pftui.services.contracts import Services
from pftui.services.results import NewOrganization
from pftui.services.verification.matches import MatchMemory
from pftui.services.verification.process import PROCESS
from tests.patience import PATIENCE
from tests.peers import pgbouncer as pooler
from tests.peers.postgresql import PostgreSQL, binaries
from tests.peers.relay import Relay

_PASSWORDS, _KEYS = hashing.PASSWORDS, hashing.KEYS

pytest.register_assert_rewrite("tests.robustness.consistency", "tests.trail")

ADMIN_EMAIL = "alice@acme.example"
ADMIN_PASSWORD = "harvest moon tractor violin"
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ORGANIZATION = NewOrganization("Acme Corp", "Alice Ng", ADMIN_EMAIL, Secret(ADMIN_PASSWORD))


def missing_peer(reason: str) -> None:
    """Skip on a laptop, fail where peers are required."""
    if os.environ.get("PFTUI_REQUIRE_PEERS") == "1":
        pytest.fail(f"a required peer is missing: {reason}")
    pytest.skip(reason)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a PostgreSQL server, so that `-m "not postgresql"` leaves it out."""
    for item in items:
        named = {*getattr(item, "fixturenames", ())}
        if isinstance(item, pytest.Function) and hasattr(item, "callspec"):
            named.update(each for each in item.callspec.params.values() if isinstance(each, str))
        if "postgresql" in named:
            item.add_marker("postgresql")


def pytest_collection_finish() -> None:
    """Have the collector pass over what stays for the whole run: the modules, and thousands of tests.

    The console collects after each secret that it showed, which takes a quarter of a second of a processor
    where all of that is looked through each time.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture
def nothing_frozen() -> Iterator[None]:
    """For tests that look through all objects there are: `gc` does not show what is frozen."""
    gc.unfreeze()
    yield
    gc.freeze()


@pytest.fixture(scope="session")
def tmux_is_there() -> None:
    """What `tests.terminal.tmux.needs_tmux` asks for."""
    if shutil.which("tmux") is None:
        missing_peer("no tmux here: install the package tmux")


#: What passwords and keys are hashed with here: what a hash costs is the subject of few tests.
CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes() -> Iterator[None]:
    """A password's hash takes a sixth of a second of a processor, and most tests sign somebody in.

    So the stores that tests begin with have cheap ones too. What is started as a program has the real ones.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashing, "PASSWORDS", CHEAP)
        patch.setattr(hashing, "KEYS", CHEAP)
        yield


@pytest.fixture
def real_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of what a hash costs."""
    monkeypatch.setattr(hashing, "PASSWORDS", _PASSWORDS)
    monkeypatch.setattr(hashing, "KEYS", _KEYS)


@pytest.fixture(scope="session", autouse=True)
def _patience_with_the_server() -> Iterator[None]:
    """A busy host may pause a test between two statements for longer than the product waits for an answer.

    The server would end the change in the middle. Whoever tests what is waited for sets that.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgresql_settings, "ANSWER_SECONDS", PATIENCE)
        patch.setitem(connections._DEFAULTS, "connect_timeout", (int(PATIENCE), "PGCONNECT_TIMEOUT"))
        for module in (reader, uses, completion):
            patch.setattr(module, "_ANSWER_SECONDS", PATIENCE)
        yield


@pytest.fixture(autouse=True)
def _as_in_a_new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What verifiers remember for a whole process is no other test's, and what was seen of a store."""
    SEEN.forget()
    monkeypatch.setattr(PROCESS, "memory", MatchMemory())
    monkeypatch.setattr(PROCESS, "_bounds", OrderedDict())


@dataclass
class SetClock:
    """A clock that goes only when told."""

    now: datetime = field(default=START)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        """Let time pass: `forward(minutes=1)`."""
        self.now += timedelta(**delta)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh store, made once and copied for each test, since hashing a password takes its time."""
    path = tmp_path_factory.mktemp("template") / "pftui.db"
    create_store(f"sqlite:///{path}", ORGANIZATION, SetClock())
    return path


@pytest.fixture
def sqlite_path(sqlite_template: Path, tmp_path: Path) -> Path:
    """The file of a fresh SQLite store."""
    path = tmp_path / "store" / "pftui.db"
    path.parent.mkdir(mode=0o700)
    shutil.copy(sqlite_template, path)
    return path


@pytest.fixture
def sqlite_url(sqlite_path: Path) -> str:
    return f"sqlite:///{sqlite_path}"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A running server, in a folder that no other test run tidies up."""
    if binaries() is None:
        missing_peer("no PostgreSQL server here: install the package postgresql")
    with TemporaryDirectory(prefix="pftui-postgresql-") as folder:
        server = PostgreSQL(Path(folder))
        yield server
        server.stop()


@pytest.fixture(scope="session")
def pgbouncer(postgresql: PostgreSQL) -> Iterator[pooler.PgBouncer]:
    """A pooler before the server, in whose two sessions the transactions of all clients take turns."""
    if pooler.program() is None:
        missing_peer("no PgBouncer here: install the package pgbouncer")
    with TemporaryDirectory(prefix="pftui-pgbouncer-") as folder:
        running = pooler.PgBouncer(Path(folder), postgresql)
        yield running
        running.stop()


@pytest.fixture
def relay(postgresql: PostgreSQL) -> Iterator[Relay]:
    """What stands between a client and the server, and may fall silent."""
    with Relay(postgresql.port) as running:
        yield running


@pytest.fixture(scope="session")
def new_database(postgresql: PostgreSQL) -> Callable[[], str]:
    """Makes empty databases and gives their URLs."""
    numbers = count(1)

    def make() -> str:
        name = f"pftui_{next(numbers)}"
        with _connected(postgresql.url("postgres")) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return postgresql.url(name)

    return make


@pytest.fixture(scope="session")
def postgresql_original(new_database: Callable[[], str]) -> str:
    """A database with a fresh store, and a copy of its rows in a schema of their own."""
    url = new_database()
    create_store(url, ORGANIZATION, SetClock())
    keep_rows(url, "original")
    return url


@pytest.fixture
def postgresql_url(postgresql_original: str) -> str:
    """The store with its first rows put back: far quicker than a new database for each test."""
    put_rows_back(postgresql_original, "original")
    return postgresql_original


def keep_rows(url: str, schema: str) -> None:
    """Copy a PostgreSQL store's rows to a schema of their own."""
    with _connected(url) as connection, connection.transaction():
        connection.execute(f"CREATE SCHEMA {schema}".encode())
        for table in _tables(connection):
            connection.execute(f'CREATE TABLE {schema}."{table}" AS TABLE public."{table}"'.encode())


def put_rows_back(url: str, schema: str) -> None:
    """Make a PostgreSQL store what it was when its rows were kept there.

    To truncate costs new files for each table and index: five times what it takes to delete a few rows.
    """
    SEEN.forget()
    with _connected(url) as connection, connection.transaction():
        tables = _tables(connection)
        listed = ", ".join(f'public."{table}"' for table in tables)
        steps = [
            "SET LOCAL lock_timeout = 10000",
            "SET LOCAL session_replication_role = replica",  # rows come and go in any order
            f"LOCK TABLE {listed} IN ACCESS EXCLUSIVE MODE",  # whoever still reads or writes ends first
        ]
        if _is_large(connection):
            steps.append(f"TRUNCATE {listed}")
        else:
            steps += [f'DELETE FROM public."{table}"' for table in tables]
        steps += [f'INSERT INTO public."{table}" SELECT * FROM {schema}."{table}"' for table in tables]
        connection.execute("; ".join(steps).encode())


def _connected(url: str) -> psycopg.Connection[tuple[str]]:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def _tables(connection: psycopg.Connection[tuple[str]]) -> list[str]:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    return [row[0] for row in connection.execute(query)]


def _is_large(connection: psycopg.Connection[tuple[str]]) -> bool:
    """Whether there is a table whose rows, with the ones that were deleted, fill more than 256 kB."""
    query = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' "
        "AND pg_relation_size(oid) > 262144"
    )
    return connection.execute(query).fetchone() is not None


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """A fresh store, once on each database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def services(store_url: str, clock: SetClock) -> Iterator[Services]:
    """The services of a fresh store, once on each database."""
    opened = open_services(store_url, clock, store_clock=clock)
    yield opened
    opened.lifecycle.close()


@pytest.fixture
def admin(services: Services) -> Operator:
    """The first global admin, signed in as a command does: without a session, whatever the clock says."""
    return services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD), interactive=False).operator
