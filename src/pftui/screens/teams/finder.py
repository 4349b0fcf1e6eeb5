"""Teams for the palette."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pftui.domain.paging import PageRequest
from pftui.domain.teams import TeamQuery
from pftui.screens.tab_spec import Found

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services


def find(services: Services, operator: Operator, text: str, limit: int) -> Sequence[Found]:
    """Teams whose name or slug holds the text."""
    rows = services.teams.page(operator, TeamQuery(text=text), PageRequest(size=limit))
    return [Found(row.id, row.name, f"team · {row.slug}") for row in rows]
