"""The columns that the verifier needs, named once more, apart from the models.

A look-up needs neither the models nor SQLAlchemy's ORM, which take long to import. A test holds that the
models have all that is named here.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, DateTime, Integer, String, column, table

KEYS = table(
    "api_keys",
    column("key_id", String),
    column("principal_id", String),
    column("hash", String),
    column("tag", String),
    column("saved", Boolean),
    column("last_used_at", BigInteger),
    column("revoked_at", DateTime),
)
PRINCIPALS = table(
    "principals",
    column("id", String),
    column("name", String),
    column("global_admin", Boolean),
    column("disabled", Boolean),
    column("team_count", Integer),
    column("last_used_at", BigInteger),
    column("stamp", Integer),
)
ASSIGNMENTS = table(
    "assignments", column("principal_id", String), column("team_id", String), column("role_id", String)
)
TEAMS = table(
    "teams",
    column("id", String),
    column("name", String),
    column("name_folded", String),
    column("slug", String),
)
ROLES = table("roles", column("id", String), column("name", String))
ROLE_PERMISSIONS = table("role_permissions", column("role_id", String), column("permission", String))
AUDIT_HEAD = table(
    "audit_head", column("id", BigInteger), column("sequence", BigInteger), column("hash", String)
)
