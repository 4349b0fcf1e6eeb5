"""The Webhooks tab: the list of webhooks, and what became of what the selected one was sent."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content

from pftui.domain.clock import Clock, utc_now
from pftui.domain.search import WebhookState
from pftui.domain.webhooks import WebhookQuery, WebhookView
from pftui.presentation.text import counted
from pftui.screens.command import CommandContext
from pftui.screens.console import console_of
from pftui.screens.created import Created, What
from pftui.screens.lists.list_tab import next_step
from pftui.screens.lists.pane_tab import PaneTab
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


class WebhooksTab(PaneTab[WebhookView, WebhookQuery]):
    """Filter, list, and the selected webhook; below `WIDE` columns, Enter steps into the webhook."""

    pane: WebhookPane
    states = WebhookState

    def __init__(self, *, clock: Clock = utc_now, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        table: PagedTable[WebhookView] = PagedTable(
            WEBHOOK_COLUMNS, describe_empty=self.describe_empty, clock=clock, id="webhooks-list"
        )
        super().__init__(WebhookQuery(), FilterBar("filter by webhook"), table, id=id)
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

    def show_created(self, created: Created) -> None:
        """Select a webhook that was just made."""
        if created.what is What.WEBHOOK:
            self.step_out()
            self.select_created(created.id)

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
        self.leave_nothing(now=now)

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

    def stand(self, *, alone: bool) -> None:
        """The pane knows its list."""
        self.pane.stand(alone=alone)
