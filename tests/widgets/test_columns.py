"""How columns share the width: the name gives way last, and what matters is never cut at 80 columns."""

from __future__ import annotations

import pytest

from pftui.screens.accounts.columns import ACCOUNT_COLUMNS
from pftui.widgets.columns import place


def widths(total: int, sorted_by: str | None = None) -> dict[str, int]:
    placed = place(ACCOUNT_COLUMNS, total, sorted_by=sorted_by)
    return {ACCOUNT_COLUMNS[each.number].id: each.width for each in placed}


@pytest.mark.parametrize("sorted_by", [None, "created_by"])
@pytest.mark.parametrize("total", range(58, 200))
def test_they_never_run_over(total: int, sorted_by: str | None) -> None:
    last = place(ACCOUNT_COLUMNS, total, sorted_by=sorted_by)[-1]
    assert last.x + last.width <= total


def test_what_rows_are_sorted_by_is_seen() -> None:
    shown = widths(78, "created_by")
    assert shown["created_by"] >= len("alice@acme.io") + len("  ↑")
    assert {"name", "identifier", "status"} <= set(shown)


@pytest.mark.parametrize("total", [78, 79])
def test_at_eighty_columns_all_is_there_and_a_key_id_is_whole(total: int) -> None:
    shown = widths(total)
    assert set(shown) == {"mark", "name", "identifier", "admin", "teams", "last_used", "status"}
    assert shown["identifier"] >= len("pfsa_Ab12Cd34Ef…")
    assert shown["status"] >= len("! key unsaved")


def test_the_e_mail_gives_way_before_the_name() -> None:
    wide, narrow = widths(78), widths(75)
    assert narrow["name"] == wide["name"]
    assert narrow["identifier"] < wide["identifier"]


def test_at_sixty_columns_the_status_is_still_there() -> None:
    shown = widths(58)
    assert shown["status"] == 13
    assert shown["name"] >= 12
    assert "last_used" not in shown
