"""The Audit tab: the trail, and the selected event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from pftui.domain.audit_filter import EventState, parse_audit_filter, with_view
from pftui.domain.clock import Clock, utc_now
from pftui.presentation.text import counted
from pftui.screens.audit.event_list import EventList
from pftui.screens.audit.pane import EventPane
from pftui.screens.audit.rows import EventRow, EventRows
from pftui.screens.command import CommandContext
from pftui.screens.console import console_of
from pftui.screens.lists.list_tab import WIDE
from pftui.screens.lists.pane_tab import PaneTab
from pftui.screens.places import AUDIT
from pftui.widgets.cells import Cell
from pftui.widgets.filter_bar import FilterBar
from pftui.widgets.table_lines import Lines

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services

STYLES = Path(str(resources.files("pftui.styles") / "audit.tcss"))

#: The views of the list: everything, without sign-ins, failures only.
VIEWS = ("All", "No sign-ins", "Failures")
#: Columns below which words are short.
NARROW = 76
HINT = "filter by words, by:, about:, from:, action:"


class EventSort(Enum):
    """The one order that there is."""

    DATE = "date"


@dataclass(frozen=True, slots=True)
class EventQuery:
    """What the filter bar says (implements `ListQuery`)."""

    text: str = ""
    view: int = 0
    sort: EventSort = EventSort.DATE
    descending: bool = True


class AuditTab(PaneTab[EventRow, EventQuery]):
    """Filter, list, and the selected event; below `beside_from` columns, Enter steps into the event."""

    beside_from = 160  # with less beside them, documented columns would give way
    pane: EventPane

    def __init__(self, *, clock: Clock = utc_now, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        self._clock = clock
        table = EventList(self.describe_empty, clock=clock, id="events")
        super().__init__(EventQuery(), FilterBar(HINT, VIEWS), table, id=id)
        self.list = table
        self._asked: tuple[EventQuery, str] | None = None
        self.pane = EventPane(clock=clock)
        # Read at the first visit, which costs a start nothing; before anything is styled.
        self.app.stylesheet.read(STYLES)

    def compose(self) -> ComposeResult:
        """The parts."""
        yield self.bar
        with Horizontal(classes="list-and-event"):
            yield self.table
            yield self.pane

    def context(self) -> CommandContext:
        """The selected event."""
        console, row = console_of(self), self.table.row
        operator = console.operator if console.ready else None
        return CommandContext(AUDIT, operator, event=row.event if row else None)

    def filter_by(self, text: str) -> None:
        """Show what fits this filter."""
        self.step_out()
        self.bar.fill(text)

    # The list (`ListTab`)

    def narrowed(self, query: EventQuery) -> EventQuery:
        """The text, and the view."""
        return EventQuery(self.bar.text, self.bar.chip)

    def read(self, *, follow: bool, row_id: str | None = None) -> None:
        """Ask for the events; what was found of the same query stays found."""
        console = console_of(self)
        if not console.ready:
            return
        if not console.operator.global_admin:
            self._asked, self.list.events = None, None
            self.list.say_nothing()
            return
        self.query_now = query = self.narrowed(self.query_now)
        asked, events = (query, console.operator.id), self.list.events
        if events is None or asked != self._asked:
            typed = with_view(parse_audit_filter(query.text, self._clock(), None), _STATES[query.view])
            events = EventRows(console.services.audit, console.operator, typed)
            self._asked = asked
        events.operator = console.operator
        self.list.show_events(events, follow=follow, row_id=row_id)

    def show_counts(self) -> None:
        """How many, and of how many there ever were; what has come above what is seen."""
        events = self.list.events
        if events is None or events.problem:
            self.bar.tell_counts(Content(""))
            return
        parts = []
        if self.list.unseen:
            parts.append((f"{self.list.unseen:,} new ↑  ", "$accent"))
        everything = counted(events.last, "event")
        if not events.complete:
            share = 100 * events.looked_through // max(1, events.last - events.archived)
            parts.append((f"{events.found:,} so far, {share} % of {everything}", "$muted"))
        elif self.bar.narrows:
            parts.append((f"{events.found:,} of {everything}", "$muted"))
        else:
            archived = f", {events.archived:,} archived" if events.archived else ""
            parts.append((f"{everything}{archived}", "$muted"))
        self.bar.tell_counts(Content.assemble(*parts))

    @on(EventList.Searched)
    def _searched(self, event: EventList.Searched) -> None:
        event.stop()
        self.show_counts()

    def follow_cursor(self, *, now: bool) -> None:
        """Show the event; where there is none any more, out of it."""
        events = self.list.events
        if self.pane.display:
            self.pane.follow(self.table.row, events.last if events else 0, now=now)
        self.show_counts()
        self.leave_nothing(now=now)

    def shower(self, services: Services) -> Callable[[Operator, str], object]:
        """An event."""
        return lambda operator, number: services.audit.show(operator, int(number))

    def describe_empty(self) -> Lines:
        """Why there are no rows: what of the filter is not understood, or that nothing fits."""
        events = self.list.events
        if events is not None and events.problem:
            return [
                (Cell(events.problem),),
                (Cell("Press ", "muted"), Cell("esc", "accent"), Cell(" to clear the filter.", "muted")),
            ]
        if events is not None and not events.complete:
            return [(Cell("Nothing found yet. Older events are being looked through.", "muted"),)]
        return super().describe_empty()

    def describe_nothing(self) -> Lines:
        """Every store has a first event."""
        if not console_of(self).operator.global_admin:
            return [(Cell("Only a global admin sees what happened.", "muted"),)]
        return [(Cell("Nothing failed." if self.query_now.view else "No events.", "muted"),)]

    # Into the event and out again

    def stand(self, *, alone: bool) -> None:
        """As the list that it is."""
        self.pane.stand("Audit" if alone else "")

    def on_resize(self, event: events.Resize) -> None:
        """Words are short where there is little room."""
        self.bar.set_class(event.size.width < NARROW, "-narrow")
        self.bar.input.placeholder = HINT if event.size.width >= WIDE else HINT.split(maxsplit=1)[0]


_STATES = ((None, False), (EventState.SIGN_IN, True), (EventState.FAILURE, False))
