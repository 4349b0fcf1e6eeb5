"""The line above the footer: one sentence at a time, long enough to be read."""

from __future__ import annotations

from collections import deque
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from pftui.domain.clock import Clock, utc_now
from pftui.presentation.cells import fit
from pftui.presentation.text import visible

if TYPE_CHECKING:
    from textual.timer import Timer

Severity = Literal["success", "warning", "error", "note"]
SEVERITIES: dict[str, Severity] = {
    "success": "success",
    "warning": "warning",
    "error": "error",
    "note": "note",
}
SIGNS: dict[Severity, str] = {"success": "✓", "warning": "!", "error": "✕", "note": "·"}


def sign_style(severity: Severity) -> str:
    """How the sign is drawn: what is only worth knowing has no colour."""
    return "$muted" if severity == "note" else f"bold ${severity}"


KEPT = 50
"""Notices that can be looked up."""


class Notice(NamedTuple):
    """One sentence. The text is data: markup in it is shown."""

    text: str
    severity: Severity
    at: datetime


def seconds_to_read(notice: Notice) -> float:
    """How long a notice stands: some 12 characters a second, and more for what went wrong."""
    return max(8.0, len(notice.text) / 12) * (1.0 if notice.severity in ("success", "note") else 2.0)


class Notices:
    """The last notices, newest first, and one that stays until what it tells of is over."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._past: deque[Notice] = deque(maxlen=KEPT)
        self.lasting: str | None = None
        self.standing: Notice | None = None
        """What holds for as long as the console runs; it shows where nothing else does."""

    def keep_standing(self, text: str, severity: Severity) -> None:
        """Say one sentence for as long as the console runs."""
        self.standing = Notice(visible(" ".join(text.split())), severity, self._clock())

    def add(self, text: str, severity: Severity) -> Notice:
        """Keep one."""
        notice = Notice(visible(" ".join(text.split())), severity, self._clock())
        self._past.appendleft(notice)
        return notice

    def clear(self) -> None:
        """Forget all: what one operator was told is not for the next."""
        self._past.clear()
        self.lasting = None

    def past(self) -> tuple[Notice, ...]:
        """All that are kept, and what stands."""
        return (*([self.standing] if self.standing else []), *self._past)


class NoticeLine(Widget):
    """Shows the newest notice, or the lasting one with the key that tries again, or the one that stands.

    `more` is the key that shows all of a sentence, where it is cut.
    """

    ALLOW_SELECT = False

    def __init__(self, notices: Notices, *, more: str = "h", id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._notices = notices
        self._more = more
        self._shown: Notice | None = None
        self._timer: Timer | None = None

    @property
    def shown(self) -> Notice | None:
        """What is shown now."""
        return self._shown

    def show(self, notice: Notice) -> None:
        """Show a notice for as long as it takes to read."""
        self._shown = notice
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(seconds_to_read(notice), self._forget)
        self.refresh()

    def _forget(self) -> None:
        self._shown = self._timer = None
        self.refresh()

    def render(self) -> Content:
        width = self.size.width - 2
        if self._shown is not None:
            return self._sentence(self._shown, width)
        if self._notices.lasting is not None:
            text = fit(self._notices.lasting, width - 16).rstrip()
            return Content.assemble(
                (" ✕ ", "bold $error"), (text, "$text"), ("  ctrl+r", "$key"), (" Retry", "$text")
            )
        if self._notices.standing is not None:
            return self._sentence(self._notices.standing, width)
        return Content("")

    def _sentence(self, notice: Notice, width: int) -> Content:
        text, more = fit(notice.text, width - 2).rstrip(), Content("")
        if text != notice.text and self._more and not isinstance(self.app.focused, Input):
            text = fit(notice.text, width - 2 - len(f"  {self._more} more")).rstrip()
            more = Content.assemble((f"  {self._more}", "$key"), (" more", "$muted"))
        sign = (f" {SIGNS[notice.severity]} ", sign_style(notice.severity))
        return Content.assemble(sign, (text, "$text")) + more
