"""What trust needs: sessions and their stamps, settings of the organization, ids of makers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from pftui.domain.look_alikes import look_hash

revision = "0002"
down_revision = "0001"


def _text(length: int) -> sa.String:
    """A text that every database compares and sorts by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    _settings()
    _sessions()
    _makers()
    _names()


def _settings() -> None:
    """What an organization decides for itself."""
    op.add_column(
        "organizations",
        sa.Column("idle_lock_minutes", sa.Integer(), nullable=False, server_default="10"),
    )
    op.add_column(
        "organizations", sa.Column("session_hours", sa.Integer(), nullable=False, server_default="12")
    )
    op.add_column("organizations", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))


def _sessions() -> None:
    """Who is signed in; and the stamp by which a session ends with the credential that opened it."""
    op.add_column("principals", sa.Column("stamp", sa.Integer(), nullable=False, server_default="1"))
    op.create_table(
        "sessions",
        sa.Column("id", _text(36), nullable=False),
        sa.Column("principal_id", _text(36), nullable=False),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=254), nullable=True),
        sa.ForeignKeyConstraint(
            ["principal_id"],
            ["principals.id"],
            name=op.f("fk_sessions_principal_id_principals"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_principal", "sessions", ["principal_id", "created_at"], unique=False)
    op.create_index("ix_sessions_seen", "sessions", ["seen_at"], unique=False)


_PEOPLE = sa.table("principals", sa.column("id"), sa.column("email"))


def _makers() -> None:
    """An id beside each stored name of who did it, since names are not unique; people are found by address."""
    makers = {
        "principals": ("created_by",),
        "api_keys": ("created_by", "revoked_by"),
        "teams": ("created_by",),
        "assignments": ("created_by",),
    }
    for table, columns in makers.items():
        for by in columns:
            op.add_column(table, sa.Column(f"{by}_id", sa.String(length=80), nullable=True))
            rows = sa.table(table, sa.column(by), sa.column(f"{by}_id"))
            maker = _PEOPLE.alias("maker")
            found = sa.select(maker.c.id).where(maker.c.email == rows.c[by]).limit(1).scalar_subquery()
            op.execute(rows.update().values({f"{by}_id": found}))


_AT_ONCE = 500  # rows


def _names() -> None:
    """By what names are found that look alike.

    What it is of a name only Python can tell, and what it must be is what today's pftui makes of it: a newer
    table of characters comes with a migration that sets it anew. So this, unlike all else here, asks pftui.
    """
    for table, *columns in (("principals", "name"), ("roles", "name"), ("teams", "name", "slug")):
        for of in columns:
            op.add_column(table, sa.Column(f"{of}_look", _text(32), nullable=False, server_default=""))
            _set_looks(table, of)
    op.create_index("ix_principals_look", "principals", ["name_look", "kind"], unique=False)
    op.create_index("ix_teams_look", "teams", ["name_look"], unique=False)
    op.create_index("ix_teams_slug_look", "teams", ["slug_look"], unique=False)
    op.create_index("ix_roles_look", "roles", ["name_look"], unique=False)


def _set_looks(table: str, of: str) -> None:
    """Row by row, in batches of bounded memory. What is no text, as only SQLite can hold, has no look."""
    connection = op.get_bind()
    rows = sa.table(table, sa.column("id"), sa.column(of), sa.column(f"{of}_look"))
    found = sa.select(rows.c.id, rows.c[of]).order_by(rows.c.id).limit(_AT_ONCE)
    change = (
        rows.update().where(rows.c.id == sa.bindparam("row")).values({f"{of}_look": sa.bindparam("look")})
    )
    batch = connection.execute(found).all()
    while batch:
        looks = [{"row": row[0], "look": look_hash(row[1])} for row in batch if isinstance(row[1], str)]
        if looks:
            connection.execute(change, looks)
        batch = connection.execute(found.where(rows.c.id > batch[-1][0])).all()
