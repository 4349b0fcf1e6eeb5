"""The rows and columns of the Teams tab, and the words in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pftui.domain.accounts import Kind, Operator, Status
from pftui.domain.paging import PageRequest
from pftui.domain.permissions import Permission
from pftui.domain.teams import Membership, TeamSort, TeamSummary
from pftui.presentation import accounts
from pftui.presentation.permissions import can_do
from pftui.widgets.cells import Cell
from pftui.widgets.columns import Column

if TYPE_CHECKING:
    from pftui.services.teams import TeamService


@dataclass(frozen=True, slots=True)
class MemberRows:
    """One team's people or service accounts (implements `RowSource`)."""

    teams: TeamService
    operator: Operator
    team_id: str
    kind: Kind

    def count(self) -> int:
        """How many there are that the operator may see."""
        if not self.operator.global_admin:
            return len(self.page(PageRequest(size=2)))
        team = self.teams.show(self.operator, self.team_id)
        return team.members if self.kind is Kind.USER else team.service_accounts

    def page(self, request: PageRequest) -> Sequence[Membership]:
        """Some of them."""
        return self.teams.members(self.operator, self.team_id, self.kind, request)

    def position(self, row_id: str) -> int | None:
        """Where one of them is."""
        return self.teams.member_position(self.operator, self.team_id, self.kind, row_id)


def _number(number: int) -> Cell:
    return Cell(f"{number:,}") if number else Cell("–", "muted")


TEAM_COLUMNS = (
    Column[TeamSummary](
        TeamSort.NAME.value, "Team", lambda row, now: Cell(row.name, "name"), 12, 20, 44, rank=1, gap=1
    ),
    Column[TeamSummary](
        TeamSort.MEMBERS.value, "People", lambda row, now: _number(row.members), 7, right=True
    ),
    Column[TeamSummary](
        TeamSort.SERVICE_ACCOUNTS.value, "Svc", lambda row, now: _number(row.service_accounts), 5, right=True
    ),
)


def _role(row: Membership, now: datetime) -> Cell:
    if row.damaged:
        return Cell(f"? {row.role_name}", "error")
    return Cell(row.role_name, "warning" if Permission.ADMINISTRATOR in row.permissions else "text")


def _can_do(row: Membership, now: datetime) -> Cell:
    """What the account can do in the team at this moment."""
    status = row.account.status
    if status is Status.DISABLED:
        return Cell("nothing: disabled", "error")
    if status is Status.NO_KEY:
        return Cell("nothing: no key", "warning")
    if status is Status.INVITED:
        return Cell("nothing yet: invited", "muted")
    return Cell(can_do(row.permissions), "muted")


def _last_used(row: Membership, now: datetime) -> Cell:
    return Cell(accounts.LAST_USED.text(row.account, now), "muted")


def _name(row: Membership, now: datetime) -> Cell:
    return Cell(accounts.NAME.text(row.account, now), "name")


_NAME = Column[Membership]("name", accounts.NAME.title, _name, 12, 18, 40, rank=1, gap=1, sortable=False)
_ROLE = Column[Membership]("role", "Role", _role, 13, 15, 24, rank=2, sortable=False)
_CAN_DO = Column[Membership]("can_do", "What it can do", _can_do, 22, 24, 46, rank=3, hide=1, sortable=False)
_EMAIL = Column[Membership](
    "email",
    "E-mail",
    lambda row, now: Cell(accounts.IDENTIFIER.text(row.account, now), "muted"),
    22,
    24,
    46,
    rank=3,
    hide=1,
    sortable=False,
)
_LAST_USED = Column[Membership]("last_used", accounts.LAST_USED.title, _last_used, 11, hide=2, sortable=False)

SERVICE_ACCOUNT_COLUMNS = (_NAME, _ROLE, _CAN_DO, _LAST_USED)
MEMBER_COLUMNS = (_NAME, _ROLE, _EMAIL, _LAST_USED)
