"""Accounts for the palette."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pftui.domain.accounts import AccountQuery, AccountSummary
from pftui.domain.api_key import shown
from pftui.domain.paging import PageRequest
from pftui.presentation.accounts import found_by, status_text
from pftui.presentation.keys import key_state
from pftui.screens.tab_spec import Found

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services


def find(services: Services, operator: Operator, text: str, limit: int) -> Sequence[Found]:
    """Accounts that the filter of the list would find, and keys by how their ids begin."""
    rows = services.accounts.page(operator, AccountQuery(text=text), PageRequest(size=limit))
    return [_found(row) for row in rows]


def _found(row: AccountSummary) -> Found:
    """A key is gone to in the list that is filtered by it, where commands act on it."""
    if row.found_key is not None:
        key = shown(row.found_key.key_id)
        return Found(row.id, row.name, f"API key {key} · {key_state(row.found_key)}", key)
    team = f" · {found_by(row)}" if row.found_team else ""
    return Found(row.id, row.name, f"{row.kind.label} · {row.identifier} · {status_text(row)}{team}")
