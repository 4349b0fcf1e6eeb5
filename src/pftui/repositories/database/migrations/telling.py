"""How far a migration is, for who waits for it: what goes over row by row takes minutes for a million."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context


def tell(what: str, done: int, total: int) -> None:
    """Say how much of it is done, of how much; see `pftui.repositories.database.indexing.Progress`."""
    progress = context.config.attributes.get("progress")
    if progress is not None:
        progress(what, done, total)


def number_of(connection: sa.Connection, table: sa.TableClause) -> int:
    """How many rows a table has."""
    return int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
