"""The frame around the tabs: header, tabs, notices, footer, and the keys of all commands."""

from __future__ import annotations

from typing import ClassVar, Protocol, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.screen import Screen

from pftui.domain.clock import Clock, utc_now
from pftui.domain.errors import PftuiError
from pftui.screens.command import TABS, Command, CommandContext
from pftui.screens.commands import COMMANDS, items_for, with_key_of
from pftui.screens.console import Console, console_of
from pftui.screens.frame.tab import Tab
from pftui.screens.users.tab import UsersTab
from pftui.widgets.chrome import HeaderLine, TabBar
from pftui.widgets.filter_bar import FilterBar, FilterInput
from pftui.widgets.key_footer import Item, KeyFooter
from pftui.widgets.notice_line import Notice, NoticeLine, Notices
from pftui.widgets.paged_table import PagedTable

TITLES = ("Users", "Teams")
#: What the keys mean while they go into the filter.
FILTERING = (Item("", "⏎", "To the list", 2), Item("", "esc", "Clear the filter", 1))
#: Seconds after which "12 s ago" is painted anew.
AGE = 20.0


class Home(Console, Protocol):
    """What only the shell asks of the app."""

    demo: bool
    notices: Notices

    def perform(self, command_id: str, context: CommandContext) -> None:
        """Do a command that is the console's own, such as `quit`."""

    def count_working(self, more: int) -> None:
        """One more thing takes its time, or (-1) one fewer."""

    def store_failed(self, error: PftuiError) -> None:
        """A list could not be read."""

    def store_answered(self) -> None:
        """A list was read."""


class Shell(Screen[None]):
    """The console's one screen; modals open above it."""

    AUTO_FOCUS = "PagedTable"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(command.keys, f"command('{command.id}')", command.title, show=False, id=command.id)
        for command in COMMANDS.values()
        if command.keys and command.places & TABS
    ]

    def __init__(self, *, clock: Clock = utc_now) -> None:
        super().__init__()
        self._clock = clock
        self._tabs: list[Tab | None] = [UsersTab(clock=clock), None]
        self._flowing = False
        self._finding = False
        self._header = HeaderLine()
        self._tab_bar = TabBar(TITLES)
        self._notice_line = NoticeLine(self.home.notices)
        self._footer = KeyFooter()

    def compose(self) -> ComposeResult:
        """The frame, with the first tab in it."""
        yield self._header
        yield self._tab_bar
        with Container(id="tabs"):
            yield self.tab
        yield self._notice_line
        yield self._footer

    @property
    def home(self) -> Home:
        """The app, as the shell knows it."""
        return cast(Home, self.app)

    @property
    def tab(self) -> Tab:
        """The tab that is shown."""
        tab = self._tabs[self._tab_bar.active]
        assert tab is not None  # noqa: S101 - only a tab that was made becomes active
        return tab

    @property
    def opening(self) -> bool:
        """Whether keys wait, while this is on top: for a dialog, or for what the filter finds.

        See `widgets.type_ahead`.
        """
        return self._flowing or self._finding or self.tab.settling

    def on_mount(self) -> None:
        """Show what is known already."""
        self.set_interval(AGE, self._age)
        self.show_operator()
        if self.home.ready:
            self.call_after_refresh(self.tab.visit)

    def on_screen_suspend(self) -> None:
        """A modal opens above."""
        self._show_footer()

    def on_screen_resume(self) -> None:
        """The last modal has closed."""
        self._show_footer()

    # What the app tells

    def show_operator(self) -> None:
        """Who is signed in, or their privileges, or the organization, changed."""
        home, header = self.home, self._header
        header.demo = home.demo
        if home.ready:
            header.organization = home.services.organization.name
            header.operator = home.operator.email or home.operator.name
            header.standing = "global admin" if home.operator.global_admin else "not a global admin"
        self._show_footer()

    def opened(self) -> None:
        """The store is open and somebody is signed in."""
        self.show_operator()
        self.tab.visit()

    def show_working(self, working: bool) -> None:
        """Say that something takes its time, or that it is over."""
        self._header.working = working

    def show_notice(self, notice: Notice) -> None:
        """Say one sentence."""
        self._notice_line.show(notice)

    def show_lasting(self) -> None:
        """What lasts has come or gone."""
        self._notice_line.refresh()

    def reload(self) -> None:
        """Data have changed."""
        self.tab.reload()

    def _age(self) -> None:
        for table in self.query(PagedTable):
            table.refresh()

    # Tabs

    def open_tab(self, number: int) -> None:
        """Show a tab; it is made at its first visit."""
        self.run_worker(self._open_tab(number), group="tab", exclusive=True)

    async def _open_tab(self, number: int) -> None:
        if self._tabs[number] is None:
            from pftui.screens.teams.tab import TeamsTab

            self._tabs[number] = tab = TeamsTab(clock=self._clock)
            tab.display = False
            await self.query_one("#tabs").mount(tab)
        for index, each in enumerate(self._tabs):
            if each is not None:
                each.display = index == number
        self._tab_bar.active = number
        self._show_footer()
        if self.home.ready:
            self.tab.visit()

    def find(self, number: int, row_id: str) -> None:
        """Go to a row of a tab (the palette found it)."""
        self._finding = True
        self.run_worker(self._find(number, row_id), group="tab", exclusive=True)

    async def _find(self, number: int, row_id: str) -> None:
        try:
            await self._open_tab(number)
            self.tab.reveal(row_id)
        finally:
            self._finding = False

    @on(TabBar.Chosen)
    def _tab_clicked(self, event: TabBar.Chosen) -> None:
        self.open_tab(event.number)

    # Commands

    def _show_footer(self) -> None:
        if self.app.screen is not self:
            self._footer.show(())  # under a modal none of these keys works
            return
        filtering = isinstance(self.focused, FilterInput)
        self._footer.show(FILTERING if filtering else items_for(self.tab.context()))

    @on(Tab.ContextChanged)
    def _context_changed(self, event: Tab.ContextChanged) -> None:
        event.stop()
        self._show_footer()

    def on_descendant_focus(self) -> None:
        """Keys mean something else in the filter."""
        self._show_footer()

    @on(KeyFooter.Chosen)
    def _key_clicked(self, event: KeyFooter.Chosen) -> None:
        if event.command_id:
            self.action_command(event.command_id)

    @on(PagedTable.Opened)
    def _row_opened(self, event: PagedTable.Opened) -> None:
        event.stop()
        self.action_command("open")

    @on(PagedTable.Waiting)
    def _table_waits(self, event: PagedTable.Waiting) -> None:
        self.home.count_working(1 if event.waiting else -1)

    @on(PagedTable.Failed)
    def _table_failed(self, event: PagedTable.Failed) -> None:
        self.home.store_failed(event.error)

    @on(PagedTable.Arrived)
    def _table_arrived(self) -> None:
        self.home.store_answered()

    def action_command(self, command_id: str) -> None:
        """Do a command, or say why it cannot be done now."""
        context = self.tab.context()
        command = with_key_of(COMMANDS[command_id], context)
        if context.place not in command.places:
            return
        reason = command.guard(context)
        if reason is not None:
            console_of(self).notify(reason, severity="warning")
        elif not self.tab.perform(command.id):
            self._do(command)

    def _do(self, command: Command) -> None:
        if command.is_flow:
            if not self._flowing:
                self._flowing = True
                # Not exclusive: a cancelled flow might leave a key that nobody has seen.
                self.run_worker(self._flow(command.id), group="flow")
        elif command.id == "users_tab":
            self.open_tab(0)
        elif command.id == "teams_tab":
            self.open_tab(1)
        else:
            self.home.perform(command.id, self.tab.context())

    async def _flow(self, command_id: str) -> None:
        from pftui.screens import actions

        console = console_of(self)
        try:
            if await actions.perform(console, command_id, self.tab.context()):
                console.changed()
        except PftuiError as error:
            console.notify(error.message, severity="error")
        finally:
            self._flowing = False

    @on(FilterBar.Left)
    def _filter_left(self) -> None:
        self._show_footer()
