"""What most tests stand on: a clock that is set, and a real store on each database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from peers.postgresql import PostgreSQL, binaries
from pftui.domain.accounts import Operator
from pftui.domain.secret import Secret
from pftui.services.contracts import Services
from pftui.services.loader import NewOrganization, create_store, open_services

ADMIN_EMAIL = "alice@acme.example"
ADMIN_PASSWORD = "harvest moon tractor violin"
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ORGANIZATION = NewOrganization("Acme Corp", "Alice Ng", ADMIN_EMAIL, Secret(ADMIN_PASSWORD))


def missing_peer(reason: str) -> None:
    """Skip on a laptop, fail where peers are required."""
    if os.environ.get("PFTUI_REQUIRE_PEERS") == "1":
        pytest.fail(f"a required peer is missing: {reason}")
    pytest.skip(reason)


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
def new_database(postgresql: PostgreSQL) -> Callable[[str | None], str]:
    """Makes databases, empty or as a copy of another one, and gives their URLs."""
    import psycopg

    numbers = count(1)

    def make(template: str | None = None) -> str:
        name = f"pftui_{next(numbers)}"
        address = f"host=127.0.0.1 port={postgresql.port} user=pftui dbname=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            copied = f' TEMPLATE "{template}"' if template else ""
            connection.execute(f'CREATE DATABASE "{name}"{copied}'.encode())
        return postgresql.url(name)

    return make


@pytest.fixture(scope="session")
def postgresql_template(new_database: Callable[[str | None], str]) -> str:
    """The name of a database with a fresh store."""
    url = new_database(None)
    create_store(url, ORGANIZATION, SetClock())
    return url.rpartition("/")[2]


@pytest.fixture
def postgresql_url(postgresql_template: str, new_database: Callable[[str | None], str]) -> str:
    return new_database(postgresql_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """A fresh store, once on each database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def services(store_url: str, clock: SetClock) -> Iterator[Services]:
    """The services of a fresh store, once on each database."""
    opened = open_services(store_url, clock)
    yield opened
    opened.lifecycle.close()


@pytest.fixture
def admin(services: Services) -> Operator:
    """The first global admin, signed in."""
    return services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
