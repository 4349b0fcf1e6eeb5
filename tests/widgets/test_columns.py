"""How columns share the width: the name gives way last, and what matters is never cut at 80 columns."""

from __future__ import annotations

import pytest

from pftui.screens.accounts.columns import ACCOUNT_COLUMNS
from pftui.widgets.columns import place


def widths(total: int) -> dict[str, int]:
    return {ACCOUNT_COLUMNS[each.number].id: each.width for each in place(ACCOUNT_COLUMNS, total)}


@pytest.mark.parametrize("total", range(58, 200))
def test_they_never_run_over(total: int) -> None:
    last = place(ACCOUNT_COLUMNS, total)[-1]
    assert last.x + last.width <= total


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
