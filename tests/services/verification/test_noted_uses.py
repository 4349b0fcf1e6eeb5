"""Notes of use: many keys, few transactions, and none lost."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import text

from pftui import Verifier
from pftui.domain.accounts import Operator
from pftui.domain.audit import Action, AuditEvent, AuditQuery
from pftui.domain.errors import StoreBusy
from pftui.repositories.database.engine import connect
from pftui.repositories.key_lookup.uses import Use, UseNotes
from pftui.services.contracts import Services
from pftui.services.verification import connections, noted_uses
from pftui.services.verification.noted_uses import PAUSE
from tests.conftest import SetClock
from tests.patience import PATIENCE
from tests.services.conftest import Cast
from tests.services.verification.conftest import Seconds

_MANY = 12


@pytest.fixture
def keys(services: Services, admin: Operator, cast: Cast) -> list[str]:
    """The keys of as many service accounts, none of them used yet."""
    made = [
        services.service_accounts.create(
            admin, name=f"bot-{number}", team_id=cast.team_id, role_id=cast.role_id
        )
        for number in range(_MANY)
    ]
    return [new.key.reveal() for new in made]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The ids of the keys of each transaction."""
    found: list[list[str]] = []
    real = UseNotes.write

    def write(self: UseNotes, uses: Sequence[Use]) -> None:
        found.append([use.key_id for use in uses])
        real(self, uses)

    monkeypatch.setattr(UseNotes, "write", write)
    return found


def ids(keys: Sequence[str]) -> list[str]:
    return [key[5:15] for key in keys]


def used(store_url: str) -> dict[str, tuple[int, bool]]:
    engine = connect(store_url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT key_id, last_used_at, saved FROM api_keys")).all()
    engine.dispose()
    return {row.key_id: (row.last_used_at, bool(row.saved)) for row in rows if row.last_used_at}


def test_many_keys_are_noted_in_one_transaction(
    verifier: Verifier,
    keys: list[str],
    written: list[list[str]],
    seconds: Seconds,
    clock: SetClock,
    store_url: str,
    services: Services,
    admin: Operator,
) -> None:
    moments = {}
    for key in keys:
        assert verifier.verify(key)
        moments[key[5:15]] = int(clock.now.timestamp() * 1e6)
        clock.forward(seconds=1)
        assert verifier.verify(key)  # still due, and noted once
    assert written == [ids(keys[:1])]
    seconds.now += PAUSE - 0.01
    assert verifier.verify(keys[0])
    assert verifier.verify(keys[-1])
    assert len(written) == 1
    seconds.now += 0.01
    assert verifier.verify(keys[-1])
    assert written == [ids(keys[:1]), ids(keys[1:])]
    assert used(store_url) == {key_id: (moment, True) for key_id, moment in moments.items()}
    events = services.audit.list(admin, AuditQuery(limit=100)).events
    whole = [event for event in events if isinstance(event, AuditEvent)]
    told = [event.target_id for event in whole if event.action is Action.API_KEY_FIRST_USED]
    assert sorted(told) == sorted(ids(keys))


def test_what_waits_is_written_by_who_closes(
    verifier: Verifier, keys: list[str], written: list[list[str]], store_url: str
) -> None:
    for key in keys:
        assert verifier.verify(key)
    verifier.close()
    assert written == [ids(keys[:1]), ids(keys[1:])]
    assert set(used(store_url)) == set(ids(keys))


def test_what_waits_is_written_by_a_thread_where_nobody_comes(
    store_url: str,
    keys: list[str],
    written: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    clock: SetClock,
) -> None:
    go_on, is_written = threading.Event(), threading.Event()
    wait, write = threading.Event.wait, noted_uses.NotedUses._leave_later

    class Timer(threading.Timer):
        def __init__(self, _: float, function: Any) -> None:
            super().__init__(0, function)

        def run(self) -> None:
            assert wait(go_on, PATIENCE)
            super().run()

    def leave(self: noted_uses.NotedUses) -> None:
        write(self)
        is_written.set()

    monkeypatch.setattr(threading, "Timer", Timer)
    monkeypatch.setattr(noted_uses.NotedUses, "_leave_later", leave)
    with Verifier(store_url, clock) as verifier:
        for key in keys:
            assert verifier.verify(key)
        assert written == [ids(keys[:1])]
        go_on.set()
        assert is_written.wait(PATIENCE)
        assert written == [ids(keys[:1]), ids(keys[1:])]


def test_only_so_many_are_written_at_once_and_the_rest_is_not_lost(
    verifier: Verifier,
    keys: list[str],
    written: list[list[str]],
    seconds: Seconds,
    monkeypatch: pytest.MonkeyPatch,
    store_url: str,
) -> None:
    monkeypatch.setattr(noted_uses, "MOST_AT_ONCE", 5)
    for key in keys:
        assert verifier.verify(key)
    for _ in range(3):
        seconds.now += PAUSE
        assert verifier.verify(keys[-1])
    assert written == [ids(keys[:1]), ids(keys[1:6]), ids(keys[6:11]), ids(keys[11:])]
    assert set(used(store_url)) == set(ids(keys))


def test_one_that_cannot_be_written_is_in_nobodys_way(
    verifier: Verifier,
    keys: list[str],
    seconds: Seconds,
    monkeypatch: pytest.MonkeyPatch,
    store_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bad = keys[5][5:15]
    real = connections._first_use

    def first_use(unit: Any, account_id: str, key_id: str, moment: Any) -> None:
        if key_id == bad:
            raise ValueError("the row is damaged")
        real(unit, account_id, key_id, moment)

    monkeypatch.setattr(connections, "_first_use", first_use)
    for key in keys:
        assert verifier.verify(key)
    seconds.now += PAUSE
    assert verifier.verify(keys[-1])
    assert set(used(store_url)) == {*ids(keys)} - {bad}
    (told,) = [each.message for each in caplog.records if "was not written" in each.message]
    assert told.startswith(f"last use of key {bad} was not written")


def test_a_store_that_takes_no_note_is_asked_once_in_a_while(
    verifier: Verifier,
    keys: list[str],
    seconds: Seconds,
    monkeypatch: pytest.MonkeyPatch,
    store_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    times = []

    def write(_: UseNotes, uses: Sequence[Use]) -> None:
        times.append(len(uses))
        raise StoreBusy("Somebody else writes.")

    with monkeypatch.context() as patch:
        patch.setattr(UseNotes, "write", write)
        for _ in range(3):
            for key in keys:
                assert verifier.verify(key)
        assert times == [1]
        seconds.now += PAUSE
        for key in keys:
            assert verifier.verify(key)
        assert times == [1, 1]
    assert used(store_url) == {}
    seconds.now += PAUSE
    for key in keys:
        assert verifier.verify(key)
    seconds.now += PAUSE
    assert verifier.verify(keys[-1])
    assert set(used(store_url)) == set(ids(keys))
    assert len([each for each in caplog.records if "was not written" in each.message]) == 2


def test_a_forked_child_leaves_to_its_parent_what_waits(
    sqlite_url: str, sqlite_keys: list[str], clock: SetClock
) -> None:
    with Verifier(sqlite_url, clock) as verifier:
        for key in sqlite_keys:
            assert verifier.verify(key)
        child = os.fork()
        if child == 0:  # pragma: no cover  # in the child
            code = 1
            try:
                verifier.close()
                code = 0 if set(used(sqlite_url)) == set(ids(sqlite_keys[:1])) else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert set(used(sqlite_url)) == set(ids(sqlite_keys))


@pytest.fixture
def sqlite_keys(sqlite_url: str, clock: SetClock) -> list[str]:
    """The same in an SQLite store."""
    from pftui.bootstrap import open_services
    from tests.services.verification.test_kept_records import admin_of

    services = open_services(sqlite_url, clock)
    admin = admin_of(services)
    team, role = services.teams.create(admin, "Red Team"), services.roles.find(admin, "CI Runner")
    made = [
        services.service_accounts.create(admin, name=f"bot-{number}", team_id=team.id, role_id=role.id)
        for number in range(3)
    ]
    services.lifecycle.close()
    return [new.key.reveal() for new in made]
