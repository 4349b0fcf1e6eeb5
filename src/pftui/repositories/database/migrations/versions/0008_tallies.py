"""What is counted of each full block of the trail; the events that are there are counted when this is done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "audit_blocks",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("earliest", sa.DateTime(timezone=True), nullable=False),
        sa.Column("latest", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_blocks")),
    )
    op.create_table(
        "audit_tallies",
        sa.Column("block", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actor_id", _text(80), nullable=False),
        sa.Column("target", _text(20), nullable=False),
        sa.Column("action", _text(60), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("block", "actor_id", "target", "action", name=op.f("pk_audit_tallies")),
    )
    order = ["actor_id", "target", "action", "block", "events"]
    op.create_index("ix_audit_tallies_what", "audit_tallies", order, unique=False)


def _text(length: int) -> sa.String:
    """A text that every database compares and sorts by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")
