"""What trust needs: sessions and their stamps, settings of the organization, ids of makers."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _text(length: int) -> sa.String:
    """A text that every database compares and sorts by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    _settings()
    _sessions()
    _makers()
    _identity()


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


def _identity() -> None:
    """Which store this is, and what tells its file from copies of it."""
    table = op.create_table(
        "store_identity",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("mark", sa.String(length=80), nullable=False),
        sa.Column("in_use", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_identity")),
    )
    if not op.get_bind().scalar(sa.select(sa.func.count()).select_from(sa.table("audit_head"))):
        return  # a new store, which gets its row with the others that every store has
    op.bulk_insert(table, [{"id": str(uuid.uuid4()), "mark": f"pftui:{uuid.uuid4().hex}:{1:016d}"}])
