"""What a process has once, however many verifiers are made in it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url

from pftui.domain.accounts import Operator
from pftui.domain.audit import Action, AuditEvent, AuditQuery
from pftui.domain.decisions import Reason
from pftui.domain.errors import StoreMissing, StoreOutdated, StoreUnavailable, TryAgain
from pftui.repositories.database.engine import connect
from pftui.repositories.key_lookup.reader import KeyReader
from pftui.services.contracts import Services
from pftui.services.verification import connections
from pftui.services.verification.answering import Answering
from pftui.services.verification.matches import WrongSecretLimit
from pftui.services.verification.process import PROCESS
from pftui.services.verification.verifier import Verifier
from tests.conftest import SetClock
from tests.services.verification.test_verifier import Runs, with_wrong_secret


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(monkeypatch)


@pytest.fixture
def every_tag_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pftui.services.verification.answering.tag_fits", lambda *_: True)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that is run by SQLAlchemy, and each question that a driver is given."""
    said: list[str] = []
    attempt = KeyReader._attempt

    def spy(reader: KeyReader, ask: Any, *more: Any) -> Any:
        said.append(repr(ask))
        return attempt(reader, ask, *more)

    def run(_connection: Any, _cursor: Any, sql: str, *_more: Any) -> None:
        said.append(sql)

    from sqlalchemy import Engine

    monkeypatch.setattr(KeyReader, "_attempt", spy)
    event.listen(Engine, "before_cursor_execute", run)
    yield said
    event.remove(Engine, "before_cursor_execute", run)


def test_a_verifier_for_each_call_runs_argon2_once(store_url: str, key: str, runs: Runs) -> None:
    for _ in range(5):
        with Verifier(store_url) as verifier:
            assert verifier.verify(key)
    assert runs.count == 1


def test_opening_again_takes_one_statement_and_no_argon2(
    store_url: str, key: str, runs: Runs, statements: list[str]
) -> None:
    with Verifier(store_url) as verifier:
        assert verifier.verify(key)
    statements.clear()
    again = Verifier(store_url)
    assert len(statements) == 1
    statements.clear()
    assert again.verify(key)
    assert len(statements) == 1  # that of the look-up
    statements.clear()
    with Verifier(store_url) as third:  # while another has it open
        assert len(statements) == 1
        assert third.verify(key)
    assert again.verify(key)
    again.close()
    assert runs.count == 1


def test_opening_again_sees_what_became_of_the_store(sqlite_path: Path, sqlite_url: str) -> None:
    Verifier(sqlite_url).close()
    engine = connect(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    engine.dispose()
    with pytest.raises(StoreOutdated):
        Verifier(sqlite_url)
    sqlite_path.rename(sqlite_path.with_name("away"))
    with pytest.raises(StoreMissing):
        Verifier(sqlite_url)
    assert not PROCESS.connections._users.get(sqlite_url)
    sqlite_path.with_name("away").rename(sqlite_path)
    connect_anyway(sqlite_url)


def connect_anyway(url: str) -> None:
    """Give the store its version back."""
    from pftui.repositories.database.engine import open_engine, parse_url
    from pftui.repositories.database.revisions import SCHEMA_REVISION

    engine = open_engine(parse_url(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :now"), {"now": SCHEMA_REVISION})
    engine.dispose()


@pytest.mark.usefixtures("every_tag_fits")
def test_a_verifier_for_each_call_is_limited(store_url: str, key: str, runs: Runs) -> None:
    for number in range(WrongSecretLimit.ID_BURST):
        with Verifier(store_url) as verifier:
            assert verifier.verify(with_wrong_secret(key, number)).reason is Reason.UNKNOWN
    with Verifier(store_url) as verifier, pytest.raises(TryAgain):
        verifier.verify(with_wrong_secret(key, 99))
    assert runs.count == WrongSecretLimit.ID_BURST


@pytest.mark.usefixtures("every_tag_fits")
def test_the_limit_is_of_the_store_and_not_of_its_url(
    sqlite_url: str, sqlite_path: Path, tmp_path: Path, runs: Runs
) -> None:
    other_url = f"{sqlite_url.removesuffix('pftui.db')}../store/pftui.db"
    with Verifier(sqlite_url) as one, Verifier(other_url) as same:
        assert one.answering.connections is not same.answering.connections
        assert one.answering.bounds is same.answering.bounds
    copy = tmp_path / "copy" / "pftui.db"
    copy.parent.mkdir(mode=0o700)
    shutil.copy(sqlite_path, copy)
    engine = connect(f"sqlite:///{copy}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE store_identity SET id = 'another'"))
    engine.dispose()
    with Verifier(sqlite_url) as one, Verifier(copy) as other:
        assert one.answering.bounds is not other.answering.bounds


def test_a_match_is_no_match_in_a_store_with_another_hash(
    store_url: str, key: str, runs: Runs, verifier: Verifier
) -> None:
    assert verifier.verify(key)
    engine = connect(store_url)
    with engine.begin() as connection:
        (kept,) = connection.execute(text("SELECT hash FROM api_keys")).one()
        connection.execute(text("UPDATE api_keys SET hash = :other"), {"other": kept[:-4] + "AAAA"})
    with Verifier(store_url) as other:
        assert other.verify(key).reason is Reason.UNKNOWN
    with engine.begin() as connection:
        connection.execute(text("UPDATE api_keys SET hash = :kept"), {"kept": kept})
    engine.dispose()


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.set(query={"connect_timeout": "7"}),
        lambda url: url.set(username="pftui", password="x"),
        lambda url: url.set(query={"application_name": "other"}),
    ],
    ids=["option", "password", "name"],
)
def test_connections_are_shared_only_where_the_whole_url_is_equal(
    postgresql_url: str, change: Callable[[Any], Any]
) -> None:
    other_url = change(make_url(postgresql_url)).render_as_string(hide_password=False)
    with Verifier(postgresql_url) as one, Verifier(postgresql_url) as same, Verifier(other_url) as other:
        assert one.answering.connections is same.answering.connections
        assert one.answering.connections is not other.answering.connections


def test_who_leaves_last_closes_the_connections(store_url: str, key: str) -> None:
    one, other = Verifier(store_url), Verifier(store_url)
    assert one.verify(key)
    one.close()
    one.close()  # which counts once
    with pytest.raises(StoreUnavailable, match="was closed"):
        one.verify(key)
    assert other.verify(key)
    idle = other.answering.reader._idle
    assert idle.connections
    other.close()
    assert not idle.connections


def _keeps_a_connection(verifier: Verifier, key: str) -> bool:
    assert verifier.verify(key)
    return bool(verifier.answering.reader._idle.connections)


def test_who_opens_while_the_last_one_leaves_keeps_a_connection(
    store_url: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = connections.Connections.close
    opened: list[Verifier] = []

    def close_late(shared: connections.Connections) -> None:
        if not opened:
            opened.append(Verifier(store_url))
        close(shared)

    first = Verifier(store_url)
    monkeypatch.setattr(connections.Connections, "close", close_late)
    first.close()
    with opened[0] as second:
        assert _keeps_a_connection(second, key)


def test_who_opens_at_once_with_one_that_leaves_keeps_a_connection(
    store_url: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_anew = KeyReader.open

    def come_second(url: str) -> KeyReader:
        made = open_anew(url)
        monkeypatch.setattr(KeyReader, "open", open_anew)
        Verifier(url).close()  # somebody is quicker, and gone again
        return made

    PROCESS.connections._known.pop(store_url, None)
    monkeypatch.setattr(KeyReader, "open", come_second)
    with Verifier(store_url) as verifier:
        assert _keeps_a_connection(verifier, key)


def test_of_two_who_close_a_verifier_one_gives_back(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    verifier, other = Verifier(store_url), Verifier(store_url)
    leave = Answering.leave

    def leave_late(answering: Answering) -> None:
        monkeypatch.setattr(Answering, "leave", leave)
        answering.is_open = True  # as another thread has seen it a moment ago
        verifier.close()
        leave(answering)

    monkeypatch.setattr(Answering, "leave", leave_late)
    verifier.close()
    assert PROCESS.connections._users[store_url] == 1
    other.close()


def test_connections_are_given_back_whatever_becomes_of_a_count(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Answering) -> None:
        raise ZeroDivisionError

    verifier = Verifier(store_url)
    monkeypatch.setattr(Answering, "leave", fail)
    with pytest.raises(ZeroDivisionError):
        verifier.close()
    assert not PROCESS.connections._users.get(store_url)


def test_what_breaks_a_run_in_a_thread_is_in_the_log(
    store_url: str, key: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> bool:
        raise ZeroDivisionError("odd")

    monkeypatch.setattr("pftui.services.hashing.key_matches", fail)
    with Verifier(store_url, timeout=30) as verifier, pytest.raises(TryAgain):
        verifier.verify(key)
    assert "ZeroDivisionError: odd" in caplog.text
    assert key[15:] not in caplog.text


def test_wrong_secrets_are_told_later_where_there_is_no_room_now(
    store_url: str, key: str, services: Services, admin: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = PROCESS.store.submit

    def full(act: Callable[[], Any], group: str = "") -> Any:
        if getattr(act, "func", None).__name__ == "_tell_of_wrong_secret":  # type: ignore[union-attr]
            raise TryAgain("Too many wait.", 1.0)
        return submit(act, group)

    with Verifier(store_url, timeout=30) as verifier:
        monkeypatch.setattr(PROCESS.store, "submit", full)
        for number in range(3):
            assert verifier.verify(with_wrong_secret(key, number)).reason is Reason.UNKNOWN
        monkeypatch.setattr(PROCESS.store, "submit", submit)
        assert verifier.verify(with_wrong_secret(key, 4)).reason is Reason.UNKNOWN
    (told,) = services.audit.list(admin, AuditQuery(action=Action.API_KEY_WRONG_SECRET)).events
    assert isinstance(told, AuditEvent)
    assert told.metadata["others"] == 3


def test_of_closed_ones_only_some_are_kept(sqlite_path: Path, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir(mode=0o700)
    for number in range(connections._KEPT + 3):
        copy = folder / f"{number}.db"
        shutil.copy(sqlite_path, copy)
        Verifier(copy).close()
    assert len(PROCESS.connections._known) <= connections._KEPT + 1
    assert not PROCESS.connections._users


def test_many_threads_open_ask_and_close(store_url: str, key: str, runs: Runs) -> None:
    def ask(number: int) -> bool:
        with Verifier(store_url) as verifier:
            return verifier.verify(with_wrong_secret(key, number) if number % 7 == 0 else key).allowed

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(1, 101)))
    assert answers == [number % 7 != 0 for number in range(1, 101)]
    assert runs.count <= 2
    assert not PROCESS.connections._users.get(store_url)


def test_wrong_secrets_are_told_within_bounds_by_verifiers_for_each_call(
    store_url: str, key: str, services: Services, admin: Operator
) -> None:
    def told() -> int:
        events = services.audit.list(admin, AuditQuery(action=Action.API_KEY_WRONG_SECRET))
        return events.total

    def head() -> Any:
        engine = connect(store_url)
        with engine.connect() as connection:
            found = [tuple(row) for row in connection.execute(text("SELECT * FROM audit_head"))]
        engine.dispose()
        return found

    with Verifier(store_url) as verifier:
        verifier.verify(with_wrong_secret(key, 1))
        verifier.verify(with_wrong_secret(key, 2))
    assert told() == 1
    before = head()
    for number in range(20):
        with Verifier(store_url) as verifier:
            verifier.verify(with_wrong_secret(key, number))
    assert head() == before


def test_a_fork_renews_what_threads_of_the_parent_hold(store_url: str, key: str, clock: SetClock) -> None:
    with Verifier(store_url, timeout=30) as verifier:
        assert verifier.verify(key)
        held, go_on = threading.Event(), threading.Event()

        def hold() -> None:
            with PROCESS._lock, PROCESS.connections._lock, PROCESS.memory._lock, PROCESS.turns._lock:
                held.set()
                go_on.wait()

        keeper = threading.Thread(target=hold)
        keeper.start()
        held.wait()
        child = os.fork()
        if child == 0:  # pragma: no cover  # in the child
            code = 1
            try:
                inherited = bool(verifier.verify(key))
                wrong = verifier.verify(with_wrong_secret(key)).reason is Reason.UNKNOWN
                with Verifier(store_url) as fresh:
                    code = 0 if inherited and wrong and fresh.verify(key) else 2
            finally:
                os._exit(code)
        go_on.set()
        keeper.join()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert verifier.verify(key)
