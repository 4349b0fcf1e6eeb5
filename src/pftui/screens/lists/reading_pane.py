"""What is selected in a list, beside it: it follows the cursor once it rests, and reads more of the row."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static
from textual.worker import get_current_worker

from pftui.domain.errors import NotFound, PftuiError
from pftui.screens.console import console_of
from pftui.screens.lists.gone import gone_text
from pftui.widgets.pages import Row as AnyRow
from pftui.widgets.reading_box import ReadingBox

if TYPE_CHECKING:
    from textual.timer import Timer

    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services

Row = TypeVar("Row", bound=AnyRow)
Read = TypeVar("Read")

#: Seconds that the cursor rests before the pane follows: a held key must not read every row.
REST = 0.15


class ReadingPane(ReadingBox, Generic[Row, Read]):
    """Shows one row of a list. Subclasses read what they tell of it (`read`), and tell it (`text_of`).

    Args:
        back: the list's name, for who has stepped in.
    """

    def __init__(self, back: str, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._back = back
        self._text = Static()
        self._row: Row | None = None
        self._timer: Timer | None = None
        self._alone = False
        self._shown = Content("")
        self._last: tuple[Row, Read] | None = None

    def read(self, services: Services, operator: Operator, row: Row) -> Read:
        """In a thread: read what is told of the row. Raises what the services do."""
        raise NotImplementedError

    def text_of(self, row: Row, read: Read, width: int) -> Content:
        """The row whole, in `width` cells."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """The text."""
        yield self._text

    def follow(self, row: Row | None, *, now: bool) -> None:
        """Show this row, once the cursor has rested on it."""
        if row is None and self._row is None:
            return  # what is said there stays
        same = row is not None and self._row is not None and row.id == self._row.id
        self._row = row
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if row is None:
            self._show(Content(""))
            return
        if not same:
            self.scroll_home(animate=False)
        self._timer = self.set_timer(0.01 if now or same else REST, self._ask)

    def show_gone(self, sentence: str) -> None:
        """What was shown is there no more; no other takes its place."""
        self.follow(None, now=True)
        self._show(gone_text(sentence))

    def stand(self, *, alone: bool) -> None:
        """Say how one comes back to the list, where it is not beside this."""
        if alone != self._alone:
            self._alone = alone
            self._show(self._shown)

    def on_resize(self) -> None:
        """More or less of a line fits."""
        self._show_again()

    def _ask(self) -> None:
        self._timer = None
        if self._row is not None and self.display:
            console = console_of(self)
            self.run_worker(
                partial(self._read, console.services, console.operator, self._row),
                thread=True,
                exclusive=True,
                group="pane",
            )

    def _read(self, services: Services, operator: Operator, row: Row) -> None:
        worker = get_current_worker()
        try:
            read = self.read(services, operator, row)
        except NotFound:
            return  # deleted meanwhile: the list hears of it and moves on
        except PftuiError as error:
            self.call_later(self._show, Content.styled(error.message, "$error"))
            return
        if not worker.is_cancelled:
            self.call_later(self._show_read, row, read)

    def _show_read(self, row: Row, read: Read) -> None:
        if self._row is not None and row.id == self._row.id:
            self._last = row, read
            self._show_again()

    def _show_again(self) -> None:
        if self._last is not None and self._row is not None and self._last[0].id == self._row.id:
            self._show(self.text_of(*self._last, self.scrollable_content_region.width))

    def _show(self, text: Content) -> None:
        self._shown = text
        back = Content.assemble(("esc", "$key"), (f" {self._back}\n\n", "$muted"))
        self._text.update(back + text if self._alone else text)
