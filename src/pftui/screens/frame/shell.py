"""The frame around the tabs: header, tabs, notices, footer, and the keys of all commands."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container

from pftui.domain.clock import Clock, utc_now
from pftui.screens.command import Action, Command, CommandContext
from pftui.screens.command_screen import CommandScreen
from pftui.screens.console import Console, console_of
from pftui.screens.created import Created, What
from pftui.screens.lists.tab import Tab
from pftui.screens.registry import COMMANDS, TABS, items_for
from pftui.widgets.chrome import HeaderLine, TabBar, TabLabel
from pftui.widgets.filter_bar import FilterInput
from pftui.widgets.key_footer import Item, KeyFooter
from pftui.widgets.notice_line import Notice, NoticeLine
from pftui.widgets.paged_table import PagedTable

#: What the keys mean while they go into the filter.
FILTERING = (Item("", "⏎", "To the list", 2), Item("", "esc", "Clear the filter", 1))
#: Said where filter and view were taken back.
WIDENED = "The filter is off: it hid this."
#: Seconds after which "12 s ago" is painted anew.
AGE = 20.0


class Shell(CommandScreen[None]):
    """The console's one screen; modals open above it."""

    AUTO_FOCUS = "PagedTable"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(command.keys, f"command('{command.id}')", command.title, show=False, id=command.id)
        for command in COMMANDS.values()
        if command.keys and any(command.where(tab.place) for tab in TABS.values())
    ]

    def __init__(self, *, clock: Clock = utc_now) -> None:
        super().__init__()
        self._clock = clock
        first = next(iter(TABS.values()))
        self._tabs: dict[str, Tab] = {first.id: first.make(clock)}
        self._finding = False
        self._untold = False
        # What a tab that is not seen has not shown yet: of each kind the newest.
        self._created: dict[str, dict[What, Created]] = {}
        self._header = HeaderLine()
        keys = self.console.keys
        labels = [TabLabel(tab.id, tab.title, keys.shown(f"{tab.id}_tab")) for tab in TABS.values()]
        self._tab_bar = TabBar(labels)
        self._notice_line = NoticeLine(self.console.notices, more=keys.shown("notices"))
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
    def console(self) -> Console:
        """The app, as the shell knows it."""
        return console_of(self)

    @property
    def tab(self) -> Tab:
        """The tab that is shown."""
        return self._tabs[self._tab_bar.active]

    @property
    def holds_keys(self) -> bool:
        """Whether keys wait: for a dialog, or for what the filter finds."""
        return self.flowing or self._finding or self.tab.settling

    @property
    def may_give_up(self) -> bool:
        """Esc waits for no list either: it clears the filter."""
        return super().may_give_up or self.tab.settling

    def on_mount(self) -> None:
        """Show what is known already."""
        self.set_interval(AGE, self._age)
        self.show_operator()
        if self.console.ready:
            self.call_after_refresh(self.tab.visit)

    def on_screen_suspend(self) -> None:
        """A modal opens above."""
        self._show_footer()

    def on_screen_resume(self) -> None:
        """The last modal has closed."""
        self._show_footer()

    # What the app tells (`ConsoleScreen`)

    def show_operator(self) -> None:
        """Who is signed in, or their privileges, or the organization, changed."""
        console, header = self.console, self._header
        header.demo = console.demo
        if console.ready:
            header.organization = console.services.organization.name
            header.operator = console.operator.email or console.operator.name
            header.standing = "global admin" if console.operator.global_admin else "not a global admin"
        self._show_footer()

    def session_started(self) -> None:
        """Somebody is signed in."""
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

    def reload_uses(self) -> None:
        """Keys or accounts were used."""
        self.tab.reload_uses()

    def show_created(self, created: Created) -> None:
        """Select it in the tab at hand, and in every other one when that is opened."""
        self.tab.show_created(created)
        if created.what in (What.TEAM, What.ACCOUNT, What.ROLE, What.WEBHOOK):
            for tab_id in TABS:
                if tab_id != self._tab_bar.active:
                    self._created.setdefault(tab_id, {})[created.what] = created

    @on(Tab.Widened)
    def _widened(self, event: Tab.Widened) -> None:
        event.stop()
        self._untold = True
        if not self.flowing:
            self._tell_widened()

    def flow_ended(self, command: Command, changed: bool) -> None:
        """What could not be seen before, under a reveal, is said now."""
        if self._untold:
            self._tell_widened()

    def _tell_widened(self) -> None:
        self._untold = False
        shown = self._notice_line.shown
        before = f"{shown.text} " if shown else ""
        self.console.notify(before + WIDENED, severity=shown.severity if shown else "note")

    def open_palette(self) -> None:
        """Find a command or a row."""
        self._open_palette(commands_only=False)

    def open_command_line(self) -> None:
        """Find a command, by its id too."""
        self._open_palette(commands_only=True)

    def _open_palette(self, *, commands_only: bool) -> None:
        """Not while a dialog is on its way, which would open above it."""
        if not self.console.ready:
            self.warn("The store is still being opened.")
        elif self.console.secret_on_screen or self.holds_keys:
            self.warn("Not now: what you did before is still on its way. Press the key again in a moment.")
        else:
            from pftui.screens.frame.palette import CommandLine, Palette

            self.app.push_screen(CommandLine() if commands_only else Palette())

    def warn(self, sentence: str) -> None:
        """In the line for notices."""
        self.console.notify(sentence, severity="warning")

    def _age(self) -> None:
        for table in self.query(PagedTable):
            table.refresh()

    # Tabs

    def open_tab(self, tab_id: str) -> None:
        """Show a tab; it is made at its first visit."""
        self.run_worker(self._open_tab(tab_id), group="tab", exclusive=True)

    async def _open_tab(self, tab_id: str) -> None:
        if tab_id not in self._tabs:
            self._tabs[tab_id] = tab = TABS[tab_id].make(self._clock)
            tab.display = False
            await self.query_one("#tabs").mount(tab)
        for each_id, each in self._tabs.items():
            each.display = each_id == tab_id
        self._tab_bar.active = tab_id
        self._show_footer()
        if self.console.ready:
            self.tab.visit()
            for created in self._created.pop(tab_id, {}).values():
                self.tab.show_created(created)

    def find(self, tab_id: str, row_id: str, text: str = "") -> None:
        """Go to a row of a tab (the palette found it), with its list filtered by the text."""
        self._finding = True
        self.run_worker(self._find(tab_id, row_id, text), group="tab", exclusive=True)

    async def _find(self, tab_id: str, row_id: str, text: str) -> None:
        try:
            await self._open_tab(tab_id)
            self.tab.reveal(row_id, text)
        finally:
            self._finding = False

    @on(TabBar.Chosen)
    def _tab_clicked(self, event: TabBar.Chosen) -> None:
        self.open_tab(event.tab_id)

    # Commands (`CommandScreen`)

    def context(self) -> CommandContext:
        """What the tab at hand says."""
        return self.tab.context()

    def explain(self, reason: str | None) -> None:
        """In the line for notices."""
        if reason is not None:
            self.console.notify(reason, severity="warning")

    def owner_of(self, action: Action) -> object:
        """The tab at hand does what only a list can do."""
        return self.tab if action.owner == "tab" else super().owner_of(action)

    def read_again(self) -> None:
        """Ask the store now."""
        self.console.changed()

    def _show_footer(self) -> None:
        if self.app.screen is not self:
            self._footer.show(())  # under a modal none of these keys works
            return
        filtering = isinstance(self.focused, FilterInput)
        self._footer.show(FILTERING if filtering else items_for(self.context(), self.console.keys.shown))

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
        self.console.count_working(1 if event.waiting else -1)

    @on(PagedTable.Failed)
    def _table_failed(self, event: PagedTable.Failed) -> None:
        self.console.store_failed(event.error)

    @on(PagedTable.Arrived)
    def _table_arrived(self) -> None:
        self.console.store_answered()
