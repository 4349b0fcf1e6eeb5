"""Send only the cells that changed.

Textual sends whole widgets, and the whole screen when a modal opens or closes. The mixin `ChangedCells`
stands between its compositor and its driver: it remembers what the terminal shows, as curses does, and sends
what differs.

    class Console(ChangedCells, App[None]): ...

It stands on names of Textual that are private, by way of `textual_private.py`; tests compare the screen with
the one that Textual paints.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from rich.color import ColorSystem
from rich.segment import Segment
from textual import events
from textual.driver import Driver
from textual.strip import Strip

from pftui.terminal import textual_private
from pftui.terminal.ascii_signs import in_ascii
from pftui.terminal.capabilities import prefer_ascii
from pftui.terminal.cells import UNKNOWN, Cells, expand, mend
from pftui.terminal.driver import ConsoleDriver, DrivenApp
from pftui.terminal.painting import Painter, place
from pftui.terminal.restore import WIPE
from pftui.terminal.sgr import LINK_MARK, PLAIN
from pftui.terminal.textual_private import SYNC_END, SYNC_START, ChopsUpdate, LayoutUpdate

if TYPE_CHECKING:
    from textual.screen import Screen


class OutputStage:
    """Remembers the cells that a terminal shows and tells what to send to change them.

    Its memory is two lists a row of the terminal and does not grow.

    Args:
        ascii_only: Send signs of ASCII for all others.
    """

    def __init__(self, ascii_only: bool = False) -> None:
        self._ascii_only = ascii_only
        self._size = (0, 0)
        self._rows: list[Cells] = []
        self._known = False
        self._clear = True
        self._cursor: tuple[int, int] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows that the memory covers; (0, 0) before the first paint."""
        return self._size

    def forget(self, clear: bool) -> None:
        """Take nothing for granted any more: the next update has to bring the whole screen.

        Args:
            clear: Clear the terminal first, for something else may have written on it.
        """
        self._known = False
        self._rows = []
        self._clear = self._clear or clear
        self._cursor = None

    def fits(self, update: LayoutUpdate | ChopsUpdate) -> bool:
        """Whether the update, with what is remembered, gives a whole screen."""
        if isinstance(update, LayoutUpdate):
            return update.region.x == 0 and update.region.y == 0
        return self._known and len(update.chops) == self._size[1]

    def update(self, update: LayoutUpdate | ChopsUpdate, system: ColorSystem, cursor: tuple[int, int]) -> str:
        """What to send so that the terminal shows the update; empty if it does already.

        Args:
            update: What the compositor wants shown; it must fit (see `fits`).
            system: The terminal's colours.
            cursor: Column and row, counted from 0, where the terminal's cursor is to stand.
        """
        if isinstance(update, LayoutUpdate):
            self._begin(update.region.width, update.region.height)
        width, height = self._size
        painter = Painter(width)
        data = WIPE if self._clear else ""
        for y, pieces in _lines(update):
            if y >= height:
                continue
            old = self._rows[y]
            new = _patched(old, [(x, self._cells(strip, system)) for x, strip in pieces], width)
            if new is not old:
                painter.row(y, old, new)
                self._rows[y] = new
        data += painter.finish()
        self._known, self._clear = True, False
        if data or cursor != self._cursor:
            data += place(*cursor)
            self._cursor = cursor
        return data

    def _cells(self, strip: Strip, system: ColorSystem) -> Cells:
        cells = expand((segment.text, _style_of(segment, system)) for segment in strip if not segment.control)
        return in_ascii(cells) if self._ascii_only else cells

    def _begin(self, width: int, height: int) -> None:
        """Before a whole screen is painted: start a memory that fits, if there is none."""
        if self._known and self._size == (width, height):
            return
        self._size = (width, height)
        blank = " " if self._clear else UNKNOWN
        self._rows = [Cells([blank] * width, [PLAIN] * width, True) for _ in range(height)]


def _lines(update: LayoutUpdate | ChopsUpdate) -> Iterator[tuple[int, list[tuple[int, Strip]]]]:
    """Each row that the update touches, with its strips and the columns where they begin."""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            yield y, list(_in_a_row(line, update.region.x))
        return
    spans: dict[int, list[tuple[int, int]]] = {}
    for y, start, end in update.spans:
        spans.setdefault(y, []).append((start, end))
    for y, touched in spans.items():
        pieces: list[tuple[int, Strip]] = []
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            # A chop is rendered whole or not at all, so all of it can be used: what did not change costs
            # nothing.
            if strip is not None and any(x < last and first < end for first, last in touched):
                pieces.append((x, strip))
        yield y, pieces


def _in_a_row(strips: Iterable[Strip], x: int) -> Iterator[tuple[int, Strip]]:
    for strip in strips:
        yield x, strip
        x += strip.cell_length


def _style_of(segment: Segment, system: ColorSystem) -> str:
    """A segment's style in the form of `sgr`."""
    style = segment.style
    if style is None:
        return PLAIN
    parameters = textual_private.sgr_parameters(style, system)
    return f"{parameters}{LINK_MARK}{style.link_id};{style.link}" if style.link else parameters


def _patched(row: Cells, pieces: list[tuple[int, Cells]], width: int) -> Cells:
    """The row with the pieces laid over it, or the row itself if they change nothing; what is too long is
    cut.
    """
    changed = [(x, piece) for x, piece in pieces if not _holds(row, x, piece)]
    if not changed:
        return row
    texts, styles, narrow = list(row.texts), list(row.styles), True
    for x, piece in changed:
        end = min(x + len(piece.texts), width)
        texts[x:end] = piece.texts[: end - x]
        styles[x:end] = piece.styles[: end - x]
        narrow = narrow and piece.narrow
    if UNKNOWN in (row.texts[0], row.texts[-1]):
        # Nothing is drawn there: as good as a space, once it has been sent.
        texts = [" " if text == UNKNOWN else text for text in texts]
    if not (narrow and row.narrow):
        mend(texts)  # first, for half of a wide character that was covered is not in the joined text
        narrow = narrow and expand([("".join(texts), PLAIN)]).narrow
    return Cells(texts, styles, narrow)


def _holds(row: Cells, x: int, piece: Cells) -> bool:
    end = x + len(piece.texts)
    return row.texts[x:end] == piece.texts and row.styles[x:end] == piece.styles


class ChangedCells(DrivenApp):
    """Makes an app send only the cells that changed. It stands before `App` among the base classes."""

    ASCII_ONLY: bool | None = None
    """Show signs of ASCII for all others; None leaves it to the environment (see
    `capabilities.prefer_ascii`).
    """

    START_UP: float = 2.0
    """Seconds after the first paint in which a resize to the same size is taken for one that each start
    brings.
    """

    _stage: OutputStage | None = None
    _first_paint: float | None = None

    def get_driver_class(self) -> type[Driver]:
        """The console's own driver wherever Textual would take its driver for terminals."""
        chosen = super().get_driver_class()
        return ConsoleDriver if chosen.__name__ == "LinuxDriver" else chosen

    def forget(self) -> None:
        """Take nothing for granted about the terminal, and paint all of it anew at the next update.

        To be called when a screen that showed a secret is gone: every cell is then overwritten, whatever the
        stage believed of the terminal. It costs as much as the first paint, some 8 kB.
        """
        if self._stage is not None:
            self._stage.forget(clear=False)
        self._repaint()

    def redraw(self) -> None:
        """Clear the terminal and paint all of it, for the case that another program wrote on it."""
        if self._stage is not None:
            self._stage.forget(clear=True)
        self._repaint()

    def action_redraw(self) -> None:
        """The same as an action, to be bound to a key."""
        self.redraw()

    def _repaint(self) -> None:
        if self.is_running and self.screen_stack:
            self.screen.refresh(layout=True)

    def on_resize(self, event: events.Resize) -> None:
        """Forget the screen: a terminal cuts, moves or keeps what it shows as it likes.

        An event with the old size counts too: the terminal may have been another size in between. Not so at
        the start, when such events always come and would cost a second first paint.
        """
        if self._stage is None:
            return
        if event.size != self._stage.size:
            self._stage.forget(clear=False)
        elif self._first_paint is not None and time.monotonic() - self._first_paint > self.START_UP:
            self.forget()

    def on_driver_signal_resume(self, event: Driver.SignalResume) -> None:
        """The app is back after ctrl+z: the screen has been another program's."""
        self.redraw()

    def back_from_suspend(self) -> None:
        """The app is back after `App.suspend`."""
        super().back_from_suspend()
        self.redraw()

    def show_update(self, screen: Screen[Any], update: Any) -> None:
        """Send what changed; called by the screen with each of the compositor's updates."""
        driver = textual_private.driver_of(self)
        batching = textual_private.is_batching(self)
        if driver is None or update is None or batching or not self._can_stage(driver):
            super().show_update(screen, update)
            return
        if self._stage is None:
            self._stage = OutputStage(self._draws_ascii())
        try:
            data = self._changes(self._stage, screen, update)
        except Exception as error:  # noqa: BLE001 - a widget's error while rendering ends the app in order
            self._stage.forget(clear=False)
            textual_private.fail(self, error)
            data = ""
        if data is None:
            super().show_update(screen, update)
            return
        if data:
            synchronized = textual_private.has_synchronized_output(self)
            # In one piece: it counts once in the driver's short queue, and no half of it waits there.
            driver.write(f"{SYNC_START}{data}{SYNC_END}" if synchronized else data)
            driver.flush()
        self.post_display_hook()

    def _draws_ascii(self) -> bool:
        if self.ASCII_ONLY is not None:
            return self.ASCII_ONLY
        # Textual writes to standard error.
        return prefer_ascii(os.environ, getattr(sys.__stderr__, "encoding", None))

    def _can_stage(self, driver: Driver) -> bool:
        """Whether the output goes to the whole of a terminal."""
        live = self.is_running and not textual_private.is_closed(self)
        return live and not (driver.is_headless or driver.is_inline or driver.is_web)

    def _changes(self, stage: OutputStage, screen: Screen[Any], update: Any) -> str | None:
        """What to send for the update, or None where the stage cannot tell and Textual has to send it."""
        if isinstance(update, ChopsUpdate) and not stage.fits(update):
            update = textual_private.whole_screen(self, screen)
        if not isinstance(update, (LayoutUpdate, ChopsUpdate)) or not stage.fits(update):
            stage.forget(clear=False)
            return None
        if self._first_paint is None:
            self._first_paint = time.monotonic()
        x, y = screen.outer_size.clamp_offset(self.cursor_position)
        textual_private.note_cursor(self, self.cursor_position)
        return stage.update(update, textual_private.color_system_of(self.console), (x, y))
