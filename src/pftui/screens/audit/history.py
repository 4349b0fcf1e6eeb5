"""What happened to one thing: the list of the Audit tab, above whatever it was asked for."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from pftui.domain.audit import AuditQuery
from pftui.domain.audit_filter import AuditFilter
from pftui.domain.clock import Clock, utc_now
from pftui.presentation.text import counted, visible
from pftui.screens.audit.event_list import EventList
from pftui.screens.audit.pane import EventPane
from pftui.screens.audit.rows import EventRows
from pftui.screens.console import console_of
from pftui.screens.dialogs.dialog import severity_text
from pftui.screens.dialogs.modal import MODALS, Modal
from pftui.screens.lists.list_tab import WIDE
from pftui.widgets.cells import Cell
from pftui.widgets.key_footer import Item, KeyFooter
from pftui.widgets.paged_table import PagedTable
from pftui.widgets.table_lines import Lines

STYLES = Path(str(resources.files("pftui.styles") / "audit.tcss"))

#: Seconds between two looks at whether something has happened to it.
LOOK = 2.0
_OPEN = Item("open", "⏎", "Open", 2)
_BACK = Item("back", "esc", "Back to the list", 1)
_CLOSE = Item("close", "esc", "Close", 1)


class HistoryScreen(Modal[None]):
    """The events about one thing, as an account or a webhook, newest first, and the one under the cursor."""

    CSS_PATH: ClassVar = [MODALS, STYLES]
    takes_commands = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,left", "step_out", show=False),
        Binding("enter,right", "open", show=False),
    ]

    def __init__(self, subject_id: str, name: str, *, clock: Clock = utc_now) -> None:
        super().__init__(classes="history")
        self._subject_id = subject_id
        self._whose = name
        self.list = EventList(self._describe_empty, clock=clock, id="history-events")
        self.pane = EventPane(clock=clock)
        self._sentence = Static(Content(""), id="sentence")
        self._footer = KeyFooter()
        self._inside = False

    def compose(self) -> ComposeResult:
        """A box with the list, the event, and the keys that work here."""
        with Vertical(classes="dialog wide") as box:
            box.border_title = Content(f" History of {visible(self._whose)} ")
            with Horizontal(classes="list-and-event"):
                yield self.list
                yield self.pane
            yield self._sentence
            yield self._footer

    def on_mount(self) -> None:
        """Ask for the events."""
        self.list.focus()
        console = console_of(self)
        query = AuditFilter(AuditQuery(about_id=self._subject_id))
        self.list.show_events(EventRows(console.services.audit, console.operator, query), follow=False)
        self._arrange()
        self.set_interval(LOOK, self._look)

    def warn(self, sentence: str) -> None:
        """Beneath the list."""
        self._sentence.update(severity_text("warning", sentence))

    def _look(self) -> None:
        if self.app.screen is self and not self.list.reading:
            self.list.reload()

    def _describe_empty(self) -> Lines:
        events = self.list.events
        if events is not None and not events.complete:
            return [(Cell("Older events are being looked through.", "muted"),)]
        return [(Cell("Nothing is told of it.", "muted"),)]

    @on(PagedTable.Arrived)
    @on(PagedTable.Moved)
    def _moved(self, event: PagedTable.Arrived | PagedTable.Moved) -> None:
        event.stop()
        events = self.list.events
        if events is not None:
            more = "" if events.complete else " so far"
            self.query_one(".dialog").border_subtitle = Content(f" {counted(events.found, 'event')}{more} ")
            self.pane.follow(self.list.row, events.last, now=isinstance(event, PagedTable.Arrived))

    @on(EventList.Searched)
    def _searched(self, event: EventList.Searched) -> None:
        event.stop()

    @on(PagedTable.Failed)
    def _failed(self, event: PagedTable.Failed) -> None:
        event.stop()
        self._sentence.update(severity_text("error", event.error.message))

    @on(PagedTable.Opened)
    def _double_clicked(self, event: PagedTable.Opened) -> None:
        event.stop()
        self.action_open()

    def action_open(self) -> None:
        """Look at the event: its text has the keys."""
        if self.list.row is not None:
            self._inside = True
            self._arrange()
            self.pane.focus()

    def action_step_out(self) -> None:
        """Back to the list, and from there to where this was asked for."""
        if self._inside:
            self._inside = False
            self._arrange()
            self.list.focus()
        else:
            self.dismiss(None)

    @on(KeyFooter.Chosen)
    def _key_clicked(self, event: KeyFooter.Chosen) -> None:
        event.stop()
        self.action_open() if event.command_id == _OPEN.id else self.action_step_out()

    def on_resize(self, event: events.Resize) -> None:
        """The event stands beside the list where there is room."""
        self._arrange()

    def _arrange(self) -> None:
        wide = self.app.size.width >= WIDE
        self.set_class(wide, "-wide")
        self.list.display = wide or not self._inside
        self.pane.display = wide or self._inside
        self._footer.show([_BACK] if self._inside else [_OPEN, _CLOSE])
