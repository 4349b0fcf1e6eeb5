"""What the shell expects of a tab."""

from __future__ import annotations

from typing import Any

from textual import on
from textual.containers import Vertical
from textual.message import Message

from pftui.screens.command import CommandContext
from pftui.screens.created import Created
from pftui.widgets.paged_table import PagedTable


class Tab(Vertical):
    """The base of a tab's content: it says what a command would act on, and does what only it can.

    The shell owns header, tab bar, notices, footer, keys and the flows; a tab owns its lists.
    """

    settling = False
    """Whether keys wait for rows that are still to come, since they are meant for them."""

    _awaited: PagedTable[Any] | None = None

    class ContextChanged(Message):
        """What commands act on has changed: the footer looks again."""

    class Widened(Message):
        """Filter and view were taken back: they hid what was just created."""

    def settle(self, table: PagedTable[Any]) -> None:
        """The filter was left, or a row was found: what is typed next is for the new rows."""
        self._awaited = table
        self.settling = table.reading

    @on(PagedTable.Arrived)
    @on(PagedTable.Failed)
    def _settled(self) -> None:
        # What has arrived may be looked for once more, with a wider filter.
        self.settling = self.settling and self._awaited is not None and self._awaited.reading

    def context(self) -> CommandContext:
        """What a command would act on now."""
        raise NotImplementedError

    def visit(self) -> None:
        """The tab was opened: focus its list and ask for what is current."""
        raise NotImplementedError

    def reload(self) -> None:
        """Data may have changed: ask again; cursor, filter and scroll stay."""
        raise NotImplementedError

    def reload_uses(self) -> None:
        """The same where keys or accounts were used, and nothing else can have changed."""
        self.reload()

    def reveal(self, row_id: str, text: str = "") -> None:
        """Put the cursor on the row with this id (the palette found it); `text` is the filter then."""
        raise NotImplementedError

    def show_created(self, created: Created) -> None:
        """Put the cursor on what was just created, if it is listed in this tab."""
