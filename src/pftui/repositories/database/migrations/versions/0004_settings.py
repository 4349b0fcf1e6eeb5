"""The organization's settings, whole: what roles hold by the names of the newer documents, and custom roles."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _settings()
    _roles()
    _permissions()


_ROLES = sa.table(
    "roles",
    *(sa.column(name) for name in ("id", "name", "name_folded", "description")),
    *(sa.column(name) for name in ("member_count", "service_account_count", "version")),
    sa.column("predefined", sa.Boolean),
)
_HELD = sa.table("role_permissions", sa.column("role_id"), sa.column("permission"))
_ASSIGNMENTS = sa.table("assignments", sa.column("role_id"), sa.column("principal_id"))
_PRINCIPALS = sa.table("principals", sa.column("id"), sa.column("kind"))

_VIEWS = ("view_configurations", "view_evaluations", "view_issues")
_ALL_BUT_ADMINISTRATOR = (
    "view_configurations", "run_scans", "manage_configurations", "manage_targets", "view_evaluations",
    "create_evaluations", "manage_evaluations", "view_issues", "manage_issues",
)  # fmt: skip
#: What the predefined roles hold and are for; none of them could be changed before.
_PREDEFINED = {
    "administrator": (("administrator",), "Everything in the team."),
    "engineer": (_ALL_BUT_ADMINISTRATOR, "All work in the team."),
    "ci runner": (
        (*_VIEWS, "run_scans", "create_evaluations"),
        "What a CI job needs: to upload evaluations, and to run scans on the server.",
    ),
    "viewer": (_VIEWS, "To look at everything, and to change nothing."),
}
#: What the older names mean, for roles that are not predefined.
_OLDER = {
    "view_results": ("view_evaluations", "view_issues"),
    "manage_results": ("manage_evaluations", "manage_issues"),
}


def _settings() -> None:
    """Whether keys may do less than people."""
    op.add_column(
        "organizations",
        sa.Column("keys_restricted", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def _roles() -> None:
    """What a role is for, and by how many people and service accounts it is held."""
    description = sa.Column("description", sa.String(length=500), nullable=False, server_default="")
    op.add_column("roles", description)
    for column, kind in (("member_count", "user"), ("service_account_count", "service_account")):
        op.add_column("roles", sa.Column(column, sa.Integer(), nullable=False, server_default="0"))
        held_by = (
            sa.select(sa.func.count(_ASSIGNMENTS.c.principal_id.distinct()))
            .select_from(_ASSIGNMENTS.join(_PRINCIPALS, _PRINCIPALS.c.id == _ASSIGNMENTS.c.principal_id))
            .where(_ASSIGNMENTS.c.role_id == _ROLES.c.id, _PRINCIPALS.c.kind == kind)
            .scalar_subquery()
        )
        op.execute(_ROLES.update().values({column: held_by}))


def _permissions() -> None:
    """Roles are few, and those that hold something else from now on get an event each."""
    connection = op.get_bind()
    before = {
        row.id: (row.name, row.name_folded, bool(row.predefined), set[Any]())
        for row in connection.execute(
            sa.select(_ROLES.c.id, _ROLES.c.name, _ROLES.c.name_folded, _ROLES.c.predefined).order_by(
                _ROLES.c.name_folded
            )
        )
    }
    for role_id, permission in connection.execute(sa.select(_HELD.c.role_id, _HELD.c.permission)):
        if role_id in before:
            before[role_id][3].add(permission)
    trail = _Trail(connection)
    for role_id, (name, folded, predefined, held) in before.items():
        if predefined and folded in _PREDEFINED:
            wanted, description = _PREDEFINED[folded]
            op.execute(_ROLES.update().where(_ROLES.c.id == role_id).values(description=description))
            gone, new = held.difference(wanted), set(wanted) - held
        else:
            gone = held.intersection(_OLDER)
            new = {name for old in gone for name in _OLDER[old]} - held
        if not (gone or new):
            continue
        op.execute(_HELD.delete().where(_HELD.c.role_id == role_id, _HELD.c.permission.in_(gone)))
        if new:
            connection.execute(
                _HELD.insert(), [{"role_id": role_id, "permission": each} for each in sorted(new)]
            )
        op.execute(_ROLES.update().where(_ROLES.c.id == role_id).values(version=_ROLES.c.version + 1))
        trail.tell(str(role_id), str(name), held, held - gone | new)


_EVENTS = sa.table(
    "audit_events",
    *(
        sa.column(name)
        for name in (
            "sequence", "id", "description", "actor_id", "actor_name", "actor_email", "action", "target",
            "target_id", "metadata", "organization_id", "team_id", "created_at", "previous_hash", "hash", "v",
            "source",
        )
    ),
)  # fmt: skip
_HEAD = sa.table("audit_head", sa.column("sequence"), sa.column("hash"))
_ORGANIZATIONS = sa.table("organizations", sa.column("id"))


class _Trail:
    """Tells, as `system` and in the form of version 1, what an upgrade made of roles."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        head = connection.execute(sa.select(_HEAD.c.sequence, _HEAD.c.hash)).first()
        self._head: tuple[int, str] | None = (int(head[0]), str(head[1])) if head is not None else None
        self._organization = str(connection.scalar(sa.select(_ORGANIZATIONS.c.id)))

    def tell(self, role_id: str, name: str, before: Iterable[str], after: Iterable[str]) -> None:
        if self._head is None:
            return  # it has lost its head, to which nothing can be added
        now = datetime.now(UTC)
        changes = {"permissions": {"from": sorted(map(str, before)), "to": sorted(map(str, after))}}
        fields = {
            "id": str(uuid.uuid4()),
            "description": f"Gave the role {name} the permissions that the newer documents name",
            "actorId": "system",
            "actorName": "system",
            "action": "role_updated",
            "target": "role",
            "targetId": role_id,
            "metadata": _canonical({"changes": changes}),
            "organizationId": self._organization,
            "sequence": self._head[0] + 1,
            "previousHash": self._head[1],
            "createdAt": f"{now.replace(tzinfo=None).isoformat('T', 'microseconds')}Z",
            "v": 1,
        }
        hashed = hashlib.sha256(_canonical(fields).encode("ascii")).hexdigest()
        sqlite = self._connection.dialect.name == "sqlite"
        row = {
            "sequence": fields["sequence"],
            "id": fields["id"],
            "description": fields["description"],
            "actor_id": "system",
            "actor_name": "system",
            "actor_email": None,
            "action": fields["action"],
            "target": fields["target"],
            "target_id": role_id,
            "metadata": fields["metadata"],
            "organization_id": self._organization,
            "team_id": None,
            "created_at": now.replace(tzinfo=None).isoformat(" ", "microseconds") if sqlite else now,
            "previous_hash": fields["previousHash"],
            "hash": hashed,
            "v": 1,
            "source": None,
        }
        self._connection.execute(_EVENTS.insert(), [row])
        self._connection.execute(_HEAD.update().values(sequence=row["sequence"], hash=hashed))
        self._head = (self._head[0] + 1, hashed)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
