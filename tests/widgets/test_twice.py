"""`gg` is two keys soon after each other."""

from __future__ import annotations

from pftui.widgets.twice import Twice


def test_the_second_one_counts_where_it_comes_soon() -> None:
    now = [0.0]
    twice = Twice(lambda: now[0])
    assert not twice.pressed()
    assert twice.pressed()
    assert not twice.pressed()
    now[0] += 1.1
    assert not twice.pressed()
    now[0] += 1.0
    assert twice.pressed()
