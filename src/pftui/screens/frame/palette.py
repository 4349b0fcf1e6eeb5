"""The palette finds commands, and the rows of every tab by name; the command line commands, by id too."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from textual import on
from textual.command import Command as FoundCommand
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.css.query import NoMatches
from textual.fuzzy import Matcher
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from pftui import styles
from pftui.domain.api_key import mask_typed_keys
from pftui.domain.errors import PftuiError
from pftui.presentation.text import visible
from pftui.screens.command import Command, CommandContext
from pftui.screens.console import Console
from pftui.screens.console_commands import found_things
from pftui.screens.dialogs.modal import Modal
from pftui.screens.registry import TABS, available

if TYPE_CHECKING:
    from textual.css.query import QueryType
    from textual.widget import Widget

    from pftui.screens.key_map import KeyMap

STYLES = Path(styles.__file__).parent
#: How many rows of each tab a search gives.
FOUND = 8
#: Scores of what is typed whole, or begun; those of letters that are scattered are far below.
EXACT, BEGINS = 2e6, 1e6


class Palette(CommandPalette, Modal[None]):
    """Textual's palette with our commands and data in it, and the looks of our modals."""

    CSS_PATH = STYLES / "palette.tcss"

    def __init__(self, providers: Sequence[type[Provider]] = (), *, placeholder: str = "") -> None:
        super().__init__(
            providers or [CommandProvider, DataProvider],
            placeholder=placeholder or f"Find {found_things(tuple(TABS.values()))}",
            id="--command-palette",
        )

    def on_mount(self) -> None:
        """A key that is pasted shows no more than lists do."""
        self.query_one(Input).validate_value = mask_typed_keys  # type: ignore[attr-defined]

    def run_worker(  # type: ignore[override]
        self, work: Callable[[], Awaitable[None]], *args: Any, **options: Any
    ) -> Worker[None]:
        """A search ends with the palette: what it finds as that is taken down is shown nowhere.

        `asyncio.wait_for` gives a result that is there although it was cancelled (until Python 3.12), and
        Textual paints it before it looks whether it was: the list or the styles may be gone by then.
        """

        async def search() -> None:
            try:
                await work()
            except (NoMatches, KeyError):
                if self.there:
                    raise

        return super().run_worker(search, *args, **options)

    def warn(self, sentence: str) -> None:
        """In the edge."""
        self.query_one("#--container").border_subtitle = Content(f" {sentence} ")

    def open_palette(self) -> None:
        """It is open."""
        self.warn("This is it: type what you look for, or press esc.")

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


class CommandLine(Palette):
    """The palette with commands alone, which are found by their ids too."""

    def __init__(self) -> None:
        super().__init__([CommandLineProvider], placeholder="Type a command; tab completes, esc leaves")

    def focus_next(self, selector: str | type[QueryType] = "*") -> Widget | None:
        """Tab completes: there is one field, which keeps the focus."""
        commands, entry = self.query_one(CommandList), self.query_one(Input)
        option = commands.highlighted_option
        if isinstance(option, FoundCommand) and option.hit.text:
            entry.value = option.hit.text
            entry.cursor_position = len(entry.value)
        return entry

    @on(Input.Submitted)
    def _entered_by_hand(self, event: Input.Submitted) -> None:
        """A colon in a text that is pasted opens this too: what follows it runs nothing."""
        if cast(Console, self.app).typed_in_burst:
            event.prevent_default().stop()
            self.warn("That came faster than a hand types: press enter to run it.")


class TabFrame(Protocol):
    """The screen that the palette was opened above: the shell."""

    def context(self) -> CommandContext:
        """What a command would act on now."""

    def choose_command(self, command_id: str) -> None:
        """Do this very command, or say why it cannot be done now."""

    def find(self, tab_id: str, row_id: str, text: str = "") -> None:
        """Go to a row of a tab, with its list filtered by the text."""


def _keys(provider: Provider) -> KeyMap:
    return cast(Console, provider.app).keys


def _frame(provider: Provider) -> TabFrame:
    return cast(TabFrame, provider.screen)


class CommandProvider(Provider):
    """The commands that exist in the tab at hand; those that cannot be used now say why."""

    def _commands(self) -> list[Command]:
        return [command for command in available(_frame(self).context()) if command.palette]

    def _help(self, command: Command) -> str:
        reason = command.guard(_frame(self).context())
        return f"Not now: {reason}" if reason else command.tooltip

    def _run(self, command: Command) -> Callable[[], None]:
        return partial(_frame(self).choose_command, command.id)

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for command in self._commands():
            shown = _titled(command, _keys(self).shown(command.id))
            yield DiscoveryHit(shown, self._run(command), command.title, self._help(command))

    async def search(self, query: str) -> Hits:
        """Those whose title fits."""
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(command.title)
            if score > 0:
                shown = matcher.highlight(command.title)
                yield Hit(score, shown, self._run(command), command.title, self._help(command))


class CommandLineProvider(CommandProvider):
    """The same, found by id as well as by title; what Tab completes is the id."""

    def _shown(self, title: Content, command: Command) -> Content:
        key = _keys(self).shown(command.id)
        return Content.assemble(
            title, (f"  {command.id}", "$option-muted"), (f"  {key}" if key else "", "$option-key")
        )

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for command in self._commands():
            shown = self._shown(Content(command.title), command)
            yield DiscoveryHit(shown, self._run(command), command.id, self._help(command))

    async def search(self, query: str) -> Hits:
        """Those that begin so come first, by id or by title."""
        typed = query.strip().lower()
        matcher = self.matcher(typed.replace("_", " "))
        for command in self._commands():
            names = (command.title.lower(), command.id, command.id.replace("_", " "))
            score = max(matcher.match(command.title), matcher.match(names[-1]))
            if typed in names:
                score = EXACT
            elif any(name.startswith(typed) for name in names):
                score = BEGINS - len(command.id)
            if score > 0:
                shown = self._shown(matcher.highlight(command.title), command)
                yield Hit(score, shown, self._run(command), command.id, self._help(command))


class DataProvider(Provider):
    """Rows of the tabs, as their finders find them."""

    async def search(self, query: str) -> Hits:
        """Ask the store, in threads."""
        console = cast(Console, self.app)
        text = query.strip()
        if len(text) < 2 or not console.ready:
            return
        try:
            found = [
                (tab, await asyncio.to_thread(tab.find, console.services, console.operator, text, FOUND))
                for tab in TABS.values()
            ]
        except PftuiError as error:
            console.notify(error.message, severity="error")
            return
        matcher = self.matcher(query)
        for tab, rows in found:
            for row in rows:
                go = partial(_frame(self).find, tab.id, row.row_id, row.text)
                yield Hit(
                    _score(matcher, row.name),
                    Content(visible(row.name)),
                    go,
                    row.name,
                    visible(row.description),
                )


def _score(matcher: Matcher, name: str) -> float:
    """Names that hold what is typed go before commands in which its letters are scattered."""
    return matcher.match(name) * 2 or 0.1


def _titled(command: Command, key: str) -> Content:
    return Content.assemble(command.title, (f"  {key}" if key else "", "$option-muted"))
