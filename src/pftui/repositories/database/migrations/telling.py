"""How far a migration is, for who waits for it: what goes over row by row takes minutes for a million."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from pftui.domain.progress import Progress, silent


def tell(what: str, done: int, total: int) -> None:
    """Say how much of it is done, of how much."""
    progress: Progress = context.config.attributes.get("progress", silent)
    progress(what, done, total)


def number_of(connection: sa.Connection, table: sa.TableClause) -> int:
    """How many rows a table has."""
    return int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
