"""The statements of the verifier's look-ups; each sees one consistent state of the database by itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, bindparam, column, func, or_, select, table

from pftui.repositories.key_lookup.tables import (
    ASSIGNMENTS,
    AUDIT_HEAD,
    KEYS,
    PRINCIPALS,
    ROLE_PERMISSIONS,
    ROLES,
    TEAMS,
)


def _key_columns() -> tuple[Any, ...]:
    permissions = (
        select(func.aggregate_strings(ROLE_PERMISSIONS.c.permission, ","))
        .where(ROLE_PERMISSIONS.c.role_id == ASSIGNMENTS.c.role_id)
        .correlate(ASSIGNMENTS)
        .scalar_subquery()
    )
    return (
        KEYS.c.hash,
        KEYS.c.tag,
        KEYS.c.last_used_at,
        KEYS.c.saved,
        KEYS.c.revoked_at.is_not(None),
        PRINCIPALS.c.id,
        PRINCIPALS.c.name,
        PRINCIPALS.c.global_admin,
        PRINCIPALS.c.disabled,
        PRINCIPALS.c.stamp,
        TEAMS.c.id,
        TEAMS.c.name,
        TEAMS.c.slug,
        ROLES.c.id,
        ROLES.c.name,
        permissions,
    )


def _selected(*more: Any) -> Select[Any]:
    return (
        select(*_key_columns(), *more)
        .select_from(KEYS)
        .join(PRINCIPALS, PRINCIPALS.c.id == KEYS.c.principal_id)
        .outerjoin(ASSIGNMENTS, ASSIGNMENTS.c.principal_id == PRINCIPALS.c.id)
        .outerjoin(TEAMS, TEAMS.c.id == ASSIGNMENTS.c.team_id)
        .outerjoin(ROLES, ROLES.c.id == ASSIGNMENTS.c.role_id)
        .where(KEYS.c.key_id == bindparam("key_id", ""))
        .order_by(TEAMS.c.name_folded, TEAMS.c.id)
    )


def key() -> Select[Any]:
    """A row for each assignment of the key's account, at least one where the key exists."""
    return _selected()


def key_with_team() -> Select[Any]:
    """The same, and which teams the reference fits, each at most once since all three are unique."""
    asked = TEAMS.alias("asked").c
    return _selected(
        select(asked.id).where(asked.id == bindparam("team", "")).scalar_subquery(),
        select(asked.id).where(asked.slug == bindparam("team_folded", "")).scalar_subquery(),
        select(asked.id).where(asked.name_folded == bindparam("team_folded", "")).scalar_subquery(),
    )


def with_head(statement: Select[Any]) -> Select[Any]:
    """The same, and in each row the newest event, by which a server is known that is behind."""
    return statement.add_columns(
        select(AUDIT_HEAD.c.sequence).scalar_subquery(), select(AUDIT_HEAD.c.hash).scalar_subquery()
    )


def teams() -> Select[Any]:
    names = or_(
        TEAMS.c.id == bindparam("team", ""),
        TEAMS.c.slug == bindparam("team_folded", ""),
        TEAMS.c.name_folded == bindparam("team_folded", ""),
    )
    return select(TEAMS.c.id).where(names)


def opening() -> Select[Any]:
    version, identity = table("alembic_version", column("version_num")), table("store_identity", column("id"))
    return select(version.c.version_num, select(func.min(identity.c.id)).scalar_subquery())


def health() -> Select[Any]:
    version = table("alembic_version", column("version_num"))
    return select(version.c.version_num, select(func.min(PRINCIPALS.c.id)).scalar_subquery())
