"""Roles and their permissions in the store."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import ColumnElement, Update, func, select, update
from sqlalchemy.orm import Session, aliased

from pftui.domain.accounts import Kind
from pftui.domain.look_alikes import look_hash
from pftui.domain.names import fold
from pftui.domain.permissions import Permission, in_order
from pftui.domain.roles import Holder, Holders
from pftui.domain.teams import RoleView
from pftui.repositories.alike import first_alike
from pftui.repositories.ended_teams import of_teams_that_are_there
from pftui.repositories.models import Assignment, Principal, Role, RolePermission, Team, damaged
from pftui.repositories.paging import AnyRow, AnySelect
from pftui.repositories.stored import readable

_HOLDER = (
    Principal.id.label("account_id"),
    Principal.name.label("account_name"),
    Principal.identifier.label("identifier"),
    Principal.kind.label("kind"),
    Team.id.label("team_id"),
    Team.name.label("team_name"),
)


class RoleRepository:
    """Roles, one transaction long."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, role_id: str) -> Role | None:
        """The role with this id."""
        return self._session.get(Role, role_id)

    def add(self, role: Role, permissions: Iterable[Permission]) -> None:
        """Put a new role in, with what it holds."""
        self._session.add(role)
        self._session.flush()
        self.hold(role, permissions)

    def hold(self, role: Role, permissions: Iterable[Permission]) -> None:
        """Give a role more permissions, of which it holds none yet."""
        self._session.add_all(RolePermission(role_id=role.id, permission=each.value) for each in permissions)

    def drop(self, role: Role, permissions: Iterable[Permission]) -> None:
        """Take permissions from a role."""
        for each in permissions:
            row = self._session.get(RolePermission, (role.id, each.value))
            if row is not None:
                self._session.delete(row)

    def remove(self, role: Role) -> None:
        """Delete a role that nobody holds any more."""
        self._session.delete(role)

    def named(self, name: str) -> Role | None:
        """The role with this name, without regard to case."""
        return self._session.scalar(select(Role).where(Role.name_folded == fold(name)))

    def alike(self, name: str, but: str | None = None) -> Role | None:
        """A role, other than `but`, whose name people would take for this one."""
        conditions = (Role.name_look == look_hash(name), *([Role.id != but] if but else []))
        return first_alike(
            self._session.scalars(select(Role).where(*conditions)), lambda row: (row.name,), name
        )

    def list(self) -> list[RoleView]:
        """All roles, predefined ones first, with their permissions and by how many each is held."""
        order = (Role.predefined.desc(), Role.position, Role.name_folded)
        roles = self._session.scalars(select(Role).order_by(*order)).all()
        permissions = self.permissions([role.id for role in roles])
        return [_view(role, permissions.get(role.id, ())) for role in roles]

    def view(self, role: Role) -> RoleView:
        """One of them."""
        return _view(role, self.permissions([role.id]).get(role.id, ()))

    def holders(self, role_id: str, limit: int, viewer_id: str | None = None) -> Holders:
        """Who holds the role where, by name, so many at most; `viewer_id` restricts to that account."""
        held = [Assignment.role_id == role_id, of_teams_that_are_there()]
        if viewer_id:
            held.append(Assignment.principal_id == viewer_id)
        counts = select(
            func.count(Assignment.principal_id.distinct()),
            func.count(Assignment.team_id.distinct()),
            func.count(),
        ).where(*held)
        accounts, teams, assignments = self._session.execute(counts).one()
        rows = self._session.execute(_holders().where(*held).limit(limit))
        return Holders(accounts, teams, assignments, tuple(map(_holder, rows)))

    def move(self, role: Role, target: Role, most: int) -> Sequence[Holder]:
        """Give some accounts that hold the role another one, wherever they hold it; who they are, by name.

        In a few statements, however many they are: nothing follows but the counts of both roles.

        Args:
            most: of assignments, but all of an account's; fewer are moved only where no more are left.
        """
        where = self._first_of(role.id, most)
        moved = [_holder(row) for row in self._session.execute(_holders().where(*where))]
        accounts = {each.account_id: each.kind for each in moved}
        other, moving = aliased(Assignment), select(Assignment.principal_id).where(*where)
        both = self._session.scalars(
            select(other.principal_id).where(other.role_id == target.id, other.principal_id.in_(moving))
        )
        new = [accounts[each] for each in accounts.keys() - set(both)]
        self._send(update(Assignment).where(*where).values(role_id=target.id))
        people = sum(kind is Kind.USER for kind in accounts.values())
        new_people = sum(kind is Kind.USER for kind in new)
        self._count(target, new_people, len(new) - new_people)
        self._count(role, -people, people - len(accounts))
        return moved

    def _first_of(self, role_id: str, most: int) -> Sequence[ColumnElement[bool]]:
        """What the first so many assignments with a role have in common."""
        held = Assignment.role_id == role_id
        ids = select(Assignment.principal_id).where(held).order_by(Assignment.principal_id)
        last = self._session.scalar(ids.offset(most - 1).limit(1))
        return [held] if last is None else [held, Assignment.principal_id <= last]

    def _count(self, role: Role, people: int, service_accounts: int) -> None:
        """So many more hold a role."""
        more = {
            "member_count": Role.member_count + people,
            "service_account_count": Role.service_account_count + service_accounts,
        }
        self._send(update(Role).where(Role.id == role.id).values(more))
        self._session.expire(role, list(more))

    def _send(self, statement: Update) -> None:
        self._session.execute(statement.execution_options(synchronize_session=False))

    def permissions(self, role_ids: Collection[str]) -> dict[str, tuple[Permission, ...]]:
        """The permissions of each of these roles that has any, by the role's id."""
        held: dict[str, list[str]] = {}
        statement = select(RolePermission.role_id, RolePermission.permission).where(
            RolePermission.role_id.in_(role_ids)
        )
        for role_id, permission in self._session.execute(statement):
            held.setdefault(role_id, []).append(readable(permission))
        return {role_id: in_order(names) for role_id, names in held.items()}


def _holders() -> AnySelect:
    return (
        select(*_HOLDER)
        .join(Assignment, Assignment.principal_id == Principal.id)
        .join(Team, Team.id == Assignment.team_id)
        .order_by(Principal.name_folded, Principal.id, Team.name_folded, Team.id)
    )


def _holder(row: AnyRow) -> Holder:
    return Holder(
        account_id=readable(row.account_id),
        account_name=readable(row.account_name),
        identifier=readable(row.identifier),
        kind=Kind(row.kind),
        team_id=readable(row.team_id),
        team_name=readable(row.team_name),
    )


def _view(role: Role, permissions: tuple[Permission, ...]) -> RoleView:
    return RoleView(
        id=role.id,
        name=role.name,
        predefined=role.predefined,
        permissions=permissions,
        description=role.description,
        people=role.member_count,
        service_accounts=role.service_account_count,
        version=role.version,
        damaged=damaged(role),
    )
