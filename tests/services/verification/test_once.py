"""The quick way of one answer: wherever it answers at all, it is what a `Verifier` answers."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text as sql

from pftui.domain.accounts import Operator
from pftui.domain.api_key import generate
from pftui.domain.audit import AuditQuery
from pftui.domain.decisions import Decision, Reason
from pftui.domain.errors import PftuiError, StoreUnavailable, TryAgain
from pftui.domain.permissions import PermissionName
from pftui.domain.secret import Secret
from pftui.domain.store_urls import sqlite_path as path_of
from pftui.repositories.database.engine import connect
from pftui.repositories.key_lookup.bare import Unusual, bare_store
from pftui.repositories.unit_of_work import Store
from pftui.services import hashing
from pftui.services.contracts import Services
from pftui.services.verification import once
from pftui.services.verification.verifier import Verifier
from tests.conftest import SetClock
from tests.services.conftest import Cast
from tests.services.verification.test_verifier import Runs, everything, with_wrong_secret

Answer = Decision | tuple[type[PftuiError], str]


@pytest.fixture
def key(services: Services, admin: Operator, cast: Cast, key: str) -> str:
    """The key of CI Runner in Red Team, which was saved: its use is nothing that an event tells of."""
    services.keys.confirm_saved(admin, cast.bot.key_id)
    return key


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(monkeypatch)


def answer(ask: Callable[[], Decision]) -> Answer:
    """A decision, or what was raised instead."""
    try:
        return ask()
    except PftuiError as error:
        return type(error), error.message


def slowly(url: str, key: str, team: str | None = None, permission: PermissionName | None = None) -> Answer:
    """What a verifier says that was opened for this."""

    def ask() -> Decision:
        with Verifier(url) as verifier:
            return verifier.verify(key, team, permission, touch=False)

    return answer(ask)


def quickly(
    url: str, key: str, team: str | None = None, permission: PermissionName | None = None
) -> Answer | None:
    """What the quick way says; None where it leaves it to a verifier."""
    try:
        return answer(lambda: once._quickly(url, key, team, permission, False, SetClock()))
    except Unusual:
        return None


def both(url: str, key: str, team: str | None = None, permission: PermissionName | None = None) -> Answer:
    """What both say, which is the same."""
    found = quickly(url, key, team, permission)
    assert found is not None, "it was left to a verifier"
    assert found == slowly(url, key, team, permission)
    return found


def reason(found: Answer) -> Reason | None:
    assert isinstance(found, Decision), found
    return found.reason


def run_sql(url: str, *statements: str) -> None:
    """Change what is stored, behind the services' back."""
    path = path_of(url)
    if path is not None:
        with closing(sqlite3.connect(path)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        return
    store = Store(connect(url))
    with store.engine.begin() as connection:
        for statement in statements:
            connection.execute(sql(statement))
    store.close()


@contextmanager
def no_verifier(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails what is left to a verifier."""
    with monkeypatch.context() as patch:
        patch.setattr(Verifier, "__init__", lambda *_, **__: pytest.fail("it was left to a verifier"))
        yield


# -- every reason -------------------------------------------------------------------------------------


@pytest.mark.parametrize("team", [None, "Red Team", "red-team", " RED team ", "id"])
@pytest.mark.parametrize("permission", [None, "run_scans", "view_results", "view_evaluations"])
def test_what_is_allowed(
    store_url: str, key: str, cast: Cast, team: str | None, permission: PermissionName | None
) -> None:
    if permission is not None and team is None:
        team = "red-team"
    team = cast.team_id if team == "id" else team
    found = both(store_url, key, team, permission)
    assert isinstance(found, Decision)
    assert found.allowed


def test_every_reason(store_url: str, key: str, cast: Cast, services: Services, admin: Operator) -> None:
    assert reason(both(store_url, "hunter2")) is Reason.MALFORMED
    assert reason(both(store_url, "")) is Reason.MALFORMED
    assert reason(both(store_url, f"Bearer {key}")) is Reason.MALFORMED
    assert reason(both(store_url, "\ud800" * 59)) is Reason.MALFORMED
    assert reason(both(store_url, "pfsa_" + "0" * 54)) is Reason.CHECKSUM
    assert reason(both(store_url, generate().text.reveal())) is Reason.UNKNOWN
    assert reason(both(store_url, with_wrong_secret(key))) is Reason.UNKNOWN
    assert reason(both(store_url, key, "red-team", "manage_targets")) is Reason.LACKS_PERMISSION
    assert reason(both(store_url, key, "default")) is Reason.NOT_IN_TEAM
    services.accounts.disable(admin, cast.bot.account_id)
    assert reason(both(store_url, key, "nowhere")) is Reason.DISABLED
    services.accounts.enable(admin, cast.bot.account_id)
    services.teams.remove(admin, cast.team_id, cast.bot.account_id)
    assert reason(both(store_url, key)) is Reason.NO_TEAM
    assert reason(both(store_url, key, "red-team")) is Reason.NO_TEAM
    services.accounts.grant_admin(admin, cast.bot.account_id)
    assert reason(both(store_url, key)) is None
    assert reason(both(store_url, key, "red-team")) is Reason.NOT_IN_TEAM
    services.keys.revoke(admin, cast.bot.key_id)
    assert reason(both(store_url, key)) is Reason.REVOKED
    services.accounts.delete(admin, cast.bot.account_id)
    assert reason(both(store_url, key)) is Reason.UNKNOWN


def test_several_teams(store_url: str, key: str, cast: Cast, services: Services, admin: Operator) -> None:
    for number in range(12):
        team = services.teams.create(admin, f"Team {number}")
        services.teams.add(admin, team.id, cast.bot.account_id, cast.custom_role_id)
    found = both(store_url, key)
    assert isinstance(found, Decision)
    assert len(found.grants) == 13
    assert reason(both(store_url, key, "team-7", "run_scans")) is None


@pytest.mark.parametrize("team", ["nowhere", "", "\0", "\ud800", "x" * 100_000, "'; --"])
def test_a_team_that_there_is_not_is_said_so(store_url: str, key: str, team: str) -> None:
    assert both(store_url, key, team) == both(store_url, key, "nowhere")


def test_a_question_that_is_wrong(store_url: str, key: str) -> None:
    assert both(store_url, key, None, "run_scans")
    assert both(store_url, key, "red-team", "fly")  # type: ignore[arg-type]


# -- what is stored -----------------------------------------------------------------------------------

#: What SQLite may hold where something else belongs, and whether the quick way answers all the same.
DAMAGES = [
    ("UPDATE api_keys SET hash = 'x'", False),
    ("UPDATE api_keys SET hash = x'ff'", False),
    ("UPDATE api_keys SET hash = ''", False),
    ("UPDATE api_keys SET hash = replace(hash, 'm=', 'm=9999')", False),
    ("UPDATE api_keys SET tag = NULL", True),
    ("UPDATE api_keys SET tag = 'F'", True),
    ("UPDATE api_keys SET tag = 17", True),
    ("UPDATE api_keys SET last_used_at = 'yesterday'", True),
    ("UPDATE api_keys SET revoked_at = 'x'", True),
    ("UPDATE api_keys SET saved = 'x'", True),
    ("UPDATE principals SET name = CAST(x'6369ff' AS TEXT)", True),
    ("UPDATE principals SET name = 7", True),
    ("UPDATE principals SET disabled = 'x'", True),
    ("UPDATE principals SET global_admin = 'x'", True),
    ("UPDATE principals SET stamp = 'x'", True),
    ("UPDATE teams SET name = CAST(x'ff' AS TEXT)", True),
    ("UPDATE teams SET slug = id || CAST(x'ff' AS TEXT)", True),
    ("UPDATE role_permissions SET permission = 'fly' WHERE permission = 'run_scans'", True),
    ("UPDATE role_permissions SET permission = 'a,b' WHERE permission = 'run_scans'", True),
    ("DELETE FROM role_permissions", True),
    ("DELETE FROM roles", True),
    ("DELETE FROM teams", True),
    ("DELETE FROM principals", True),
]


SQLITE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
POSTGRESQL = pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)


@SQLITE
@pytest.mark.damages_the_store
@pytest.mark.parametrize(("damage", "is_answered"), DAMAGES)
def test_damaged_rows(store_url: str, key: str, damage: str, is_answered: bool) -> None:
    run_sql(store_url, damage)
    for team in (None, "red-team", "Red Team"):
        found = quickly(store_url, key, team)
        assert (found is not None) == is_answered
        assert found in (None, slowly(store_url, key, team))


@pytest.mark.damages_the_store
def test_a_hash_that_is_none_is_told_as_damaged(store_url: str, key: str) -> None:
    run_sql(store_url, "UPDATE api_keys SET hash = 'x'")
    with pytest.raises(StoreUnavailable, match="is damaged in the store"):
        once.verify_once(store_url, Secret(key))


# -- what store it is ---------------------------------------------------------------------------------


def _older(path: Path) -> None:
    run_sql(f"sqlite:///{path}", "UPDATE alembic_version SET version_num = '0001'")


def _newer(path: Path) -> None:
    run_sql(f"sqlite:///{path}", "UPDATE alembic_version SET version_num = '9999'")


def _another_program(path: Path) -> None:
    run_sql(f"sqlite:///{path}", "DROP TABLE alembic_version")


def _no_database(path: Path) -> None:
    path.write_bytes(b"this is not a database, whatever its name says" * 100)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _missing(path: Path) -> None:
    path.unlink()


def _open_to_others(path: Path) -> None:
    path.chmod(0o644)


def _in_a_folder_open_to_others(path: Path) -> None:
    path.parent.chmod(0o777)


def _a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir(mode=0o700)


def _link_for_a_log(path: Path) -> None:
    Path(f"{path}-wal").symlink_to(path.parent / "elsewhere")


def _a_copy_without_its_log(path: Path) -> None:
    run_sql(f"sqlite:///{path}", "UPDATE store_identity SET in_use = 17")


def _damaged_schema(path: Path) -> None:
    run_sql(f"sqlite:///{path}", "ALTER TABLE api_keys RENAME COLUMN hash TO hush")


@SQLITE
@pytest.mark.damages_the_store
@pytest.mark.parametrize(
    "spoil",
    [
        _older,
        _newer,
        _another_program,
        _no_database,
        _empty,
        _missing,
        _open_to_others,
        _in_a_folder_open_to_others,
        _a_folder,
        _link_for_a_log,
        _a_copy_without_its_log,
        _damaged_schema,
    ],
)
def test_a_store_that_cannot_be_used_is_told_of_by_a_verifier(
    store_url: str, key: str, services: Services, spoil: Callable[[Path], None]
) -> None:
    services.lifecycle.close()
    path = path_of(store_url)
    assert path is not None
    spoil(path)
    assert quickly(store_url, key) is None
    expected = slowly(store_url, key)
    assert not isinstance(expected, Decision)
    assert answer(lambda: once.verify_once(store_url, Secret(key))) == expected
    # What is no key is looked up nowhere, but in a store that can be used.
    assert quickly(store_url, "hunter2") in (None, slowly(store_url, "hunter2"))


@SQLITE
def test_a_store_without_its_log_gets_it_back(store_url: str, key: str, services: Services) -> None:
    services.lifecycle.close()
    run_sql(store_url, "PRAGMA journal_mode=DELETE")
    assert quickly(store_url, key) is None
    assert once.verify_once(store_url, Secret(key), touch=False).allowed
    assert isinstance(both(store_url, key), Decision)


@pytest.mark.damages_the_store
def test_another_version_on_either_database(store_url: str, key: str) -> None:
    run_sql(store_url, "UPDATE alembic_version SET version_num = '0001'")
    assert quickly(store_url, key) is None
    assert answer(lambda: once.verify_once(store_url, Secret(key))) == slowly(store_url, key)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///",
        "sqlite://",
        "sqlite://host/x.db",
        "sqlite:///{path}?mode=ro",
        "sqlite:///a@b",
        "sqlite:///\0",
        "sqlite+other:///{path}",
        "mysql://host/db",
        "postgresql://",
        "postgresql://u:p@127.0.0.1:1/db",
        "postgresql://127.0.0.1:1x/db",
        "postgresql://127.0.0.1:1/db?prepared=perhaps",
        "postgresql://127.0.0.1:1/db?connect_timeout=1&connect_timeout=2",
        "postgresql://h\u00e4.example:1/db",
        "postgresql://127.0.0.1:1/a@b",
        "nonsense",
        "",
    ],
)
def test_a_url_that_leads_nowhere(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGHOST", raising=False)
    monkeypatch.setenv("PGHOST", str(tmp_path))
    url = url.replace("{path}", str(tmp_path / "x.db"))
    with pytest.raises(Unusual), bare_store(url):
        pytest.fail("it was opened")


@POSTGRESQL
@pytest.mark.parametrize("options", ["?prepared=yes", "?application_name=x&connect_timeout=3"])
def test_a_servers_options(store_url: str, key: str, options: str) -> None:
    assert isinstance(both(store_url + options, key, "red-team"), Decision)


# -- notes --------------------------------------------------------------------------------------------


def last_used(url: str, key: str) -> list[tuple[object, ...]]:
    """When the key and its account were used, as the store has it."""
    question = (
        "SELECT k.last_used_at, p.last_used_at, k.saved FROM api_keys k "
        f"JOIN principals p ON p.id = k.principal_id WHERE k.key_id = '{key[5:15]}'"
    )
    store = Store(connect(url))
    with store.engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(sql(question))]
    store.close()
    return rows


def test_a_use_is_noted_as_a_verifier_notes_it(
    store_url: str, key: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask() -> None:
        with no_verifier(monkeypatch):
            assert once.verify_once(store_url, Secret(key), "red-team", clock=clock).allowed

    noted = []
    ask()
    noted.append(last_used(store_url, key))
    clock.forward(seconds=59)
    ask()
    assert last_used(store_url, key) == noted[0]
    clock.forward(seconds=1)
    ask()
    noted.append(last_used(store_url, key))
    assert noted[0] != noted[1]
    clock.forward(seconds=60)
    with Verifier(store_url, clock) as verifier:
        assert verifier.verify(key).allowed
    noted.append(last_used(store_url, key))
    minutes = [[value for value in rows[0][:2] if isinstance(value, int)] for rows in noted]
    assert [later[0] - first[0] for first, later in pairwise(minutes)] == [60_000_000] * 2
    assert all(used == of_account for used, of_account in minutes)


def test_a_note_changes_nothing_else(store_url: str, key: str, clock: SetClock) -> None:
    before = everything(store_url)
    clock.forward(minutes=5)
    assert once.verify_once(store_url, Secret(key), clock=clock).allowed
    after = everything(store_url)
    changed = {table for table in before if before[table] != after[table]}
    # Of the store's own file its mark counts each change.
    assert changed <= {"api_keys", "principals", "store_identity"}
    assert {"api_keys", "principals"} <= changed
    assert ("store_identity" in changed) == (path_of(store_url) is not None)


def test_a_look_without_a_touch_writes_nothing(store_url: str, key: str, clock: SetClock) -> None:
    before = everything(store_url)
    clock.forward(minutes=5)
    for text in (key, with_wrong_secret(key), "hunter2"):
        once.verify_once(store_url, Secret(text), touch=False, clock=clock)
    assert everything(store_url) == before


def test_what_is_denied_writes_nothing(store_url: str, key: str, clock: SetClock) -> None:
    before = everything(store_url)
    clock.forward(minutes=5)
    assert not once.verify_once(store_url, Secret(key), "default", clock=clock).allowed
    assert everything(store_url) == before


def test_a_first_use_is_told_by_a_verifier(
    store_url: str, services: Services, admin: Operator, cast: Cast, clock: SetClock
) -> None:
    key = cast.bot.key.reveal()
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    assert once.verify_once(store_url, Secret(key), clock=clock).allowed
    ((_, _, saved),) = last_used(store_url, key)
    assert saved
    told = services.audit.list(admin, AuditQuery()).events
    assert "for the first time" in told[0].description


def test_a_key_from_before_tags_gets_one(store_url: str, key: str, clock: SetClock) -> None:
    run_sql(store_url, "UPDATE api_keys SET tag = NULL")
    assert once.verify_once(store_url, Secret(key), clock=clock).allowed
    store = Store(connect(store_url))
    with store.engine.connect() as connection:
        tag = connection.execute(sql(f"SELECT tag FROM api_keys WHERE key_id = '{key[5:15]}'")).scalar()
    store.close()
    assert tag is not None


def test_a_wrong_secret_is_told_by_a_verifier(
    store_url: str, key: str, services: Services, admin: Operator, cast: Cast, clock: SetClock
) -> None:
    for number in range(3):
        wrong = Secret(with_wrong_secret(key, number))
        assert once.verify_once(store_url, wrong, clock=clock).reason is Reason.UNKNOWN
    told = services.audit.list(admin, AuditQuery()).events
    assert sum("wrong secret" in event.description for event in told) == 1


def test_wrong_secrets_that_fit_are_limited(
    store_url: str, key: str, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within one process, where there are several calls."""
    for module in ("once", "answering"):
        monkeypatch.setattr(f"pftui.services.verification.{module}.tag_fits", lambda *_: True)
    heard: list[Answer] = []
    for number in range(8):
        wrong = Secret(with_wrong_secret(key, number))
        heard.append(answer(lambda wrong=wrong: once.verify_once(store_url, wrong)))  # type: ignore[misc]
    assert isinstance(heard[0], Decision)
    assert heard[-1] == (
        TryAgain,
        "There were too many wrong keys lately. Nothing was decided; try again in 2 s.",
    )


def test_a_note_that_finds_the_store_busy_changes_no_answer(
    store_url: str, key: str, clock: SetClock
) -> None:
    clock.forward(minutes=5)
    before = last_used(store_url, key)
    path = path_of(store_url)
    if path is not None:
        with closing(sqlite3.connect(path, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            assert once.verify_once(store_url, Secret(key), clock=clock).allowed
    else:
        with psycopg.connect(store_url.replace("+psycopg", "")) as other:
            other.execute("SELECT id FROM audit_head FOR UPDATE")
            assert once.verify_once(store_url, Secret(key), clock=clock).allowed
    assert last_used(store_url, key) == before


# -- what happens meanwhile ---------------------------------------------------------------------------


def test_r9_what_ends_while_argon2_runs_has_ended(
    store_url: str, key: str, services: Services, admin: Operator, cast: Cast, runs: Runs
) -> None:
    def revoke() -> None:
        runs.during = lambda: None
        services.keys.revoke(admin, cast.bot.key_id)

    runs.during = revoke
    found = quickly(store_url, key)
    assert isinstance(found, Decision)
    assert found.reason is Reason.REVOKED


def test_a_hash_that_changes_while_argon2_runs(store_url: str, key: str, runs: Runs) -> None:
    def change() -> None:
        runs.during = lambda: None
        run_sql(store_url, f"UPDATE api_keys SET hash = '{hashing.hash_key(Secret('another'))}'")

    runs.during = change
    assert quickly(store_url, key) is None


@SQLITE
@pytest.mark.damages_the_store
def test_a_file_that_is_replaced_while_argon2_runs(
    store_url: str, key: str, services: Services, admin: Operator, cast: Cast, runs: Runs, tmp_path: Path
) -> None:
    """The answer is that of the file that is there by now."""
    path = path_of(store_url)
    assert path is not None
    services.lifecycle.close()
    copy = tmp_path / "copy.db"
    shutil.copyfile(path, copy)
    copy.chmod(0o600)
    run_sql(f"sqlite:///{copy}", "UPDATE api_keys SET revoked_at = '2026-01-01 00:00:00'")

    def replace() -> None:
        runs.during = lambda: None
        copy.replace(path)

    runs.during = replace
    assert quickly(store_url, key) is None
    assert reason(slowly(store_url, key)) is Reason.REVOKED


def test_many_processes_at_once_note_one_use(store_url: str, key: str, clock: SetClock) -> None:
    clock.forward(minutes=5)
    heard: list[Answer] = []
    threads = [
        threading.Thread(
            target=lambda: heard.append(answer(lambda: once.verify_once(store_url, Secret(key), clock=clock)))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == 4
    assert all(isinstance(each, Decision) and each.allowed for each in heard)


@SQLITE
def test_nothing_in_the_stores_schema_is_trusted(store_url: str, key: str) -> None:
    with bare_store(store_url) as store:
        assert store.rows("PRAGMA trusted_schema") == [(0,)]
        assert store.rows("PRAGMA query_only") == [(1,)]
        assert store.rows("PRAGMA foreign_keys") == [(1,)]
