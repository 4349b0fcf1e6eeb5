"""How a change waits for SQLite's write lock while another writer has it.

SQLite's own busy handler (https://www.sqlite.org/c3ref/busy_timeout.html) sleeps longer and longer, up to a
tenth of a second: who waits hardly ever meets the moment between two changes of a busy writer, and gets one
turn where the other has hundreds. Here a waiting change looks again so soon that it meets nearly every such
moment, at times that are drawn, so that no two wait in step. Nothing is kept on the disk for it, and it is
the same for processes and threads.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable

_BEGIN = "BEGIN IMMEDIATE"
#: Seconds until a waiting change looks again, drawn between these: a look takes some 0.02 ms.
PAUSE = (0.0002, 0.0010)


def begin_write(driver: sqlite3.Connection, execute: Callable[[str], object], busy_seconds: float) -> None:
    """Begin a transaction with the write lock of an SQLite store, when it is free.

    Args:
        execute: runs on that connection what is to fail, where it fails.

    Raises:
        Exception: `execute` does, where another writer had it for `busy_seconds`.
        sqlite3.Error: whatever else SQLite says.
    """
    ends: float | None = None
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while not _begun(driver):
            now = time.monotonic()
            ends = now + busy_seconds if ends is None else ends
            if now >= ends:
                execute(_BEGIN)  # which tells of it as of every error
                return
            time.sleep(random.uniform(*PAUSE))  # noqa: S311  # no secret
    finally:
        driver.execute(f"PRAGMA busy_timeout = {round(busy_seconds * 1000)}")


def _begun(driver: sqlite3.Connection) -> bool:
    try:
        driver.execute(_BEGIN)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True
