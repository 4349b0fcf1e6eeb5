"""The trail can be listed by what it is about and when, and its oldest events be archived."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_INDEXES = {
    "ix_audit_events_kind": ("target", "sequence"),
    "ix_audit_events_team": ("team_id", "sequence"),
    "ix_audit_events_created_at": ("created_at", "sequence"),
}


def upgrade() -> None:
    for name, columns in _INDEXES.items():
        op.create_index(name, "audit_events", list(columns))
    number = sa.Column("archived_sequence", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("audit_head", number)
    follows = sa.Column("archived_hash", sa.String(length=64), nullable=False, server_default="0" * 64)
    op.add_column("audit_head", follows)
