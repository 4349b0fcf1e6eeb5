"""Webhooks: where events of the trail are sent, how far each is, what became of it, and what seals its secret."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def _text(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _number() -> sa.Column[int]:
    return sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _of_a_webhook(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["webhook_id"], ["webhooks.id"], name=op.f(f"fk_{table}_webhook_id_webhooks"), ondelete="CASCADE"
    )


def upgrade() -> None:
    op.add_column(
        "organizations", sa.Column("allowed_networks", sa.Text(), nullable=False, server_default="")
    )
    op.add_column(
        "organizations", sa.Column("webhook_proxy", sa.String(2000), nullable=False, server_default="")
    )
    _webhooks()
    _cursors()
    _deliveries()
    _parked()
    op.create_table(
        "store_key",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.String(16), nullable=False),
        sa.Column("next_fingerprint", sa.String(16), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_store_key_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store_key")),
    )


def _webhooks() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", _text(36), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("name_folded", _text(320), nullable=False),
        sa.Column("name_look", _text(32), nullable=False),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("events", sa.Text(), nullable=False),
        sa.Column("team_id", _text(36), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("previous_secret", sa.Text(), nullable=True),
        sa.Column("previous_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed_by", _text(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(254), nullable=False),
        sa.Column("created_by_id", sa.String(80), nullable=True),
        sa.Column("created_by_folded", _text(254), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_webhooks_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
        sa.UniqueConstraint("name_folded", name=op.f("uq_webhooks_name_folded")),
    )
    op.create_index("ix_webhooks_look", "webhooks", ["name_look"])
    op.create_index("ix_webhooks_team", "webhooks", ["team_id"])


def _cursors() -> None:
    op.create_table(
        "webhook_cursors",
        sa.Column("webhook_id", _text(36), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", _text(36), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        _of_a_webhook("webhook_cursors"),
        sa.PrimaryKeyConstraint("webhook_id", name=op.f("pk_webhook_cursors")),
    )


def _deliveries() -> None:
    op.create_table(
        "webhook_deliveries",
        _number(),
        sa.Column("webhook_id", _text(36), nullable=False),
        sa.Column("event_id", sa.String(36), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.String(100), nullable=False),
        sa.Column("attempted_at", sa.BigInteger(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        _of_a_webhook("webhook_deliveries"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index("ix_webhook_deliveries_webhook", "webhook_deliveries", ["webhook_id", "number"])
    op.create_index("ix_webhook_deliveries_attempted", "webhook_deliveries", ["attempted_at"])


def _parked() -> None:
    op.create_table(
        "webhook_parked",
        _number(),
        sa.Column("webhook_id", _text(36), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("parked_at", sa.BigInteger(), nullable=False),
        sa.Column("resending_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.BigInteger(), nullable=False),
        _of_a_webhook("webhook_parked"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_webhook_parked")),
    )
    op.create_index("ix_webhook_parked_webhook", "webhook_parked", ["webhook_id", "first"])
