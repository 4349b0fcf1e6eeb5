"""Who is there: e-mail and password."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from pftui.screens.console import console_of
from pftui.screens.frame.credentials import CredentialScreen
from pftui.widgets.entry import Entry
from pftui.widgets.key_footer import Item
from pftui.widgets.notice_line import Notice
from pftui.widgets.password_input import PasswordInput

if TYPE_CHECKING:
    from pftui.domain.secret import Secret

FOOTER = (
    Item("", "⏎", "Sign in", 1),
    Item("", "tab", "Next field", 3),
    Item("", "ctrl+q", "Quit", 2),
)


class SignInScreen(CredentialScreen):
    """E-mail, password, one sentence."""

    AUTO_FOCUS = "#email"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
        Binding("ctrl+r", "submit", show=False),
    ]

    def __init__(self, sentence: str = "", *, email: str = "", organization: str = "") -> None:
        super().__init__(FOOTER, id="sign-in")
        self._email = email
        self._organization = organization
        self._heading = Static(self._title(), id="title")
        self.say(sentence, "warning")

    def compose(self) -> ComposeResult:
        """A narrow column in the middle."""
        with Vertical(classes="column"):
            yield self._heading
            yield Static("E-mail", classes="label", markup=False)
            yield Entry(self._email, id="email")
            yield Static("Password", classes="label", markup=False)
            yield PasswordInput(id="password")
            yield self.sentence
        yield self.footer

    def on_mount(self) -> None:
        """Whose address is known types the password."""
        if self._email:
            self.query_one("#password").focus()

    def show_notice(self, notice: Notice) -> None:
        """Where there is no line for notices yet."""
        self.say(notice.text, notice.severity)

    def _title(self) -> Content:
        whose = f" to {self._organization}" if self._organization else ""
        return Content.assemble((" pftui ", "$chip"), ("  Sign in", "bold $text"), (whose, "bold $text"))

    def store_opened(self, organization: str) -> None:
        """The store is open: say whose it is."""
        self._organization = organization
        self._heading.update(self._title())

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
        if self.occupied:
            return
        password = self.query_one(PasswordInput)
        if self._typed_email and password.value:
            self.begin()
        else:
            (password if self._typed_email else self.query_one("#email")).focus()
            self.say("Type your e-mail address and your password.", "warning")

    @property
    def _typed_email(self) -> str:
        return self.query_one("#email", Input).value.strip()

    @property
    def whose(self) -> str:
        """The address that is typed: another one need not wait for it."""
        return self._typed_email

    async def attempt(self, password: Secret) -> None:
        """Sign in, and go in."""
        console = console_of(self)
        signed_in = await console.sign_in(self._typed_email, password)
        self.query_one(PasswordInput).forget()
        console.enter(signed_in)
