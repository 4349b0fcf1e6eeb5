"""All that is PostgreSQL's own of a connection, direct or behind a pooler that hands out transactions.

Such a pooler (PgBouncer with `pool_mode = transaction`) gives each transaction to whatever session of the
server is free. So nothing here is set for a session: what pftui relies on is set by `SET LOCAL` in each
transaction, and what the driver would keep in a session, as prepared statements, is off.

psycopg is imported here: this module is, only where a store is on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from pftui.repositories.database.connections import (
    ANSWER_SECONDS,
    BoundedConnection,
    connect_believed,
    connect_bounded,
    transaction_settings,
)
from pftui.repositories.database.standing import HEAD, WAITING, believed, refuse_unwaited, store_of

READS = "pftui_reads"
"""Of a connection: its transactions begin with a look at the head of the trail."""
WRITES = "pftui_writes"
"""Of a connection: its transactions wait for what the store says that changes wait for."""


def open_postgresql(
    url: URL, *, busy_seconds: float, answer_seconds: float | None = None, anywhere: bool = False
) -> Engine:
    """An engine; nothing is connected to yet.

    Args:
        busy_seconds: how long a statement waits for a lock.
        answer_seconds: how long it is waited for an answer; by default `ANSWER_SECONDS`.
        anywhere: believe any server, as who looks at one does; else see `standing.py`.
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
    event.listen(engine, "do_connect", partial(_connect, seconds, anywhere))
    event.listen(engine, "begin", partial(_begin, transaction_settings(busy_seconds, seconds)))
    return engine


def _connect(
    answer_seconds: float,
    anywhere: bool,
    _dialect: Any,
    _record: Any,
    _arguments: Any,
    parameters: dict[str, Any],
) -> BoundedConnection:
    return (connect_bounded if anywhere else connect_believed)(parameters, answer_seconds)


def _begin(settings: str, connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(READS):
        _look(settings, connection)
    elif options.get(WRITES):
        for said, waited_for, _ in connection.exec_driver_sql(f"{WAITING}; {settings}"):
            refuse_unwaited(said, waited_for)
    else:
        connection.exec_driver_sql(settings)


def _look(settings: str, connection: Connection) -> None:
    if store_of(connection) is None:
        connection.exec_driver_sql(settings)
        return
    with believed(connection) as believe:
        row = connection.exec_driver_sql(f"{HEAD}; {settings}").first()
        believe((row[0], row[1]) if row is not None else None)


def put_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Put rows into a table by COPY, in the connection's transaction.

    Raises:
        DBAPIError: the server takes one of them not.
    """
    quote = connection.dialect.identifier_preparer.quote
    statement = f"COPY {quote(table)} ({', '.join(map(quote, columns))}) FROM STDIN"
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(None, None, error, psycopg.Error) from error
