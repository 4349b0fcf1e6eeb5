"""The tables of the console and of the command line are of the same columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pftui.domain.accounts import AccountSummary, Kind, Status
from pftui.presentation.accounts import ACCOUNT_COLUMNS, IDENTIFIER, account_columns
from pftui.presentation.keys import KeyState
from pftui.screens.accounts.columns import ACCOUNT_COLUMNS as CONSOLE_COLUMNS
from pftui.screens.accounts.text import KEY_STYLES
from tests.samples import sample

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ROW = sample(
    AccountSummary,
    name="Zoë",
    identifier="zoe@acme.io",
    global_admin=True,
    team_count=1204,
    last_used_at=NOW - timedelta(days=1),
    status=Status.INVITED,
)


def test_the_cells_of_an_account() -> None:
    cells = {column.title: column.text(ROW, NOW) for column in ACCOUNT_COLUMNS}
    known = {"Name": "Zoë", "E-mail or key": "zoe@acme.io", "Admin": "admin", "Status": "invited"}
    assert cells == cells | known | {"Teams": "1,204", "Last used": "yesterday"}


def test_a_list_of_one_kind_knows_what_its_identifiers_are() -> None:
    for kind, title in ((Kind.USER, "E-mail"), (Kind.SERVICE_ACCOUNT, "Newest key")):
        titles = [column.title for column in account_columns(kind)]
        assert titles == [title if shared is IDENTIFIER else shared.title for shared in ACCOUNT_COLUMNS]


def test_the_console_forgets_no_column_and_says_the_same() -> None:
    in_console = {column.title: column for column in CONSOLE_COLUMNS}
    assert in_console.keys() >= {shared.title for shared in ACCOUNT_COLUMNS}
    for shared in ACCOUNT_COLUMNS:
        column = in_console[shared.title]
        assert column.cell(ROW, NOW).text.endswith(shared.text(ROW, NOW))
        assert column.right is shared.number


def test_every_state_of_a_key_has_a_sign() -> None:
    assert set(KEY_STYLES) == set(KeyState)
