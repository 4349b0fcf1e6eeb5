"""One line that shows a secret, or a mask in its place."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.geometry import Region, Size
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from pftui.domain.secret import Secret
from pftui.terminal.textual_private import forget_damage, forget_drawn_lines

#: Seconds after which a shown secret is masked by itself.
SHOWN_FOR = 60.0
_DOT = "•"


class SecretLine(Widget):
    """Draws a secret whole, on one line, selectable; masks it a minute after it was shown.

    Every cell is a segment of its own: the text caches of Rich and Textual remember segments,
    and so never see the secret. The deadline is looked at whenever the line is drawn, besides
    the timer, since a stalled link stops the event loop and with it all timers.
    """

    class Masked(Message):
        """The time is over: the secret is masked."""

    clock: Callable[[], float] = staticmethod(time.monotonic)

    def __init__(self, secret: Secret, *, public: int = 0, hidden: bool = False) -> None:
        """Show `secret`, whose first `public` characters stay visible when it is masked."""
        super().__init__(id="secret")
        self._secret = secret
        self._public = public
        self._length = len(secret.reveal())
        self._deadline: float | None = None if hidden else self.clock() + SHOWN_FOR

    def on_mount(self) -> None:
        """Arm the timer."""
        self._arm()

    @property
    def masked(self) -> bool:
        """Whether the secret is masked now."""
        return self._deadline is None or self.clock() >= self._deadline

    def show(self) -> None:
        """Show the secret for a minute."""
        self._deadline = self.clock() + SHOWN_FOR
        self._arm()
        self.refresh()

    def mask(self) -> None:
        """Mask the secret."""
        self._deadline = None
        self.screen.clear_selection()
        forget_drawn_lines(self)
        self.refresh()

    def _arm(self) -> None:
        if self._deadline is not None:
            self.set_timer(max(0.01, self._deadline - self.clock()), self._time_is_over)

    def _time_is_over(self) -> None:
        if self._deadline is None:
            return
        if self.clock() < self._deadline:
            return  # it was shown again meanwhile; that has a timer of its own
        self.mask()
        self.post_message(self.Masked())

    def _text(self) -> str:
        if not self._secret:
            return ""
        text = self._secret.reveal()
        return text[: self._public].ljust(self._length, _DOT) if self.masked else text

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """As wide as the secret, in cells."""
        return self._length

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line, never wrapped."""
        return 1

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw, but never from a cache that is older than the deadline."""
        if self._deadline is not None and self.masked:
            self._deadline = None
            self.post_message(self.Masked())
            forget_drawn_lines(self)
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """The one line."""
        style = self.rich_style
        segments = [Segment(character, style) for character in self._text()] if y == 0 else []
        for column in self._selected_columns(len(segments)):
            segments[column] = Segment(segments[column].text, style + self._selection_style)
        return Strip(segments, len(segments)).apply_offsets(0, y)

    @property
    def _selection_style(self) -> RichStyle:
        return Style.from_styles(self.screen.get_component_styles("screen--selection")).rich_style

    def _selected_columns(self, length: int) -> range:
        selection = self.text_selection
        span = None if selection is None or not length else selection.get_span(0)
        if span is None:
            return range(0)
        start, end = span
        return range(start, length if end == -1 else min(end, length))

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """What is selected of what is drawn."""
        return selection.extract(self._text()), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the selection."""
        forget_drawn_lines(self)
        self.refresh()

    def forget(self) -> None:
        """Keep nothing of the secret, drawn or not."""
        self._secret.forget()
        forget_drawn_lines(self)
        forget_damage(self)
        self.refresh()
