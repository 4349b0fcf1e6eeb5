"""One account: what it is and can do, its keys and teams, each with what can be done to it."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pftui.domain.accounts import AccountDetails, KeyView, Kind
from pftui.domain.clock import Clock, utc_now
from pftui.domain.errors import NotFound, PftuiError
from pftui.presentation.gone import gone
from pftui.presentation.permissions import can_do
from pftui.presentation.text import visible
from pftui.screens.accounts.text import (
    ASK_AN_ADMIN,
    can_do_now,
    heading,
    key_lines,
    question,
    section,
    team_lines,
)
from pftui.screens.command import Command, CommandContext
from pftui.screens.command_screen import CommandScreen
from pftui.screens.console import Console, console_of
from pftui.screens.created import Created, What
from pftui.screens.dialogs.dialog import severity_text
from pftui.screens.dialogs.modal import MODALS, Modal
from pftui.screens.places import DETAILS
from pftui.screens.registry import COMMANDS, items_for
from pftui.widgets.item_list import Entry, ItemList, Part
from pftui.widgets.key_footer import Item, KeyFooter
from pftui.widgets.notice_line import Notice

_HERE = [command for command in COMMANDS.values() if command.keys and command.where(DETAILS)]
#: Keys of the lists, all but those that a person presses here for what they do everywhere.
_ELSEWHERE = sorted(
    {command.keys for command in COMMANDS.values() if command.id not in ("open", "quit")}
    - {command.keys for command in _HERE}
    - {""}
)
#: Seconds between two looks at whether the account has changed.
LOOK = 2.0
CLOSE = Item("close", "esc", "Close", 1)


class AccountDetailsScreen(Modal[None], CommandScreen[None]):
    """Follows what happens to the account while it is open; at first `key` is chosen in it."""

    CSS_PATH = MODALS

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", show=False),
        *(
            Binding(command.keys, f"command('{command.id}')", command.title, show=False, id=f"d.{command.id}")
            for command in _HERE
        ),
        *(Binding(keys, "elsewhere", show=False) for keys in _ELSEWHERE),
    ]

    def __init__(self, account_id: str, key: KeyView | None = None, *, clock: Clock = utc_now) -> None:
        super().__init__(classes="account-details")
        self._account_id = account_id
        self._key = key
        self._clock = clock
        self._details: AccountDetails | None = None
        # At hand also while it is being taken down: an answer may come just then.
        self._box = Vertical(classes="dialog wide")
        self._about = Static(id="about")
        self._parts = ItemList(id="parts")
        self._parts.chosen = f"key:{key.key_id}" if key else None
        self._sentence = Static(Content(""), id="sentence")
        self._footer = KeyFooter()
        self._unread = False
        self._gone = False
        self._chosen: str | None = None

    def compose(self) -> ComposeResult:
        """A box with what it is, a list of keys and teams, and the keys that work here."""
        with self._box:
            with VerticalScroll(can_focus=False, classes="body"):
                yield self._about
                yield self._parts
            yield self._sentence
            yield self._footer

    @property
    def holds_keys(self) -> bool:
        """Whether keys wait: for a dialog, or for what is to be shown."""
        return self.flowing or (self._details is None and not self._unread)

    def on_mount(self) -> None:
        """Read it, and look again now and then."""
        self._parts.focus()
        self._show_footer()
        self._read_later()
        self.set_interval(LOOK, self._read_later)

    def _read_later(self) -> None:
        if not self.flowing and not self._gone and self.app.screen is self:
            self.run_worker(self._read(), group="read", exclusive=True)

    async def _read(self) -> None:
        console = console_of(self)
        try:
            details = await console.call(console.services.accounts.show, console.operator, self._account_id)
        except NotFound as error:
            if not self.flowing:  # else the flow meets it too
                self._show_gone(error)
        except PftuiError as error:
            self._unread = True
            self._say(error.message, "error")
        else:
            if self._unread:  # any other sentence stays until something else is done
                self._unread = False
                self._say("")
            if details != self._details:
                self._details = details
                self._show(details)

    def _show_gone(self, error: NotFound) -> None:
        """It stays open, so that no key falls through to the list; but there is nothing to act on."""
        if self._gone:
            return
        name = self._details.summary.name if self._details else "This account"
        self._gone, self._details, self._unread = True, None, True
        self._about.update(Content(""))
        self._parts.show(())
        self._say(f"{gone(name, error)} Press esc to go back to the list.")
        self._show_footer()

    def _say(self, sentence: str, kind: str = "warning") -> None:
        self._sentence.update(severity_text(kind, sentence) if sentence else Content(""))

    def show_notice(self, notice: Notice) -> None:
        """What was done from here is told here."""
        self._say(notice.text, notice.severity)

    def _show(self, details: AccountDetails) -> None:
        self._box.border_title = Content(f" {visible(details.summary.name)} ")
        admin = "yes" if details.summary.global_admin else "no"
        can = can_do_now(details, console_of(self).keys.shown, may_change=self._may_change)
        about = [
            heading(details, named=False),
            section(question(details), *can).rstrip(),
            Content.assemble(("Global admin privileges  ", "$heading"), (admin, "$text")),
        ]
        self._about.update(Content("\n\n").join(about))
        self._parts.show(self._entries(details))
        if self._key is not None:
            self._key = None
            self.call_after_refresh(self._parts.keep_in_view)
        self._chosen = self._parts.chosen  # it was not moved by hand
        self._show_footer()

    def show_created(self, created: Created) -> None:
        """Choose a key or team of this account."""
        if created.what is What.KEY and created.within == self._account_id:
            self._parts.seek(f"key:{created.id}")
        elif created.what is What.ASSIGNMENT and created.id == self._account_id:
            self._parts.seek(f"team:{created.within}")

    @property
    def _may_change(self) -> bool:
        return console_of(self).operator.global_admin

    def _entries(self, details: AccountDetails) -> list[Entry]:
        now = self._clock()
        entries = []
        assign, new_key = map(console_of(self).keys.press, ("assign", "new_key"))
        otherwise = f"none. {assign} to assign it to one." if self._may_change else f"none. {ASK_AN_ADMIN}"
        if details.summary.kind is Kind.SERVICE_ACCOUNT:
            entries.append(_titled("Keys", bool(details.keys), f"none. {new_key} to create one."))
            entries += [Entry(f"key:{key.key_id}", _lines(key_lines(key, now))) for key in details.keys]
        entries.append(_titled("Teams", bool(details.assignments), otherwise))
        for each in details.assignments:
            line = [*team_lines(each), (f"  {can_do(each.permissions)}", "$muted")]
            entries.append(Entry(f"team:{each.team_id}", [line]))
        return entries

    def context(self) -> CommandContext:
        """The account, and the key or team that is chosen in it."""
        operator = console_of(self).operator
        details = self._details
        if details is None:
            return CommandContext(DETAILS, operator)
        kind, _, chosen = (self._parts.chosen or "").partition(":")
        key = next((each for each in details.keys if kind == "key" and each.key_id == chosen), None)
        team = chosen if kind == "team" else None
        return CommandContext(DETAILS, operator, details.summary, None, team, key)

    @on(ItemList.Moved)
    def _moved(self) -> None:
        if self._parts.chosen != self._chosen:
            self._chosen = self._parts.chosen
            self._say("")
        self._show_footer()

    def _show_footer(self) -> None:
        works = [] if self._gone else items_for(self.context(), console_of(self).keys.shown)
        self._footer.show([*works, CLOSE])

    @on(KeyFooter.Chosen)
    def _key_clicked(self, event: KeyFooter.Chosen) -> None:
        event.stop()
        self.action_close() if event.command_id == CLOSE.id else self.action_command(event.command_id)

    def action_close(self) -> None:
        """Back to the list; not while a dialog is on its way, which may hold a key that nobody has seen."""
        if not self.flowing:
            self.dismiss(None)

    def action_elsewhere(self) -> None:
        """A key of the lists."""
        self._say("That key works in the lists: close the details first (esc).")

    def do_command(self, command_id: str) -> None:
        """Some are for the lists."""
        if COMMANDS[command_id].where(DETAILS):
            self.action_command(command_id)
        else:
            self.action_elsewhere()

    def open_palette(self) -> None:
        """A key of the lists."""
        self.action_elsewhere()

    # Commands (`CommandScreen`)

    def explain(self, reason: str | None) -> None:
        """Beneath the account."""
        self._chosen = self._parts.chosen  # the move to it was before, told of or not yet
        self._say(reason or "")

    def read_again(self) -> None:
        """Ask the store now."""
        self._say("Read again.", "success")
        self._read_later()

    def flow_ended(self, command: Command, changed: bool) -> None:
        """What was changed shows; where the account is gone, so are its details."""
        if changed and command.ends:
            self.dismiss(None)
        self._read_later()


async def open_account(console: Console, account_id: str, key: KeyView | None) -> bool:
    """Show all about an account, the cursor on `key`; what is changed there is told when it is changed."""
    await console.ask(AccountDetailsScreen(account_id, key, clock=console.clock))
    return False


def _titled(title: str, any_: bool, otherwise: str) -> Entry:
    heading_line: list[Part] = [(title, "$heading")]
    if not any_:
        heading_line.append((f"  {otherwise}", "$muted"))
    return Entry(None, [[], heading_line])


def _lines(parts: list[Part]) -> list[list[Part]]:
    """Parts with line breaks in them, as lines of parts."""
    lines: list[list[Part]] = [[]]
    for text, style in parts:
        first, *others = text.split("\n")
        lines[-1].append((first, style))
        lines += [[(other, style)] for other in others]
    return lines
