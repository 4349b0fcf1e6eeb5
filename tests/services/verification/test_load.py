"""Under load each answer is right, or "try again", and a remembered key is always answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.load import Scale, under_load
from benchmarks.stores import make_store


@pytest.mark.thorough
@pytest.mark.damages_the_store
async def test_strangers_and_newcomers_keep_nobody_from_an_answer(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    scale = Scale(keys=300, coroutines=30, wrong_a_second=300, unseen=5, seconds=4)
    outcome = await under_load(store.url, scale)
    assert not outcome.wrong
    assert outcome.answers["remembered"] > 1_000
    assert outcome.answers["unseen"] + outcome.answers["unseen: try again"] == 5
    assert outcome.answers["made up"] + outcome.answers["made up: try again"] > 500
