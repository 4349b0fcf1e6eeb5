"""What a connection keeps of an SQLite file: as long as nothing was committed since, and no longer."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pftui.repositories.key_lookup import kept
from pftui.repositories.key_lookup.kept import MOST_ROWS, KeepingConnection
from pftui.repositories.key_lookup.records import KeyRecord, record_of

# The columns of a look-up, of a table of one's own: the name of the account is what changes here.
_TABLE = "CREATE TABLE accounts (key_id TEXT PRIMARY KEY, name TEXT)"
_ROWS = """
SELECT '$argon2id$x', 'ab12', 0, 1, 0, 'account', name, 0, 0, 1, 'team', 'Team', 'team', 'role', 'Role', '',
    'team', 1
FROM accounts WHERE key_id = :key_id
"""
_MODES = ("wal", "delete", "truncate", "persist", "memory", "off")
_WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(f"PRAGMA journal_mode = {sys.argv[2]}")
for line in sys.stdin:
    connection.execute(line)
    print("done", flush=True)
"""

Write = Callable[[str], None]


class Asked:
    """A question that counts how often the rows were really read."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, key_id: str, _team: str | None) -> tuple[str, dict[str, Any]]:
        self.count += 1
        return _ROWS, {"key_id": key_id}


@pytest.fixture(params=_MODES)
def mode(request: pytest.FixtureRequest) -> str:
    """Each mode of the journal."""
    return str(request.param)


@pytest.fixture
def path(mode: str, tmp_path: Path) -> Path:
    """A file with an account behind `key`, in each mode of the journal."""
    return made_in(tmp_path, mode)


@pytest.fixture
def wal(tmp_path: Path) -> Path:
    """The same with a log, as a store has it."""
    return made_in(tmp_path, "wal")


def made_in(folder: Path, mode: str) -> Path:
    with closing(opened(folder / "made.db", mode)) as connection:
        connection.execute(_TABLE)
        connection.execute("INSERT INTO accounts VALUES ('key', '0'), ('other', 'other')")
    return folder / "made.db"


@pytest.fixture
def asked() -> Asked:
    return Asked()


def opened(path: Path, mode: str | None = None) -> sqlite3.Connection:
    """A connection; the mode of the journal is its own but for a log."""
    connection = sqlite3.connect(path, isolation_level=None)
    if mode is not None:
        connection.execute(f"PRAGMA journal_mode = {mode}")
    return connection


def name_of(connection: KeepingConnection, team: str | None = None) -> str:
    record = connection.record("key", team)
    assert record is not None
    return record.facts.account.name


@pytest.fixture(params=["another connection", "another process"])
def write(request: pytest.FixtureRequest, path: Path, mode: str) -> Iterator[Write]:
    """Commits a statement, which is over when it returns."""
    if request.param == "another connection":
        with closing(opened(path, mode)) as connection:
            yield lambda statement: connection.execute(statement).close()
        return
    command = [sys.executable, "-c", _WRITER, str(path), mode]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        to, back = process.stdin, process.stdout

        def write(statement: str) -> None:
            to.write(f"{statement}\n".encode())
            to.flush()
            assert back.readline() == b"done\n"

        yield write
        to.close()


def test_r9_what_is_committed_elsewhere_is_read_at_the_next_call(
    path: Path, write: Write, asked: Asked
) -> None:
    with closing(KeepingConnection(opened(path), asked)) as connection:
        for number in range(1, 50):
            write(f"UPDATE accounts SET name = '{number}'")
            before = asked.count
            assert [name_of(connection), name_of(connection)] == [str(number)] * 2
            assert asked.count == before + 1
            write("UPDATE accounts SET name = name WHERE key_id = 'nobody'")  # a change of nothing
            assert name_of(connection) == str(number)
        write("DELETE FROM accounts WHERE key_id = 'key'")
        assert connection.record("key", None) is None


@pytest.mark.parametrize(
    "between",
    [
        ("PRAGMA wal_checkpoint(PASSIVE)",),
        ("PRAGMA wal_checkpoint(RESTART)",),
        ("PRAGMA wal_checkpoint(TRUNCATE)",),
        ("VACUUM",),
        ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"),
        ("ALTER TABLE accounts ADD COLUMN added TEXT", "ALTER TABLE accounts DROP COLUMN added"),
        ("ANALYZE", "REINDEX"),
    ],
    ids=" ".join,
)
def test_r9_nor_does_anything_hide_it_that_is_done_to_the_file(
    path: Path, write: Write, asked: Asked, between: tuple[str, ...]
) -> None:
    with closing(KeepingConnection(opened(path), asked)) as connection:
        for number in range(1, 10):
            for statement in between:
                write(statement)
            assert name_of(connection) == str(number - 1)
            write(f"UPDATE accounts SET name = '{number}'")
            for statement in between:
                write(statement)
            assert name_of(connection) == str(number)


def test_r9_what_is_committed_while_a_row_is_read_is_not_missed(
    wal: Path, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind the rows and before the end of the call: the older number is the one that counts."""
    with closing(opened(wal)) as writer, closing(KeepingConnection(opened(wal), asked)) as connection:

        def read(key_id: str, rows: list[tuple[Any, ...]]) -> KeyRecord:
            writer.execute("UPDATE accounts SET name = '1'")
            return record_of(key_id, rows)

        monkeypatch.setattr(kept, "record_of", read)
        assert name_of(connection) == "0"
        monkeypatch.undo()
        assert name_of(connection) == "1"


def test_r9_the_mode_of_the_journal_may_change(path: Path, mode: str, asked: Asked) -> None:
    """But for a log, which SQLite takes away from nobody who has it open."""
    with closing(opened(path, mode)) as writer, closing(KeepingConnection(opened(path), asked)) as connection:
        for number, other in enumerate(("persist", "delete", "truncate", "wal", "wal"), 1):
            try:
                writer.execute(f"PRAGMA journal_mode = {other}").fetchall()
            except sqlite3.OperationalError:
                assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert name_of(connection) == str(number - 1)
            writer.execute("UPDATE accounts SET name = ?", (str(number),))
            assert name_of(connection) == str(number)


@pytest.mark.parametrize("mode", [each for each in _MODES if each != "off"], indirect=True)
def test_r9_what_was_rolled_back_was_never_there(path: Path, mode: str, asked: Asked) -> None:
    with closing(opened(path, mode)) as writer, closing(KeepingConnection(opened(path), asked)) as connection:
        assert name_of(connection) == "0"
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE accounts SET name = '1'")
        assert name_of(connection) == "0"
        writer.execute("ROLLBACK")
        assert name_of(connection) == "0"
        assert asked.count == 1


def test_what_one_connection_has_kept_says_nothing_to_another(wal: Path, asked: Asked) -> None:
    """Their numbers begin alike."""
    with closing(KeepingConnection(opened(wal), asked)) as first:
        assert name_of(first) == "0"
        with closing(opened(wal)) as writer:
            writer.execute("UPDATE accounts SET name = '1'")
        with closing(KeepingConnection(opened(wal), asked)) as second:
            assert name_of(second) == "1"
        assert name_of(first) == "1"


def test_it_writes_nothing_since_sqlite_does_not_count_its_own_changes(wal: Path, asked: Asked) -> None:
    with closing(KeepingConnection(opened(wal), asked)) as connection:
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("UPDATE accounts SET name = '1'")
        assert name_of(connection) == "0"


def test_it_holds_nobody_who_writes_or_cleans_up(wal: Path, asked: Asked) -> None:
    """No look leaves a transaction open behind it."""
    with closing(opened(wal)) as writer, closing(KeepingConnection(opened(wal), asked)) as connection:
        for _ in range(3):
            name_of(connection)
        writer.execute("UPDATE accounts SET name = '1'")
        assert writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
        assert os.stat(f"{wal}-wal").st_size == 0


def test_it_keeps_a_bounded_number_of_records(wal: Path, asked: Asked) -> None:
    with closing(KeepingConnection(opened(wal), asked)) as connection:
        for number in range(3 * MOST_ROWS):
            name_of(connection, f"team-{number}")
            assert len(connection._records) <= MOST_ROWS
        before = asked.count
        name_of(connection, f"team-{3 * MOST_ROWS - 1}")
        assert asked.count == before
        for _ in range(2):
            assert connection.record("made up", None) is None
            name_of(connection, "x" * 1000)
        assert asked.count == before + 4
        assert len(connection._records) <= MOST_ROWS


def test_a_record_of_too_many_rows_is_read_each_time(wal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_ROWS", 2)

    def many(key_id: str, _team: str | None) -> tuple[str, dict[str, Any]]:
        return f"{_ROWS} UNION ALL {_ROWS} UNION ALL {_ROWS}", {"key_id": key_id}

    with closing(KeepingConnection(opened(wal), many)) as connection:
        name_of(connection)
        assert not connection._records
