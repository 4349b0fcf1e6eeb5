"""The report on an offboarding, to be read, copied or saved."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from pftui.domain.names import slugify
from pftui.domain.offboarding import Offboarded
from pftui.domain.secret import Secret
from pftui.presentation.text import visible
from pftui.process.secret_file import save_secret
from pftui.screens.dialogs.dialog import Choice, Dialog
from pftui.screens.dialogs.form import Field
from pftui.terminal import clipboard
from pftui.terminal.textual_private import driver_of

if TYPE_CHECKING:
    from textual.widget import Widget

_PATH = "path"


class OffboardingReport(Dialog[None]):
    """A text that scrolls, and the two ways to keep it. Enter does not close what nobody has kept."""

    AUTO_FOCUS = "#report"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (22, "-tall"), (36, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "copy", show=False),
        Binding("s", "save", show=False),
        Binding("home,g", "end(-1)", show=False),
        Binding("end,G", "end(1)", show=False),
    ]

    def __init__(self, done: Offboarded, lines: Sequence[str]) -> None:
        super().__init__(f"{done.name} is offboarded")
        self._lines = tuple(visible(line) for line in lines)
        self._over = done.over
        self._file = f"~/offboarding-{slugify(done.name)}-{done.at:%Y-%m-%d}.txt"

    def body(self) -> Iterable[Widget]:
        """The text, and where it would be saved."""
        with VerticalScroll(id="report", can_focus=True):
            yield Static(Content("\n").join(self._line(line) for line in self._lines))
        field = Field(_PATH, "File on this host", self._file)
        field.display = False
        yield field

    def _line(self, line: str) -> Content:
        last = line == self._lines[-1]
        wrong = line.lstrip().startswith("NO ") or (last and not self._over)
        style = "$error" if wrong else "$success" if last else "$muted" if line.startswith(" ") else "$text"
        return Content.styled(line, style)

    def choices(self) -> Iterable[Choice]:
        """Copy, save, close."""
        yield Choice("Copy", id="copy", key="c")
        yield Choice("Save to a file", id="save", key="s")
        yield Choice("Close", id="cancel", key="esc", kind="primary")

    @property
    def _text(self) -> str:
        return "\n".join(self._lines) + "\n"

    def action_end(self, way: int) -> None:
        """To the first line or the last."""
        report = self.query_one("#report")
        report.scroll_home(animate=False) if way < 0 else report.scroll_end(animate=False)

    @on(Choice.Pressed, "#copy")
    def _copy_pressed(self, event: Choice.Pressed) -> None:
        event.stop()
        self.action_copy()

    def action_copy(self) -> None:
        """Send it to the clipboard: of the terminal, or of the desktop."""
        self.attempt(self._copy)

    async def _copy(self) -> None:
        result = await asyncio.to_thread(clipboard.copy, self._text, self._write_to_terminal, os.environ)
        self.say(result.message, "success" if result.sent else "error")

    def _write_to_terminal(self, sequence: str) -> None:
        driver = driver_of(self.app)
        if driver is not None:
            driver.write(sequence)
            driver.flush()

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
        field.display = False
        self.query_one("#report").focus()
        self.say(f"Saved to {saved}, which only you can read.", "success")

    def action_cancel(self) -> None:
        """Esc leaves the file's name first."""
        field = self.query_one(f"#field-{_PATH}", Field)
        if field.display and not self.busy:
            field.display = False
            self.query_one("#report").focus()
        else:
            super().action_cancel()
