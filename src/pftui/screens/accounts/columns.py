"""The columns of the account table, and the words in them."""

from __future__ import annotations

from datetime import datetime

from pftui.domain.accounts import AccountSort, AccountSummary, Kind, Status
from pftui.presentation.times import relative
from pftui.widgets.cells import BLANK, Cell
from pftui.widgets.columns import Column

#: The colour of a status says what its sign and word say too.
STATUS_STYLES = {
    Status.KEY_UNSAVED: "error",
    Status.DISABLED: "error",
    Status.INVITED: "muted",
    Status.NO_KEY: "warning",
    Status.NO_TEAM: "warning",
    Status.ACTIVE: "success",
}


def status_cell(status: Status) -> Cell:
    """`● active`, `○ no team`: sign, word and colour."""
    return Cell(f"{status.sign} {status.label}", STATUS_STYLES[status])


def mark_cell(row: AccountSummary, now: datetime) -> Cell:
    """`▪` before a service account, in the name's colour: one less to send for every step of the cursor."""
    return Cell("▪", "name") if row.kind is Kind.SERVICE_ACCOUNT else BLANK


def _admin(row: AccountSummary, now: datetime) -> Cell:
    return Cell("admin", "warning") if row.global_admin else BLANK


def _teams(row: AccountSummary, now: datetime) -> Cell:
    # Muted as its neighbour: one colour less to send for every step of the cursor.
    return Cell(f"{row.team_count:,}" if row.team_count else "–", "muted")


ACCOUNT_COLUMNS = (
    Column[AccountSummary]("mark", "", mark_cell, 1, gap=0, sortable=False),
    Column[AccountSummary](
        AccountSort.NAME.value,
        "Name",
        lambda row, now: Cell(row.name, "name"),
        minimum=12,
        ideal=15,
        widest=44,
        rank=1,
        gap=1,
    ),
    Column[AccountSummary](
        AccountSort.IDENTIFIER.value,
        "E-mail or key",
        lambda row, now: Cell(row.identifier or "–", "muted"),
        minimum=12,
        ideal=16,
        widest=34,
        rank=2,
    ),
    Column[AccountSummary](AccountSort.ADMIN.value, "Admin", _admin, 5),
    Column[AccountSummary](AccountSort.TEAMS.value, "Teams", _teams, 5, right=True, hide=2),
    Column[AccountSummary](
        AccountSort.LAST_USED.value,
        "Last used",
        lambda row, now: Cell(relative(row.last_used_at, now), "muted"),
        11,
        hide=3,
    ),
    Column[AccountSummary](AccountSort.STATUS.value, "Status", lambda row, now: status_cell(row.status), 13),
)
