"""The columns of the Roles tab."""

from __future__ import annotations

from pftui.domain.permissions import Permission
from pftui.domain.roles import RoleSort
from pftui.domain.teams import RoleView
from pftui.presentation.permissions import can_do
from pftui.presentation.teams import role_kind
from pftui.widgets.cells import Cell
from pftui.widgets.columns import Column


def _number(number: int) -> Cell:
    return Cell(f"{number:,}") if number else Cell("–", "muted")


def _kind(row: RoleView) -> Cell:
    return Cell(role_kind(row), "error" if row.damaged else "muted")


def _can_do(row: RoleView) -> Cell:
    """What it allows, in few words; everything in the team is worth a look."""
    return Cell(
        can_do(row.permissions), "warning" if Permission.ADMINISTRATOR in row.permissions else "muted"
    )


ROLE_COLUMNS = (
    Column[RoleView](
        RoleSort.NAME.value, "Name", lambda row, now: Cell(row.name, "name"), 14, 14, 40, rank=2, gap=1
    ),
    Column[RoleView](RoleSort.KIND.value, "Kind", lambda row, now: _kind(row), 10),
    Column[RoleView](
        "can_do",
        "What it can do",
        lambda row, now: _can_do(row),
        18,
        24,
        60,
        rank=1,
        hide=1,
        sortable=False,
    ),
    Column[RoleView](RoleSort.PEOPLE.value, "People", lambda row, now: _number(row.people), 6, right=True),
    Column[RoleView](
        RoleSort.SERVICE_ACCOUNTS.value,
        "Svc",
        lambda row, now: _number(row.service_accounts),
        5,
        right=True,
    ),
)
