"""The console: puts services into screens, and little else.

The store is opened in a thread while the first frame paints, since its libraries take as long to
import as Textual does.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, TypeVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from pftui import bootstrap, styles
from pftui.domain.accounts import Operator
from pftui.domain.clock import Clock, utc_now
from pftui.domain.errors import PftuiError, SignInFailed, StoreExists, StoreMissing, StoreUnavailable
from pftui.domain.secret import Secret
from pftui.screens.frame.shell import Shell
from pftui.services.location import sqlite_path
from pftui.terminal.capabilities import animation_level
from pftui.terminal.driver import ConsoleDriver
from pftui.terminal.output_stage import ChangedCells
from pftui.widgets.discreet import Discreet
from pftui.widgets.notice_line import SEVERITIES, Notices
from pftui.widgets.styled_once import StyledOnce
from pftui.widgets.theme import DARK, LIGHT, SIXTEEN
from pftui.widgets.too_small import Covered
from pftui.widgets.type_ahead import TypeAhead

if TYPE_CHECKING:
    from pftui.screens.command import CommandContext
    from pftui.services.contracts import NewOrganization, Services, SignedIn

P = ParamSpec("P")
T = TypeVar("T")

#: Seconds before something is said to take its time, and between two looks at the store.
PATIENCE = 0.15
POLL = 2.0
#: Seconds after which the first frame is on its way: what is imported then cannot hold it up.
FIRST_FRAME = 0.01
SHELL, SIGN_IN, WELCOME = "shell", "sign-in", "welcome"
STYLES = Path(styles.__file__).parent


class PftuiApp(TypeAhead, Covered, Discreet, StyledOnce, ChangedCells, App[None]):
    """The console on a store.

    Args:
        url: the store's SQLAlchemy URL; None for the demo's own.
        demo: open a throw-away store with sample data, signed in.
        theme: one of `pftui.widgets.theme`; by default what the terminal can show.
    """

    CSS_PATH: ClassVar[Any] = [STYLES / "app.tcss"]
    TITLE = "pftui"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS: ClassVar[Any] = set()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", show=False, priority=True),
        Binding("ctrl+c", "help_quit", show=False, system=True),
        Binding("ctrl+l", "redraw", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
        # The app moves the focus itself, before it hands the next key on: whoever types ahead of a
        # slow link must not find the password in the field for the e-mail address.
        Binding("tab", "focus_next", show=False, priority=True),
        Binding("shift+tab", "focus_previous", show=False, priority=True),
    ]

    services: Services
    operator: Operator

    def __init__(
        self,
        url: str | None = None,
        *,
        demo: bool = False,
        theme: str | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._url = url
        self.demo = demo
        self.clock = clock
        # Each mode has one screen at its base and modals above; leaving a mode closes them all.
        self.DEFAULT_MODE = self._first_mode()  # type: ignore[misc]
        super().__init__(driver_class=ConsoleDriver)
        self.add_mode(self.DEFAULT_MODE, self._bases[self.DEFAULT_MODE])
        self.animation_level = animation_level(os.environ)
        self.ready = False
        self.notices = Notices(clock)
        self._opened: asyncio.Event = asyncio.Event()
        self._open_error: PftuiError | None = None
        self._working = 0
        self._revision: str | None = None
        self._polling = False
        self.apply_theme(theme)

    # Start and end

    def _first_mode(self) -> str:
        """The list where one is signed in already, else the sign-in, else the welcome."""
        path = sqlite_path(self._url or "")
        missing = path is not None and not path.exists()
        return SHELL if self.demo else WELCOME if missing else SIGN_IN

    @property
    def _bases(self) -> dict[str, Callable[[], Screen[Any]]]:
        return {SHELL: lambda: Shell(clock=self.clock), SIGN_IN: self._sign_in_screen, WELCOME: self._welcome}

    @staticmethod
    def _sign_in_screen(sentence: str = "", email: str = "", organization: str = "") -> Screen[Any]:
        from pftui.screens.frame.sign_in import SignInScreen

        return SignInScreen(sentence, email=email, organization=organization)

    def _welcome(self) -> Screen[Any]:
        from pftui.screens.frame.welcome import WelcomeScreen

        path = sqlite_path(self._url or "")
        return WelcomeScreen(str(path) if path else "it in the database")

    async def _go(self, mode: str, base: Callable[[], Screen[Any]] | None = None) -> None:
        """Change the screen at the base; whatever was open is closed."""
        left = self.current_mode
        if left == mode or not self.is_running:
            return
        self.add_mode(mode, base or self._bases[mode])
        await self.switch_mode(mode)
        if self.is_running:  # somebody who quits meanwhile has Textual going through all modes
            await self.remove_mode(left)

    def on_mount(self) -> None:
        """Open the store behind the first frame."""
        self.set_interval(POLL, self._poll)
        self.set_timer(FIRST_FRAME, self._start_opening)

    def _start_opening(self) -> None:
        self.run_worker(self._open(), group="open")

    async def _open(self) -> None:
        self._open_error = None
        try:
            services, operator, revision = await asyncio.to_thread(self._open_store)
        except StoreMissing:
            await self._go(WELCOME)
        except PftuiError as error:
            self._open_error = error
            self._tell_unavailable(error)
        else:
            self.services = services
            self._revision = revision
            if operator is not None:
                self._signed_in(operator)
            elif hasattr(self.screen, "named"):
                self.screen.named(services.organization.name)
        self._opened.set()

    def _open_store(self) -> tuple[Services, Operator | None, str]:
        """In a thread."""
        operator: Operator | None = None
        if self.demo:
            services, operator = bootstrap.open_demo(self.clock)
        else:
            services = bootstrap.open_services(self._url or "", self.clock)
        return services, operator, services.lifecycle.revision()

    def _tell_unavailable(self, error: PftuiError) -> None:
        screen = self.screen
        if hasattr(screen, "unavailable"):
            screen.unavailable(error)
        else:
            self.store_failed(error)

    def _signed_in(self, operator: Operator) -> None:
        self.operator = operator
        self.ready = True
        shell = self.shell
        if shell is not None:
            shell.opened()

    async def on_unmount(self) -> None:
        """Give the store back."""
        if hasattr(self, "services"):
            await asyncio.to_thread(self.services.lifecycle.close)

    @property
    def shell(self) -> Shell | None:
        """The frame around the tabs, where one is signed in."""
        base = self.screen_stack[0] if self.screen_stack else None
        return base if isinstance(base, Shell) else None

    # In and out

    async def sign_in(self, email: str, password: Secret) -> SignedIn:
        """Look at the password, once the store is open."""
        if self._open_error is not None:
            self._opened.clear()
            self._start_opening()
        await self._opened.wait()
        if self._open_error is not None:
            raise self._open_error
        return await asyncio.to_thread(self.services.sign_in.with_password, email, password)

    def enter(self, signed_in: SignedIn) -> None:
        """Go in; a temporary password is changed on the way, or one is out again."""
        self.run_worker(self._enter(signed_in), group="enter")

    async def _enter(self, signed_in: SignedIn) -> None:
        self.operator = signed_in.operator
        if signed_in.must_change_password:
            from pftui.screens import flows

            if not await flows.change_own_password(self, forced=True):
                return
        self.ready = True
        self._revision = None
        await self._go(SHELL)
        if signed_in.must_change_password:
            self.notify("Your password is changed.")

    async def found(self, organization: NewOrganization) -> None:
        """Create the store, open it and go in."""
        url = self._url or ""
        password = organization.admin_password
        email = organization.admin_email.strip()
        try:
            await asyncio.to_thread(bootstrap.create_store, url, organization, self.clock)
        except StoreExists:
            self.services = await asyncio.to_thread(bootstrap.open_services, url, self.clock)
            self._opened.set()
            sentence, whose = (
                "Somebody has made this store meanwhile. Sign in.",
                self.services.organization.name,
            )
            # By a worker of the app: the one that is here ends with the welcome.
            self.run_worker(self._go(SIGN_IN, partial(self._sign_in_screen, sentence, email, whose)))
            return
        self.services = await asyncio.to_thread(bootstrap.open_services, url, self.clock)
        self._opened.set()
        self.enter(await asyncio.to_thread(self.services.sign_in.with_password, email, password))

    async def sign_out(self, sentence: str = "") -> None:
        """Back to the sign-in; whatever was open is closed. Nobody signs in to a demo, so it ends."""
        if self.demo:
            self.exit(message=sentence or "The demo is over; its store is gone.")
            return
        self.ready = False
        self._working = 0
        self.notices.clear()
        whose = self.services.organization.name
        await self._go(SIGN_IN, partial(self._sign_in_screen, sentence, self.operator.email or "", whose))

    def leave(self, sentence: str) -> None:
        """Sign out, in a worker of the app: the flow that asks for it ends with its screen."""
        self.run_worker(self.sign_out(sentence), group="sign-out")

    # What screens ask for (`screens.console.Console`, `screens.shell.Home`)

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call in a thread; say that it takes its time when it does."""
        counted = False

        def say() -> None:
            nonlocal counted
            counted = True
            self.count_working(1)

        timer = self.set_timer(PATIENCE, say)
        try:
            return await asyncio.to_thread(partial(function, *args, **kwargs))
        except StoreUnavailable as error:
            self.store_failed(error)
            raise
        finally:
            timer.stop()
            if counted:
                self.count_working(-1)

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
        notice = self.notices.add(message, SEVERITIES.get(severity, "success"))
        for screen in self.screen_stack:
            if hasattr(screen, "show_notice"):
                screen.show_notice(notice)

    def changed(self) -> None:
        """Lists refresh now."""
        if self.shell is not None:
            self.shell.reload()

    def count_working(self, more: int) -> None:
        """One more thing takes its time, or one fewer."""
        self._working = max(0, self._working + more)
        if self.shell is not None:
            self.shell.show_working(self._working > 0)

    def store_failed(self, error: PftuiError) -> None:
        """The store is lost: say so until it is back."""
        self.notices.lasting = error.message
        if self.shell is not None:
            self.shell.show_lasting()

    def store_answered(self) -> None:
        """The store is there."""
        if self.notices.lasting is not None:
            self.notices.lasting = None
            if self.shell is not None:
                self.shell.show_lasting()

    # Being current

    def _poll(self) -> None:
        if self.ready and not self._polling:
            self._polling = True
            self.run_worker(self._look(), group="poll")

    async def _look(self) -> None:
        lifecycle, asked = self.services.lifecycle, self.operator
        try:
            operator = await asyncio.to_thread(lifecycle.refresh, asked)
            revision = await asyncio.to_thread(lifecycle.revision)
        except SignInFailed as error:
            if self._still(asked) and not self.secret_on_screen:
                await self.sign_out(error.message)
        except PftuiError as error:
            self.store_failed(error)
        else:
            if self._still(asked):
                self._looked(operator, revision)
        finally:
            self._polling = False

    def _still(self, operator: Operator) -> bool:
        """Whether the same person is signed in as when the store was asked: its answer may come late."""
        return self.ready and self.operator is operator

    def _looked(self, operator: Operator, revision: str) -> None:
        was_lost, shell = self.notices.lasting is not None, self.shell
        self.store_answered()
        if shell is None:
            return
        if operator != self.operator:
            demoted = self.operator.global_admin and not operator.global_admin
            promoted = operator.global_admin and not self.operator.global_admin
            self.operator = operator
            shell.show_operator()
            if demoted:
                self.notify(
                    "Your global admin privileges were revoked: you see what is yours.", severity="warning"
                )
            elif promoted:
                self.notify("You have global admin privileges now.")
            shell.reload()
        elif revision != self._revision or was_lost:
            shell.reload()
        self._revision = revision

    # Commands of the console itself

    def perform(self, command_id: str, context: CommandContext) -> None:
        """Do a command that is the console's own."""
        actions: dict[str, Callable[[], object]] = {
            "quit": lambda: self.run_worker(self.action_quit(), group="quit"),
            "redraw": self.redraw,
            "refresh": self.changed,
            "palette": self.action_command_palette,
            "help": partial(self._show_help, context),
            "notices": self._show_notices,
            "sign_out": partial(self.leave, ""),
            "theme_dark": partial(self.change_theme, DARK),
            "theme_light": partial(self.change_theme, LIGHT),
            "theme_16": partial(self.change_theme, SIXTEEN),
        }
        actions[command_id]()

    def run_command(self, command_id: str) -> None:
        """As if its key were pressed (the palette)."""
        if self.shell is not None:
            self.shell.action_command(command_id)

    def find(self, tab: int, row_id: str) -> None:
        """Go to a row of a tab (the palette)."""
        if self.shell is not None:
            self.shell.find(tab, row_id)

    def _show_help(self, context: CommandContext) -> None:
        from pftui.screens.frame.help import TextModal, help_text, room

        self.push_screen(TextModal("Keys", help_text(context, room(self.size.width))))

    def _show_notices(self) -> None:
        from pftui.screens.frame.help import TextModal, notices_text

        self.push_screen(TextModal("Past notices", notices_text(self.notices.past(), self.clock)))

    def action_command_palette(self) -> None:
        """Open it over the list only: never over a modal, in which a secret may be."""
        if hasattr(self.screen, "action_elsewhere"):  # Textual's own binding comes before the screen's
            self.screen.action_elsewhere()
        if not isinstance(self.screen, Shell) or not self.ready or self.secret_on_screen:
            return
        if self.screen.opening:  # a dialog is on its way, and would open above the palette
            return
        from pftui.screens.frame.palette import Palette

        self.push_screen(Palette())

    async def action_quit(self) -> None:
        """Leave, but not past a secret that nobody has saved."""
        if self.secret_on_screen:
            self.bell()
        elif self._open_error is not None:
            self.exit(return_code=self._open_error.exit_code, message=self._open_error.message)
        else:
            self.exit()

    def action_help_quit(self) -> None:
        """Ctrl+C interrupts nothing here."""
        self.notify("Press ctrl+q to quit.", severity="warning")
