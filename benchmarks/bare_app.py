"""The baseline: plain Textual with the console's widgets, Textual's own, and rows at hand.

Run as a script, so that it imports nothing of pftui and nothing that the console's store needs.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, DataTable, Footer, Header, Static, TabbedContent, TabPane

ROWS = 50
FIRST_ROW = "account-00"


class Box(ModalScreen[None]):
    """A modal of 80×12, its backdrop not dimmed."""

    CSS = """
    Box { align: center middle; background: transparent; }
    #box { width: 80; height: 12; border: solid $primary; background: $surface; padding: 0 1; }
    """
    BINDINGS: ClassVar = [("f2", "dismiss", "Close")]

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield Static("A modal with a sentence and a button.")
            yield Button("Close", variant="primary")


class BareApp(App[None]):
    """Header, two tabs with a table each, Footer."""

    CSS = "DataTable { height: 1fr; }"
    TITLE = "bare"
    BINDINGS: ClassVar = [
        Binding("1", "tab('users')", "Users"),
        Binding("2", "tab('teams')", "Teams"),
        Binding("f2", "box", "Box"),
        Binding("q", "quit", "Quit"),
    ]

    def compose(self) -> ComposeResult:
        yield Header()
        with TabbedContent(initial="users"):
            with TabPane("Users", id="users"):
                yield DataTable(cursor_type="row")
            with TabPane("Teams", id="teams"):
                yield DataTable(cursor_type="row")
        yield Footer()

    def on_mount(self) -> None:
        self.animation_level = "none"
        for table in self.query(DataTable):
            table.add_columns("Name", "E-mail or key", "Teams", "Status", "Last used")
            for number in range(ROWS):
                name = f"account-{number:02}"
                table.add_row(name, f"{name}@example.org", str(number % 4), "active", "3 d ago")
        self.query_one("#users DataTable").focus()

    def action_tab(self, name: str) -> None:
        self.query_one(TabbedContent).active = name
        self.query_one(f"#{name} DataTable").focus()

    def action_box(self) -> None:
        self.push_screen(Box())


if __name__ == "__main__":
    BareApp().run()
