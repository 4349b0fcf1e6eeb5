"""How a table of rows is painted, line by line (Textual's Line API)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic

from rich.segment import Segment
from rich.style import Style
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pftui.domain.clock import Clock, utc_now
from pftui.presentation.cells import fit
from pftui.presentation.text import visible
from pftui.widgets.cells import Cell
from pftui.widgets.columns import Column, Placed, place
from pftui.widgets.pages import PageCache, RowT

Lines = Sequence[Sequence[Cell]]


class TableLines(ScrollView, Generic[RowT]):
    """Paints titles, rows and what is said where there are none, from what is at hand."""

    ALLOW_SELECT = False

    def __init__(
        self,
        columns: Sequence[Column[RowT]],
        *,
        describe_empty: Callable[[], Lines] = lambda: (),
        clock: Clock = utc_now,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id)
        self._columns = columns
        self._describe_empty = describe_empty
        self._clock = clock
        self._placed: list[Placed] = []
        self._placed_in: tuple[int, str | None] = (0, None)
        self._cache: PageCache[RowT] = PageCache()
        self._count: int | None = None
        self._cursor = 0
        self._lost = False  # the row that was selected is gone: none is, until one is chosen
        self._failed = False
        self._slow = False
        self._cell_styles: dict[tuple[str, bool], Style] = {}
        self.sorted_by: tuple[str, bool] | None = None
        """The column that orders the rows, and whether it is descending; shown as an arrow."""

    def notify_style_update(self) -> None:
        """The theme has changed: its colours are looked up again."""
        self._cell_styles.clear()
        super().notify_style_update()

    def cell_style(self, style_name: str, selected: bool) -> Style:
        """How a cell is drawn, by the name of its style (`widgets.cells`)."""
        key = (style_name, selected)
        if key not in self._cell_styles:
            self._cell_styles[key] = self._make_cell_style(style_name, selected)
        return self._cell_styles[key]

    def _make_cell_style(self, style_name: str, selected: bool) -> Style:
        parse = self.app.stylesheet.parse_style
        row = parse("$cursor-row") if selected else parse("$text on $background")
        if selected and self.app.native_ansi_color:  # one reversed bar: colours in it would be a patchwork
            return (row + parse("bold")).rich_style if style_name in ("bold", "name") else row.rich_style
        if style_name == "bold" or (style_name == "name" and selected):
            return (row + parse("bold")).rich_style
        variables = {"muted": "$selected-muted" if selected else "$muted", "name": "$text"}
        return (row + parse(variables.get(style_name, f"${style_name}"))).rich_style

    def render_line(self, y: int) -> Strip:
        """One line of the widget: the titles, a row, or what is said where there is none."""
        width = self.scrollable_content_region.width
        sorted_by = self.sorted_by[0] if self.sorted_by else None
        if (width, sorted_by) != self._placed_in:
            self._placed_in = (width, sorted_by)
            self._placed = place(self._columns, width - 1, sorted_by=sorted_by)
        if y == 0:
            return self._titles(width)
        number = round(self.scroll_y) + y - 1
        if self._count is not None and number < self._count:
            return self._row(number, width)
        return self._line(self._placeholder(y - 2), width)

    def _titles(self, width: int) -> Strip:
        style = self.cell_style("muted", False)
        parts: list[Segment] = []
        at = 0
        for index, x, room in self._placed:
            column = self._columns[index]
            title = column.title
            if self.sorted_by and self.sorted_by[0] == column.id:
                title = self._with_arrow(column, room, self.sorted_by[1])
            room = max(room, len(title)) if not column.right else room
            start = x if not column.right else min(x, x + room - len(title))
            parts.append(Segment(" " * (start - at) + fit(title, x + room - start, column.right), style))
            at = x + room
        return Strip([*parts, Segment(" " * max(0, width - at), style)]).crop(0, width)

    @staticmethod
    def _with_arrow(column: Column[RowT], room: int, descending: bool) -> str:
        arrow = "↓" if descending else "↑"
        if column.right:
            return f"{arrow}{column.title}"
        return f"{column.title} {arrow}" if len(column.title) + 2 <= room + 1 else f"{column.title}{arrow}"

    def _row(self, number: int, width: int) -> Strip:
        row = self._cache.row(number)
        selected = number == self._cursor and not self._lost
        style = self.cell_style("accent" if selected else "text", selected)
        parts, text, at = [], "▌" if selected else " ", 1
        now = self._clock()
        for index, x, room in self._placed:
            if row is None:
                break  # its page is on its way
            column = self._columns[index]
            content, style_name = column.cell(row, now)
            content = visible(content)
            text += " " * (x - at)
            if content:
                # Space takes the style before it: each change of style is some twenty bytes on the wire.
                parts.append(Segment(text, style))
                text, style = "", self.cell_style(style_name, selected)
            text += fit(content, room, column.right)
            at = x + room
        parts.append(Segment(text + " " * max(0, width - at), style))
        return Strip(parts, max(width, at)).crop(0, width)

    def _placeholder(self, line: int) -> Sequence[Cell]:
        """What stands below the titles where there are no rows."""
        if self._count:
            return ()
        lines: Lines = ()
        if self._failed and self._count is None:
            lines = [
                (Cell("The list could not be read.", "error"),),
                (Cell("Press "), Cell("ctrl+r", "accent"), Cell(" to try again.")),
            ]
        elif self._count is None:
            lines = [(Cell("Loading…", "muted"),)] if self._slow else ()
        else:
            lines = self._describe_empty()
        return lines[line] if 0 <= line < len(lines) else ()

    def _line(self, cells: Sequence[Cell], width: int) -> Strip:
        parts = [Segment("   ", self.cell_style("text", False))]
        parts += [Segment(text, self.cell_style(style_name, False)) for text, style_name in cells]
        return Strip(parts).adjust_cell_length(width, self.cell_style("text", False)).crop(0, width)
