"""Programs that end badly, to be run in a terminal: `python -m tests.process.guarded_app WHAT`."""

from __future__ import annotations

import signal
import sys
import threading
import time

from textual.app import App, ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static

from pftui.process.guard import TerminalGuard
from pftui.terminal.output_stage import ChangedCells

CANARY = "pfsa_" + "CaNaRy" * 9


class Reveal(ModalScreen[None]):
    def compose(self) -> ComposeResult:
        yield Static(CANARY)


class Guarded(ChangedCells, App[None]):
    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = what

    def compose(self) -> ComposeResult:
        yield Static("behind")

    def on_mount(self) -> None:
        self.push_screen(Reveal())

    def _flood(self) -> None:
        """More output than a stalled terminal takes: the driver's queue fills, and the loop blocks."""
        if self._driver is not None:
            self._driver.write("\x1b[H" + "x" * 4096)

    def on_key(self) -> None:
        if self._what == "flood":
            self.set_interval(0.01, self._flood)
        if self._what == "loop":
            while True:  # the loop never gets to anything else
                time.sleep(0.05)
        if self._what == "raise":
            raise SystemError("as a defect of the app does")
        if self._what == "escape":
            signal.raise_signal(signal.SIGUSR2)


def main() -> None:
    what = sys.argv[1]
    if what == "ignored":
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    app = Guarded(what)
    try:
        with TerminalGuard(deadline=1.0) as guard:
            guard.watch(app)
            if what == "early":
                raise SystemError("before the app has the terminal")
            if what == "escape":
                signal.signal(signal.SIGUSR2, _escape)
            app.run()
            if what == "lingering":
                # Something that was started keeps the process after the app: a thread that waits for a dead
                # link.
                threading.Thread(target=threading.Event().wait).start()
    except SystemError as error:
        sys.stdout.write(f"escaped: {error}\n")
        sys.exit(70)
    sys.exit(app.return_code or 0)


def _escape(number: int, frame: object) -> None:
    # Past all of Textual's own handling of exceptions.
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
