"""A team ends at once, however many are in it; its assignments are cleared in steps."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

revision = "0009"
down_revision = "0008"

_KEY = "fk_assignments_team_id_teams"
_REFERENCE = re.compile(
    rf",\s*CONSTRAINT {_KEY} FOREIGN KEY\(team_id\) REFERENCES teams \(id\) ON DELETE CASCADE"
)


def upgrade() -> None:
    """In no time: no assignment is touched."""
    op.create_table(
        "ended_teams",
        sa.Column("id", _text(36), nullable=False),
        sa.Column("cleared_at", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_teams")),
    )
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint(_KEY, "assignments", type_="foreignkey")
    elif not _taken_out_of_the_text(connection):
        with op.batch_alter_table("assignments") as table:
            table.drop_constraint(_KEY, type_="foreignkey")


def _taken_out_of_the_text(connection: sa.Connection) -> bool:
    """Whether SQLite has let go of the constraint without making the table anew.

    As its documentation says, where what is on the disk stays the same:
    https://www.sqlite.org/lang_altertable.html#making_other_kinds_of_table_schema_changes. Some builds refuse it.
    """
    found = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'assignments'"
    without = _REFERENCE.sub("", str(connection.exec_driver_sql(found).scalar()))
    version = int(connection.exec_driver_sql("PRAGMA schema_version").scalar() or 0)
    try:
        connection.exec_driver_sql("PRAGMA writable_schema=ON")
        connection.exec_driver_sql(
            "UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = 'assignments'", (without,)
        )
        connection.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    except DBAPIError:
        return False
    finally:
        connection.exec_driver_sql("PRAGMA writable_schema=RESET")
    keys = connection.exec_driver_sql("PRAGMA foreign_key_list(assignments)").all()
    return all(key[2] != "teams" for key in keys)


def _text(length: int) -> sa.String:
    """A text that every database compares and sorts by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
