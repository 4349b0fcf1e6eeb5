"""Accounts for the palette."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pftui.domain.accounts import AccountQuery
from pftui.domain.paging import PageRequest
from pftui.presentation.accounts import status_text
from pftui.screens.tab_spec import Found

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services


def find(services: Services, operator: Operator, text: str, limit: int) -> Sequence[Found]:
    """Accounts whose name, e-mail, key id or team holds the text."""
    rows = services.accounts.page(operator, AccountQuery(text=text), PageRequest(size=limit))
    return [
        Found(row.id, row.name, f"{row.kind.label} · {row.identifier} · {status_text(row)}") for row in rows
    ]
