"""R9 with records that are kept on PostgreSQL: what is ended has ended at the next call, by whomever."""

from __future__ import annotations

import asyncio
import mmap
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, text

from pftui import AsyncVerifier, Decision, Verifier
from pftui.bootstrap import open_services
from pftui.repositories.database import standing
from pftui.repositories.key_lookup import kept
from pftui.repositories.key_lookup.records import KeyRecord, record_of
from tests.conftest import SetClock
from tests.patience import PATIENCE
from tests.peers.pgbouncer import PgBouncer
from tests.peers.postgresql import PostgreSQL
from tests.services.verification.test_kept_records import _IN_TEAM, ENDS, admin_of, said

Ask = Callable[[], str]
_WHO = "kind <> 'user'"

# Commits one number after the other as the account's name, with the key revoked where it is odd, and counts
# them behind that, until it is told to end.
_COMMITTING = """
import mmap, psycopg, struct, sys
url, counted, key_id = sys.argv[1:]
revoke = "UPDATE api_keys SET revoked_at = CASE %s WHEN 1 THEN now() END WHERE key_id = %s"
rename = "UPDATE principals SET name = %s WHERE id = (SELECT principal_id FROM api_keys WHERE key_id = %s)"
with open(counted, "r+b") as file, mmap.mmap(file.fileno(), 16) as shared, psycopg.connect(url) as connection:
    number = 0
    while not shared[8]:
        number += 1
        connection.execute(revoke, (number % 2, key_id))
        connection.execute(rename, (str(number), key_id))
        connection.commit()
        shared[:8] = struct.pack("q", number)
"""


@pytest.fixture
def key(postgresql_url: str, clock: SetClock) -> str:
    """A key with the role CI Runner in Red Team, of which a use was noted."""
    return made_key(postgresql_url, clock)


def made_key(url: str, clock: SetClock) -> str:
    services = open_services(url, clock)
    admin = admin_of(services)
    team = services.teams.create(admin, "Red Team")
    role = services.roles.find(admin, "CI Runner")
    made = services.service_accounts.create(admin, name="ci-bot", team_id=team.id, role_id=role.id)
    services.lifecycle.close()
    with Verifier(url, clock) as verifier:
        assert verifier.verify(made.key)
    return made.key.reveal()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys whose rows were really read."""
    found: list[str] = []

    def made(key_id: str, rows: list[tuple[Any, ...]]) -> KeyRecord:
        found.append(key_id)
        return record_of(key_id, rows)

    monkeypatch.setattr(kept, "record_of", made)
    return found


@pytest.fixture(params=["", "?prepared=yes"], ids=["unprepared", "prepared"])
def url(request: pytest.FixtureRequest, postgresql_url: str) -> str:
    """The store's, with each way to send statements."""
    return postgresql_url + str(request.param)


def executed(url: str, statement: str, key: str) -> int:
    """How many rows were changed by a statement that is committed."""
    engine = create_engine(url)
    with engine.begin() as connection:
        changed = connection.execute(
            text(statement), {"id": key[5:15]} if ":id" in statement else {}
        ).rowcount
    engine.dispose()
    return changed


def until_kept(ask: Ask, reads: list[str]) -> None:
    """Ask until an answer comes without a read."""
    for _ in range(50):  # what else the server does, as its own cleaning up, may come between
        before = len(reads)
        assert ask() == "allowed"
        if len(reads) == before:
            return
    pytest.fail("nothing was kept")


@pytest.mark.damages_the_store
def test_r9_what_is_ended_has_ended_for_who_has_kept_it(
    url: str, postgresql_url: str, key: str, clock: SetClock, reads: list[str]
) -> None:
    with Verifier(url, clock) as verifier:

        def ask() -> str:
            return said(lambda: verifier.verify(key, **_IN_TEAM))

        for end, undo, reason in [*ENDS.values()] * 2:
            until_kept(ask, reads)
            assert executed(postgresql_url, end, key) == 1
            assert [ask(), ask(), ask()] == [reason] * 3
            assert executed(postgresql_url, undo, key) == 1


@pytest.mark.parametrize("way", ["threads", "loop"])
def test_r9_no_answer_is_older_than_its_question_while_another_process_revokes(
    way: str, url: str, postgresql_url: str, key: str, clock: SetClock, tmp_path: Path
) -> None:
    counted = tmp_path / "counted"
    counted.write_bytes(bytes(16))
    executed(postgresql_url, f"UPDATE principals SET name = '0' WHERE {_WHO}", key)
    command = [sys.executable, "-c", _COMMITTING, postgresql_url.replace("+psycopg", ""), str(counted)]
    with open(counted, "r+b") as file:
        shared = mmap.mmap(file.fileno(), 16)

    def number() -> int:
        return int(struct.unpack("q", shared[:8])[0])

    def judge(before: int, decision: Decision) -> None:
        assert decision.account is not None
        seen = int(decision.account.name)
        assert before <= seen
        assert said(lambda: decision) == ("revoked" if seen % 2 else "allowed")

    def ask(verifier: Verifier) -> None:
        first = number()
        for asked in count():
            before = number()
            if asked >= 2_500 and before >= first + 20:
                return
            judge(before, verifier.verify(key, touch=False, **_IN_TEAM))

    async def ask_on_a_loop() -> None:
        async with AsyncVerifier(url, clock) as verifier:
            first = number()
            for asked in count():
                before = number()
                if asked >= 500 and before >= first + 20:
                    return
                judge(before, await verifier.verify(key, touch=False, **_IN_TEAM))

    with subprocess.Popen([*command, key[5:15]]) as process:
        try:
            deadline = time.monotonic() + PATIENCE
            while number() == 0:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            if way == "loop":
                asyncio.run(ask_on_a_loop())
            else:
                with Verifier(url, clock) as verifier, ThreadPoolExecutor(4) as pool:
                    list(pool.map(ask, [verifier] * 4))
        finally:
            shared[8] = 1
        assert process.wait(PATIENCE) == 0
    executed(postgresql_url, f"UPDATE principals SET name = 'ci-bot' WHERE {_WHO}", key)
    executed(postgresql_url, "UPDATE api_keys SET revoked_at = NULL", key)


@pytest.mark.damages_the_store
def test_r9_what_was_under_way_when_it_was_kept_is_seen_once_it_commits(
    url: str, postgresql_url: str, key: str, clock: SetClock, reads: list[str]
) -> None:
    """Its number is older than that of others that have committed, or inside one of its own savepoints."""
    revoke = "UPDATE api_keys SET revoked_at = now() WHERE key_id = %s"
    plain = postgresql_url.replace("+psycopg", "")
    with (
        Verifier(url, clock) as verifier,
        psycopg.connect(plain) as one,
        psycopg.connect(plain, autocommit=True) as two,
    ):

        def ask() -> str:
            return said(lambda: verifier.verify(key, **_IN_TEAM))

        for inside in (False, True):
            two.execute("UPDATE api_keys SET revoked_at = NULL")
            if inside:
                one.execute("SAVEPOINT inside")
            one.execute(revoke, (key[5:15],))
            two.execute("UPDATE roles SET description = description")  # a later number, committed before
            until_kept(ask, reads)
            one.rollback()
            assert ask() == "allowed"
            one.execute("SELECT pg_current_xact_id()")
            until_kept(ask, reads)
            if inside:
                one.execute("SAVEPOINT inside")
            one.execute(revoke, (key[5:15],))
            until_kept(ask, reads)
            if inside:
                one.execute("RELEASE inside")
            one.commit()
            assert ask() == "revoked"


@pytest.mark.damages_the_store
def test_r9_a_connection_that_was_lost_takes_with_it_what_it_has_kept(
    url: str, postgresql_url: str, key: str, clock: SetClock, reads: list[str]
) -> None:
    with Verifier(url, clock) as verifier:

        def ask() -> str:
            return said(lambda: verifier.verify(key, **_IN_TEAM))

        for end, undo, reason in ENDS.values():
            until_kept(ask, reads)
            executed(
                postgresql_url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()",
                key,
            )
            assert executed(postgresql_url, end, key) == 1
            assert ask() == reason
            assert executed(postgresql_url, undo, key) == 1


@pytest.mark.damages_the_store
def test_r9_nothing_is_kept_behind_a_pooler(
    pgbouncer: PgBouncer, postgresql_url: str, key: str, clock: SetClock, reads: list[str]
) -> None:
    database = postgresql_url.rpartition("/")[2]
    with Verifier(pgbouncer.url(database), clock) as verifier:
        for times in range(1, 4):
            for asked in range(1, 11):
                assert verifier.verify(key, **_IN_TEAM)
                assert len(reads) % 11 == asked % 11, times
            executed(postgresql_url, "UPDATE api_keys SET revoked_at = now()", key)
            assert said(lambda: verifier.verify(key, **_IN_TEAM)) == "revoked"
            executed(postgresql_url, "UPDATE api_keys SET revoked_at = NULL", key)


def test_r9_a_forked_child_asks_anew(url: str, postgresql_url: str, key: str, clock: SetClock) -> None:
    with Verifier(url, clock) as verifier:

        def ask() -> str:
            return said(lambda: verifier.verify(key, **_IN_TEAM))

        assert [ask() for _ in range(5)] == ["allowed"] * 5
        come, go = os.pipe()
        child = os.fork()
        if child == 0:  # pragma: no cover  # in the child
            code = 1
            try:
                os.close(go)
                os.read(come, 1)  # until the parent has revoked the key
                code = 0 if ask() == "revoked" else 2
            finally:
                os._exit(code)
        services = open_services(postgresql_url, clock)
        services.keys.revoke(admin_of(services), key[5:15])
        services.lifecycle.close()
        os.close(go)
        assert ask() == "revoked"
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        os.close(come)


@pytest.fixture
def standby(postgresql: PostgreSQL) -> Iterator[PostgreSQL]:
    """A server that follows the other."""
    with TemporaryDirectory(prefix="pftui-standby-") as folder:
        following = PostgreSQL.standby_of(postgresql, Path(folder))
        yield following
        following.stop()


@pytest.mark.damages_the_store
def test_r9_nothing_is_kept_on_a_standby_until_it_is_one_no_more(
    standby: PostgreSQL,
    postgresql_url: str,
    clock: SetClock,
    reads: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(standing, "_refuse_lagging", lambda _: None)  # as where each change waits for it
    key = made_key(postgresql_url, clock)
    standing.SEEN.forget()
    url = standby.url(postgresql_url.rpartition("/")[2])
    deadline = time.monotonic() + PATIENCE
    with Verifier(url, clock) as verifier:

        def ask() -> str:
            return said(lambda: verifier.verify(key, touch=False, **_IN_TEAM))

        def soon(reason: str) -> None:
            while ask() != reason:
                assert time.monotonic() < deadline

        soon("allowed")
        for _ in range(3):
            before = len(reads)
            assert [ask() for _ in range(10)] == ["allowed"] * 10
            assert len(reads) == before + 10
            executed(postgresql_url, "UPDATE api_keys SET revoked_at = now()", key)
            soon("revoked")
            executed(postgresql_url, "UPDATE api_keys SET revoked_at = NULL", key)
            soon("allowed")
        standby.promote()
        until_kept(ask, reads)
        executed(url, "UPDATE api_keys SET revoked_at = now()", key)
        assert ask() == "revoked"
