"""All that is PostgreSQL's own of a connection, direct or behind a pooler that hands out transactions.

Such a pooler (PgBouncer with `pool_mode = transaction`) gives each transaction to whatever session of the
server is free. So nothing here is set for a session: what pftui relies on is set by `SET LOCAL` in each
transaction, and what the driver would keep in a session, as prepared statements, is off.

psycopg is imported here: this module is, only where a store is on PostgreSQL.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from pftui.repositories.database.connections import (
    ANSWER_SECONDS,
    BoundedConnection,
    connect_bounded,
    transaction_settings,
)


def open_postgresql(url: URL, *, busy_seconds: float, answer_seconds: float | None = None) -> Engine:
    """An engine; nothing is connected to yet.

    Args:
        busy_seconds: how long a statement waits for a lock.
        answer_seconds: how long it is waited for an answer; by default `ANSWER_SECONDS`.
    """
    seconds = ANSWER_SECONDS if answer_seconds is None else answer_seconds
    engine = create_engine(
        url,
        hide_parameters=True,
        isolation_level="READ COMMITTED",  # told by the driver with each BEGIN
        pool_pre_ping=True,
        pool_timeout=ANSWER_SECONDS,
        use_native_hstore=False,
    )
    event.listen(engine, "do_connect", partial(_connect, seconds))
    event.listen(engine, "begin", partial(_begin, transaction_settings(busy_seconds, seconds)))
    return engine


def _connect(
    answer_seconds: float, _dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]
) -> BoundedConnection:
    return connect_bounded(parameters, answer_seconds)


def _begin(settings: str, connection: Connection) -> None:
    connection.exec_driver_sql(settings)
