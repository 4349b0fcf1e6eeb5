"""The statements of the verifier's look-ups; each sees one consistent state of the database by itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    column,
    exists,
    func,
    literal_column,
    or_,
    select,
    table,
)

from pftui.domain.decisions import MOST_GRANTS
from pftui.repositories.key_lookup.tables import (
    ASSIGNMENTS,
    AUDIT_HEAD,
    KEYS,
    PRINCIPALS,
    ROLE_PERMISSIONS,
    ROLES,
    TEAMS,
)


def _columns(held: Any) -> tuple[Any, ...]:
    """What is read of a key and its account, of a team and, where it is `held`, of the role in it."""
    permissions = (
        select(func.aggregate_strings(ROLE_PERMISSIONS.c.permission, ","))
        .where(ROLE_PERMISSIONS.c.role_id == held.role_id)
        .correlate(held.role_id.table)
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
        held.team_id,
    )


_KEY_ID: BindParameter[str] = bindparam("key_id", "")


def key() -> Select[Any]:
    """A row for each assignment of the key's account, at least one where the key exists.

    There is one more than are wanted at most, so that it shows that there are more; the number of all is in
    the last column. Which they are, goes by the teams' ids: to go by their names, all would have to be read.
    Of a team that has ended assignments may be left, which are none.
    """
    its_team = TEAMS.alias("its_team")
    owner = select(KEYS.c.principal_id).where(KEYS.c.key_id == _KEY_ID).scalar_subquery()
    held = (
        select(ASSIGNMENTS.c.principal_id, ASSIGNMENTS.c.team_id, ASSIGNMENTS.c.role_id)
        .join(its_team, its_team.c.id == ASSIGNMENTS.c.team_id)
        .where(ASSIGNMENTS.c.principal_id == owner)
        .order_by(ASSIGNMENTS.c.team_id)
        .limit(literal_column(str(MOST_GRANTS + 1)))  # parameters would have to be given by who asks
        .offset(literal_column("0"))
        .subquery("held")
    )
    return (
        select(*_columns(held.c), PRINCIPALS.c.team_count)
        .select_from(KEYS)
        .join(PRINCIPALS, PRINCIPALS.c.id == KEYS.c.principal_id)
        .outerjoin(held, held.c.principal_id == PRINCIPALS.c.id)
        .outerjoin(TEAMS, TEAMS.c.id == held.c.team_id)
        .outerjoin(ROLES, ROLES.c.id == held.c.role_id)
        .where(KEYS.c.key_id == _KEY_ID)
        .order_by(TEAMS.c.name_folded, TEAMS.c.id)
    )


def key_with_team() -> Select[Any]:
    """A row for each team that the reference fits, with the account's assignment to it if there is one.

    That is a row at least where the key exists, and three at most, since an id, a slug and a name are unique.
    The last column is whether there is any assignment.
    """
    held, another, its_team = ASSIGNMENTS.c, ASSIGNMENTS.alias("another"), TEAMS.alias("its_team")
    any_assignment = exists(
        select(another.c.team_id)
        .join(its_team, its_team.c.id == another.c.team_id)
        .where(another.c.principal_id == PRINCIPALS.c.id)
        .correlate(PRINCIPALS)
    )
    return (
        select(*_columns(held), any_assignment)
        .select_from(KEYS)
        .join(PRINCIPALS, PRINCIPALS.c.id == KEYS.c.principal_id)
        .outerjoin(TEAMS, _fits())
        .outerjoin(ASSIGNMENTS, and_(held.principal_id == PRINCIPALS.c.id, held.team_id == TEAMS.c.id))
        .outerjoin(ROLES, ROLES.c.id == held.role_id)
        .where(KEYS.c.key_id == _KEY_ID)
    )


def with_head(statement: Select[Any]) -> Select[Any]:
    """The same, and in each row the newest event, by which a server is known that is behind."""
    return statement.add_columns(
        select(AUDIT_HEAD.c.sequence).scalar_subquery(), select(AUDIT_HEAD.c.hash).scalar_subquery()
    )


def teams() -> Select[Any]:
    """The ids of the teams that the reference fits."""
    return select(TEAMS.c.id).where(_fits())


def _fits() -> ColumnElement[bool]:
    return or_(
        TEAMS.c.id == bindparam("team", ""),
        TEAMS.c.slug == bindparam("team_folded", ""),
        TEAMS.c.name_folded == bindparam("team_folded", ""),
    )


def opening() -> Select[Any]:
    version, identity = table("alembic_version", column("version_num")), table("store_identity", column("id"))
    return select(version.c.version_num, select(func.min(identity.c.id)).scalar_subquery())


def health() -> Select[Any]:
    version = table("alembic_version", column("version_num"))
    return select(version.c.version_num, select(func.min(PRINCIPALS.c.id)).scalar_subquery())
