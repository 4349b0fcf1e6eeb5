"""Roles for the palette."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pftui.domain.search import RoleState, parse_search
from pftui.presentation.permissions import can_do
from pftui.screens.roles.rows import fits
from pftui.screens.tab_spec import Found

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services


def find(services: Services, operator: Operator, text: str, limit: int) -> Sequence[Found]:
    """Roles whose name, or what they allow, holds the text."""
    search = parse_search(text, RoleState)
    rows = [role for role in services.roles.list(operator) if fits(role, search)]
    return [Found(row.id, row.name, f"role · {can_do(row.permissions)}") for row in rows[:limit]]
