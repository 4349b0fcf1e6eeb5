"""A primary that is lost, and a standby that takes its place: nothing acknowledged is lost, no past is told.

The servers are real, on one host: Debian's PostgreSQL, two clusters, streaming replication.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import pytest

from pftui import Verifier
from pftui.bootstrap import create_store, open_services
from pftui.domain.accounts import Operator
from pftui.domain.clock import utc_now
from pftui.domain.errors import PftuiError, StoreBehind, StoreUnavailable
from pftui.domain.paging import PageRequest
from pftui.domain.reasons import Reason
from pftui.domain.secret import Secret
from pftui.domain.teams import TeamQuery, TeamSummary
from pftui.services.contracts import Services
from pftui.services.store_admin import status
from tests.commands.program import environment, run
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, ORGANIZATION, missing_peer
from tests.patience import PATIENCE
from tests.peers.postgresql import PostgreSQL, binaries
from tests.peers.replicated import STANDBY, Replicated
from tests.robustness.consistency import check
from tests.screens.console_app import names, notice, signed_in, until

pytestmark = pytest.mark.postgresql
WITHIN = 10.0
"""Seconds from the promotion in which all go on by themselves.

It takes a tenth of a second here, and a console looks every two seconds, so that a host that is busy, and
pauses for three seconds now and then, has time to spare.
"""
_databases = count(1)


@contextmanager
def replicated() -> Iterator[Replicated]:
    """A primary, and a standby that each change waits for."""
    if binaries() is None:
        missing_peer("no PostgreSQL server here: install the package postgresql")
    with TemporaryDirectory(prefix="pftui-replicated-") as folder:
        Path(folder).chmod(0o755)
        running = Replicated(Path(folder))
        try:
            yield running
        finally:
            running.stop()


@dataclass
class Store:
    """A store on both servers, open, with a key that is good in it."""

    servers: Replicated
    database: str
    services: Services
    admin: Operator
    key: Secret
    key_id: str
    account_id: str

    @property
    def url(self) -> str:
        """Of both hosts, the primary first."""
        return self.servers.url(self.database)

    def at(self, server: PostgreSQL) -> str:
        """The URL of one of them alone."""
        return server.url(self.database)


@contextmanager
def made(servers: Replicated) -> Iterator[Store]:
    database = f"acme_{next(_databases)}"
    servers.make_database(database)
    url = servers.url(database)
    create_store(url, ORGANIZATION)
    services = open_services(url)
    try:
        signed_in = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD), interactive=False)
        admin = signed_in.operator
        key = services.service_accounts.create(admin, name="ci-bot", global_admin=True)
        yield Store(servers, database, services, admin, key.key, key.key_id, key.account_id)
    finally:
        services.lifecycle.close()


@pytest.fixture
def store() -> Iterator[Store]:
    """On servers of its own, which may be killed."""
    with replicated() as servers, made(servers) as store:
        yield store


def answers(url: str, key: Secret) -> Reason | None:
    """What a new verifier says of a key."""
    with Verifier(url) as verifier:
        return verifier.verify(key, touch=False).reason


# A failover


@pytest.mark.thorough
def test_a_failover_loses_nothing_and_nobody_is_told_the_past(store: Store, tmp_path: Path) -> None:
    servers, names, done = store.servers, count(1), []
    lost = threading.Event()

    def go_on() -> None:
        while True:
            try:
                done.append(store.services.teams.create(store.admin, f"Team {next(names)}").name)
            except PftuiError:
                lost.set()
                return

    env = environment(tmp_path, PFTUI_DATABASE_URL=store.url, PFTUI_API_KEY=store.key.reveal())
    with Verifier(store.url) as verifier:
        assert verifier.verify(store.key).reason is None
        writer = threading.Thread(target=go_on)
        writer.start()
        Replicated.wait_for(lambda: len(done) > 5)
        servers.kill_primary()
        assert lost.wait(PATIENCE)
        writer.join(PATIENCE)
        with pytest.raises(StoreUnavailable):
            verifier.verify(store.key)
        servers.promote()

        # At the next call each has found its way: no attempt more.
        promoted = monotonic()
        assert verifier.verify(store.key).reason is None
        assert store.services.lifecycle.refresh(store.admin) == store.admin
        assert store.services.teams.create(store.admin, "At once").name == "At once"
        assert monotonic() - promoted < WITHIN
        known = {team.name for team in all_teams(store)}
        assert known >= set(done)
        assert store.services.audit.verify(store.admin).intact
        store.services.keys.revoke(store.admin, store.key_id)
        assert verifier.verify(store.key).reason is Reason.REVOKED
        other = store.services.service_accounts.create(store.admin, name="other", global_admin=True)
        env["PFTUI_API_KEY"] = other.key.reveal()
        assert run("teams", "create", "Seen", env=env).code == 0

        # The old primary comes back: nobody has fenced it, it can be written to, and it is first in the URL.
        servers.revive()
        assert "standby" not in status(store.at(servers.primary)).database
        assert verifier.verify(store.key).reason is Reason.REVOKED
        assert answers(store.url, store.key) is Reason.REVOKED
        with pytest.raises(StoreBehind, match=r"behind: its newest event is \d+, and event \d+"):
            answers(store.at(servers.primary), store.key)
        with pytest.raises(StoreBehind):
            open_services(store.at(servers.primary))
        assert store.services.teams.create(store.admin, "Afterwards").name == "Afterwards"
        again = run("teams", "list", env={**env, "PFTUI_DATABASE_URL": store.at(servers.primary)})
        assert again.code == 3
        assert "behind" in again.err
        assert "remove " in again.err
        assert run("verify", env=env, stdin=store.key.reveal().encode()).code == 1
        assert "Seen" in run("teams", "list", env=env).out
    check(store.url)


def all_teams(store: Store) -> list[TeamSummary]:
    """All that the store has."""
    return list(store.services.teams.page(store.admin, TeamQuery(), PageRequest(size=1000)))


@pytest.mark.thorough
async def test_an_open_console_goes_on_by_itself(store: Store) -> None:
    async with signed_in(store.url, utc_now) as (app, _):
        assert "Bao" not in names(app)
        await asyncio.to_thread(store.servers.kill_primary)
        await until(lambda: notice(app))
        await asyncio.to_thread(store.servers.promote)
        promoted = monotonic()
        create = partial(store.services.users.create, store.admin, email="bao@acme.example", name="Bao")
        await asyncio.to_thread(create)
        await until(lambda: "Bao" in names(app), WITHIN - (monotonic() - promoted))


@pytest.mark.thorough
def test_a_primary_that_is_cut_off_is_believed_no_more_once_the_other_was_seen(store: Store) -> None:
    """Both run: the connections to the old one stay, and it still takes itself for the primary."""
    servers = store.servers
    with Verifier(store.url) as verifier:
        assert verifier.verify(store.key, touch=False).reason is None
        assert store.services.lifecycle.refresh(store.admin) == store.admin
        servers.promote()
        elsewhere = open_services(store.at(servers.standby))
        elsewhere.keys.revoke(store.admin, store.key_id)
        assert verifier.verify(store.key, touch=False).reason is Reason.REVOKED
        with pytest.raises(StoreBehind):
            store.services.lifecycle.refresh(store.admin)
        assert store.services.lifecycle.refresh(store.admin) == store.admin
        assert store.services.teams.create(store.admin, "New").name == "New"
        assert elsewhere.teams.find(store.admin, "New").name == "New"
        elsewhere.lifecycle.close()


# A standby


@pytest.fixture(scope="module")
def pair() -> Iterator[Replicated]:
    """For tests that kill none of them."""
    with replicated() as servers:
        yield servers


@pytest.fixture
def near(pair: Replicated) -> Iterator[Store]:
    """A store whose standby may be read from."""
    with made(pair) as store:
        say(store, f"'{STANDBY}'")
        pair.wait_until_applied()
        yield store
        pair.synchronous(STANDBY)


def say(store: Store, names: str) -> None:
    """Let the store say which standbys are waited for."""
    Replicated.ask(store.servers.primary, f"ALTER DATABASE {store.database} SET pftui.standbys = {names}")


def test_a_standby_is_not_believed(pair: Replicated) -> None:
    with made(pair) as store:
        pair.wait_until_applied()
        url = store.at(pair.standby)
        for attempt in (lambda: answers(url, store.key), lambda: open_services(url)):
            with pytest.raises(StoreUnavailable, match=r"is a standby.*pftui\.standbys is not set"):
                attempt()
        say(store, "'far'")
        pair.wait_until_applied()
        with pytest.raises(StoreUnavailable, match=r"does not name near"):
            answers(url, store.key)
        assert "a standby" in status(url).database  # it may be looked at


def test_r9_a_standby_that_changes_wait_for_is_never_behind(near: Store) -> None:
    services, admin = near.services, near.admin
    with Verifier(near.at(near.servers.standby)) as verifier:
        assert verifier.verify(near.key).reason is None  # and the note of its use is left out
        for number in range(20):
            key = services.keys.create(admin, near.account_id, f"key {number}")
            assert verifier.verify(key.key, touch=False).reason is None
            services.keys.revoke(admin, key.key_id)
            assert verifier.verify(key.key, touch=False).reason is Reason.REVOKED


def test_r9_a_change_waits_until_the_standby_has_applied_it(near: Store) -> None:
    with Verifier(near.at(near.servers.standby)) as verifier:
        assert verifier.verify(near.key, touch=False).reason is None
        near.servers.pause()
        try:
            change = threading.Thread(target=near.services.keys.revoke, args=(near.admin, near.key_id))
            change.start()
            waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            Replicated.wait_for(lambda: Replicated.ask(near.servers.primary, waits) == 1)
            assert change.is_alive()
            assert verifier.verify(near.key, touch=False).reason is None
        finally:
            near.servers.resume()
        change.join(PATIENCE)
        assert verifier.verify(near.key, touch=False).reason is Reason.REVOKED


def test_no_change_is_made_that_does_not_wait_for_a_standby_that_is_read_from(near: Store) -> None:
    near.servers.synchronous("")
    before = near.services.audit.head(near.admin)
    with pytest.raises(StoreUnavailable, match=r"standbys near.*synchronous_standby_names is empty"):
        near.services.keys.revoke(near.admin, near.key_id)
    with Verifier(near.url) as verifier:
        assert verifier.verify(near.key).reason is None
    assert near.services.audit.head(near.admin) == before
    say(near, "''")
    near.services.keys.revoke(near.admin, near.key_id)


def test_a_standby_that_falls_behind_is_not_believed_by_who_knows_better(near: Store) -> None:
    with Verifier(near.at(near.servers.standby)) as verifier:
        assert verifier.verify(near.key, touch=False).reason is None
        say(near, "''")
        near.servers.wait_until_applied()
        near.servers.synchronous("")
        near.servers.pause()
        try:
            near.services.keys.revoke(near.admin, near.key_id)
            with pytest.raises(StoreUnavailable):
                verifier.verify(near.key, touch=False)
        finally:
            near.servers.resume()
