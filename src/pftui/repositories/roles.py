"""Roles and their permissions in the store."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pftui.domain.permissions import Permission, in_order
from pftui.domain.teams import RoleView
from pftui.repositories.models import Assignment, Role, RolePermission, damaged
from pftui.repositories.stored import readable


class RoleRepository:
    """Roles, one transaction long."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, role_id: str) -> Role | None:
        """The role with this id."""
        return self._session.get(Role, role_id)

    def list(self) -> list[RoleView]:
        """All roles, predefined ones first, with their permissions and how many assignments use them."""
        uses = select(Assignment.role_id, func.count()).group_by(Assignment.role_id)
        used = {row[0]: row[1] for row in self._session.execute(uses)}
        order = (Role.predefined.desc(), Role.position, Role.name_folded)
        roles = self._session.scalars(select(Role).order_by(*order)).all()
        permissions = self.permissions([role.id for role in roles])
        return [
            RoleView(
                id=role.id,
                name=role.name,
                predefined=role.predefined,
                permissions=permissions.get(role.id, ()),
                assignments=used.get(role.id, 0),
                damaged=damaged(role),
            )
            for role in roles
        ]

    def permissions(self, role_ids: Collection[str]) -> dict[str, tuple[Permission, ...]]:
        """The permissions of each of these roles that has any, by the role's id."""
        held: dict[str, list[str]] = {}
        statement = select(RolePermission.role_id, RolePermission.permission).where(
            RolePermission.role_id.in_(role_ids)
        )
        for role_id, permission in self._session.execute(statement):
            held.setdefault(role_id, []).append(readable(permission))
        return {role_id: in_order(names) for role_id, names in held.items()}
