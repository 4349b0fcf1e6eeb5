"""A small console for tests of flows: real services, and a store that can be lost or kept waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from pftui import styles
from pftui.domain.accounts import AccountQuery, AccountSummary, Operator
from pftui.domain.clock import UNKNOWN_TIME, utc_now
from pftui.domain.errors import StoreUnavailable
from pftui.domain.paging import PageRequest
from pftui.domain.teams import TeamQuery, TeamSummary
from pftui.screens.console import ConsoleScreen
from pftui.screens.created import Created
from pftui.screens.key_map import DEFAULT_KEYS
from pftui.services.contracts import Services
from pftui.widgets.theme import DARK, THEMES
from tests.patience import PATIENCE

T = TypeVar("T")
LOST = "The store cannot be reached. Nothing was changed. Try again."
STYLES = Path(styles.__file__).parent


class Ticks:
    """A monotonic clock that goes only when told, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    @property
    def set_timer(self) -> Callable[[Widget, float, Callable[[], None]], Timer]:
        """Textual's `set_timer` by this clock, to be set on a class of widgets."""

        def set_timer(widget: Widget, delay: float, callback: Callable[[], None]) -> Timer:
            due = self.now + delay

            def look() -> None:
                if self.now >= due:
                    timer.stop()
                    callback()

            timer = widget.set_interval(0.01, look)
            return timer

        return set_timer


@dataclass
class Store:
    """An open store and its first admin."""

    services: Services
    admin: Operator

    def accounts(self) -> dict[str, AccountSummary]:
        """All accounts, by name."""
        rows = self.services.accounts.page(self.admin, AccountQuery(), PageRequest(size=100))
        return {row.name: row for row in rows}

    def teams(self) -> dict[str, TeamSummary]:
        """All teams, by name."""
        rows = self.services.teams.page(self.admin, TeamQuery(), PageRequest(size=100))
        return {row.name: row for row in rows}

    def roles(self, account: str) -> dict[str, str]:
        """An account's role in each team, by the team's name."""
        details = self.services.accounts.show(self.admin, self.accounts()[account].id)
        return {each.team_name: each.role_name for each in details.assignments}

    def service_account(self, name: str, team: str | None = None, role: str = "CI Runner") -> str:
        """A service account with a saved key; its id."""
        team_id = self.teams()[team].id if team else None
        role_id = self.services.roles.find(self.admin, role).id if team else None
        new = self.services.service_accounts.create(self.admin, name=name, team_id=team_id, role_id=role_id)
        self.services.keys.confirm_saved(self.admin, new.key_id)
        return new.account_id

    def person(self, name: str, team: str | None = None, role: str = "Viewer") -> str:
        """A person with a temporary password; the id."""
        email = f"{name.split()[0].lower()}@acme.example"
        person = self.services.users.create(self.admin, email=email, name=name)
        if team:
            role_id = self.services.roles.find(self.admin, role).id
            self.services.teams.add(self.admin, self.teams()[team].id, person.account_id, role_id)
        return person.account_id


class FlowApp(App[None]):
    """Implements `Console`."""

    CSS_PATH = STYLES / "app.tcss"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, store: Store, main: Screen[Any] | None = None) -> None:
        super().__init__()
        self.services = store.services
        self.operator = store.admin
        self.clock = utc_now
        self.ready = True
        self.keys = DEFAULT_KEYS
        self.locked = self.unsaved = False
        self.secret_on_screen = False
        self.typed_in_burst = False
        self.locked = False
        self.entered_at = UNKNOWN_TIME
        self.notices: list[tuple[str, str]] = []
        self.changes = 0
        self.left: list[str] = []
        self.calls: list[str] = []
        self.lost = False
        self.gate = asyncio.Event()
        self.gate.set()
        self._main = main
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = DARK

    def ends_own_session(self) -> AbstractContextManager[None]:
        """Nobody looks at the session here."""
        return nullcontext()

    @property
    def stack(self) -> list[Screen[Any]]:
        return self.screen_stack

    def get_default_screen(self) -> Screen[Any]:
        return self._main or super().get_default_screen()

    async def call(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        self.calls.append(getattr(function, "__name__", "?"))
        await self.gate.wait()
        if self.lost:
            raise StoreUnavailable(LOST)
        return await asyncio.to_thread(partial(function, *args, **kwargs))

    def give_up(self, *, tell: bool = False) -> bool:
        return False

    async def ask(self, modal: Screen[T]) -> T | None:
        return await self.push_screen_wait(modal)

    def notify(  # type: ignore[override]
        self, text: str, severity: str = "success"
    ) -> None:
        self.notices.append((text, severity))

    def leave(self, sentence: str) -> None:
        self.left.append(sentence)

    def changed(self) -> None:
        self.changes += 1

    def created(self, created: Created) -> None:
        self.changed()
        for screen in self.screen_stack:
            if isinstance(screen, ConsoleScreen):
                screen.show_created(created)

    # For tests

    def start(self, flow: Callable[..., Awaitable[bool]], *args: Any, **kwargs: Any) -> Running:
        """Run a flow as the shell does."""
        running = Running()

        async def run() -> None:
            running.result = await flow(self, *args, **kwargs)

        self.run_worker(run(), group="flow")
        return running

    @property
    def text(self) -> str:
        """What the topmost screen shows, line by line."""
        return "\n".join(strip.text.rstrip() for strip in self.screen._compositor.render_strips())


@dataclass
class Running:
    """A started flow; `result` is what it returned."""

    result: bool | None = None


async def until(pilot: Pilot[Any], condition: Callable[[], object], what: str = "") -> None:
    """Let the app work until something holds; fails where it never does."""
    end = monotonic() + PATIENCE
    while monotonic() < end:
        await pilot.pause()
        if condition():
            await pilot.pause()
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"never came: {what or condition}\n{getattr(pilot.app, 'text', '')}")


async def shows(pilot: Pilot[Any], *words: str) -> None:
    """Wait until the topmost screen shows all of these; line breaks count as spaces."""

    def there() -> bool:
        text = " ".join(pilot.app.text.replace("│", " ").split())  # type: ignore[attr-defined]
        return all(word in text for word in words)

    await until(pilot, there, " and ".join(words))


async def opened(pilot: Pilot[Any], screen: type[Screen[Any]]) -> None:
    """Wait until a screen of this type is on top, and has the focus somewhere."""
    await until(pilot, lambda: isinstance(pilot.app.screen, screen) and pilot.app.focused, screen.__name__)


def fill(app: App[Any], **values: str) -> None:
    """Type into fields, by name."""
    for name, value in values.items():
        app.screen.query_one(f"#{name}", Input).value = value
