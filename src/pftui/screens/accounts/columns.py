"""The columns of the account table, and the words in them."""

from __future__ import annotations

from datetime import datetime

from pftui.domain.accounts import AccountSort, AccountSummary, Kind, Status
from pftui.presentation import accounts
from pftui.widgets.cells import BLANK, Cell, dashed, styled
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


def status_cell(row: AccountSummary) -> Cell:
    """`● active`, `○ no team`, `? damaged`: sign, word and colour."""
    return Cell(f"{accounts.status_sign(row)} {accounts.status_text(row)}", status_style(row))


def status_style(row: AccountSummary) -> str:
    """The colour of an account's status; of what is damaged or unknown, that of an error."""
    return "error" if row.damaged else STATUS_STYLES.get(row.status, "error")


def mark_cell(row: AccountSummary, now: datetime) -> Cell:
    """`▪` before a service account, in the name's colour: one less to send for every step of the cursor."""
    return Cell("▪", "name") if row.kind is Kind.SERVICE_ACCOUNT else BLANK


def identifier_cell(row: AccountSummary, now: datetime) -> Cell:
    """The e-mail or key; or where a filter finds the row by neither it nor the name, by what it does."""
    found = accounts.found_by(row)
    return Cell(found, "accent") if found else Cell(accounts.IDENTIFIER.text(row, now), "muted")


ACCOUNT_COLUMNS = (
    Column[AccountSummary]("mark", "", mark_cell, 1, gap=0, sortable=False),
    Column[AccountSummary](
        AccountSort.NAME.value,
        accounts.NAME.title,
        styled(accounts.NAME.text, "name"),
        minimum=12,
        ideal=15,
        widest=44,
        rank=1,
        gap=1,
    ),
    Column[AccountSummary](
        AccountSort.IDENTIFIER.value,
        accounts.IDENTIFIER.title,
        identifier_cell,
        minimum=12,
        ideal=16,
        widest=34,
        rank=2,
    ),
    Column[AccountSummary](
        AccountSort.ADMIN.value, accounts.ADMIN.title, styled(accounts.ADMIN.text, "warning"), 5
    ),
    Column[AccountSummary](
        AccountSort.TEAMS.value,
        accounts.TEAMS.title,
        # Muted as its neighbour: one colour less to send for every step of the cursor.
        styled(dashed(accounts.TEAMS.text), "muted"),
        5,
        right=accounts.TEAMS.number,
        hide=2,
    ),
    Column[AccountSummary](
        AccountSort.LAST_USED.value,
        accounts.LAST_USED.title,
        styled(accounts.LAST_USED.text, "muted"),
        11,
        hide=3,
    ),
    Column[AccountSummary](
        AccountSort.STATUS.value, accounts.STATUS.title, lambda row, now: status_cell(row), 13
    ),
    # Only where nothing else is cut for it, or where it is what the rows are sorted by.
    Column[AccountSummary](
        AccountSort.CREATED_BY.value,
        accounts.CREATED_BY.title,
        styled(accounts.CREATED_BY.text, "muted"),
        minimum=34,
        hide=4,
        least=17,
    ),
)
