"""One view of a store for several processes: what one transaction sees, another process's sees too.

On PostgreSQL by a snapshot that is exported
(https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION), which only
the server that gave it has. On SQLite by the file alone: there, what the trail held once it holds still, but
for what is archived meanwhile.
"""

from __future__ import annotations

import os
import re

from sqlalchemy import Connection, Engine

from pftui.repositories.database.engine import sqlite_file

_SNAPSHOT = re.compile(r"[0-9A-F]+(?:-[0-9A-F]+)+")
# Two servers may give the same name to a snapshot; two are not started in the same microsecond.
_MAY = "SELECT has_function_privilege('pg_export_snapshot()', 'execute')"
_STARTED = "SELECT pg_postmaster_start_time()::text"


class OtherView(Exception):
    """It cannot be had here: it is of another file or server, or it has ended."""


def share(connection: Connection) -> str:
    """The view of a transaction for reading, for as long as that lasts; by it `enter` finds it.

    Raises:
        OtherView: it cannot be shared.
        OSError: the file cannot be looked at.
    """
    if connection.dialect.name == "sqlite":
        return _file(connection.engine)
    if not connection.exec_driver_sql(_MAY).scalar_one():  # being refused would end the transaction
        raise OtherView
    snapshot = connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar_one()
    return f"{snapshot} {connection.exec_driver_sql(_STARTED).scalar_one()}"


def enter(connection: Connection, view: str) -> None:
    """Let a transaction for reading, which has read nothing yet, see what the one does that is shared.

    Raises:
        OtherView, DBAPIError, OSError: it cannot.
    """
    if connection.dialect.name == "sqlite":
        check_same(connection, view)
        return
    snapshot, _, started = view.partition(" ")
    if not _SNAPSHOT.fullmatch(snapshot):
        raise OtherView
    connection.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
    if connection.exec_driver_sql(_STARTED).scalar_one() != started:
        raise OtherView


def check_same(connection: Connection, view: str) -> None:
    """Raise `OtherView` where the file was replaced since it was shared."""
    if connection.dialect.name == "sqlite" and _file(connection.engine) != view:
        raise OtherView


def _file(engine: Engine) -> str:
    """Which file is there by the name of the store's."""
    found = os.stat(sqlite_file(engine.url))
    return f"{found.st_dev} {found.st_ino}"
