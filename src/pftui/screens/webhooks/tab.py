"""The Webhooks tab: the list of webhooks, and what became of what the selected one was sent."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content

from pftui.domain.clock import Clock, utc_now
from pftui.domain.search import WebhookState
from pftui.domain.webhooks import WebhookQuery, WebhookView
from pftui.presentation.text import counted
from pftui.screens.command import CommandContext
from pftui.screens.console import console_of
from pftui.screens.created import Created, What
from pftui.screens.lists.list_tab import WIDE, ListTab, next_step
from pftui.screens.lists.rows import QueryRows
from pftui.screens.places import WEBHOOKS
from pftui.screens.webhooks.columns import WEBHOOK_COLUMNS
from pftui.screens.webhooks.pane import WebhookPane
from pftui.screens.webhooks.rows import WebhookCounts, WebhookPages
from pftui.widgets.cells import Cell
from pftui.widgets.filter_bar import FilterBar
from pftui.widgets.paged_table import PagedTable
from pftui.widgets.table_lines import Lines

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services

STYLES = Path(str(resources.files("pftui.styles") / "webhooks.tcss"))


class WebhooksTab(ListTab[WebhookView, WebhookQuery]):
    """Filter, list, and the selected webhook; below `WIDE` columns, Enter steps into the webhook."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "step_out", show=False),
        Binding("left", "step_out", show=False),
    ]

    states = WebhookState

    def __init__(self, *, clock: Clock = utc_now, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        table: PagedTable[WebhookView] = PagedTable(
            WEBHOOK_COLUMNS, describe_empty=self.describe_empty, clock=clock, id="webhooks-list"
        )
        super().__init__(WebhookQuery(), FilterBar("filter by webhook"), table, id=id)
        self._inside = False
        self._clock = clock
        self.pane = WebhookPane(clock)
        # Read at the first visit, which costs a start nothing; before anything is styled.
        self.app.stylesheet.read(STYLES)

    def compose(self) -> ComposeResult:
        """The parts."""
        yield self.bar
        with Horizontal(classes="list-and-webhook"):
            yield self.table
            yield self.pane

    def context(self) -> CommandContext:
        """The selected webhook."""
        console = console_of(self)
        return CommandContext(WEBHOOKS, console.operator if console.ready else None, webhook=self.table.row)

    def reveal(self, row_id: str, text: str = "") -> None:
        """Put the cursor on a webhook that the palette found; out of the webhook that was being looked at."""
        self._step_out()
        super().reveal(row_id, text)

    def show_created(self, created: Created) -> None:
        """Select a webhook that was just made."""
        if created.what is What.WEBHOOK:
            self._step_out()
            self.select_created(created.id)

    def start_filter(self) -> None:
        """The filter is beside the list: out of the webhook."""
        self._step_out()
        super().start_filter()

    # The list (`ListTab`)

    def rows_of(
        self, services: Services, operator: Operator, query: WebhookQuery
    ) -> QueryRows[WebhookView, WebhookQuery, WebhookCounts]:
        """The webhooks."""
        return QueryRows(WebhookPages(services, self._clock), operator, query)

    def show_counts(self) -> None:
        """How many, and of how many where they are filtered; else how many need attention."""
        counts: WebhookCounts | None = self.rows.counts if self.rows is not None else None
        if counts is None:
            return
        some = f"{counts.total:,} of " if self.query_now.text else ""
        parts = [(f"{some}{counted(counts.everything, 'webhook')}", "$muted")]
        if counts.attention:
            needs = "needs" if counts.attention == 1 else "need"
            parts.append((f" · {counts.attention:,} {needs} attention", "$error"))
        if console_of(self).delivers:
            parts.append((" · sending", "$accent"))
        self.bar.tell_counts(Content.assemble(*parts))

    def follow_cursor(self, *, now: bool) -> None:
        """Show the webhook; where there is none any more, out of it."""
        self.pane.follow(self.table.row, now=now)
        if now and self.table.row is None and self._inside:
            self._step_out()

    def shower(self, services: Services) -> Callable[[Operator, str], object]:
        """A webhook."""
        return services.webhooks.show

    def show_gone(self, sentence: str) -> None:
        """In place of the webhook."""
        self.pane.show_gone(sentence)

    def describe_nothing(self) -> Lines:
        """What they are for, and the key for the first one."""
        console = console_of(self)
        if console.ready and not console.operator.global_admin:
            return [(Cell("Only a global admin sees webhooks.", "muted"),)]
        return [
            (Cell("No webhooks yet. One sends what happens here to a program, signed.", "muted"),),
            next_step(console.keys.shown("new_webhook"), "create the first one"),
        ]

    # Into the webhook and out again

    @property
    def focus_at_visit(self) -> PagedTable[Any]:
        """The list, also where a webhook was being looked at."""
        self._inside = False
        self._arrange()
        return self.table

    def open_webhook(self) -> None:
        """Look at the webhook: its text has the keys."""
        if self.table.row is None:
            return
        self._inside = True
        self._arrange()
        self.pane.focus()
        self.pane.follow(self.table.row, now=True)

    def action_step_out(self) -> None:
        """Back to the list, or where that has the keys, forget the filter."""
        if self._inside or self.pane.has_focus:
            self._step_out()
        else:
            self.bar.clear()

    def _step_out(self) -> None:
        self._inside = False
        self._arrange()
        self.table.focus()

    def on_resize(self, event: events.Resize) -> None:
        """The webhook stands beside the list where there is room."""
        self._arrange()

    def _arrange(self) -> None:
        # At a visit that is the first one it has no size yet, and would be painted twice.
        wide = (self.size.width or self.app.size.width) >= WIDE
        self.set_class(wide, "-wide")
        self.table.display = wide or not self._inside
        self.bar.display = wide or not self._inside
        shown, self.pane.display = self.pane.display, wide or self._inside
        self.pane.stand(alone=not wide)
        if self.pane.display and not shown:
            self.pane.follow(self.table.row, now=True)
