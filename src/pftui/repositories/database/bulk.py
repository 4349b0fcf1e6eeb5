"""A store from ready-made rows, for a demo: as fast as SQLite goes, and of no lasting value."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, insert, text

from pftui.domain.audit import AuditEvent
from pftui.repositories.audit import columns_of
from pftui.repositories.database.engine import enable_wal, open_engine
from pftui.repositories.database.generation import new_mark
from pftui.repositories.database.indexing import sample
from pftui.repositories.database.revisions import SCHEMA_REVISION
from pftui.repositories.errors import translated
from pftui.repositories.models import Base

Rows = Sequence[Mapping[str, Any]]


def write_sample(path: Path, tables: Mapping[str, Rows], events: Sequence[AuditEvent]) -> None:
    """Fill the empty file at `path` with a schema and these rows.

    The schema comes from the models, since alembic's import alone takes longer than all of this; a test
    holds it equal to that of the migrations.

    Args:
        tables: rows by table, in an order in which each refers only to what is there already.
        events: the trail, chained, oldest first.
    """
    engine = open_engine(URL.create("sqlite", database=str(path)))
    event.listen(engine, "connect", _without_care)
    try:
        with translated(), engine.begin() as connection:
            Base.metadata.create_all(connection, checkfirst=False)
            _stamp(connection)
            trail = {
                "audit_events": [_event_row(each) for each in events],
                "audit_head": [{"id": 1, "sequence": events[-1].sequence, "hash": events[-1].hash}],
                "store_identity": [{"id": str(uuid.uuid4()), "mark": new_mark()}],
            }
            for name, rows in {**tables, **trail}.items():
                connection.execute(insert(Base.metadata.tables[name]), list(rows))
            sample(connection)
    finally:
        engine.dispose()
    enable_wal(path)


def _without_care(connection: Any, _record: Any) -> None:
    """Nothing waits for the disk: what a crash leaves of a demo is removed, not read."""
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA journal_mode=OFF")


def _stamp(connection: Connection) -> None:
    """What alembic leaves behind, so that the store is taken for one of this version."""
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(
        text("INSERT INTO alembic_version (version_num) VALUES (:revision)"), {"revision": SCHEMA_REVISION}
    )


def _event_row(audit_event: AuditEvent) -> dict[str, Any]:
    row = columns_of(audit_event)
    row["metadata"] = row.pop("metadata_json")  # the column's own name, which no mapped class can have
    return row
