"""What a list asks of the store besides its rows: no more than its answer goes by."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, event

from pftui.domain.accounts import AccountQuery, Kind
from pftui.domain.paging import PageRequest
from pftui.repositories import searching
from pftui.repositories.unit_of_work import Store


@pytest.fixture
def sent(store: Store) -> list[tuple[str, Any]]:
    """The statements that are sent, with their values."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Connection, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        statements.append((statement, values))

    event.listen(store.engine, "before_cursor_execute", note)
    return statements


@pytest.mark.parametrize(("offset", "asked"), [(0, False), (5, True)])
def test_how_many_are_in_a_team_is_asked_for_a_jump_alone(
    offset: int, asked: bool, store: Store, sent: list[tuple[str, Any]]
) -> None:
    with store.read() as unit:
        unit.teams.members("team", Kind.USER, PageRequest(offset=offset, size=5), None)
    assert any("member_count" in statement for statement, _ in sent) is asked


@pytest.mark.parametrize(("text", "most"), [("novak", "_SOME"), ("novak alice", "_MANY")])
def test_a_set_is_counted_as_far_as_it_matters(
    text: str, most: str, store: Store, sent: list[tuple[str, Any]]
) -> None:
    with store.read() as unit:
        unit.accounts.page(AccountQuery(text=text), PageRequest(size=5), None)
    limit = getattr(searching, most) + 1
    counts = [values for statement, values in sent if statement.startswith("SELECT count(*)")]
    held = [each.values() if isinstance(each, dict) else each for each in counts]
    assert any(limit in each for each in held), counts
