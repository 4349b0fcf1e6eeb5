"""The console as a Textual app: shows the screens of a session, and tells them what has happened to it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.screen import Screen

from pftui import styles
from pftui.console_deliverer import ConsoleDeliverer
from pftui.domain.clock import Clock, utc_now
from pftui.domain.errors import PftuiError, SessionEnded, StoreVersionChanged
from pftui.domain.sessions import idle_lock_minutes
from pftui.presentation.audit import signed_out
from pftui.presentation.sessions import last_sign_in
from pftui.screens.command import resolve
from pftui.screens.console import ConsoleScreen, Loss
from pftui.screens.frame.locking_app import Locked, LockingApp
from pftui.screens.frame.shell import Shell
from pftui.screens.help import unused_keys
from pftui.screens.key_map import DEFAULT_KEYS, KeyMap
from pftui.session import Session
from pftui.terminal.capabilities import animation_level, prefer_ansi
from pftui.terminal.driver import ConsoleDriver
from pftui.widgets.notice_line import Notice
from pftui.widgets.theme import BY_WORD

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.domain.secret import Secret
    from pftui.process.remembered import Remembered
    from pftui.services.contracts import Services
    from pftui.services.results import NewOrganization, SignedIn

#: Seconds between two looks at the store.
POLL = 2.0
#: Seconds after which the first frame is on its way: what is imported then cannot hold it up.
FIRST_FRAME = 0.01
SHELL, SIGN_IN, WELCOME = "shell", "sign-in", "welcome"
STYLES = Path(styles.__file__).parent


class PftuiApp(LockingApp):
    """The console on a store (implements `screens.console.Console` and `session.SessionListener`).

    Args:
        url: the store's SQLAlchemy URL; None for the demo's own.
        demo: open a throw-away store with sample data, signed in.
        theme: one of `pftui.widgets.theme`; by default what the terminal can show.
        lock_minutes: lock a console that nobody touches after so many minutes, if not sooner.
        remembered: what is kept of people on this host, as their themes; None for nothing.
        keys: which key means what; where it is not what somebody has chosen, that is said as long as it runs.
    """

    CSS_PATH: ClassVar[Any] = [STYLES / "app.tcss"]
    TITLE = "pftui"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[Any] = set()

    def __init__(
        self,
        url: str | None = None,
        *,
        demo: bool = False,
        theme: str | None = None,
        clock: Clock = utc_now,
        lock_minutes: int | None = None,
        keys: KeyMap = DEFAULT_KEYS,
        remembered: Remembered | None = None,
    ) -> None:
        self.session = Session(url, demo=demo, clock=clock, listener=self, lock_minutes=lock_minutes)
        self._deliverer = ConsoleDeliverer(self._deliverer_tells, self.changed)
        self._asking_to_quit = False
        self._ending = 0
        self._remembered = remembered
        self.on_leaving: Callable[[int], object] = lambda status: None
        """Called with the exit status when the console begins to end, so that nothing can hold it back."""
        # Each mode has one screen at its base and modals above; leaving a mode closes them all.
        self.DEFAULT_MODE = self._first_mode()  # type: ignore[misc]
        super().__init__(clock, keys=keys, driver_class=ConsoleDriver)
        self.add_mode(self.DEFAULT_MODE, self._bases[self.DEFAULT_MODE])
        self.animation_level = animation_level(os.environ)
        self.apply_theme(theme)
        if keys.faults:
            self.notices.keep_standing(unused_keys(keys.faults), "warning")

    # What screens ask for: the session (`Console`)

    @property
    def services(self) -> Services:
        """The services of the open store."""
        return self.session.services

    @services.setter
    def services(self, services: Services) -> None:
        self.session.services = services

    @property
    def operator(self) -> Operator:
        """Who is signed in."""
        return self.session.operator

    @operator.setter
    def operator(self, operator: Operator) -> None:
        self.session.operator = operator

    @property
    def entered_at(self) -> datetime:
        """When the operator came in."""
        return self.session.entered_at

    @property
    def ready(self) -> bool:
        """Whether the store is open and somebody is signed in."""
        return self.session.ready

    @property
    def demo(self) -> bool:
        """Whether the store is a throw-away one."""
        return self.session.demo

    # Which screen

    def _first_mode(self) -> str:
        """The list where one is signed in already, else the sign-in, else the welcome."""
        path = self.session.file
        missing = path is not None and not path.exists()
        return SHELL if self.demo else WELCOME if missing else SIGN_IN

    @property
    def _bases(self) -> dict[str, Callable[[], Screen[Any]]]:
        return {SHELL: lambda: Shell(clock=self.clock), SIGN_IN: self._sign_in_screen, WELCOME: self._welcome}

    @staticmethod
    def _sign_in_screen(sentence: str = "", email: str = "", organization: str = "") -> Screen[Any]:
        screen: Screen[Any] = resolve("frame.sign_in:SignInScreen")(
            sentence, email=email, organization=organization
        )
        return screen

    def _welcome(self) -> Screen[Any]:
        screen: Screen[Any] = resolve("frame.welcome:WelcomeScreen")(
            str(self.session.file or "it in the database")
        )
        return screen

    @property
    def shell(self) -> Shell | None:
        """The frame around the tabs, where one is signed in."""
        return self.base if isinstance(self.base, Shell) else None

    # Start and end

    def on_mount(self) -> None:
        """Open the store behind the first frame."""
        self.set_interval(POLL, self._poll)
        self.set_timer(FIRST_FRAME, self.open_again)

    def _poll(self) -> None:
        if self.ready:
            self.run_worker(self.session.look(), group="poll")

    def exit(self, result: None = None, return_code: int = 0, message: Any = None) -> None:
        """Leave, whatever a thread still waits for."""
        self.on_leaving(return_code)
        super().exit(result, return_code, message)

    async def on_unmount(self) -> None:
        """Give the store back."""
        await self._deliverer.stop()
        await self.session.close()

    async def action_quit(self) -> None:
        """Leave, but not past a secret that nobody has saved."""
        if self.must_stay:
            self.bell()
            self.top.tell_unsaved()
        elif not self.locked and (loss := self._loss) is not None:
            self.run_worker(self._ask_to_quit(loss), group="quit")
        elif self.session.open_error is not None:
            error = self.session.open_error
            self.exit(return_code=error.exit_code, message=error.message)
        else:
            self.exit()

    @property
    def _loss(self) -> Loss | None:
        """What leaving would lose, of the topmost screen; a change under way is made all the same."""
        if self.unsaved:
            return None
        screens = (screen for screen in reversed(self.stack) if isinstance(screen, ConsoleScreen))
        return next((screen.loses for screen in screens if screen.touched), None)

    async def _ask_to_quit(self, loss: Loss) -> None:
        """As Esc does in a form; the second time it is pressed it asks no second time."""
        if self._asking_to_quit:
            return
        from pftui.screens.dialogs.confirm import leave_question

        self._asking_to_quit = True
        try:
            if await self.ask(leave_question(loss, " and quit")):
                self.exit()
        finally:
            self._asking_to_quit = False

    # In and out

    async def sign_in(self, email: str, password: Secret) -> SignedIn:
        """Look at a password, once the store is open."""
        return await self.session.sign_in(email, password)

    def enter(self, signed_in: SignedIn) -> None:
        """Go in; a temporary password is changed on the way, or one is out again."""
        self.run_worker(self._enter(signed_in), group="enter")

    async def _enter(self, signed_in: SignedIn) -> None:
        self.operator = signed_in.operator
        if signed_in.must_change_password:
            from pftui.screens.accounts.flows import change_own_password

            if not await change_own_password(self, forced=True):
                await self._tell_sign_out()
                return
        self.session.enter(self.operator)
        await self._recall_theme()
        await self.go(SHELL, self._bases[SHELL])
        if signed_in.must_change_password:
            self.notify("Your password is changed.")
        last = signed_in.last
        if last is not None:
            self.notify(last_sign_in(last, self.clock()), severity="warning" if last.failures else "note")

    async def create_store(self, organization: NewOrganization) -> None:
        """Create the store, open it and go in."""
        email = organization.admin_email.strip()
        signed_in = await self.session.create(organization)
        if signed_in is not None:
            self.enter(signed_in)
            return
        sentence = "Somebody has made this store meanwhile. Sign in."
        back = partial(self._sign_in_screen, sentence, email, self.services.organization.name)
        # By a worker of the app: the one that is here ends with the welcome.
        self.run_worker(self.go(SIGN_IN, back))

    async def sign_out(self, sentence: str = "") -> None:
        """Back to the sign-in; whatever was open is closed. Nobody signs in to a demo, so it ends."""
        if self.demo:
            self.exit(message=sentence or "The demo is over; its store is gone.")
            return
        self.session.end()
        await self._deliverer.stop()
        self.forget_operator()
        whose = self.services.organization.name
        self.change_theme(self.first_theme)
        await self.go(SIGN_IN, partial(self._sign_in_screen, sentence, self.operator.email or "", whose))
        await self._tell_sign_out(sentence)

    async def _tell_sign_out(self, why: str = "") -> None:
        """Tell the store; where it does not answer one is signed out here all the same.

        An admin who leaves by themselves reads the head of the trail; `why` is what they read else.
        """
        error = await self.session.sign_out()
        if error is not None:
            self.notify(
                f"You are signed out here, but the store was not told: {error.message}", severity="warning"
            )
        elif self.session.head is not None and not why:
            # Not kept among the notices: those are of who is signed in.
            self.top.show_notice(Notice(signed_out(self.session.head), "note", self.clock()))

    @contextmanager
    def ends_own_session(self) -> Iterator[None]:
        """Leave a session that ends while a call is under way to who made that."""
        self._ending += 1
        try:
            yield
        finally:
            self._ending -= 1

    def leave(self, sentence: str = "") -> None:
        """Sign out, in a worker of the app: the flow that asks for it ends with its screen."""
        self.session.end()
        self.run_worker(self.sign_out(sentence), group="sign-out")

    # What sends to webhooks from here

    @property
    def delivers(self) -> bool:
        """Whether this console sends to webhooks."""
        return self._deliverer.on

    async def deliver(self, on: bool) -> None:
        """Send to webhooks from here, or no longer. Raises what `ConsoleDeliverer.start` does."""
        if on:
            await self._deliverer.start(self.services, self.operator)
        else:
            await self._deliverer.stop()
        self.changed()

    def _deliverer_tells(self, sentence: str) -> None:
        if self.ready:
            self.notify(sentence, severity="warning")

    # The theme that somebody has chosen

    def choose_theme(self, name: str) -> None:
        """Take another theme, and remember it of who is signed in."""
        self.change_theme(name)
        if self._remembered is not None and self.ready and not self.demo:
            word = next(word for word, theme in BY_WORD.items() if theme == name)
            self.run_worker(asyncio.to_thread(self._remembered.keep, word, *self._whose_theme), group="theme")

    async def _recall_theme(self) -> None:
        """Before the lists show; what was asked for at the start comes first."""
        if self._remembered is None or self.theme_is_given:
            return
        word = await asyncio.to_thread(self._remembered.word, *self._whose_theme)
        if word in BY_WORD:
            self.change_theme(BY_WORD[word])

    @property
    def _whose_theme(self) -> tuple[str, ...]:
        """Whose, in which store, and on which kind of terminal: 16 colours ask for another choice."""
        colours = "16" if prefer_ansi(os.environ) else "more"
        return ("theme", self.services.organization.id, self.operator.id, colours)

    # The lock

    @property
    def idle_limit(self) -> float | None:
        """Seconds without a key until it locks. A demo has no password to come back with: it never does."""
        if not self.ready or self.locked or self.demo:
            return None
        settled = self.services.organization.idle_lock_minutes
        return 60.0 * idle_lock_minutes(settled, self.session.lock_minutes) or None

    def idle_is_over_limit(self) -> None:
        """Nobody was there for a while."""
        minutes = round((self.idle_limit or 0.0) / 60)
        self.lock(f"No key was pressed for {minutes} {'minute' if minutes == 1 else 'minutes'}.")

    def session_locked(self) -> None:
        """The session is old; one may be at work all the time."""
        hours = self.services.organization.session_hours
        self.lock(f"The password was given more than {hours} {'hour' if hours == 1 else 'hours'} ago.")

    def action_lock_now(self) -> None:
        """Lock, for who leaves the terminal alone."""
        if self.demo:
            self.notify("A demo has no password to come back with, so it does not lock.", severity="warning")
        elif self.ready:
            self.lock("You locked it.")

    def lock_screen(self, why: str) -> Screen[Any]:
        """Whose console it is."""
        operator = self.operator
        locked = Locked(self.services.organization.name, operator.name, operator.email or "", why)
        screen: Screen[Any] = resolve("frame.lock:LockScreen")(locked)
        return screen

    def prove_screen(self) -> Screen[bool]:
        """For who is signed in."""
        screen: Screen[bool] = resolve("dialogs.prove:Prove")(self.operator.name, self._prove)
        return screen

    def _prove(self, password: Secret) -> None:
        """In a thread, which may go on when nobody waits for it any more: so it is what forgets it."""
        try:
            self.session.prove(password)
        finally:
            password.forget()

    async def unlock(self, password: Secret) -> None:
        """Go back to what was open; where the session has ended there is no way back, but to a secret."""
        try:
            await asyncio.to_thread(self.session.prove, password)
        except SessionEnded as error:
            if not self.unsaved:
                self.leave(error.message)
                return
            await self.session.sign_in_again(password)
        self.unlocked()

    # What the session tells (`SessionListener`)

    def open_again(self) -> None:
        """Open the store, in a worker of the app."""
        self.run_worker(self.session.open(), group="open")

    async def store_missing(self) -> None:
        """The first run."""
        await self.go(WELCOME, self._bases[WELCOME])

    def store_unavailable(self, error: PftuiError) -> None:
        """Where the screen does not say it, the line above the footer does."""
        if not self.top.store_unavailable(error):
            self.store_failed(error)

    def store_opened(self) -> None:
        """Say whose store it is."""
        self.top.store_opened(self.services.organization.name)

    def session_started(self) -> None:
        """The lists are read."""
        self.base.session_started()

    async def session_ended(self, sentence: str) -> None:
        """Out, but not past a secret: the next call is refused in any case."""
        if not self.must_stay and not (self._ending and self.waiting):
            await self.sign_out(sentence)

    def store_failed(self, error: PftuiError) -> None:
        """A store of another version ends the console, but not past a secret: nothing can be written here."""
        if isinstance(error, StoreVersionChanged) and not self.must_stay:
            self.exit(return_code=error.exit_code, message=error.message)
        else:
            super().store_failed(error)

    def operator_changed(self, before: Operator) -> None:
        """Say so where the privileges are others."""
        self.store_answered()
        self.base.show_operator()
        if before.global_admin and not self.operator.global_admin:
            self.run_worker(self._deliverer.stop(), group="deliverer")
            text = "Your global admin privileges were revoked: you see what is yours."
            self.notify(text, severity="warning")
        elif self.operator.global_admin and not before.global_admin:
            self.notify("You have global admin privileges now.")
        self.changed()

    def store_looked_at(self, *, changed: bool, used: bool) -> None:
        """Lists refresh where something has changed, or could not be read before."""
        was_lost = self.notices.lasting is not None
        self.store_answered()
        if changed:
            self.base.show_operator()  # and the organization, which may have another name
        if changed or was_lost:
            self.changed()
        elif used:
            self.base.reload_uses()

    def action_command_palette(self) -> None:
        """Textual's own binding comes before those of the screens."""
        self.top.open_palette()
