"""The one place where a database's error becomes one of ours."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from pftui.domain.errors import Conflict, PftuiError, StoreBusy, StoreUnavailable

_NOTHING_CHANGED = "Nothing was changed."
# SQLite's primary result codes (https://www.sqlite.org/rescode.html).
_SQLITE = {
    sqlite3.SQLITE_FULL: "The disk that holds the store is full. Free some space and try again.",
    sqlite3.SQLITE_READONLY: "The store is read-only for this user. Check the owner and mode of its file.",
    sqlite3.SQLITE_IOERR: "The disk that holds the store reports an error. Check the disk, then try again.",
    sqlite3.SQLITE_CORRUPT: "The store's file is damaged. Bring back a backup with `pftui db restore`.",
    sqlite3.SQLITE_NOTADB: "This file is not a pftui store. Check the path given by --store.",
    sqlite3.SQLITE_CANTOPEN: "The store cannot be opened. Check its file, its folder, and its disk's room.",
    sqlite3.SQLITE_PERM: "The store cannot be opened by this user. Check the owner and mode of its file.",
    sqlite3.SQLITE_AUTH: "The store cannot be opened by this user. Check the owner and mode of its file.",
}
# PostgreSQL's SQLSTATE codes (its manual, appendix A), or their classes.
_POSTGRESQL = {
    "53100": "The disk of the store's server is full.",
    "53300": "The store's server takes no more connections. Try again in a moment.",
    "28": "The store's server refused this user or password. Check PFTUI_DATABASE_URL.",
    "3D": "The store's server has no such database. Check PFTUI_DATABASE_URL.",
    "42501": "This user of the store's server lacks the rights on its tables.",
    "42P01": "This database is not a pftui store, or an incomplete one.",
    "25006": "The store's server is read-only. Give the address of the primary.",
}
_BUSY_STATES = frozenset({"55P03", "40P01", "40001"})
# PostgreSQL tells of a refused connection in words only: libpq gives no SQLSTATE for it.
_REFUSALS = (
    (re.compile(r'FATAL: +database ".*" does not exist'), "3D000"),
    (re.compile(r"FATAL: +(sorry, )?(too many|remaining connection slots)"), "53300"),
    (re.compile(r"FATAL: .*(authentication|role \"|pg_hba\.conf|permission denied)"), "28000"),
)
_LOST = "The connection to the store was lost or could not be made. Check that it is running, then try again."
BUSY = "Another program held the store for too long. Try again in a moment."


@contextmanager
def translated() -> Iterator[None]:
    """Turn errors of the database into `StoreUnavailable` and its kin, with a sentence."""
    try:
        yield
    except PftuiError:
        raise
    except IntegrityError as error:
        message = f"The store refused the change, since it would break one of its rules. {_NOTHING_CHANGED}"
        raise Conflict(message) from error
    except PoolTimeoutError as error:
        raise StoreBusy(f"{BUSY} {_NOTHING_CHANGED}") from error
    except DBAPIError as error:
        # Any other error of SQLAlchemy's is a defect of ours, and told as one; so is an impossible value.
        if _is_of_data(error):
            raise
        raise _translate(error) from error
    except sqlite3.Error as error:
        raise _from_sqlite(error) from error


def _is_of_data(error: DBAPIError) -> bool:
    """Whether PostgreSQL refused a value (class 22), or its driver did, which gives no SQLSTATE."""
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return not isinstance(error.orig, sqlite3.Error) and (isinstance(error, DataError) or state[:2] == "22")


def _translate(error: DBAPIError) -> StoreUnavailable:
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return _from_sqlite(cause)
    state = str(getattr(cause, "sqlstate", None) or _refusal(str(cause)))
    if state in _BUSY_STATES:
        return StoreBusy(f"{BUSY} {_NOTHING_CHANGED}")
    sentence = _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2]) or _LOST
    return StoreUnavailable(f"{sentence} {_NOTHING_CHANGED}")


def _refusal(words: str) -> str:
    return next((state for pattern, state in _REFUSALS if pattern.search(words)), "")


def _from_sqlite(error: sqlite3.Error) -> StoreUnavailable:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreBusy(f"{BUSY} {_NOTHING_CHANGED}")
    sentence = _SQLITE.get(
        code, "The store could not carry this out; it may be damaged or not a pftui store."
    )
    return StoreUnavailable(f"{sentence} {_NOTHING_CHANGED}")
