"""The first schema: accounts, credentials, teams, roles, assignments, throttles and the audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _text(length: int) -> sa.String:
    """A text that every database compares and sorts by code point."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.String(length=80), nullable=False),
        sa.Column("actor_name", sa.String(length=254), nullable=False),
        sa.Column("actor_email", sa.String(length=254), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("target", sa.String(length=20), nullable=False),
        sa.Column("target_id", sa.String(length=80), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.String(length=36), nullable=False),
        sa.Column("team_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_events")),
        sa.UniqueConstraint("id", name=op.f("uq_audit_events_id")),
    )
    op.create_index("ix_audit_events_action", "audit_events", ["action", "sequence"], unique=False)
    op.create_index("ix_audit_events_actor", "audit_events", ["actor_id", "sequence"], unique=False)
    op.create_index("ix_audit_events_target", "audit_events", ["target_id", "sequence"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "organizations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
    )
    op.create_table(
        "principals",
        sa.Column("id", _text(36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_folded", _text(320), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_folded", _text(1016), nullable=True),
        sa.Column("identifier", sa.String(length=254), nullable=False),
        sa.Column("identifier_folded", _text(1016), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("global_admin", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("team_count", sa.Integer(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'user') = (email_folded IS NOT NULL)", name=op.f("ck_principals_email_of_people")
        ),
        sa.CheckConstraint("kind IN ('user', 'service_account')", name=op.f("ck_principals_kind")),
        sa.CheckConstraint("name <> ''", name=op.f("ck_principals_name")),
        sa.CheckConstraint("team_count >= 0", name=op.f("ck_principals_team_count")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_principals")),
        sa.UniqueConstraint("email_folded", name=op.f("uq_principals_email_folded")),
    )
    op.create_index("ix_principals_admin", "principals", ["global_admin", "name_folded", "id"], unique=False)
    op.create_index(
        "ix_principals_identifier", "principals", ["identifier_folded", "name_folded", "id"], unique=False
    )
    op.create_index(
        "ix_principals_last_used", "principals", ["last_used_at", "name_folded", "id"], unique=False
    )
    op.create_index("ix_principals_name", "principals", ["name_folded", "id"], unique=False)
    op.create_index("ix_principals_status", "principals", ["status", "name_folded", "id"], unique=False)
    op.create_index("ix_principals_teams", "principals", ["team_count", "name_folded", "id"], unique=False)
    op.create_index(
        "uq_principals_service_account_name",
        "principals",
        ["name_folded"],
        unique=True,
        sqlite_where=sa.text("kind = 'service_account'"),
        postgresql_where=sa.text("kind = 'service_account'"),
    )
    op.create_table(
        "roles",
        sa.Column("id", _text(36), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_folded", _text(320), nullable=False),
        sa.Column("predefined", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_roles_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
        sa.UniqueConstraint("name_folded", name=op.f("uq_roles_name_folded")),
    )
    op.create_table(
        "sign_in_throttles",
        sa.Column("email_hash", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("email_hash", name=op.f("pk_sign_in_throttles")),
    )
    op.create_index(
        op.f("ix_sign_in_throttles_last_failed_at"), "sign_in_throttles", ["last_failed_at"], unique=False
    )
    op.create_table(
        "teams",
        sa.Column("id", _text(36), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_folded", _text(320), nullable=False),
        sa.Column("slug", _text(80), nullable=False),
        sa.Column("member_count", sa.Integer(), nullable=False),
        sa.Column("service_account_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_teams_name")),
        sa.CheckConstraint("member_count >= 0 AND service_account_count >= 0", name=op.f("ck_teams_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_teams")),
        sa.UniqueConstraint("name_folded", name=op.f("uq_teams_name_folded")),
        sa.UniqueConstraint("slug", name=op.f("uq_teams_slug")),
    )
    op.create_index("ix_teams_members", "teams", ["member_count", "name_folded", "id"], unique=False)
    op.create_index(
        "ix_teams_service_accounts", "teams", ["service_account_count", "name_folded", "id"], unique=False
    )
    op.create_table(
        "api_keys",
        sa.Column("key_id", _text(10), nullable=False),
        sa.Column("principal_id", _text(36), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("hash", sa.String(length=255), nullable=False),
        sa.Column("saved", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(length=254), nullable=True),
        sa.CheckConstraint("length(key_id) = 10", name=op.f("ck_api_keys_key_id")),
        sa.ForeignKeyConstraint(
            ["principal_id"],
            ["principals.id"],
            name=op.f("fk_api_keys_principal_id_principals"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_keys")),
    )
    op.create_index(op.f("ix_api_keys_principal_id"), "api_keys", ["principal_id"], unique=False)
    op.create_table(
        "assignments",
        sa.Column("principal_id", _text(36), nullable=False),
        sa.Column("team_id", _text(36), nullable=False),
        sa.Column("role_id", _text(36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["principal_id"],
            ["principals.id"],
            name=op.f("fk_assignments_principal_id_principals"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name=op.f("fk_assignments_role_id_roles"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_assignments_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("principal_id", "team_id", name=op.f("pk_assignments")),
    )
    op.create_index(op.f("ix_assignments_role_id"), "assignments", ["role_id"], unique=False)
    op.create_index(op.f("ix_assignments_team_id"), "assignments", ["team_id"], unique=False)
    op.create_table(
        "passwords",
        sa.Column("principal_id", _text(36), nullable=False),
        sa.Column("hash", sa.String(length=255), nullable=False),
        sa.Column("temporary", sa.Boolean(), nullable=False),
        sa.Column("void_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["principal_id"],
            ["principals.id"],
            name=op.f("fk_passwords_principal_id_principals"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("principal_id", name=op.f("pk_passwords")),
    )
    op.create_table(
        "role_permissions",
        sa.Column("role_id", _text(36), nullable=False),
        sa.Column("permission", _text(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name=op.f("fk_role_permissions_role_id_roles"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("role_id", "permission", name=op.f("pk_role_permissions")),
    )
