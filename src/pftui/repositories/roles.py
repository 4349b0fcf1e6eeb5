"""Roles and their permissions in the store."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pftui.domain.permissions import Permission, in_order
from pftui.domain.teams import RoleView
from pftui.repositories.models import Assignment, Role, RolePermission


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
        permissions = self.permissions()
        order = (Role.predefined.desc(), Role.position, Role.name_folded)
        return [
            RoleView(
                id=role.id,
                name=role.name,
                predefined=role.predefined,
                permissions=permissions.get(role.id, ()),
                assignments=used.get(role.id, 0),
            )
            for role in self._session.scalars(select(Role).order_by(*order))
        ]

    def permissions(self) -> dict[str, tuple[Permission, ...]]:
        """The permissions of each role that has any, by the role's id."""
        held: dict[str, list[str]] = {}
        statement = select(RolePermission.role_id, RolePermission.permission)
        for role_id, permission in self._session.execute(statement):
            held.setdefault(role_id, []).append(permission)
        return {role_id: in_order(names) for role_id, names in held.items()}
