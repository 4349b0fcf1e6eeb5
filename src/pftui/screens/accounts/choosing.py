"""Accounts and teams as they are searched, where one of them is to be chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from pftui.domain.accounts import AccountCounts, AccountQuery, AccountSummary, Operator
from pftui.domain.teams import TeamQuery, TeamSummary
from pftui.presentation.accounts import status_sign, status_text
from pftui.screens.accounts.columns import identifier_cell
from pftui.screens.lists.rows import QueryRows
from pftui.widgets.cells import Cell
from pftui.widgets.columns import Column

if TYPE_CHECKING:
    from pftui.services.contracts import Services


def account_columns(second: str) -> list[Column[AccountSummary]]:
    """Name, e-mail or key, status."""
    return [
        Column("name", "Name", lambda row, now: Cell(row.name, "name"), 16, 24, 40, rank=1, sortable=False),
        Column("identifier", second, identifier_cell, 14, 18, 30, rank=2, hide=1),
        Column("status", "Status", lambda row, now: _status(row), 13, sortable=False),
    ]


def _status(row: AccountSummary) -> Cell:
    return Cell(
        f"{status_sign(row)} {status_text(row)}", "warning" if row.status.needs_attention else "muted"
    )


def team_columns() -> list[Column[TeamSummary]]:
    """Name and how many are in it."""
    return [
        Column("name", "Team", lambda row, now: Cell(row.name, "name"), 20, 40, 44, rank=1, sortable=False),
        Column("members", "People", lambda row, now: Cell(f"{row.members:,}", "muted"), 6, right=True),
        Column("service", "Svc", lambda row, now: Cell(f"{row.service_accounts:,}", "muted"), 5, right=True),
    ]


def accounts_found(
    services: Services, operator: Operator, query: AccountQuery
) -> Callable[[str], QueryRows[AccountSummary, AccountQuery, AccountCounts]]:
    """The accounts of a query that hold what is typed."""
    return lambda text: QueryRows(services.accounts, operator, replace(query, text=text.strip()))


def teams_found(
    services: Services, operator: Operator, query: TeamQuery
) -> Callable[[str], QueryRows[TeamSummary, TeamQuery, int]]:
    """The teams of a query that hold what is typed."""
    return lambda text: QueryRows(services.teams, operator, replace(query, text=text.strip()))
