"""A monkey at the console: any keys that a person may press, in any order, end it in nothing but itself."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from textual.pilot import Pilot

from pftui.app import PftuiApp
from pftui.services import hashing, store_admin
from tests.conftest import SetClock
from tests.screens.console_app import until

#: What leaves the console is left out: a monkey that is gone presses nothing.
LEAVING = frozenset("q")
LETTERS = tuple(letter for letter in "abcdeghiklmnoprstuvxzADG/:?123" if letter not in LEAVING)
KEYS = (
    "enter",
    "enter",
    "escape",
    "escape",
    "tab",
    "shift+tab",
    "up",
    "down",
    "down",
    "left",
    "right",
    "space",
)
MORE_KEYS = ("pageup", "pagedown", "home", "end", "backspace", "delete", "ctrl+p", "ctrl+l", "ctrl+u", "f1")
WORDS = (
    "ci-bot",
    "Alicе Ng",
    "日本",
    "[red]x[/]",
    "x@acme.example",
    "Viewer",
    "payments",
    "a b",
    "\u0301e",
    "'; --",
)
SIZES = ((80, 24), (120, 40), (60, 16), (30, 8), (200, 50))


@asynccontextmanager
async def demo(clock: SetClock) -> AsyncIterator[tuple[PftuiApp, Pilot[None]]]:
    app = PftuiApp(demo=True, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(lambda: app.ready and app.shell)
        yield app, pilot


async def act(app: PftuiApp, pilot: Pilot[None], choose: random.Random) -> int:
    """A few things that a person may do; how many."""
    kind = choose.random()
    if kind < 0.05:
        await pilot.resize_terminal(*choose.choice(SIZES))
        return 1
    if kind < 0.15:
        size = app.size
        await pilot.click(offset=(choose.randrange(size.width), choose.randrange(size.height)))
        return 1
    if kind < 0.3:
        word = choose.choice(WORDS)
        await pilot.press(*({" ": "space", "@": "at"}.get(letter, letter) for letter in word))
        return len(word)
    pressed = [choose.choice(choose.choice((LETTERS, LETTERS, KEYS, KEYS, MORE_KEYS))) for _ in range(8)]
    await pilot.press(*pressed[: choose.randrange(1, 9)])
    return len(pressed)


@pytest.mark.parametrize(
    ("seed", "steps"),
    [
        (1, 200),
        pytest.param(2, 2400, marks=[pytest.mark.thorough, pytest.mark.timeout(600)]),
        pytest.param(3, 2400, marks=[pytest.mark.thorough, pytest.mark.timeout(600)]),
    ],
)
async def test_a_monkey_does_no_harm(
    seed: int, steps: int, clock: SetClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """5,000 actions in all; the seeds are fixed so that a failure comes again."""
    monkeypatch.chdir(tmp_path)  # where it saves a key under a name that it has typed
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(hashing, "PASSWORDS", cheap)
    monkeypatch.setattr(hashing, "KEYS", cheap)
    choose, done, looked = random.Random(seed), 0, False
    while done < steps:
        async with demo(clock) as (app, pilot):
            url = app.services.accounts.store.engine.url.render_as_string(hide_password=False)
            while done < steps and app.is_running and not app._exit:
                done += await act(app, pilot, choose)
            if app.ready:  # else the demo is left, and its store gone
                found = await asyncio.to_thread(store_admin.check, url)
                assert not found.findings
                looked = True
        assert app.return_code in (None, 0), done
    assert looked
