"""The roles there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pftui.domain.accounts import Operator
from pftui.domain.errors import NotFound
from pftui.domain.names import fold
from pftui.domain.teams import RoleView
from pftui.repositories.unit_of_work import Store
from pftui.services.policy import current_operator


@dataclass(frozen=True, slots=True)
class RoleService:
    """Roles; everybody who is signed in sees them."""

    store: Store

    def list(self, operator: Operator) -> Sequence[RoleView]:
        """All roles, predefined ones first."""
        with self.store.read() as unit:
            current_operator(unit, operator)
            return unit.roles.list()

    def find(self, operator: Operator, reference: str) -> RoleView:
        """The role with this id or name. Raises `NotFound`."""
        text = reference.strip()
        roles = self.list(operator)
        for role in roles:
            if role.id == text or fold(role.name) == fold(text):
                return role
        names = ", ".join(role.name for role in roles)
        raise NotFound(f"There is no role {text!r}. There are: {names}.")
