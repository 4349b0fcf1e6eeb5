"""The report on an offboarding, to be read, copied or saved."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from pftui.domain.names import slugify
from pftui.domain.offboarding import Offboarded
from pftui.domain.secret import Secret
from pftui.presentation.offboarding import LineKind, ReportLine
from pftui.presentation.text import visible
from pftui.process.secret_file import save_secret
from pftui.screens.console import Loss, console_of
from pftui.screens.dialogs.confirm import leave_question
from pftui.screens.dialogs.dialog import Choice, Dialog
from pftui.screens.dialogs.form import Field
from pftui.terminal import clipboard
from pftui.terminal.textual_private import writer_of
from pftui.widgets.reading_box import ReadingBox

if TYPE_CHECKING:
    from textual.widget import Widget

_PATH = "path"
_STYLES = {
    LineKind.HEADING: "$text",
    LineKind.ITEM: "$muted",
    LineKind.RIGHT: "$success",
    LineKind.WRONG: "$error",
}


class OffboardingReport(Dialog[None]):
    """A text that scrolls, and the two ways to keep it; it is made once, so that leaving it unkept asks."""

    AUTO_FOCUS = "#report"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (22, "-tall"), (36, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "copy", show=False),
        Binding("s", "save", show=False),
    ]
    loses = Loss(
        "Leave the report?",
        "It was neither copied nor saved, and is made only once.",
        "Leave",
        "Back to the report",
    )

    def __init__(self, done: Offboarded, lines: Sequence[ReportLine]) -> None:
        super().__init__(f"{done.name} is offboarded")
        self._lines = lines
        self._kept = False
        self._file = f"~/offboarding-{slugify(done.name)}-{done.at:%Y-%m-%d}.txt"

    def body(self) -> Iterable[Widget]:
        """The text, and where it would be saved."""
        with ReadingBox(id="report"):
            yield Static(Content("\n").join(_styled(line) for line in self._lines))
        field = Field(_PATH, "File on this host", self._file)
        field.display = False
        yield field

    def choices(self) -> Iterable[Choice]:
        """Copy, save, close."""
        yield Choice("Copy", id="copy", key="c")
        yield Choice("Save to a file", id="save", key="s")
        yield Choice("Close", id="cancel", key="esc", kind="primary")

    @property
    def _text(self) -> str:
        return "".join(f"{visible(line.text)}\n" for line in self._lines)

    @property
    def touched(self) -> bool:
        """Whether leaving would lose it."""
        return not self._kept

    @on(Choice.Pressed, "#copy")
    def _copy_pressed(self, event: Choice.Pressed) -> None:
        event.stop()
        self.action_copy()

    def action_copy(self) -> None:
        """Send it to the clipboard: of the terminal, or of the desktop."""
        self.attempt(self._copy)

    async def _copy(self) -> None:
        result = await asyncio.to_thread(clipboard.copy, self._text, writer_of(self.app), os.environ)
        self._kept = self._kept or result.sent
        self.say(result.message, "success" if result.sent else "error")

    @on(Choice.Pressed, "#save")
    def _save_pressed(self, event: Choice.Pressed) -> None:
        event.stop()
        self.action_save()

    def action_save(self) -> None:
        """Ask for a file."""
        field = self.query_one(f"#field-{_PATH}", Field)
        field.display = True
        field.input.focus()

    @on(Input.Submitted, f"#{_PATH}")
    def _path_typed(self, event: Input.Submitted) -> None:
        event.stop()
        self.commit(self._save)

    async def _save(self) -> None:
        field = self.query_one(f"#field-{_PATH}", Field)
        saved = await asyncio.to_thread(save_secret, Secret(self._text.removesuffix("\n")), field.value)
        self._kept = True
        field.display = False
        self.query_one("#report").focus()
        self.say(f"Saved to {saved}, which only you can read.", "success")

    def action_cancel(self) -> None:
        """Esc leaves the file's name first, and asks before the only report there is goes."""
        field = self.query_one(f"#field-{_PATH}", Field)
        if field.display and not self.busy:
            field.display = False
            self.query_one("#report").focus()
        elif self.touched and not self.occupied:
            self.go_on(self._leave)
        else:
            super().action_cancel()

    async def _leave(self) -> None:
        if await console_of(self).ask(leave_question(self.loses)):
            self.dismiss(None)


def _styled(line: ReportLine) -> Content:
    return Content.styled(visible(line.text), _STYLES[line.kind])
