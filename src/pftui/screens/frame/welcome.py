"""The first run: the organization and its first global admin."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from pftui.domain.errors import InvalidInput, PftuiError
from pftui.domain.names import clean_email, clean_name
from pftui.domain.passwords import SHORTEST, check_new_password
from pftui.domain.secret import Secret
from pftui.screens.console import IN_A_BURST, ConsoleScreen, console_of
from pftui.services.results import NewOrganization
from pftui.widgets.entry import Entry
from pftui.widgets.key_footer import Item, KeyFooter
from pftui.widgets.notice_line import Notice
from pftui.widgets.password_input import PasswordInput

#: Seconds after the last key before a password is judged.
REST = 0.25
FOOTER = (
    Item("", "⏎", "Next, then create", 1),
    Item("", "tab", "Next field", 3),
    Item("", "ctrl+q", "Quit", 2),
)
#: Name, label, hint; in the order of the screen.
FIELDS = (
    ("organization", "Organization", "Shown at the top of every screen."),
    ("name", "Your name", "You become the first global admin."),
    ("email", "Your e-mail", "You sign in with it."),
    (
        "password",
        "Password",
        f"{SHORTEST} characters at least. Several unrelated words work well; pasting too.",
    ),
    ("again", "Password again", ""),
)


class Question(Vertical):
    """A label with a sentence beside it, and an input."""

    def __init__(self, name: str, label: str, hint: str) -> None:
        super().__init__(id=f"question-{name}", classes="question")
        self._label = label
        self._hint = hint
        secret = name in ("password", "again")
        self.input: Input = PasswordInput(id=name) if secret else Entry(id=name)
        self._sentence = Static()

    def compose(self) -> ComposeResult:
        """The two lines."""
        yield self._sentence
        yield self.input

    def on_mount(self) -> None:
        """The hint stands there until something better does."""
        self.say("")

    def say(self, sentence: str, severity: str = "muted") -> None:
        """Show a sentence; an empty one brings the hint back."""
        sign = {"error": "✕ ", "warning": "! ", "success": "✓ "}.get(severity, "") if sentence else ""
        said = f"{sign}{sentence or self._hint}"
        self._sentence.update(Content.assemble((f"{self._label}  ", "$text"), (said, f"${severity}")))


class WelcomeScreen(ConsoleScreen[None]):
    """Asks for what a store needs to begin with."""

    AUTO_FOCUS = "#organization"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,ctrl+s", "submit", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, where: str) -> None:
        super().__init__(id="welcome")
        self._where = where
        self._busy = False
        # At hand also while the screen is on its way in or out: a password may be judged just then.
        self._questions = {name: Question(name, label, hint) for name, label, hint in FIELDS}
        self._said = Static(Content(""), id="sentence")

    def compose(self) -> ComposeResult:
        """Title, fields, one sentence."""
        with VerticalScroll(classes="column", can_focus=False):
            yield Static(Content.assemble((" pftui ", "$chip"), ("  Welcome", "bold $text")), id="title")
            yield Static(Content(f"There is no store yet. This creates {self._where}."), id="where")
            yield from self._questions.values()
            yield self._said
        yield KeyFooter()

    def on_mount(self) -> None:
        """The keys that work here."""
        self.query_one(KeyFooter).show(FOOTER)

    def question(self, name: str) -> Question:
        """One of the fields."""
        return self._questions[name]

    def typed(self, name: str) -> str:
        """What is typed there."""
        return self.question(name).input.value

    @property
    def touched(self) -> bool:
        """Whether something is typed."""
        return not self._busy and any(question.input.value for question in self._questions.values())

    def show_notice(self, notice: Notice) -> None:
        """Where there is no line for notices yet."""
        self.say(notice.text, notice.severity)

    def open_palette(self) -> None:
        """There is nothing to find before there is a store."""
        self.warn("Create the store first: ctrl+p finds things from the lists.")

    def warn(self, sentence: str) -> None:
        """Under the fields."""
        self.say(sentence, "warning")

    def say(self, sentence: str, severity: str = "muted") -> None:
        """Show one sentence under the fields."""
        sign = "✕ " if severity == "error" else ""
        self._said.update(Content.styled(sign + sentence, f"${severity}"))

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.id == "password":
            self.set_timer(REST, partial(self._judge, event.value))
        elif event.input.id:
            self.question(event.input.id).say("")

    def _judge(self, typed: str) -> None:
        """Say how good a password is, once the keys rest: judging takes some 10 ms, in a thread."""
        if typed and typed == self.typed("password") and not self._busy:
            words = [self.typed(name) for name in ("organization", "name", "email")]
            self.run_worker(
                partial(self._judged, Secret(typed), words), thread=True, exclusive=True, group="strength"
            )

    def _judged(self, password: Secret, words: list[str]) -> None:
        try:
            check_new_password(password, words)
        except InvalidInput as problem:
            self.call_later(self.question("password").say, problem.message, "warning")
        else:
            self.call_later(self.question("password").say, "Good: hard to guess.", "success")
        finally:
            password.forget()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        names = [name for name, _, _ in FIELDS]
        following = names[names.index(event.input.id or "again") + 1 :]
        empty = next((name for name in following if not self.typed(name)), None)
        if empty is not None:
            self.question(empty).input.focus()
        else:
            self.action_submit()

    def action_submit(self) -> None:
        """Check all fields, and create."""
        if self._busy:
            return
        if console_of(self).typed_in_burst:
            self.say(IN_A_BURST, "warning")
            return
        problems = self._problems()
        for name, _, _ in FIELDS:
            if name in problems or name != "password":
                self.question(name).say(problems.get(name, ""), "error" if name in problems else "muted")
        if problems:
            self.question(next(iter(problems))).input.focus()
            return
        self._busy = True
        self.run_worker(self._create(), group="create")

    def _problems(self) -> dict[str, str]:
        """What is wrong in which field, as far as it takes no time to see."""
        problems: dict[str, str] = {}
        for name, check in (("organization", clean_name), ("name", clean_name), ("email", clean_email)):
            try:
                check(self.typed(name))
            except InvalidInput as problem:
                problems[name] = problem.message
        if not self.typed("password"):
            problems["password"] = "A password is needed."
        elif not self.typed("again"):
            problems["again"] = "Type the same password once more."
        elif self.typed("password") != self.typed("again"):
            problems["again"] = "The two passwords differ. Type the same one twice."
        return problems

    async def _create(self) -> None:
        password = Secret(self.typed("password"))
        organization = NewOrganization(
            self.typed("organization"), self.typed("name"), self.typed("email"), password
        )
        self.say("Creating the store…")
        try:
            await console_of(self).create_store(organization)
        except InvalidInput as problem:
            self.say("")
            field = {"admin_name": "name", "admin_email": "email"}.get(problem.field, problem.field)
            known = field if field in {name for name, _, _ in FIELDS} else "organization"
            self.question(known).say(problem.message, "error")
            self.question(known).input.focus()
        except PftuiError as problem:
            self.say(f"{problem.message} Press enter to try again; what you typed is kept.", "error")
        finally:
            password.forget()
            self._busy = False
