"""Shows a secret that nobody else knows, closes it, and looks for it in all of its memory that can be
reached.

`python -m tests.terminal.canary_app RESULT`; the key F3 closes the modal and looks before and after the
caches are emptied. RESULT gets, as JSON, what was found each time.
"""

from __future__ import annotations

import gc
import json
import secrets
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, DataTable, Footer, Header, Input, Label, Static

from pftui.terminal.caches import purge_after
from pftui.widgets.console_app import ConsoleApp


class Reveal(ModalScreen[None]):
    def __init__(self, secret: str) -> None:
        super().__init__()
        self._secret = secret

    def on_mount(self) -> None:
        self.query_one(Static).set_timer(60, self.dismiss)
        self.set_timer(60, self.dismiss)

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self._secret, markup=False)
            yield Label(f"key: {self._secret}")
            yield Input(self._secret)
            yield Input(self._secret, password=True)
            yield Button("I have saved it")


class Canary(ConsoleApp):
    def __init__(self, result: Path) -> None:
        super().__init__()
        self._result = result
        self._mirrored = ""

    def compose(self) -> ComposeResult:
        yield Header()
        yield DataTable()
        yield Footer()

    def on_mount(self) -> None:
        secret = f"pfsa_{secrets.token_hex(24)}"
        # Mirrored, so that what is looked for is not found in the looking.
        self._mirrored = secret[::-1]
        self.push_screen(Reveal(secret))

    def key_f3(self) -> None:
        self.run_worker(self._close_and_look())

    async def _close_and_look(self) -> None:
        modal = weakref.ref(self.screen)
        await self.screen.dismiss()
        self.forget()
        before = list(self._found())
        gone = await purge_after(modal)
        found = {"before": before, "gone": gone, "after": list(self._found())}
        self._result.write_text(json.dumps(found))
        self.exit()

    def _found(self) -> Iterator[str]:
        """The kinds of the objects that hold the secret, among all that can be reached from any object."""
        mirrored, me = self._mirrored, id(self.__dict__)
        seen: set[int] = set()
        waiting: list[object] = gc.get_objects()
        while waiting:
            holder = waiting.pop()
            for held in gc.get_referents(holder):
                if isinstance(held, (str, bytes, bytearray)):
                    text = held if isinstance(held, str) else bytes(held).decode("latin-1")
                    if mirrored in text[::-1] and id(holder) != me:
                        yield type(holder).__qualname__
                elif id(held) not in seen:
                    seen.add(id(held))
                    waiting.append(held)


if __name__ == "__main__":
    Canary(Path(sys.argv[1])).run()
