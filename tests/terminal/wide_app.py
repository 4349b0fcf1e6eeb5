"""Lines of which terminals disagree how wide they are: `python -m tests.terminal.wide_app [plain]`.

F2 changes between a screen full of `#` and one that has, on each line, a text and then a `|` in the last
column.
"""

from __future__ import annotations

import sys
from typing import ClassVar

from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.widgets import Static

from pftui.terminal.output_stage import ChangedCells

AGREED = (
    "plain",
    "漢字の名前",
    "한국어",
    "naïve",
    "e\u0301a\u0308o\u0302",
    "ＡＢＣ",
    "🎉 party",
    "Ωμέγα Дмитрий",
)
"""What tmux draws as wide as Rich counts."""

DISPUTED = (
    "👩\u200d💻 dev",
    "❤\ufe0f heart",
    "👍\U0001f3fd thumb",
    "🇳🇱🇧🇪 flags",
    "1\ufe0f\u20e3 one",
    "👨\u200d👩\u200d👧 family",
)

WIDTH, LINES = 60, (*AGREED, *DISPUTED)


class Wide(App[None]):
    CSS = "Static { width: 60; height: auto; }"
    BINDINGS: ClassVar = [Binding("f2", "change", "Change")]

    def compose(self) -> ComposeResult:
        yield Static("\n".join("#" * WIDTH for _ in LINES), markup=False)

    def action_change(self) -> None:
        lines = [line + "." * (WIDTH - 1 - cell_len(line)) + "|" for line in LINES]
        self.query_one(Static).update("\n".join(lines))


class StagedWide(ChangedCells, Wide):
    pass


if __name__ == "__main__":
    (Wide if "plain" in sys.argv else StagedWide)().run()
