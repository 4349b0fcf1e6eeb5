"""An app of screens that can be locked: what is open goes out of sight, and comes back as it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, ParamSpec, TypeVar

from textual import events
from textual.screen import Screen

from pftui.domain.errors import ProofNeeded, SessionLocked
from pftui.screens.console import ConsoleScreen
from pftui.screens.dialogs.modal import Modal
from pftui.screens.frame.screens_app import ScreensApp
from pftui.widgets.notice_line import Notice

#: The mode that the lock is the base of; what was open stays in its own.
LOCK = "lock"
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Locked:
    """Who is locked, where, and why, as a sentence."""

    organization: str
    name: str
    email: str
    why: str


class LockingApp(ScreensApp):
    """Puts the lock before everything else: in a mode of its own, so that what was open stays in its mode.

    A screen of a mode that is not shown paints nothing and gets no key. Its flows go on, and what they open
    is opened beneath the lock.
    """

    LET_GO = 0.5
    """Seconds without Enter after which the one that unlocked is not held down any more."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._beneath: str | None = None
        self._missed: list[Notice] = []
        self._unlocked_at = 0.0
        self._enter_until = 0.0

    @property
    def locked(self) -> bool:
        """Whether the lock shows."""
        return self._beneath is not None

    @property
    def stack(self) -> Sequence[Screen[Any]]:
        """What is open, beneath the lock where there is one."""
        return self.get_screen_stack(self._beneath)

    @property
    def unsaved(self) -> bool:
        """Whether leaving would lose a secret, or a change under way that may make one."""
        modals = (screen for screen in self.stack if isinstance(screen, Modal))
        return self.secret_on_screen or any(modal.unsettled for modal in modals)

    @property
    def must_stay(self) -> bool:
        """Whether nothing may end the console now; who is at it sees what is under way, but not a lock's."""
        return self.secret_on_screen or (self.locked and self.unsaved)

    def lock_screen(self, why: str) -> Screen[Any]:
        """What covers everything; `why` says so in a sentence."""
        raise NotImplementedError

    def prove_screen(self) -> Screen[bool]:
        """Asks for the operator's password once more; True where it was given."""
        raise NotImplementedError

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call of a service; where it wants the password once more, ask, and call again.

        Such a call has changed nothing, so that the second one makes whatever is made.
        """
        try:
            return await super().call(function, *args, **kwargs)
        except SessionLocked:
            self.session_locked()
            raise
        except ProofNeeded:
            if not await self._proven():
                raise ProofNeeded("Nothing was changed: your password was not given.") from None
        return await super().call(function, *args, **kwargs)

    async def _proven(self) -> bool:
        """Whether the password was given; until then no secret is made, and one may leave."""
        will_show, self.secret_on_screen = self.secret_on_screen, False
        try:
            given = await self.ask(self.prove_screen())
            return bool(given)
        finally:
            self.secret_on_screen = will_show

    def session_locked(self) -> None:
        """The session is so old that the password is asked for again."""
        raise NotImplementedError

    def lock(self, why: str) -> None:
        """Have nothing shown any more of what is open, and no key reach it, until `unlocked`."""
        if self.locked or not self.is_running:
            return
        for screen in self.stack:
            if isinstance(screen, ConsoleScreen):
                screen.hide_secrets()
        self.drop_keys()
        self.capture_mouse(None)
        # Else what has the focus would be forgotten: it is taken away with the window's.
        self.app_focus = True
        self._beneath = self.current_mode
        self.add_mode(LOCK, partial(self.lock_screen, why))
        self.switch_mode(LOCK)
        self.redraw()

    def unlocked(self) -> None:
        """Go back to what was open."""
        beneath, self._beneath = self._beneath, None
        if beneath is None or not self.is_running:
            return
        self.in_use()
        self.drop_keys()
        self._unlocked_at = monotonic()
        self._enter_until = self._unlocked_at + self.LET_GO
        self.switch_mode(beneath)
        self.redraw()
        self.run_worker(self._take_down(), group="lock")  # the lock's own would end with it
        missed, self._missed = self._missed, []
        for notice in missed:
            self.tell(notice)

    async def _take_down(self) -> None:
        if self.is_running:
            await self.remove_mode(LOCK)

    async def go(self, mode: str, base: Callable[[], Screen[Any]]) -> None:
        """Change the screen at the base; a lock goes with what it covered."""
        beneath, self._beneath = self._beneath, None
        self._missed.clear()
        await super().go(mode, base)
        if beneath is not None and self.is_running:
            await self.remove_mode(beneath)

    def push_screen(self, screen: Any, *args: Any, mode: str | None = None, **kwargs: Any) -> Any:
        """Open a screen: beneath the lock, unless it is the lock's own."""
        return super().push_screen(screen, *args, mode=mode or self._beneath, **kwargs)

    def tell(self, notice: Notice) -> None:
        """Nothing of it shows while it is locked; then it is said, for as long as it takes to read."""
        if self.locked:
            self._missed.append(notice)
        else:
            super().tell(notice)

    async def on_event(self, event: events.Event) -> None:
        """What was pressed while it was locked is the lock's, and so is an Enter that is still held down."""
        typed = isinstance(event, (events.InputEvent, events.Paste)) and not event.is_forwarded
        if not (typed and self._is_the_locks(event)):
            await super().on_event(event)

    def _is_the_locks(self, event: events.Event) -> bool:
        if event.time <= self._unlocked_at:
            return True
        held_down = isinstance(event, events.Key) and event.key == "enter" and event.time < self._enter_until
        if held_down and not self.locked:
            self._enter_until = event.time + self.LET_GO
            return True
        return False
