"""The real console on a real store, signed in or not, for the tests of its screens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from pftui.app import PftuiApp
from pftui.domain.clock import Clock
from pftui.domain.errors import StoreUnavailable
from pftui.domain.secret import Secret
from pftui.screens.users.tab import UsersTab
from pftui.widgets.key_footer import KeyFooter
from pftui.widgets.notice_line import NoticeLine
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.patience import PATIENCE

#: Seconds in which what has changed is drawn: two of Textual's frames.
FRAME = 1 / 30
LOST = "The store cannot be reached. Nothing was changed."


class LostService:
    """A service whose store is gone; or, with a gate, slow to answer."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def lost(*args: object, **kwargs: object) -> None:
            raise StoreUnavailable(LOST)

        return lost


async def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for what a thread will bring about, and the frame that shows it; fails where it does not."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the condition is another thread's doing
            await asyncio.sleep(0.005)
    await asyncio.sleep(FRAME)


@asynccontextmanager
async def console_on(
    url: str, clock: Clock, size: tuple[int, int] = (120, 40), **options: Any
) -> AsyncIterator[tuple[PftuiApp, Pilot[None]]]:
    """The console as it opens, nobody signed in; `options` are the app's."""
    app = PftuiApp(url, clock=clock, **{"theme": "pftui-dark", **options})
    async with app.run_test(size=size) as pilot:
        yield app, pilot


@asynccontextmanager
async def signed_in(
    url: str,
    clock: Clock,
    size: tuple[int, int] = (120, 40),
    email: str = ADMIN_EMAIL,
    password: str = ADMIN_PASSWORD,
    **options: Any,
) -> AsyncIterator[tuple[PftuiApp, Pilot[None]]]:
    """The console with somebody signed in and the list read."""
    async with console_on(url, clock, size, **options) as (app, pilot):
        app.enter(await app.sign_in(email, Secret(password)))
        await until(lambda: app.shell and app.shell.query(UsersTab) and users(app).table.row)
        await pilot.pause()
        app.notices.clear()  # of the sign-in before
        yield app, pilot


def users(app: PftuiApp) -> UsersTab:
    """The Users tab."""
    assert app.shell is not None
    return app.shell.query_one(UsersTab)


def rows(app: PftuiApp) -> list[str]:
    """The lines of the account table that hold something, as they are shown."""
    table = users(app).table
    lines = [table.render_line(y).text.rstrip() for y in range(1, table.size.height)]
    return [line for line in lines if line]


def names(app: PftuiApp) -> list[str]:
    """The names in the account table, in order; none while the table is not there yet."""
    if app.shell is None or not app.shell.query(UsersTab):
        return []
    return [line[3:].split("  ")[0] for line in rows(app)]


def selected(app: PftuiApp) -> str:
    """The name under the cursor."""
    row = users(app).table.row
    return row.name if row else ""


def screen_text(app: PftuiApp) -> str:
    """All that the screen shows."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    strips = update.strips  # type: ignore[union-attr]
    return "\n".join("".join(strip.text for strip in line) for line in strips)


def notice(app: PftuiApp) -> str:
    """The line above the footer."""
    assert app.shell is not None
    return app.shell.query_one(NoticeLine).render().plain


def footer(app: PftuiApp) -> str:
    """The last line."""
    return app.screen.query_one(KeyFooter).render().plain


def press_command(app: PftuiApp, command_id: str) -> None:
    """As if a command were chosen in the palette."""
    assert app.shell is not None
    app.shell.action_command(command_id)
