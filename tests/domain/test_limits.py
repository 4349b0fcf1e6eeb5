"""The arithmetic of limits, against a plain count of what was let through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.domain import limits
from pftui.domain.limits import HOUR, NOTHING, SECOND, Rate, Spent, use, wait

NOW = 1_772_366_400 * SECOND
RATES = (limits.KNOWN, limits.LANE, limits.SOURCE)
PARTS = ((limits.ADDRESS_FIRST, limits.ADDRESS_AGAIN, 60), (limits.ALL_FIRST, limits.ALL_AGAIN, 600))


@given(st.sampled_from(RATES), st.lists(st.integers(0, 600 * SECOND), max_size=200))
def test_no_hour_holds_more_than_it_may(rate: Rate, steps: list[int]) -> None:
    now, spent, through = NOW, NOTHING, []
    for step in steps:
        now += step
        if wait(rate, spent, now) == 0:
            spent = use(rate, spent, now)
            through.append(now)
    for first in through:
        assert sum(first <= moment < first + HOUR for moment in through) <= rate.most_in_an_hour


@given(st.sampled_from(RATES), st.integers(0, 40))
def test_the_wait_is_over_when_it_says(rate: Rate, times: int) -> None:
    spent = NOTHING
    for _ in range(min(times, rate.burst)):
        assert wait(rate, spent, NOW) == 0
        spent = use(rate, spent, NOW)
    left = wait(rate, spent, NOW)
    assert left == (rate.seconds * SECOND if times >= rate.burst else 0)
    assert wait(rate, spent, NOW + left) == 0
    assert left == 0 or wait(rate, spent, NOW + left - 1) == 1


@pytest.mark.parametrize(("first", "again", "most"), PARTS)
def test_the_totals_are_what_is_promised(first: Rate, again: Rate, most: int) -> None:
    assert first.most_in_an_hour + again.most_in_an_hour <= most


def test_three_sources_never_use_a_total_up() -> None:
    """Each total gives room as fast as three sources take it, and more at once than they can take at once."""
    for total, one in ((limits.ADDRESS_AGAIN, limits.LANE), (limits.ALL_AGAIN, limits.SOURCE)):
        assert 3 / one.seconds <= 1 / total.seconds
        assert 3 * one.burst < total.burst
    for total in (limits.ADDRESS_FIRST, limits.ALL_FIRST):
        assert total.burst > 3  # each counts there once an hour


@pytest.mark.parametrize("failed_at", [NOW - HOUR, NOW + 301 * SECOND, 0])
def test_what_is_older_than_an_hour_or_of_the_future_is_forgotten(failed_at: int) -> None:
    spent = Spent(NOW + 10 * HOUR, failed_at)
    assert not spent.counts(NOW)
    assert wait(limits.LANE, spent, NOW) == 0
    assert use(limits.LANE, spent, NOW) == use(limits.LANE, NOTHING, NOW)
