"""A tab whose list has what is selected beside it, and where that has no room, one steps into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual import events
from textual.binding import Binding, BindingType

from pftui.screens.lists.list_tab import WIDE, ListQuery, ListTab, NamedRow
from pftui.widgets.paged_table import PagedTable

if TYPE_CHECKING:
    from textual.widget import Widget

Row = TypeVar("Row", bound=NamedRow)
Query = TypeVar("Query", bound=ListQuery)


class PaneTab(ListTab[Row, Query]):
    """Filter, list, and a pane that takes the keys; below `beside_from` columns, only one of both is seen.

    Subclasses have a `pane` of their own before anything is composed, say what stands above it where it is
    alone (`stand`), and show in it what is selected (`follow_cursor`).
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "step_out", show=False),
        Binding("left", "step_out", show=False),
    ]
    beside_from: ClassVar[int] = WIDE
    """Columns from which on the pane stands beside the list."""
    pane: Widget
    _inside = False

    def stand(self, *, alone: bool) -> None:
        """Have the pane say how one comes back to the list, where it is not beside it."""
        raise NotImplementedError

    def reveal(self, row_id: str, text: str = "") -> None:
        """Put the cursor on what the palette found; out of what was being looked at."""
        self.step_out()
        super().reveal(row_id, text)

    def reload_uses(self) -> None:
        """Nothing here tells of when something was used."""

    def start_filter(self) -> None:
        """The filter is beside the list: out of the pane."""
        self.step_out()
        super().start_filter()

    def leave_nothing(self, *, now: bool) -> None:
        """Where there is nothing selected any more, out of it."""
        if now and self.table.row is None and self._inside:
            self.step_out()

    @property
    def focus_at_visit(self) -> PagedTable[Any]:
        """The list, also where something was being looked at."""
        self._inside = False
        self._arrange()
        return self.table

    def open_selected(self) -> None:
        """Look at what is selected: its text has the keys."""
        if self.table.row is None:
            return
        self._inside = True
        self._arrange()
        self.pane.focus()
        self.follow_cursor(now=True)

    def action_step_out(self) -> None:
        """Back to the list, or where that has the keys, forget the filter."""
        if self._inside or self.pane.has_focus:
            self.step_out()
        else:
            self.bar.clear()

    def step_out(self) -> None:
        """The list has the keys."""
        self._inside = False
        self._arrange()
        self.table.focus()

    def on_resize(self, event: events.Resize) -> None:
        """The pane stands beside the list where there is room."""
        self._arrange()

    def _arrange(self) -> None:
        # At a visit that is the first one it has no size yet, and would be painted twice.
        wide = (self.size.width or self.app.size.width) >= self.beside_from
        self.set_class(wide, "-wide")
        self.table.display = wide or not self._inside
        self.bar.display = wide or not self._inside
        shown, self.pane.display = self.pane.display, wide or self._inside
        self.stand(alone=not wide)
        if self.pane.display and not shown:
            self.follow_cursor(now=True)
