"""R9 with records that are kept: on SQLite what is ended has ended at the next call, whoever has ended it."""

from __future__ import annotations

import asyncio
import mmap
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pftui import AsyncVerifier, Decision, UnknownTeam, Verifier
from pftui.bootstrap import open_services
from pftui.domain.accounts import Operator
from pftui.domain.secret import Secret
from pftui.repositories.key_lookup import reader
from pftui.repositories.key_lookup.kept import KeepingConnection
from pftui.services.contracts import Services
from pftui.services.verification.process import PROCESS
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.patience import PATIENCE
from tests.services.verification.test_verifier import bring_back

Ask = Callable[[], str]

_IN_TEAM: dict[str, Any] = {"team": "red-team", "permission": "run_scans"}
# What is done to the rows, how it is undone, and what the next call says. `:id` is the key's.
_ACCOUNT = "(SELECT principal_id FROM api_keys WHERE key_id = :id)"
_ROLE = f"(SELECT role_id FROM assignments WHERE principal_id = {_ACCOUNT})"
ENDS: dict[str, tuple[str, str, str]] = {
    "revoked": (
        "UPDATE api_keys SET revoked_at = '2026-01-01 00:00:00.000000' WHERE key_id = :id",
        "UPDATE api_keys SET revoked_at = NULL WHERE key_id = :id",
        "revoked",
    ),
    "disabled": (
        f"UPDATE principals SET disabled = TRUE WHERE id = {_ACCOUNT}",
        f"UPDATE principals SET disabled = FALSE WHERE id = {_ACCOUNT}",
        "disabled",
    ),
    "unassigned": (
        f"UPDATE assignments SET principal_id = (SELECT id FROM principals WHERE kind = 'user' LIMIT 1)"
        f" WHERE principal_id = {_ACCOUNT}",
        f"UPDATE assignments SET principal_id = {_ACCOUNT} WHERE team_id ="
        " (SELECT id FROM teams WHERE slug = 'red-team')",
        "no_team",
    ),
    "another role": (
        "UPDATE assignments SET role_id = (SELECT id FROM roles WHERE name = 'Viewer')"
        f" WHERE principal_id = {_ACCOUNT}",
        "UPDATE assignments SET role_id = (SELECT id FROM roles WHERE name = 'CI Runner')"
        f" WHERE principal_id = {_ACCOUNT}",
        "lacks_permission",
    ),
    "a smaller role": (
        f"UPDATE role_permissions SET permission = 'none' WHERE role_id = {_ROLE}"
        " AND permission = 'run_scans'",
        "UPDATE role_permissions SET permission = 'run_scans' WHERE permission = 'none'",
        "lacks_permission",
    ),
    "a team of another name": (
        "UPDATE teams SET name_folded = 'away', slug = 'away' WHERE slug = 'red-team'",
        "UPDATE teams SET name_folded = 'red team', slug = 'red-team' WHERE slug = 'away'",
        "no such team",
    ),
    "another hash": (
        "UPDATE api_keys SET hash = hash || 'x' WHERE key_id = :id",
        "UPDATE api_keys SET hash = substr(hash, 1, length(hash) - 1) WHERE key_id = :id",
        "unknown",
    ),
    "gone": (
        "UPDATE api_keys SET key_id = '0000000000' WHERE key_id = :id",
        "UPDATE api_keys SET key_id = :id WHERE key_id = '0000000000'",
        "unknown",
    ),
}
# Commits one number after the other, and counts them behind it, until it is told to end.
_COMMITTING = """
import mmap, sqlite3, struct, sys
path, counted, key_id = sys.argv[1:]
connection = sqlite3.connect(path, isolation_level=None, timeout=60)
connection.execute("PRAGMA synchronous = OFF")
rename = "UPDATE principals SET name = ? WHERE id = (SELECT principal_id FROM api_keys WHERE key_id = ?)"
with open(counted, "r+b") as file, mmap.mmap(file.fileno(), 16) as shared:
    number = 0
    while not shared[8]:
        number += 1
        connection.execute(rename, (str(number), key_id))
        shared[:8] = struct.pack("q", number)
        if number % 50 == 0:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
"""


@pytest.fixture
def key(sqlite_url: str, clock: SetClock) -> str:
    """A key with the role CI Runner in Red Team, of which a use was noted."""
    services = open_services(sqlite_url, clock)
    admin = admin_of(services)
    team = services.teams.create(admin, "Red Team")
    role = services.roles.find(admin, "CI Runner")
    made = services.service_accounts.create(admin, name="ci-bot", team_id=team.id, role_id=role.id)
    services.lifecycle.close()
    with Verifier(sqlite_url, clock) as verifier:
        assert verifier.verify(made.key)
    return made.key.reveal()


def admin_of(services: Services) -> Operator:
    return services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys whose rows were really read."""
    found: list[str] = []
    real = KeepingConnection._keep

    def keep(self: KeepingConnection, key_id: str, *rest: Any) -> None:
        found.append(key_id)
        real(self, key_id, *rest)

    monkeypatch.setattr(KeepingConnection, "_keep", keep)
    return found


def said(decide: Callable[[], Decision]) -> str:
    try:
        decision = decide()
    except UnknownTeam:
        return "no such team"
    return decision.reason.value if decision.reason else "allowed"


@pytest.fixture(params=["in the caller's thread", "with a time-out", "on a loop"])
def ask(request: pytest.FixtureRequest, sqlite_url: str, clock: SetClock, key: str) -> Iterator[Ask]:
    """What a verifier says now, each by its own way to the store."""
    if request.param != "on a loop":
        timeout = 60.0 if request.param == "with a time-out" else None
        with Verifier(sqlite_url, clock, timeout=timeout) as verifier:
            yield lambda: said(lambda: verifier.verify(key, **_IN_TEAM))
        return
    with asyncio.Runner() as runner:
        opened = AsyncVerifier(sqlite_url, clock)
        runner.run(opened.__aenter__())
        yield lambda: said(lambda: runner.run(opened.verify(key, **_IN_TEAM)))
        runner.run(opened.aclose())


@pytest.mark.damages_the_store
def test_r9_what_is_ended_has_ended_for_who_has_kept_it(
    ask: Ask, sqlite_path: Path, key: str, reads: list[str]
) -> None:
    with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as other:
        for end, undo, reason in [*ENDS.values()] * 5:
            assert [ask() for _ in range(3)] == ["allowed"] * 3
            before = len(reads)
            assert ask() == "allowed"
            assert len(reads) == before  # it was kept, so what follows tries something
            assert other.execute(end, {"id": key[5:15]}).rowcount == 1
            assert ask() == reason
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            assert ask() == reason
            assert other.execute(undo, {"id": key[5:15]}).rowcount == 1


class Committing:
    """Another process that gives the key's account one number after the other as its name.

    Each is counted once it is committed: an answer with a smaller one than was counted before is stale.
    """

    def __init__(self, path: Path, key: str, folder: Path) -> None:
        self._counted = folder / "counted"
        self._counted.write_bytes(bytes(16))
        self._command = [sys.executable, "-c", _COMMITTING, str(path), str(self._counted), key[5:15]]

    def __enter__(self) -> Committing:
        with open(self._counted, "r+b") as file:
            self._shared = mmap.mmap(file.fileno(), 16)
        self._process = subprocess.Popen(self._command)
        return self

    def __exit__(self, *_: object) -> None:
        self._shared[8] = 1
        assert self._process.wait(PATIENCE) == 0

    @property
    def count(self) -> int:
        """How many were committed."""
        return int(struct.unpack("q", self._shared[:8])[0])


@pytest.mark.damages_the_store
@pytest.mark.parametrize(("mode", "times"), [("wal", 3000), ("delete", 200)])
@pytest.mark.parametrize("way", ["threads", "loop"])
def test_r9_no_answer_is_older_than_its_question_while_another_process_commits(
    way: str,
    mode: str,
    times: int,
    sqlite_path: Path,
    key: str,
    clock: SetClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pftui.repositories.database.engine._with_a_log", lambda _: None)
    with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as other:
        assert other.execute(f"PRAGMA journal_mode = {mode}").fetchone() == (mode,)
        other.execute("UPDATE principals SET name = '0' WHERE kind <> 'user'")
    url = f"sqlite:///{sqlite_path}"

    def judge(before: int, decision: Decision) -> None:
        assert decision.account is not None
        assert before <= int(decision.account.name)

    with Committing(sqlite_path, key, tmp_path) as committing:

        def ask(verifier: Verifier) -> None:
            """Until there were so many commits since the first answer that one which was kept must show."""
            judge(committing.count, verifier.verify(key, **_IN_TEAM))
            first, before = committing.count, 0
            for asked in count():
                if asked >= times and before >= first + 20:
                    return
                before = committing.count
                judge(before, verifier.verify(key, **_IN_TEAM))

        async def ask_on_a_loop() -> None:
            async with AsyncVerifier(url, clock) as verifier:
                judge(committing.count, await verifier.verify(key, **_IN_TEAM))
                first, before = committing.count, 0
                for asked in count():
                    if asked >= times and before >= first + 20:
                        return
                    before = committing.count
                    judge(before, await verifier.verify(key, **_IN_TEAM))

        if way == "loop":
            asyncio.run(ask_on_a_loop())
        else:
            with Verifier(url, clock) as verifier, ThreadPoolExecutor(4) as pool:
                list(pool.map(ask, [verifier] * 4))


@pytest.mark.damages_the_store
def test_r9_another_file_in_its_place_has_nothing_of_what_was_kept(
    ask: Ask, sqlite_path: Path, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection's number may well be the same."""
    monkeypatch.setattr(reader, "LOOK_EVERY", 0.0)  # on a loop, too
    assert [ask() for _ in range(3)] == ["allowed"] * 3
    for number, (end, _, reason) in enumerate(ENDS.values()):
        copy = tmp_path / f"copy-{number}.db"
        kept = tmp_path / f"kept-{number}.db"
        with closing(sqlite3.connect(sqlite_path)) as store:
            store.execute("VACUUM INTO ?", (str(copy),))
        shutil.copy(copy, kept)
        with closing(sqlite3.connect(copy)) as writer:
            writer.execute(end, {"id": key[5:15]})
            writer.execute("PRAGMA journal_mode = wal").fetchall()
            writer.commit()
        with closing(sqlite3.connect(kept)) as writer:
            writer.execute("PRAGMA journal_mode = wal").fetchall()
        bring_back(copy, sqlite_path)
        assert ask() == reason
        bring_back(kept, sqlite_path)
        assert [ask() for _ in range(3)] == ["allowed"] * 3


def test_r9_a_forked_child_asks_anew(sqlite_path: Path, sqlite_url: str, key: str, clock: SetClock) -> None:
    with Verifier(sqlite_url, clock) as verifier:
        asked = verifier.for_loop()

        def ask() -> list[str]:
            on_a_loop = asyncio.run(asked.verify(key, **_IN_TEAM))
            return [said(lambda: on_a_loop), said(lambda: verifier.verify(key, **_IN_TEAM))]

        for _ in range(3):
            assert ask() == ["allowed", "allowed"]
        come, go = os.pipe()
        child = os.fork()
        if child == 0:  # pragma: no cover  # in the child
            code = 1
            try:
                os.close(go)
                os.read(come, 1)  # until the parent has revoked the key
                code = 0 if ask() == ["revoked", "revoked"] else 2
            finally:
                os._exit(code)
        services = open_services(sqlite_url, clock)
        services.keys.revoke(admin_of(services), key[5:15])
        services.lifecycle.close()
        os.close(go)
        assert ask() == ["revoked", "revoked"]
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        os.close(come)


def test_a_note_of_use_is_seen_by_who_has_kept_the_key(
    sqlite_url: str, key: str, clock: SetClock, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is written by another connection, so that the next call reads again: and writes none."""
    monkeypatch.setattr(PROCESS, "_bounds", OrderedDict())  # as if the last note were long ago
    with Verifier(sqlite_url, clock) as verifier:
        for _ in range(3):
            assert verifier.verify(key)
        clock.forward(minutes=2)
        before = len(reads)
        assert verifier.verify(key)
        assert len(reads) == before
        assert verifier.verify(key)
        assert len(reads) == before + 1
        assert verifier.verify(key)
        assert len(reads) == before + 1


@pytest.mark.damages_the_store
def test_r9_no_jump_of_the_clock_lets_an_answer_last(
    ask: Ask, sqlite_path: Path, key: str, clock: SetClock
) -> None:
    end, undo, reason = ENDS["revoked"]
    with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as other:
        for days in (1000, -2000, 0, 1000):
            assert [ask() for _ in range(3)] == ["allowed"] * 3
            clock.forward(days=days)
            other.execute(end, {"id": key[5:15]})
            assert ask() == reason
            other.execute(undo, {"id": key[5:15]})
