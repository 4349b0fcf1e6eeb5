"""Reading very many rows of an SQLite store: texts as SQLite's driver makes them, in a third of the time.

Elsewhere a text that is no UTF-8 is given with its bytes (see `database/engine.py`), by a function that is
called for each text of each row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from pftui.repositories.paging import AnyRow, AnySelect

AnyTuple = AnyRow | tuple[Any, ...]


class UnreadableText(Exception):
    """A text among the next rows is no UTF-8: read them in the other way."""


def in_batches(connection: Connection, statement: AnySelect, at_once: int) -> Iterator[Sequence[AnyTuple]]:
    """The rows of a select of texts and whole numbers, so many at a time.

    Raises:
        UnreadableText: the next ones are not given.
    """
    driver: Any = connection.connection.dbapi_connection
    if not isinstance(driver, sqlite3.Connection):
        with connection.execute(statement, execution_options={"yield_per": at_once}) as result:
            yield from result.partitions()
        return
    with connection.execute(statement) as result:
        # Rows of the driver's own: of these types SQLAlchemy makes nothing else.
        while rows := _next(driver, result.cursor, at_once):
            yield rows


def _next(driver: sqlite3.Connection, cursor: Any, at_once: int) -> Sequence[AnyTuple]:
    usual, driver.text_factory = driver.text_factory, str
    try:
        rows: Sequence[AnyTuple] = cursor.fetchmany(at_once)
        return rows
    except sqlite3.OperationalError as error:
        if "decode" not in str(error):
            raise
        raise UnreadableText from error
    finally:
        driver.text_factory = usual
