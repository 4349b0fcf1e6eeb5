"""After a secret's screen is gone nothing in the process that can be reached holds the secret."""

from __future__ import annotations

import asyncio
import json
import re
import weakref
from contextvars import ContextVar, copy_context
from functools import _lru_cache_wrapper, lru_cache
from pathlib import Path

from rich.cells import cached_cell_len
from textual._cells import cell_len

from pftui.terminal import sgr
from pftui.terminal.caches import purge_after, purge_text_caches
from tests.terminal.harness import Terminal, clean_environment, python


def test_a_closed_modal_leaves_nothing_of_its_secret_in_reach(tmp_path: Path) -> None:
    result = tmp_path / "result"
    with Terminal(python("tests.terminal.canary_app", str(result)), clean_environment()) as terminal:
        terminal.wait_for(lambda: re.search("pfsa_[0-9a-f]{48}", terminal.text))
        terminal.rest()
        terminal.type("\x1bOR")
        assert terminal.ended() == 0
    found = json.loads(result.read_text())
    # Without the caches emptied it is in reach: the test can see it, and the emptying is what helps.
    assert "_lru_cache_wrapper" in found["before"]
    assert (found["gone"], found["after"]) == (True, [])


async def test_a_screen_that_somebody_holds_is_not_waited_for_without_end() -> None:
    class Held:
        pass

    held = Held()
    assert await purge_after(weakref.ref(held), limit=0.01) is False
    reference = weakref.ref(held)
    del held
    assert await purge_after(reference) is True


def test_every_cache_of_rich_textual_and_the_stage_is_emptied() -> None:
    cached_cell_len("a secret")
    cell_len("a secret")
    sgr.step("1", "2", False)
    purge_text_caches()
    assert isinstance(cell_len, _lru_cache_wrapper)
    sizes = [cache.cache_info().currsize for cache in (cached_cell_len, sgr.step)]
    assert [*sizes, cell_len.cache_info().currsize] == [0, 0, 0]


async def test_a_cancelled_timer_lets_go_of_what_it_was_made_for_and_no_other_does() -> None:
    class Widget:
        pass

    made_for: ContextVar[Widget] = ContextVar("made_for")

    def timer_of(widget: Widget) -> asyncio.TimerHandle:
        context = copy_context()
        context.run(made_for.set, widget)
        return asyncio.get_running_loop().call_later(3600, print, context=context)

    closed, open_still = Widget(), Widget()
    timers = timer_of(closed), timer_of(open_still)
    timers[0].cancel()
    gone, there = weakref.ref(closed), weakref.ref(open_still)
    del closed, open_still
    assert gone() is not None  # asyncio keeps it for the hour
    purge_text_caches()
    assert gone() is None
    assert there() is not None
    timers[1].cancel()


def test_other_peoples_caches_are_left_alone() -> None:
    @lru_cache
    def theirs(text: str) -> str:
        return text

    theirs("kept")
    purge_text_caches()
    assert theirs.cache_info().currsize == 1
