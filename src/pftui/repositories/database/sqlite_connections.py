"""A connection to the file of an SQLite store, as all of pftui has it, with an engine or without."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from pftui.repositories.database.files import sqlite_uri


def connect_sqlite(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """A connection in autocommit to a file that is there.

    Args:
        busy_seconds: how long a statement waits for another connection.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    connection = sqlite3.connect(
        sqlite_uri(path), uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=False
    )
    # A text that is no UTF-8 is given with its bytes, not refused with its whole row and list.
    connection.text_factory = _any_text
    connection.create_function("pftui_folded", 1, _folded, deterministic=True)
    try:
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA trusted_schema=OFF")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _any_text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogateescape")


def _folded(stored: object) -> str:
    """For SQL: a stored text, as bytes, as it is searched."""
    from pftui.domain.search import fold_text  # a look-up of a key never searches

    return fold_text(stored.decode("utf-8", "replace")) if isinstance(stored, bytes) else ""
