"""Who is there: e-mail and password."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from pftui.domain.errors import PftuiError, StoreUnavailable, Throttled
from pftui.screens.console import ConsoleScreen, console_of
from pftui.widgets.entry import Entry
from pftui.widgets.key_footer import Item, KeyFooter
from pftui.widgets.notice_line import Notice
from pftui.widgets.password_input import PasswordInput

if TYPE_CHECKING:
    from textual.timer import Timer

    from pftui.domain.secret import Secret

FOOTER = (
    Item("", "⏎", "Sign in", 1),
    Item("", "tab", "Next field", 3),
    Item("", "ctrl+q", "Quit", 2),
)


class SignInScreen(ConsoleScreen[None]):
    """E-mail, password, one sentence."""

    AUTO_FOCUS = "#email"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("ctrl+r", "submit", show=False),
    ]

    def __init__(self, sentence: str = "", *, email: str = "", organization: str = "") -> None:
        super().__init__(id="sign-in")
        self._email = email
        self._organization = organization
        self._busy = False
        self._wait = 0.0
        self._waits_for = ""  # the address that has to wait; others need not
        self._ticking: Timer | None = None
        # Made here, not in `compose`: the store's answer may be there before the screen is.
        self._heading = Static(self._title(), id="title")
        self._said = Static(Content(""), id="sentence")
        self.say(sentence, "warning")
        self._footer = KeyFooter()
        self._footer.show(FOOTER)

    def compose(self) -> ComposeResult:
        """A narrow column in the middle."""
        with Vertical(classes="column"):
            yield self._heading
            yield Static("E-mail", classes="label", markup=False)
            yield Entry(self._email, id="email")
            yield Static("Password", classes="label", markup=False)
            yield PasswordInput(id="password")
            yield self._said
        yield self._footer

    def on_mount(self) -> None:
        """Whose address is known types the password."""
        if self._email:
            self.query_one("#password").focus()

    def on_screen_suspend(self) -> None:
        """A dialog opens above, and none of these keys works."""
        self._footer.show(())

    def on_screen_resume(self) -> None:
        """They work again."""
        self._footer.show(FOOTER)

    def show_notice(self, notice: Notice) -> None:
        """Where there is no line for notices yet."""
        self.say(notice.text, notice.severity)

    def say(self, sentence: str, severity: str = "muted") -> None:
        """Show one sentence under the fields."""
        sign = {"error": "✕ ", "warning": "! "}.get(severity, "")
        text = Content.assemble((sign if sentence else "", f"bold ${severity}"), (sentence, "$text"))
        self._said.update(text)

    def _title(self) -> Content:
        whose = f" to {self._organization}" if self._organization else ""
        return Content.assemble((" pftui ", "$chip"), ("  Sign in", "bold $text"), (whose, "bold $text"))

    def store_opened(self, organization: str) -> None:
        """The store is open: say whose it is."""
        self._organization = organization
        self._heading.update(self._title())

    def store_unavailable(self, error: PftuiError) -> bool:
        """The store cannot be opened: the same key tries again, and what was typed stays."""
        self.say(f"{error.message} Press enter to try again.", "error")
        return True

    @on(Input.Submitted, "#email")
    def _email_entered(self) -> None:
        password = self.query_one(PasswordInput)
        if password.value:
            self.action_submit()
        else:
            password.focus()

    @on(Input.Submitted, "#password")
    def action_submit(self) -> None:
        """Sign in, unless that is under way or has to wait."""
        email = self.query_one("#email", Input).value.strip()
        if self._busy or (self._wait > 0 and email == self._waits_for):
            return
        password = self.query_one(PasswordInput)
        if not email or not password.value:
            (password if email else self.query_one("#email")).focus()
            self.say("Type your e-mail address and your password.", "warning")
            return
        self._busy = True
        self._stop_waiting()
        self.run_worker(self._sign_in(email, password.secret()), group="sign-in")

    async def _sign_in(self, email: str, secret: Secret) -> None:
        console = console_of(self)
        self.say("Checking…")
        try:
            signed_in = await console.sign_in(email, secret)
        except Throttled as error:
            self._waits_for = email
            self._count_down(error)
        except StoreUnavailable as error:
            self.store_unavailable(error)
        except PftuiError as error:
            self.query_one(PasswordInput).forget()
            self.query_one(PasswordInput).focus()
            self.say(error.message, "error")
        else:
            self.query_one(PasswordInput).forget()
            console.enter(signed_in)
        finally:
            secret.forget()
            self._busy = False

    def _count_down(self, error: Throttled) -> None:
        self._wait = error.seconds
        self._tell_wait()
        if self._ticking is None:
            self._ticking = self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        self._wait -= 1.0
        if self._wait > 0:
            self._tell_wait()
            return
        self._stop_waiting()
        self.say("You can try again now.")

    def _stop_waiting(self) -> None:
        self._wait = 0.0
        if self._ticking is not None:
            self._ticking.stop()
            self._ticking = None

    def _tell_wait(self) -> None:
        seconds = max(1, ceil(self._wait))
        unit = "second" if seconds == 1 else "seconds"
        self.say(f"Too many failed attempts. Wait {seconds} {unit}, then press enter.", "warning")
