"""Accounts, teams and roles to try the rules on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pftui.domain.accounts import Operator
from pftui.domain.secret import Secret
from pftui.domain.store_urls import sqlite_path as path_of
from pftui.repositories.database.engine import connect
from pftui.repositories.database.standing import SEEN
from pftui.services.contracts import Services
from pftui.services.results import NewKey
from pftui.services.sealing import KEY_VARIABLE
from tests.conftest import keep_rows, put_rows_back
from tests.robustness.consistency import check, check_engine
from tests.services.next_version import NextVersion, installer

#: For tests that leave a store that is no longer whole: `damages_the_store` in their module or above them.
DAMAGES = "damages_the_store"
#: Nobody may connect to it unless the organization says so, so that nothing is sent there.
NOWHERE = "http://127.0.0.1:9/in"
OWN_PASSWORD = "correct lantern gravel saxophone"


@pytest.fixture
def sqlite_path(sqlite_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The file of a fresh SQLite store, which is whole after the test too."""
    yield sqlite_path
    if request.node.get_closest_marker(DAMAGES) is None:
        check(f"sqlite:///{sqlite_path}")


@pytest.fixture(autouse=True, scope="session")
def _one_key(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The key that seals signing secrets is one for all stores here: each gets the rows of others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, str(tmp_path_factory.mktemp("key") / "store.key"))
        yield


@pytest.fixture(scope="session")
def postgresql_engine(postgresql_original: str) -> Iterator[Engine]:
    """A connection for all the looks at what the tests leave."""
    engine = connect(postgresql_original)
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql_url(
    postgresql_url: str, postgresql_engine: Engine, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The store on PostgreSQL, which is whole after the test too."""
    yield postgresql_url
    SEEN.forget()  # what of a copy of it was seen
    if request.node.get_closest_marker(DAMAGES) is None:
        check_engine(postgresql_engine)


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NextVersion:
    """Makes this pftui one whose schema is a migration further on."""
    return installer(tmp_path, monkeypatch)


@dataclass(frozen=True)
class Cast:
    """What most tests need: a service account without a team, a person who is no admin, a team, two roles.

    And a webhook to an address that nothing is sent to.
    """

    bot: NewKey
    bao: Operator
    team_id: str
    role_id: str
    custom_role_id: str
    webhook_id: str


def invite(services: Services, admin: Operator, email: str, *, global_admin: bool = False) -> Operator:
    """A person who has signed in and chosen a password of their own."""
    invited = services.users.create(
        admin, email=email, name=email.partition("@")[0].title(), global_admin=global_admin
    )
    signed_in = services.sign_in.with_password(email, invited.password)
    services.sign_in.change_password(signed_in.operator, invited.password, Secret(OWN_PASSWORD))
    return services.lifecycle.refresh(signed_in.operator)


@dataclass
class Kept:
    """A cast that was made once on one of the databases, and the way to have its rows in another store."""

    cast: Cast
    key: str
    put_back: Callable[[str], None]

    @classmethod
    def of(cls, cast: Cast, url: str) -> Kept:
        """Keep the rows of a store as they are now."""
        path = path_of(url)
        if path is None:
            keep_rows(url, "with_a_cast")
            return cls(cast, cast.bot.key.reveal(), lambda url: put_rows_back(url, "with_a_cast"))
        rows = sqlite3.connect(":memory:", check_same_thread=False)
        with closing(sqlite3.connect(path)) as store:
            store.backup(rows)

        def put_back(url: str) -> None:
            with closing(sqlite3.connect(str(path_of(url)))) as store:
                rows.backup(store)

        return cls(cast, cast.bot.key.reveal(), put_back)


@pytest.fixture(scope="session")
def kept() -> dict[bool, Kept]:
    """By whether the database is SQLite."""
    return {}


@pytest.fixture
def cast(services: Services, admin: Operator, store_url: str, kept: dict[bool, Kept]) -> Cast:
    """Made once on each database and put in place for each other test, since hashing takes its time."""
    sqlite = path_of(store_url) is not None
    if sqlite in kept:
        kept[sqlite].put_back(store_url)
    else:
        kept[sqlite] = Kept.of(_make_cast(services, admin), store_url)
    known = kept[sqlite]
    return replace(known.cast, bot=replace(known.cast.bot, key=Secret(known.key)))


def _make_cast(services: Services, admin: Operator) -> Cast:
    team = services.teams.create(admin, "Red Team")
    return Cast(
        bot=services.service_accounts.create(admin, name="ci-bot"),
        bao=invite(services, admin, "bao@acme.example"),
        team_id=team.id,
        role_id=services.roles.find(admin, "CI Runner").id,
        custom_role_id=services.roles.create(admin, "Release Bot", ["run_scans"]).id,
        webhook_id=services.webhooks.create(admin, "SIEM", NOWHERE, ["api_key.*"]).webhook.id,
    )
