"""A command's secret on the terminal's other screen: masked in time, and gone without a trace."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pftui.terminal import clipboard, shown_once
from pftui.terminal.clipboard import CopyResult, Way
from pftui.terminal.shown_once import DEAF_FOR, SHOWN_FOR, Card, show_once
from tests.patience import PATIENCE
from tests.terminal.tmux import Tmux, needs_tmux, until

KEY = "pfsa_Ab12Cd34Ef00000000000000000000000000000000000000xxxxxx"
MASKED = KEY[:15] + "•" * 44


class Terminal:
    """One end of it shows a card in a thread; the other is the person."""

    def __init__(self, rows: int = 24, columns: int = 80) -> None:
        self.master, self.slave = pty.openpty()
        termios.tcsetwinsize(self.slave, (rows, columns))
        self.before = termios.tcgetattr(self.slave)
        self.saved: list[str] = []
        self.seen = ""
        self.now = 0.0
        self.ended: list[BaseException | None] = []
        self.thread: threading.Thread | None = None

    def save(self) -> str:
        self.saved.append(KEY)
        return "Saved to it."

    def card(self, **changes: str) -> Card:
        values: dict[str, Any] = {
            "title": "API key for ci",
            "warning": "it goes.",
            "text": KEY,
            "file_name": "~/ci.key",
        }
        return Card(**{**values, **changes}, save=self.save, public=15)

    def show(self, card: Card | None = None, **environ: str) -> None:
        def work() -> None:
            try:
                show_once(card or self.card(), self.slave, self.slave, environ, lambda: self.now)
            except (OSError, KeyboardInterrupt) as error:
                self.ended.append(error)
            else:
                self.ended.append(None)

        self.thread = threading.Thread(target=work, daemon=True)
        self.thread.start()
        self.shows("Close")

    def shows(self, text: str) -> None:
        """Read until it does; what was before no longer counts."""
        os.set_blocking(self.master, False)
        seen = ""

        def found() -> bool:
            nonlocal seen
            with contextlib.suppress(BlockingIOError):
                seen += os.read(self.master, 65536).decode()
            return text in seen

        until(found)
        self.seen = seen

    def press(self, key: str) -> None:
        os.write(self.master, key.encode())

    def end(self) -> BaseException | None:
        """Wait for the end; what it ended with."""
        self.shows("\x1b[?1049l")
        assert self.thread is not None
        self.thread.join(PATIENCE)
        return self.ended[0]


@pytest.fixture(autouse=True)
def _signals_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a main thread may set their handlers; the commands' tests try them."""
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    if made.thread is not None:
        made.press("\x03")
        made.thread.join(PATIENCE)
    os.close(made.master)
    os.close(made.slave)


def test_enter_closes_it_and_the_terminal_is_as_it_was(terminal: Terminal) -> None:
    terminal.show()
    assert f"  {KEY}" in terminal.seen
    terminal.now = DEAF_FOR
    terminal.press("\r")
    assert terminal.end() is None
    assert termios.tcgetattr(terminal.slave) == terminal.before


def test_what_is_typed_ahead_or_held_closes_nothing(terminal: Terminal) -> None:
    terminal.show()
    for _ in range(5):
        terminal.now += DEAF_FOR * 0.6
        terminal.press("\r")
        terminal.shows("Close")
    terminal.now += DEAF_FOR
    terminal.press("\r\r\r")  # as a burst
    terminal.shows("Close")
    terminal.press("\r")
    assert terminal.end() is None


def test_ctrl_c_is_heard_at_once(terminal: Terminal) -> None:
    terminal.show()
    terminal.press("\x03")
    assert isinstance(terminal.end(), KeyboardInterrupt)
    assert termios.tcgetattr(terminal.slave) == terminal.before


def test_hides_and_shows(terminal: Terminal) -> None:
    terminal.show()
    terminal.press("h")
    terminal.shows("Show")
    assert MASKED in terminal.seen
    assert KEY not in terminal.seen
    terminal.press("h")
    terminal.shows("Hide")
    assert KEY in terminal.seen


def test_is_masked_after_a_minute_by_itself(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float | None] = []
    wait = select.select

    def minute(reads: list[int], writes: list[int], errors: list[int], left: float | None) -> Any:
        waits.append(left)
        if len(waits) == 1:
            terminal.now += SHOWN_FOR
            return [], [], []
        return wait(reads, writes, errors, left)

    monkeypatch.setattr(select, "select", minute)
    terminal.show()
    if "after a minute" not in terminal.seen:
        terminal.shows("Hidden after a minute. h shows it again.")
    assert MASKED in terminal.seen
    terminal.press("h")
    terminal.shows(KEY)
    assert waits[:2] == [SHOWN_FOR, None]


def test_starts_hidden_where_the_host_records(terminal: Terminal) -> None:
    terminal.show(PFTUI_REVEAL="hidden")
    assert MASKED in terminal.seen
    assert KEY not in terminal.seen


def test_copies_and_saves_though_it_is_hidden(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []

    def copy(text: str, write: Callable[[str], object], environ: object) -> CopyResult:
        copied.append(text)
        return CopyResult(Way.TERMINAL, "Sent.")

    monkeypatch.setattr(clipboard, "copy", copy)
    terminal.show(PFTUI_REVEAL="hidden")
    terminal.press("c")
    terminal.shows("Sent.")
    terminal.press("s")
    terminal.shows("Saved to it.")
    assert copied == terminal.saved == [KEY]


@pytest.mark.parametrize(("rows", "columns"), [(24, 80), (9, 80), (5, 40), (3, 20)])
def test_never_scrolls_and_so_never_reaches_the_scrollback(
    terminal: Terminal, rows: int, columns: int
) -> None:
    termios.tcsetwinsize(terminal.slave, (rows, columns))
    card = terminal.card(text=KEY * 40, access="No team yet: " * 20, title="日本" * 20)
    for drawn in (card, terminal.card()):
        showing = shown_once._Showing(drawn, terminal.slave, terminal.slave, {}, lambda: 0.0)
        shown = showing.page(columns, rows)
        assert sum(shown_once._rows(line, columns) for line in shown) <= rows


@needs_tmux
@pytest.mark.parametrize("other_screen", ["on", "off"])
def test_nothing_of_it_is_in_the_scrollback(tmp_path: Path, other_screen: str) -> None:
    """GNU screen, and tmux so configured, have no other screen: it is wiped where it was."""
    program = tmp_path / "show.py"
    program.write_text(
        "import itertools, os\n"
        "from pftui.terminal.shown_once import Card, show_once\n"
        f"card = Card('API key for ci', 'it goes.', '{KEY}', '~/ci.key', lambda: '')\n"
        "show_once(card, 1, 0, os.environ, itertools.count().__next__)\n"
    )
    tmux = Tmux(tmp_path, "s", f"set -g alternate-screen {other_screen}")
    try:
        tmux.command("send-keys", f"seq 100; {sys.executable} {program}; echo over", "Enter")
        until(lambda: any(KEY in line for line in tmux.screen()))
        tmux.command("send-keys", "Enter")
        until(lambda: any(line.startswith("over") for line in tmux.screen()))
        kept = tmux.command("capture-pane", "-p", "-S", "-")
        assert "\n50\n" in kept
        assert KEY[15:] not in kept
    finally:
        tmux.stop()
