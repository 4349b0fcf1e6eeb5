"""A store copied whole into a new one, from one database to the other and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from pftui import Verifier
from pftui.bootstrap import create_store, open_services
from pftui.domain.accounts import Operator
from pftui.domain.audit import Action
from pftui.domain.errors import (
    SessionEnded,
    StoreBehind,
    StoreBusy,
    StoreExists,
    StoreKeyUnavailable,
    StoreMissing,
    StoreUnavailable,
)
from pftui.domain.secret import Secret
from pftui.domain.store_urls import sqlite_path as path_of
from pftui.process.source import here
from pftui.repositories.database import copying
from pftui.repositories.database.engine import connect
from pftui.repositories.database.standing import SEEN
from pftui.repositories.models import Base
from pftui.repositories.unit_of_work import UnitOfWork
from pftui.services import store_copy
from pftui.services.contracts import Services
from pftui.services.sealing import KEY_VARIABLE
from pftui.services.store_admin import check, status
from pftui.services.store_copy import CopiedStore, copy_store
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, ORGANIZATION, SetClock
from tests.robustness.consistency import check as check_whole
from tests.services.conftest import Cast

Places = Callable[[], str]


@pytest.fixture(params=["sqlite", "postgresql"])
def new_place(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    """Gives URLs at which no store is, on each database."""
    if request.param == "sqlite":
        return lambda: f"sqlite:///{tmp_path / 'moved' / 'pftui.db'}"
    made: Places = request.getfixturevalue("new_database")
    return made


@pytest.fixture
def full(services: Services, admin: Operator, cast: Cast, store_url: str) -> str:
    """A store that holds something of all there is to hold."""
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.custom_role_id)
    services.teams.add(admin, cast.team_id, cast.bao.id, cast.role_id)
    services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD), source=here())
    services.service_accounts.create(admin, name="Zoë € \U0001f511 łódź")
    revoked = services.keys.create(admin, cast.bot.account_id, "old")
    services.keys.revoke(admin, revoked.key_id)
    services.verifier.verify(cast.bot.key)
    with pytest.raises(Exception, match="password"):
        services.sign_in.with_password(ADMIN_EMAIL, Secret("wrong"))
    _deliver_and_park(store_url, cast.webhook_id)
    return store_url


def _deliver_and_park(url: str, webhook_id: str) -> None:
    engine = connect(url)
    tables = Base.metadata.tables
    with engine.begin() as connection:
        connection.execute(
            tables["webhook_deliveries"]
            .insert()
            .values(
                number=7, webhook_id=webhook_id, event_id="e", sequence=1, event="x.y", attempted_at=1,
                attempt=1, milliseconds=5, status=None, failure="none", answer="",
            )
        )  # fmt: skip
        connection.execute(
            tables["webhook_parked"]
            .insert()
            .values(number=9, webhook_id=webhook_id, first=1, last=2, events=2, parked_at=3)
        )
    engine.dispose()


def content(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """All rows by table, but for what is a file's own."""
    own = {("store_identity", "mark"), ("store_identity", "in_use"), ("principals", "index_number")}
    engine = connect(url)
    with engine.connect() as connection:
        found = {}
        for table in Base.metadata.sorted_tables:
            columns = [column for column in table.columns if (table.name, column.name) not in own]
            rows = connection.execute(select(*columns).order_by(*table.primary_key.columns))
            found[table.name] = [tuple(row) for row in rows]
    engine.dispose()
    return found


def copied(url: str, new: str, clock: SetClock, **more: Any) -> CopiedStore:
    return copy_store(url, new, "somebody", clock=clock, **more)


def test_all_of_it_is_there_and_works(
    full: str, new_place: Places, clock: SetClock, cast: Cast, services: Services
) -> None:
    new = new_place()
    done = copied(full, new, clock)
    before, after = content(full), content(new)
    changed = {"audit_events", "audit_head", "sessions"}
    assert {name for name, rows in before.items() if not rows} <= {
        *("webhook_cursors", "audit_blocks", "audit_tallies", "ended_teams")
    }
    assert all(after[name] == before[name] for name in before if name not in changed)
    assert done.rows == {name: len(rows) for name, rows in before.items()}
    assert after["audit_events"][:-1] == before["audit_events"]
    assert (done.head.sequence, done.head.hash) == before["audit_head"][0][1:3]
    ended = Base.metadata.tables["sessions"].columns.keys().index("ended_at")
    assert before["sessions"][0][ended] is None
    assert all(row[ended] is not None for row in after["sessions"])
    assert check(new).whole
    assert check_whole(new)[-1].action is Action.STORE_RESTORED
    SEEN.forget()
    assert check_whole(full)[-1].action is Action.BACKUP_CREATED
    assert status(new).slower == status(full).slower
    with Verifier(new) as verifier:
        assert verifier.verify(cast.bot.key, team="red-team").allowed
    moved = open_services(new, clock, store_clock=clock)
    with closing(moved.lifecycle):
        admin = moved.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
        assert moved.webhooks.create(admin, "Another", "http://127.0.0.1:9/x", ["api_key.*"]).webhook.id
        assert moved.audit.verify(admin).intact


def test_what_the_database_numbers_goes_on_behind_what_is_there(
    full: str, new_place: Places, clock: SetClock, cast: Cast
) -> None:
    new = new_place()
    copied(full, new, clock)
    table = Base.metadata.tables["webhook_parked"]
    engine = connect(new)
    with engine.begin() as connection:
        connection.execute(
            table.insert().values(webhook_id=cast.webhook_id, first=3, last=4, events=2, parked_at=3)
        )
        assert list(connection.scalars(select(table.c.number).order_by(table.c.number))) == [9, 10]
    engine.dispose()


def test_there_and_back_it_is_the_same(
    sqlite_url: str, new_database: Places, tmp_path: Path, clock: SetClock
) -> None:
    there, back = new_database(), f"sqlite:///{tmp_path / 'back.db'}"
    first = copied(sqlite_url, there, clock)
    second = copied(there, back, clock)
    assert second.head.sequence == first.head.sequence + 2
    assert content(back)["principals"] == content(sqlite_url)["principals"]
    assert (
        content(back)["audit_events"][: first.head.sequence]
        == (content(sqlite_url)["audit_events"][: first.head.sequence])
    )
    assert check(back).whole
    assert (tmp_path / "back.db").stat().st_mode & 0o777 == 0o600


def test_who_was_signed_in_is_not_signed_in_to_the_copy(
    services: Services, store_url: str, new_place: Places, clock: SetClock
) -> None:
    operator = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    new = new_place()
    copied(store_url, new, clock)
    assert services.lifecycle.refresh(operator) == operator
    moved = open_services(new, clock)
    with closing(moved.lifecycle), pytest.raises(SessionEnded):
        moved.lifecycle.refresh(operator)


def test_who_has_seen_the_copy_believes_the_store_no_more(
    postgresql_url: str, new_database: Places, clock: SetClock
) -> None:
    new = new_database()
    copied(postgresql_url, new, clock)
    connect(postgresql_url).dispose()
    connect(new).dispose()
    with pytest.raises(StoreBehind):
        connect(postgresql_url)


def test_where_a_store_is_none_is_put(
    services: Services, store_url: str, new_place: Places, clock: SetClock
) -> None:
    new = new_place()
    create_store(new, ORGANIZATION, clock)
    before, other = content(store_url), content(new)
    for target in (new, store_url):
        with pytest.raises(StoreExists, match="Nothing was changed"):
            copied(store_url, target, clock)
    assert (content(store_url), content(new)) == (before, other)


def nothing_at(url: str) -> bool:
    """Whether neither a store is there nor anything that was begun."""
    path = path_of(url)
    if path is not None:
        return not path.parent.exists()
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return rows == []


@pytest.mark.parametrize(
    "step", ["Copying rows", "Making indexes", "Comparing rows", "Checking the audit trail"]
)
def test_r11_broken_off_at_any_step_it_leaves_nothing(
    step: str, full: str, new_place: Places, clock: SetClock
) -> None:
    before, new = content(full), new_place()

    def interrupt(what: str, _done: int, _total: int) -> None:
        if what == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copied(full, new, clock, progress=interrupt)
    assert nothing_at(new)
    assert content(full) == before
    copied(full, new, clock)
    assert check(new).whole


def test_a_copy_that_is_not_the_same_is_not_kept(
    full: str, new_place: Places, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = new_place()
    put = copying.NewStore.put

    def forgetful(store: copying.NewStore, columns: Any, rows: Any) -> None:
        put(store, columns, rows[1:] if columns[0].table.name == "role_permissions" else rows)

    monkeypatch.setattr(copying.NewStore, "put", forgetful)
    with pytest.raises(StoreUnavailable, match="not as the store is, in role_permissions"):
        copied(full, new, clock)
    assert nothing_at(new)


@pytest.mark.damages_the_store
def test_a_trail_that_is_broken_is_not_copied(full: str, new_place: Places, clock: SetClock) -> None:
    engine = connect(full)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit_events SET description = 'else' WHERE sequence = 2")
    engine.dispose()
    new = new_place()
    with pytest.raises(StoreUnavailable, match=r"trail of the store is broken.*audit verify"):
        copied(full, new, clock)
    assert nothing_at(new)


@pytest.mark.damages_the_store
@pytest.mark.parametrize(
    "damage",
    ["created_at = 'gestern'", "name = 'a' || char(0)", "disabled = 7", "name = cast(x'ff' AS text)"],
)
def test_what_the_other_database_cannot_hold_is_told(
    damage: str, sqlite_url: str, sqlite_path: Path, new_database: Places, clock: SetClock
) -> None:
    with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as connection:
        connection.execute(f"UPDATE principals SET {damage}")
    new = new_database()
    with pytest.raises(StoreUnavailable, match=r"in principals that cannot be.*db check"):
        copied(sqlite_url, new, clock)
    assert nothing_at(new)


def test_nobody_changes_the_store_meanwhile_and_all_may_read(
    services: Services, admin: Operator, cast: Cast, store_url: str, new_place: Places, clock: SetClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    tried: list[str] = []
    quick = connect(store_url, busy_seconds=0.1)

    def meanwhile(what: str, _done: int, _total: int) -> None:
        if what in tried:
            return
        tried.append(what)
        assert services.verifier.verify(cast.bot.key, touch=False).account
        from pftui.repositories.unit_of_work import Store

        with pytest.raises(StoreBusy), Store(quick).write():
            pass

    copied(store_url, new_place(), clock, progress=meanwhile)
    quick.dispose()
    assert tried[-1] == "Checking the audit trail"
    assert services.teams.create(admin, "Afterwards").name == "Afterwards"


@pytest.fixture
def keys_in_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As it is where no variable names the key's file."""
    monkeypatch.delenv(KEY_VARIABLE)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_the_key_of_signing_secrets_goes_with_it(
    keys_in_files: None, sqlite_url: str, new_database: Places, tmp_path: Path, clock: SetClock
) -> None:
    services = open_services(sqlite_url, clock)
    with closing(services.lifecycle):
        admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
        services.webhooks.create(admin, "SIEM", "http://127.0.0.1:9/x", ["api_key.*"])
    there, back = new_database(), f"sqlite:///{tmp_path / 'back.db'}"
    done = copied(sqlite_url, there, clock)
    assert done.key is not None
    assert done.key.parent == tmp_path / "data" / "pftui"
    assert done.key.stat().st_mode & 0o777 == 0o600
    assert (key := status(there).key) is not None
    assert not key.problem
    assert copied(there, back, clock).key == tmp_path / "back.db.key"
    assert (key := status(back).key) is not None
    assert not key.problem
    other = f"sqlite:///{tmp_path / 'other.db'}"
    (tmp_path / "other.db.key").write_text("A" * 43 + "=")
    (tmp_path / "other.db.key").chmod(0o600)
    with pytest.raises(StoreKeyUnavailable, match="another key"):
        copied(there, other, clock)
    assert not (tmp_path / "other.db").exists()
    done.key.unlink()
    (tmp_path / "other.db.key").unlink()
    done = copied(there, other, clock)
    assert done.key is None
    assert "is not here" in (done.key_problem or "")


def test_no_credentials_are_told(sqlite_url: str, new_database: Places, clock: SetClock) -> None:
    url = (
        new_database().replace("//pftui@", "//pftui:hunter2-secret@")
        + "?passfile=/x&application_name=hunter2-too"
    )
    done = copied(sqlite_url, url, clock)
    events = content(url)["audit_events"] + content(sqlite_url)["audit_events"]
    assert "hunter2" not in f"{done!r} {done.as_json()} {events}"
    assert "127.0.0.1" in done.target


def test_a_trail_that_cannot_tell_of_it_is_told_of(
    sqlite_url: str, new_place: Places, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = store_copy._Copy.made

    def then_lost(*arguments: Any) -> CopiedStore:
        done = made(*arguments)
        monkeypatch.setattr(UnitOfWork, "commit", _raise)
        return done

    monkeypatch.setattr(store_copy._Copy, "made", then_lost)
    new = new_place()
    assert copied(sqlite_url, new, clock).untold == "gone"
    assert check(new).whole


def _raise(*_: object) -> None:
    raise StoreUnavailable("gone")


def test_without_a_store_nothing_is_made(new_place: Places, tmp_path: Path, clock: SetClock) -> None:
    new = new_place()
    with pytest.raises(StoreMissing):
        copied(f"sqlite:///{tmp_path / 'none.db'}", new, clock)
    assert nothing_at(new)
