"""How a change waits for SQLite's lock: soon again, by chance, and no longer than it may."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from pftui.domain.errors import StoreBusy, StoreUnavailable
from pftui.repositories.database import waiting
from pftui.repositories.database.engine import connect, for_writing
from pftui.repositories.errors import translated


class Time:
    """A clock that runs while somebody sleeps; then something may happen."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.slept: list[float] = []
        self.happens: Callable[[], object] = lambda: None
        monkeypatch.setattr("pftui.repositories.database.waiting.time.sleep", self._sleep)
        monkeypatch.setattr("pftui.repositories.database.waiting.time.monotonic", lambda: sum(self.slept))

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.happens()


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    made = connect(sqlite_url, busy_seconds=0.5)
    yield made
    made.dispose()


@pytest.fixture
def holder(sqlite_path: Path) -> Iterator[sqlite3.Connection]:
    """Another writer, in the middle of a change."""
    with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


def _busy_timeout(engine: Engine) -> int:
    with engine.connect() as connection:
        found: int = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
        return found


def test_it_looks_again_soon_and_begins_when_the_other_has_ended(
    engine: Engine, holder: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = Time(monkeypatch)
    time.happens = lambda: holder.execute("COMMIT") if len(time.slept) == 100 else None
    with for_writing(engine).begin() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        assert driver.in_transaction
    assert len(time.slept) == 100
    least, most = waiting.PAUSE
    assert all(least <= pause <= most for pause in time.slept)
    assert len(set(time.slept)) > 50  # by chance
    assert _busy_timeout(engine) == 500


def test_it_gives_up_when_its_time_is_over(
    engine: Engine, holder: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = Time(monkeypatch)
    with pytest.raises(StoreBusy, match="Nothing was changed"), translated(), for_writing(engine).begin():
        pass
    assert 0.5 <= sum(time.slept) < 0.51
    assert holder.in_transaction
    assert _busy_timeout(engine) == 500


def test_an_error_that_is_no_held_lock_is_told_at_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = Time(monkeypatch)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = 1")
    monkeypatch.setattr(waiting, "_BEGIN", "BEGIN IMMEDIATELY")
    with pytest.raises(StoreUnavailable), translated(), for_writing(engine).begin():
        pass
    assert time.slept == []
