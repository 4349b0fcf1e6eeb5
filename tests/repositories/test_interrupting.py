"""What nobody waits for any more is given up at once, by the database too, on both of them."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from pftui.domain.interrupting import Interrupt, Interrupted
from pftui.repositories.unit_of_work import Store
from tests.patience import PATIENCE

#: Without an end, but for the test's patience.
_ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(600)",
}


def test_a_query_that_is_superseded_ends_at_once(store: Store) -> None:
    interrupt, ended = Interrupt(), threading.Event()
    begun = threading.Event()
    met: list[BaseException] = []

    def read() -> None:
        try:
            with interrupt.applied(), store.read() as unit:
                unit.session.execute(text("SELECT 1"))
                begun.set()
                unit.session.execute(text(_ENDLESS[store.engine.dialect.name]))
        except Interrupted as error:
            met.append(error)
        ended.set()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    assert begun.wait(PATIENCE)
    interrupt.interrupt()
    while not ended.wait(0.1):  # it may not have begun with the second one when it was told
        interrupt.interrupt()
    assert len(met) == 1
    with store.read() as unit:  # and whoever has the connection next is not told
        assert unit.session.scalar(text("SELECT 1")) == 1


def test_what_was_given_up_does_not_begin(store: Store) -> None:
    interrupt = Interrupt()
    interrupt.interrupt()
    with pytest.raises(Interrupted), interrupt.applied(), store.read():
        pytest.fail("it was read all the same")
    with store.read() as unit:
        assert unit.session.scalar(text("SELECT 1")) == 1


def test_nothing_else_is_given_up(store: Store) -> None:
    interrupt = Interrupt()
    with interrupt.applied(), store.read() as unit:
        unit.session.scalar(text("SELECT 1"))
    interrupt.interrupt()
    with store.read() as unit:
        assert unit.session.scalar(text("SELECT 1")) == 1
