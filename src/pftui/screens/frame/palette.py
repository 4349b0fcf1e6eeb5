"""The palette finds commands, and accounts and teams by name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from textual import on
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.fuzzy import Matcher
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from pftui import styles
from pftui.domain.accounts import AccountQuery
from pftui.domain.errors import PftuiError
from pftui.domain.paging import PageRequest
from pftui.domain.teams import TeamQuery
from pftui.screens.command import Command
from pftui.screens.commands import available
from pftui.screens.dialogs.modal import Modal
from pftui.screens.frame.shell import Shell

if TYPE_CHECKING:
    from pftui.screens.console import Console

STYLES = Path(styles.__file__).parent
#: How many accounts, and how many teams, a search gives.
FOUND = 8


class Finder(Protocol):
    """What the palette asks of the app."""

    def run_command(self, command_id: str) -> None:
        """As if its key were pressed."""

    def find(self, tab: int, row_id: str) -> None:
        """Go to a row of a tab."""


class Palette(CommandPalette, Modal[None]):
    """Textual's palette with our commands and data in it, and the looks of our modals."""

    CSS_PATH = STYLES / "palette.tcss"

    def __init__(self) -> None:
        super().__init__(
            [CommandProvider, DataProvider],
            placeholder="Find a command, an account or a team",
            id="--command-palette",
        )
        self.opening = False
        """Whether Enter waits for the search, and later keys for Enter (see `widgets.type_ahead`)."""

    @property
    def may_give_up(self) -> bool:
        """Esc waits for nothing."""
        return self.opening

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        """Run what was typed, not what an earlier search has left in the list."""
        if self._searching():
            event.prevent_default().stop()
            self.opening = True

    def _searching(self) -> bool:
        return any(worker.node is self and not worker.is_finished for worker in self.workers)

    @on(Input.Changed)
    def _typed_on(self) -> None:
        self.opening = False

    async def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A search has come to its end: what waited for it goes on."""
        if event.state is WorkerState.SUCCESS and self.opening and not self._searching():
            self.opening = False
            if self.app.screen is not self:  # something has opened above, which that Enter is not for
                return
            await self.query_one(Input).action_submit()


class CommandProvider(Provider):
    """The commands that exist in the tab at hand; those that cannot be used now say why."""

    def _commands(self) -> list[Command]:
        shell = self.screen
        if not isinstance(shell, Shell):
            return []
        return [command for command in available(shell.tab.context()) if command.palette]

    def _help(self, command: Command) -> str:
        shell = cast(Shell, self.screen)
        reason = command.guard(shell.tab.context())
        return f"Not now: {reason}" if reason else command.tooltip

    def _run(self, command: Command) -> Callable[[], None]:
        return partial(cast(Finder, self.app).run_command, command.id)

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for command in self._commands():
            yield DiscoveryHit(_titled(command), self._run(command), command.title, self._help(command))

    async def search(self, query: str) -> Hits:
        """Those whose title fits."""
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(command.title)
            if score > 0:
                shown = matcher.highlight(command.title)
                yield Hit(score, shown, self._run(command), command.title, self._help(command))


class DataProvider(Provider):
    """Accounts and teams whose name (or e-mail, or key id) holds what is typed."""

    async def search(self, query: str) -> Hits:
        """Ask the store, in threads."""
        console = cast("Console", self.app)
        if len(query.strip()) < 2 or not console.ready:
            return
        page = PageRequest(size=FOUND)
        finder = cast(Finder, self.app)
        try:
            accounts = await asyncio.to_thread(
                console.services.accounts.page, console.operator, AccountQuery(text=query.strip()), page
            )
            teams = await asyncio.to_thread(
                console.services.teams.page, console.operator, TeamQuery(text=query.strip()), page
            )
        except PftuiError as error:
            console.notify(error.message, severity="error")
            return
        matcher = self.matcher(query)
        for account in accounts:
            said = f"{account.kind.label} · {account.identifier} · {account.status.label}"
            go = partial(finder.find, 0, account.id)
            yield Hit(_score(matcher, account.name), Content(account.name), go, account.name, said)
        for team in teams:
            go = partial(finder.find, 1, team.id)
            yield Hit(_score(matcher, team.name), Content(team.name), go, team.name, f"team · {team.slug}")


def _score(matcher: Matcher, name: str) -> float:
    """Names that hold what is typed go before commands in which its letters are scattered."""
    return matcher.match(name) * 2 or 0.1


def _titled(command: Command) -> Content:
    key = f"  {command.key}" if command.keys else ""
    return Content.assemble((command.title, "$text"), (key, "$muted"))
