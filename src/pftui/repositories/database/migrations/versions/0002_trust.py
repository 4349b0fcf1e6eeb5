"""What trust needs: sessions and their stamps, settings of the organization, ids of makers."""

from __future__ import annotations

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
    _limits()


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


def _limits() -> None:
    """Wrong passwords count by source, and wrong keys by a tag; waits of a minute at most are forgotten."""
    op.drop_table("sign_in_throttles")
    op.create_table(
        "sign_in_limits",
        sa.Column("name", _text(64), nullable=False),
        sa.Column("about", _text(64), nullable=False),
        sa.Column("whole_at", sa.BigInteger(), nullable=False),
        sa.Column("failed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_sign_in_limits")),
    )
    op.create_index(op.f("ix_sign_in_limits_failed_at"), "sign_in_limits", ["failed_at"], unique=False)
    op.create_table(
        "known_sources",
        sa.Column("principal_id", _text(36), nullable=False),
        sa.Column("source", _text(64), nullable=False),
        sa.Column("signed_in_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["principal_id"],
            ["principals.id"],
            name=op.f("fk_known_sources_principal_id_principals"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("principal_id", "source", name=op.f("pk_known_sources")),
    )
    op.add_column("api_keys", sa.Column("tag", sa.String(length=36), nullable=True))
