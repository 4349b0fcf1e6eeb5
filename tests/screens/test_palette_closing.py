"""A palette that is taken away in the middle of a search takes the search along, and nothing else."""

from __future__ import annotations

import asyncio

import pytest
from textual.command import DiscoveryHit, Hits, Provider

from pftui.screens.frame.palette import Palette
from tests.conftest import SetClock
from tests.screens.console_app import signed_in
from tests.screens.flow_app import Store


class Late(Provider):
    """What it finds comes just as the palette closes, so many turns of the loop before it is gone."""

    turns = 0

    async def startup(self) -> None:
        """Nothing is found yet."""
        self.closing = asyncio.Event()

    async def discover(self) -> Hits:
        """One thing, with a help of its own."""
        await self.closing.wait()
        yield DiscoveryHit("found", lambda: None, "found", "a help")

    async def search(self, query: str) -> Hits:
        """The same."""
        async for hit in self.discover():
            yield hit

    async def shutdown(self) -> None:
        """The palette waits for this."""
        self.closing.set()
        for _ in range(self.turns):
            await asyncio.sleep(0)


@pytest.mark.parametrize("left", [True, False], ids=["closed", "pftui ends"])
@pytest.mark.parametrize("turns", range(6))
async def test_a_hit_that_comes_as_the_palette_closes_harms_nobody(
    turns: int, left: bool, store: Store, sqlite_url: str, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Late, "turns", turns)
    async with signed_in(sqlite_url, clock) as (app, pilot):
        await app.push_screen(Palette([Late]))
        await pilot.pause()
        if left:
            await app.pop_screen()
            await pilot.pause()
    assert app.return_code in (None, 0)
