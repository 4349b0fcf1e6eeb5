"""What of a key's rows is remembered as a record."""

from __future__ import annotations

from typing import Any

from pftui.repositories.key_lookup import records


def _rows(number: int, used: int) -> list[tuple[Any, ...]]:
    key = ("$argon2id$x", "ab12", used, 1, 0, "account", "ci-bot", 0, 0, 1)
    return [
        (*key, f"team-{each}", "Team", "team", "role", "CI Runner", "run_scans", f"team-{each}", number)
        for each in range(number)
    ]


def test_records_of_many_rows_are_not_remembered() -> None:
    records._remembered.cache_clear()
    for used in range(10):
        record = records.record_of("Ab12Cd34Ef", _rows(records._REMEMBERED_ROWS + 1, used))
        assert record.last_used_at == used
        assert len(record.facts.assignments) == records._REMEMBERED_ROWS + 1
    assert records._remembered.cache_info().currsize == 0
    few = [records.record_of("Ab12Cd34Ef", _rows(records._REMEMBERED_ROWS, 1)) for _ in range(2)]
    assert few[0] is few[1]
