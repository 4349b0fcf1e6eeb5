"""An app of `ConsoleScreen`s: calls in threads, modals that are awaited, notices, the screen at the base."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, ParamSpec, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input

from pftui.domain.clock import Clock
from pftui.domain.errors import PftuiError, StoreUnavailable
from pftui.screens import registry
from pftui.screens.console import ConsoleScreen, GivenUp
from pftui.screens.created import Created
from pftui.screens.key_map import ALONE, DEFAULT_KEYS, MOVING, KeyMap
from pftui.widgets.console_app import ConsoleApp
from pftui.widgets.notice_line import SEVERITIES, Notice, Notices

P = ParamSpec("P")
T = TypeVar("T")

#: Seconds before something is said to take its time.
PATIENCE = 0.15


class ScreensApp(ConsoleApp):
    """What screens may ask of any app that shows them; who is signed in is not its business."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", show=False, priority=True),
        Binding("ctrl+c", "help_quit", show=False, system=True),
        Binding("ctrl+l", "redraw", show=False, priority=True),
        Binding("ctrl+t", "lock_now", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
        # The app moves the focus itself, before it hands the next key on: whoever types ahead of a
        # slow link must not find the password in the field for the e-mail address.
        Binding("tab", "focus_next", show=False, priority=True),
        Binding("shift+tab", "focus_previous", show=False, priority=True),
    ]

    def __init__(self, clock: Clock, *, keys: KeyMap = DEFAULT_KEYS, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.clock = clock
        self.keys = keys
        self.notices = Notices(clock)
        self._working = 0
        self._waits: set[asyncio.Future[bool]] = set()
        self._not_awaited: set[asyncio.Future[Any]] = set()

    # Screens

    @property
    def stack(self) -> Sequence[Screen[Any]]:
        """What is open: the screen at the base first, the topmost last."""
        return self.screen_stack

    @property
    def base(self) -> ConsoleScreen[Any]:
        """The screen beneath all modals, or while there is none, one that hears nothing."""
        base = next(iter(self.stack), None)
        return base if isinstance(base, ConsoleScreen) else ConsoleScreen()

    @property
    def top(self) -> ConsoleScreen[Any]:
        """The screen that has the keys."""
        return self.screen if isinstance(self.screen, ConsoleScreen) else ConsoleScreen()

    async def go(self, mode: str, base: Callable[[], Screen[Any]]) -> None:
        """Change the screen at the base to the one that `base` makes; whatever was open is closed."""
        left = self.current_mode
        if left == mode or not self.is_running:
            return
        self.add_mode(mode, base)
        await self.switch_mode(mode)
        if self.is_running:  # somebody who quits meanwhile has Textual going through all modes
            await self.remove_mode(left)

    # Keys that somebody has chosen

    def acts_at_once(self, key: events.Key) -> bool:
        """As the commands say, wherever they are."""
        return (self.keys.meant(key.key) or "") in registry.AT_ONCE

    def meant(self, event: events.Key) -> str | None:
        """In a field a key is what is typed; in a dialog its own keys come first, then those that move."""
        key = event.key
        meant = self.keys.meant(key)
        if meant == key or isinstance(self.focused, Input):
            return key
        if self.top.takes_commands:
            return meant
        return meant if meant in MOVING and key not in self.screen.active_bindings else key

    def do_meant(self, meant: str) -> bool:
        """A command that has no key by itself, by the one that somebody has given it."""
        if not meant.startswith(ALONE):
            return False
        self.top.do_command(meant.removeprefix(ALONE))
        return True

    # Threads, modals, notices

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call in a thread; say that it takes its time when it does."""
        counted = False

        def say() -> None:
            nonlocal counted
            counted = True
            self.count_working(1)

        timer = self.set_timer(PATIENCE, say)
        try:
            return await self._answer(
                asyncio.ensure_future(asyncio.to_thread(partial(function, *args, **kwargs)))
            )
        except StoreUnavailable as error:
            self.store_failed(error)
            raise
        finally:
            timer.stop()
            if counted:
                self.count_working(-1)

    async def _answer(self, running: asyncio.Future[T]) -> T:
        given_up: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        running.add_done_callback(self._came_late)
        self._waits.add(given_up)
        try:
            await asyncio.wait((running, given_up), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waits.discard(given_up)
        if running.done():
            return running.result()
        if not given_up.result():
            raise GivenUp("You did not wait for the store. Nothing was changed.")
        self._not_awaited.add(running)
        raise GivenUp("You did not wait for the store. Whether this was done is told as soon as it is known.")

    @property
    def waiting(self) -> bool:
        """Whether a `call` is under way."""
        return bool(self._waits)

    def give_up(self, *, tell: bool = False) -> bool:
        """End the wait for all calls that are under way."""
        waits = [wait for wait in self._waits if not wait.done()]
        for wait in waits:
            wait.set_result(tell)
        return bool(waits)

    def _came_late(self, running: asyncio.Future[Any]) -> None:
        """A call has ended; tell of a change that nobody waited for, unless somebody else is here by now."""
        error = None if running.cancelled() else running.exception()  # asked for, so that asyncio does not
        if running not in self._not_awaited or not self.is_running:
            return
        self._not_awaited.discard(running)
        if isinstance(error, PftuiError):
            self.call_later(self.notify, f"What you did not wait for: {error.message}", severity="error")
        else:
            self.call_later(self.notify, "What you did not wait for is done.")
        self.call_later(self.changed)

    async def ask(self, modal: Screen[T]) -> T | None:
        """Show a modal and wait for its answer."""
        return await self.push_screen_wait(modal)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: str = "success",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Say one sentence above the footer, also in a modal that may cover it (Textual's own call too)."""
        self.tell(self.notices.add(message, SEVERITIES.get(severity, "success")))

    def tell(self, notice: Notice) -> None:
        """Show a notice wherever there is room for one."""
        for screen in self.stack:
            if isinstance(screen, ConsoleScreen):
                screen.show_notice(notice)

    def changed(self) -> None:
        """Lists refresh now."""
        self.base.reload()

    def created(self, created: Created) -> None:
        """Lists refresh now, and what was created is selected."""
        self.changed()
        for screen in self.stack:
            if isinstance(screen, ConsoleScreen):
                screen.show_created(created)

    def count_working(self, more: int) -> None:
        """One more thing takes its time, or one fewer."""
        self._working = max(0, self._working + more)
        self.base.show_working(self._working > 0)

    def store_failed(self, error: PftuiError) -> None:
        """The store is lost: say so until it is back."""
        self.notices.lasting = error.message
        self.base.show_lasting()

    def store_answered(self) -> None:
        """The store is there."""
        if self.notices.lasting is not None:
            self.notices.lasting = None
            self.base.show_lasting()

    def action_help_quit(self) -> None:
        """Ctrl+C interrupts nothing here."""
        self.notify("Press ctrl+q to quit.", severity="warning")

    def quit(self) -> None:
        """Leave, as a command."""
        self.run_worker(self.action_quit(), group="quit")

    def forget_operator(self) -> None:
        """What one operator was told, or waits for, is not for the next."""
        self._working = 0
        self._not_awaited.clear()
        self.notices.clear()
