"""The one place where a database's error becomes one of ours."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from pftui.domain.errors import Conflict, PftuiError, StoreBusy, StoreUnavailable
from pftui.repositories.database.states import NO_ANSWER

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
    NO_ANSWER: "The store's server did not answer in time. Check it and the network, then try again.",
    "53100": "The disk of the store's server is full.",
    "53300": "The store's server takes no more connections. Try again in a moment.",
    "28": "The store's server refused this user or password. Check PFTUI_DATABASE_URL.",
    "3D": "The store's server has no such database. Check PFTUI_DATABASE_URL.",
    "42501": "This user of the store's server lacks a right that pftui needs.",
    "42P01": "This database is not a pftui store, or an incomplete one.",
    "42P07": "This database holds tables of another program. Give pftui a database or a schema of its own.",
    "25006": "The store's server is read-only. Give the address of the primary.",
    "57014": "The store's server ended this by a time limit of its own (statement_timeout), or was told to.",
    "25P03": "The store's server ended a change that was left for too long.",
    "57P": "The store's server is being stopped or started. Try again in a moment.",
    "resolve": "The host of the store's server is not known. Check PFTUI_DATABASE_URL.",
    "option": "PostgreSQL's client does not take this connection as it is configured. Check "
    "PFTUI_DATABASE_URL and the PG… variables.",
    "refused": "The store's server refused the connection. Check PFTUI_DATABASE_URL and the PG… variables.",
    "pooler": "The pooler before the store's server does not take a setting. Leave it out of "
    "PFTUI_DATABASE_URL and PGOPTIONS, or have the pooler ignore it.",
    "no_tls": "The store's server offers no encryption. pftui asks for it, and for a certificate, where the "
    "host is not a socket, 127.0.0.1 or ::1; where the network is trusted, add ?sslmode=disable to "
    "PFTUI_DATABASE_URL, or set PGSSLMODE.",
    "certificate": "The store's server could not prove by a certificate that it is the host in the URL, "
    "which pftui asks where that is not a socket, 127.0.0.1 or ::1. Name who issues its certificates by "
    "?sslrootcert=FILE in PFTUI_DATABASE_URL, or choose another sslmode there or in PGSSLMODE.",
}
_BUSY_STATES = frozenset({"55P03", "40P01", "40001"})
# What is refused before there is a connection is told in words only: libpq gives no SQLSTATE for it.
_REFUSALS = (
    (re.compile(r'FATAL: +database ".*" does not exist'), "3D000"),
    (re.compile(r"FATAL: +(sorry, )?(too many|remaining connection slots)"), "53300"),
    (re.compile(r"FATAL: .*unsupported startup parameter"), "pooler"),
    (re.compile(r"FATAL: .*the database system is"), "57P"),
    (
        re.compile(r"FATAL: .*(authentication|client certificate|role \"|pg_hba\.conf|permission denied)"),
        "28000",
    ),
    (re.compile(r"failed to resolve host|could not translate host"), "resolve"),
    (re.compile(r"server does not support SSL"), "no_tls"),
    (re.compile(r"certificate"), "certificate"),
    (re.compile(r"FATAL: "), "refused"),
    (re.compile(r"connection is bad: (?!connection to)|invalid connection option|bad value for"), "option"),
)
_LOST = "The connection to the store was lost or could not be made. Check that it is running, then try again."
_LONGEST = 300  # characters of a server's words
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
    sentence = _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2]) or _POSTGRESQL.get(state[:3]) or _LOST
    said = "" if state in _SAY_IT_ALL else _words(cause)
    return StoreUnavailable(" ".join(part for part in (sentence, said, _NOTHING_CHANGED) if part))


_SAY_IT_ALL = frozenset({NO_ANSWER})


def _words(cause: BaseException | None) -> str:
    """What the server or its client said: the first sentence, which holds no password and no URL.

    A server's message names what it is about, and libpq's the host, the port, the user or an option.
    """
    primary = getattr(getattr(cause, "diag", None), "message_primary", None)
    line = str(primary or cause or "").strip().partition("\n")[0]
    for beginning in ("connection failed: ", "connection is bad: "):
        line = line.removeprefix(beginning)
    line = " ".join(line.split())[:_LONGEST].rstrip(".")
    return f"It said: {line}." if line else ""


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
