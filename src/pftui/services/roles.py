"""Roles: what they allow, who holds them, and how custom ones are made, changed and deleted."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import sleep

from pftui.domain.accounts import Kind, Operator
from pftui.domain.acts import Act, Intent, on_role
from pftui.domain.audit import AccountVerb, Action, Target, account_action, account_target
from pftui.domain.clock import Clock
from pftui.domain.errors import Conflict, InvalidInput, NotFound, PftuiError, RoleKept, Taken
from pftui.domain.names import clean_description, clean_name, fold
from pftui.domain.permissions import Permission, effective
from pftui.domain.progress import Progress, silent
from pftui.domain.roles import MOST_LISTED, Holders, RolePreview, permissions_named, predefined_kept
from pftui.domain.teams import RoleView
from pftui.repositories.models import Role
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services.clearing import clear
from pftui.services.lookups import require_role
from pftui.services.policy import current_operator
from pftui.services.scope import Scope
from pftui.services.sentences import changed_meanwhile, counted_holders, looks_like
from pftui.services.trail.writer import Told, new_id
from pftui.services.transaction import Transaction, change

_NAMED = 3  # holders in a sentence
#: Assignments that are moved in one transaction: a fraction of a second, for which every other writer waits.
STEP = 1_000
#: Seconds between two of them: who waits for SQLite's lock looks ten times a second, and is not queued.
PAUSE = 0.12


@dataclass(frozen=True, slots=True)
class RoleService:
    """Roles, which everybody who is signed in sees; who is no global admin sees no other holder."""

    store: Store
    clock: Clock

    def list(self, operator: Operator) -> Sequence[RoleView]:
        """All roles, predefined ones first."""
        with self.store.read() as unit:
            current_operator(unit, operator)
            return unit.roles.list()

    def show(self, operator: Operator, role_id: str) -> RoleView:
        """One role. Raises `NotFound`."""
        with self.store.read() as unit:
            current_operator(unit, operator)
            return unit.roles.view(require_role(unit, role_id))

    def find(self, operator: Operator, reference: str) -> RoleView:
        """The role with this id or name. Raises `NotFound`."""
        text = reference.strip()
        roles = self.list(operator)
        for role in roles:
            if role.id == text or fold(role.name) == fold(text):
                return role
        names = ", ".join(role.name for role in roles)
        raise NotFound(f"There is no role {text!r}. There are: {names}.")

    def holders(self, operator: Operator, role_id: str, limit: int = MOST_LISTED) -> Holders:
        """Who holds the role in which team, by name; so many listed at most. Raises `NotFound`."""
        with self.store.read() as unit:
            scope = Scope.of(unit, operator)
            require_role(unit, role_id)
            return unit.roles.holders(role_id, limit, scope.viewer_id)

    def preview(self, operator: Operator, role_id: str, permissions: Iterable[str]) -> RolePreview:
        """What all who hold the role would gain and lose if they had these permissions in its place.

        Of a deletion they are those of the role that its holders are moved to.

        Raises:
            InvalidInput, NotFound: there is no such permission, no such role.
        """
        after = set(effective(permissions_named(permissions)))
        with self.store.read() as unit:
            scope = Scope.of(unit, operator)
            role = unit.roles.view(require_role(unit, role_id))
            before = effective(role.permissions)
            return RolePreview(
                role,
                gained=tuple(each for each in Permission if each in after and each not in before),
                lost=tuple(each for each in before if each.known and each not in after),
                holders=unit.roles.holders(role_id, MOST_LISTED, scope.viewer_id),
            )

    def create(
        self, operator: Operator, name: str, permissions: Iterable[str], description: str = ""
    ) -> RoleView:
        """A new custom role (R6); older names are understood. Raises `InvalidInput`, `Taken`."""
        name, description, held = clean_name(name), clean_description(description), _some(permissions)
        intent = Intent(Act.ROLE_CREATE, Target.ROLE, name=name)
        with change(self.store, operator, self.clock, intent) as transaction:
            return _made(transaction, name, description, held)

    def duplicate(self, operator: Operator, role_id: str, name: str) -> RoleView:
        """A custom role that allows the same as this one. Raises `InvalidInput`, `Taken`, `NotFound`."""
        name = clean_name(name)
        with change(self.store, operator, self.clock, on_role(Act.ROLE_DUPLICATE, role_id)) as transaction:
            source = transaction.unit.roles.view(require_role(transaction.unit, role_id))
            held = tuple(each for each in source.permissions if each.known)
            return _made(transaction, name, source.description, held, source.name)

    def update(
        self,
        operator: Operator,
        role_id: str,
        version: int | None = None,
        *,
        name: str | None = None,
        description: str | None = None,
        permissions: Iterable[str] | None = None,
    ) -> RoleView:
        """Change what is given of a custom role and leave the rest; holds at the next verification (R9).

        Args:
            permissions: all that it holds from now on.

        Raises:
            InvalidInput, Taken, NotFound: as for `create`.
            RoleKept: it is a predefined one (R4).
            Conflict: `version` is given and somebody else has changed the role since (R10).
            ProofNeeded: other permissions, and the password was given more than 15 minutes ago.
        """
        name = clean_name(name) if name is not None else None
        description = clean_description(description) if description is not None else None
        wanted = _some(permissions) if permissions is not None else None
        with change(self.store, operator, self.clock, on_role(Act.ROLE_UPDATE, role_id)) as transaction:
            unit = transaction.unit
            role = _require_custom(unit, role_id, "changed")
            if version is not None and version != role.version:
                raise Conflict(changed_meanwhile(unit, role_id, "role"))
            before = role.name
            changes = _set_texts(unit, role, name, description)
            if wanted is not None:
                changes |= _set_permissions(transaction, role, wanted)
            if changes:
                text = f"Changed {', '.join(changes)} of the role {before}"
                transaction.record(Action.ROLE_UPDATED, Target.ROLE, role_id, text, changes=changes)
            unit.flush()
            return unit.roles.view(role)

    def delete(
        self,
        operator: Operator,
        role_id: str,
        move_to: str | None = None,
        version: int | None = None,
        progress: Progress = silent,
    ) -> int:
        """Delete a custom role; who holds it gets the role `move_to` (an id) in the same step. How many did.

        Thousands are moved some at a time, so that nobody else waits for long. An error between two of these
        leaves the role with those who still hold it, and tells so; calling again goes on.

        Args:
            progress: told between two steps of how many assignments have the other role so far.

        Raises:
            RoleKept: it is a predefined one, or held, and there is no role to move to (R4).
            InvalidInput: `move_to` is the role itself.
            NotFound: one of the two roles is not there.
            Conflict: `version` is given and somebody else has changed the role since (R10).
            ProofNeeded: the password was given more than 15 minutes ago.
        """
        if move_to == role_id:
            raise InvalidInput("move_to", "A role cannot be moved to itself. Nothing was changed.")
        moved, gone, total = 0, False, 0
        while not gone:
            clear(self.store, self.clock)
            try:
                more, gone = self._delete_or_move(operator, role_id, move_to, version, moved)
            except PftuiError as error:
                if moved:
                    s = "" if moved == 1 else "s"
                    error.after(f"{moved:,} assignment{s} got the other role, and the role is there still.")
                raise
            moved += more
            if not gone:
                total = total or moved + self._held(role_id)
                progress("assignments of the role", moved, total)
                sleep(PAUSE)
        return moved

    def _held(self, role_id: str) -> int:
        with self.store.read() as unit:
            return unit.roles.holders(role_id, 0).assignments

    def _delete_or_move(
        self, operator: Operator, role_id: str, move_to: str | None, version: int | None, before: int
    ) -> tuple[int, bool]:
        """Move some of who hold a role, and delete it where no more are left: how many, and whether."""
        with change(
            self.store, operator, self.clock, on_role(Act.ROLE_DELETE, role_id), proof=True
        ) as transaction:
            unit = transaction.unit
            role = _require_custom(unit, role_id, "deleted")
            if version is not None and version != role.version:
                raise Conflict(changed_meanwhile(unit, role_id, "role"))
            target = require_role(unit, move_to) if move_to is not None else None
            view = unit.roles.view(role)
            if view.accounts and unit.teams.left_to_clear():
                return 0, False  # it may be held in teams that have ended since, which is looked at first
            if view.accounts and target is None:
                raise RoleKept(_in_use(unit, view))
            moved = _move(transaction, role, target) if target is not None else 0
            last = moved < STEP
            if last:
                _remove(transaction, view, role, target, before + moved)
            return moved, last


def _some(permissions: Iterable[str]) -> tuple[Permission, ...]:
    held = permissions_named(permissions)
    if not held:
        raise InvalidInput("permissions", "A role allows something: give it one permission at least.")
    return held


def _made(
    transaction: Transaction,
    name: str,
    description: str,
    held: tuple[Permission, ...],
    copy_of: str | None = None,
) -> RoleView:
    unit = transaction.unit
    _ensure_name_free(unit, name)
    role = Role(id=new_id(), name=name, description=description)
    unit.roles.add(role, held)
    transaction.record(
        Action.ROLE_CREATED,
        Target.ROLE,
        role.id,
        f"Created role {name}",
        name=name,
        permissions=_names(held),
        copyOf=copy_of,
    )
    unit.flush()
    return unit.roles.view(role)


def _names(permissions: Iterable[Permission]) -> builtins.list[str]:
    return [each.value for each in permissions]


def _require_custom(unit: UnitOfWork, role_id: str, what: str) -> Role:
    role = require_role(unit, role_id)
    if role.predefined:
        raise predefined_kept(role.name, what)
    return role


def _ensure_name_free(unit: UnitOfWork, name: str, own_id: str | None = None) -> None:
    """Raise `Taken` where another role has this name, or one that looks like it (R6)."""
    other = unit.roles.named(name) or unit.roles.get(fold(name))
    if other is not None and other.id != own_id:
        raise Taken("name", f"There is a role named {other.name} already.")
    other = unit.roles.alike(name, own_id)
    if other is not None:
        raise Taken("name", looks_like(name, other.name))


def _set_texts(
    unit: UnitOfWork, role: Role, name: str | None, description: str | None
) -> dict[str, dict[str, object]]:
    """Set what is another text; what was changed from what to what, by field."""
    changes: dict[str, dict[str, object]] = {}
    if name is not None and name != role.name:
        _ensure_name_free(unit, name, role.id)
        changes["name"] = {"from": role.name, "to": name}
        role.name = name
    if description is not None and description != role.description:
        changes["description"] = {"from": role.description, "to": description}
        role.description = description
    return changes


def _set_permissions(
    transaction: Transaction, role: Role, wanted: tuple[Permission, ...]
) -> dict[str, dict[str, object]]:
    """Give and take; what a newer pftui gave the role, and this one does not know, stays."""
    roles = transaction.unit.roles
    before = roles.view(role).permissions
    added = [each for each in wanted if each not in before]
    dropped = [each for each in before if each.known and each not in wanted]
    if not (added or dropped):
        return {}
    transaction.require_proof()
    roles.drop(role, dropped)
    roles.hold(role, added)
    transaction.unit.flush()
    after = roles.view(role).permissions
    return {"permissions": {"from": _names(before), "to": _names(after)}}


def _in_use(unit: UnitOfWork, role: RoleView) -> str:
    """The sentence on a role that is held: by whom, and what to do."""
    held = unit.roles.holders(role.id, _NAMED)
    more = held.assignments - len(held.listed)
    who = ", ".join(f"{each.account_name} in {each.team_name}" for each in held.listed)
    return (
        f"{role.name} is held by {counted_holders(held)}: {who}{f', and {more:,} more' if more > 0 else ''}. "
        "Nothing was changed; name the role that they get in its place."
    )


def _move(transaction: Transaction, role: Role, target: Role) -> int:
    """Give some who hold a role another one, each of which is an event of its own (R8); how many."""
    moved = transaction.unit.roles.move(role, target, STEP)
    change_of_role = {
        "changes": {"role": {"from": role.name, "to": target.name}},
        "roleId": target.id,
        "roleIdBefore": role.id,
        "roleDeleted": role.id,
    }
    for kind in Kind:
        transaction.record_each(
            account_action(AccountVerb.ROLE_CHANGED_IN_TEAM, kind),
            account_target(kind),
            (
                Told(
                    held.account_id,
                    f"Changed the role of {held.account_name} in {held.team_name} "
                    f"from {role.name} to {target.name}",
                    held.team_id,
                    change_of_role,
                )
                for held in moved
                if held.kind is kind
            ),
        )
    return len(moved)


def _remove(transaction: Transaction, view: RoleView, role: Role, target: Role | None, moved: int) -> None:
    told = f", and gave {target.name} to all who held it" if target is not None and moved else ""
    transaction.unit.roles.remove(role)
    transaction.record(
        Action.ROLE_DELETED,
        Target.ROLE,
        view.id,
        f"Deleted role {view.name}{told}",
        name=view.name,
        permissions=_names(view.permissions),
        movedTo={"id": target.id, "name": target.name} if target is not None and moved else None,
        moved=moved or None,
    )
