"""What the console shows of rows that somebody else has written: unknown, damaged, and as escapes."""

from __future__ import annotations

from dataclasses import replace

from pftui.domain.accounts import UNKNOWN_KIND, AccountDetails, AccountSummary, Kind, Status
from pftui.domain.clock import UNKNOWN_TIME
from pftui.screens.accounts.columns import ACCOUNT_COLUMNS, status_cell
from pftui.screens.accounts.text import details_text
from pftui.screens.registry import default_key
from pftui.widgets.notice_line import Notices
from tests.conftest import START

ROW = AccountSummary("1", Kind.SERVICE_ACCOUNT, "ci-bot", "", False, 0, None, Status.NO_KEY)


def test_a_status_of_a_newer_pftui_is_unknown() -> None:
    row = replace(ROW, status=Status(999))
    assert status_cell(row).text == "? unknown"
    assert status_cell(replace(row, damaged=("status",))).text == "? damaged"
    assert all(column.cell(row, START) is not None for column in ACCOUNT_COLUMNS)


def test_details_of_a_damaged_account_say_what_is_damaged_and_escape_its_name() -> None:
    row = replace(
        ROW, kind=UNKNOWN_KIND, name="a\x9b31m\nb", last_used_at=UNKNOWN_TIME, damaged=("created_at",)
    )
    details = AccountDetails(row, None, "x\x1by", False, None, UNKNOWN_TIME, "\x07", 1, (), ())
    shown = details_text(details, START, default_key, may_change=True).plain
    assert r"a\x9b31m\x0ab" in shown
    assert r"x\x1by" in shown
    assert r"Created at an unknown time by \x07" in shown
    assert "Damaged in the store: created at. `pftui db check` tells more." in shown
    assert "account of an unknown kind" in shown
    assert all(sign.isprintable() or sign == "\n" for sign in shown)


def test_a_notice_shows_what_does_not_print_as_its_escape() -> None:
    assert Notices().add("a\x9b31mb is disabled.", "success").text == r"a\x9b31mb is disabled."
