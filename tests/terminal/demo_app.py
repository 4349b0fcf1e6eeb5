"""An app with what a console has, to be run in a terminal: `python -m tests.terminal.demo_app [plain]
[THEME]`.
"""

from __future__ import annotations

import sys
from typing import ClassVar
from unittest.mock import patch

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.coordinate import Coordinate
from textual.screen import ModalScreen
from textual.widgets import Button, DataTable, Footer, Header, Input, Static, TabbedContent, TabPane

from pftui.process.guard import TerminalGuard
from pftui.terminal.output_stage import ChangedCells

NAMES = (
    "Alice Ng",
    "漢字の名前",
    "Zoe\u0308 Ko\u0308nig",
    "Łukasz Żółw",
    "한국어 이름",
    "Ωμέγα",
    "plain ascii",
    "naïve café",
    "全角ＡＢＣ",
    "a\u0301e\u0301i\u0301 combined",
    "Дмитрий",
    "x" * 30,
)


class Dialog(ModalScreen[None]):
    """A modal of 80×12."""

    CSS = """
    Dialog { align: center middle; background: transparent; }
    #box { width: 80; height: 12; border: solid $primary; background: $surface; padding: 0 1; }
    """
    BINDINGS: ClassVar = [("escape,f3", "dismiss", "Close")]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Static("Save it now: it cannot be shown again once this closes.")
            yield Static(self._text, markup=False)
            yield Input(placeholder="Paste it back to check")
            yield Button("I have saved it", variant="primary")


class Demo(App[None]):
    """Header, tabs, tables, an input field, a modal, the command palette."""

    CSS = "DataTable { height: 1fr; } Input { height: 3; }"
    TITLE = "demo"
    ESCAPE_TO_MINIMIZE = False
    BINDINGS: ClassVar = [
        Binding("f2", "dialog", "Dialog"),
        Binding("f4", "tab('first')", "First"),
        Binding("f5", "tab('second')", "Second"),
        Binding("f6", "wide", "Wide"),
        Binding("f7", "notice", "Notice"),
        Binding("f8", "fail", show=False),
        Binding("ctrl+l", "redraw", "Redraw", show=False),
    ]

    def compose(self) -> ComposeResult:
        yield Header()
        with TabbedContent(initial="first"):
            with TabPane("First", id="first"):
                yield Input(placeholder="filter")
                yield DataTable(id="one", cursor_type="row")
            with TabPane("Second", id="second"):
                yield DataTable(id="two", cursor_type="row", zebra_stripes=True)
        yield Footer()

    def on_mount(self) -> None:
        self.animation_level = "none"
        # Else it would depend on the moment which screen is read.
        patch.object(Input, "_toggle_cursor", lambda _: None).start()
        for table, count in (("#one", 200), ("#two", 60)):
            widget = self.query_one(table, DataTable)
            widget.add_columns("Name", "E-mail or key", "Admin", "Teams", "Last used", "Status")
            for row in range(count):
                widget.add_row(
                    f"person {row}",
                    f"p{row}@acme.io",
                    "admin" if row % 3 == 0 else "",
                    str(row % 7),
                    "3 min ago",
                    "● active",
                )
        self.query_one("#one").focus()

    def action_dialog(self) -> None:
        self.push_screen(Dialog("pfsa_Ab12Cd34Ef00000000000000000000000000000000000000xxxxxx"))

    def action_tab(self, name: str) -> None:
        self.query_one(TabbedContent).active = name
        self.query_one("#one" if name == "first" else "#two").focus()

    def action_wide(self) -> None:
        table = self.query_one("#one", DataTable)
        for row, name in enumerate(NAMES):
            place = Coordinate(row, 0)
            there = table.get_cell_at(place) == name
            table.update_cell_at(place, f"back {row}" if there else name, update_width=True)

    def action_notice(self) -> None:
        self.notify("Sent to your terminal's clipboard.", timeout=600)

    def action_fail(self) -> None:
        """The next painting fails: so does a widget's defect, which shows when it is rendered."""
        header = self.query_one(Header)
        header.render_lines = None  # type: ignore[assignment]
        header.refresh()

    def action_redraw(self) -> None:
        self.screen.refresh(layout=True)


class Staged(ChangedCells, Demo):
    """The same with the output stage."""

    action_redraw = ChangedCells.action_redraw


def main() -> None:
    plain = "plain" in sys.argv[1:]
    themes = [argument for argument in sys.argv[1:] if argument not in ("plain", "started")]
    if "started" in sys.argv[1:]:
        Staged.START_UP = 0
    app = Demo() if plain else Staged()
    if themes:
        app.theme = themes[0]
    with TerminalGuard() as guard:
        guard.watch(app)
        app.run()
    sys.exit(app.return_code or 0)


if __name__ == "__main__":
    main()
