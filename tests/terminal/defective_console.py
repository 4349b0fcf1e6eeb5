"""The real program, whose console meets a defect: `python -m tests.terminal.defective_console OPTION…`.

On F9 the console fails while it holds a key, in a local variable and in the error's words; on F10 the thread
that reads the terminal does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from textual import events
from textual.message import Message

import pftui.app
from pftui.__main__ import main
from pftui.app import PftuiApp
from pftui.terminal.input_parser import InputParser


class Defective(PftuiApp):
    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and event.key == "f9":
            a_local_variable = os.environ["CANARY"]
            raise RuntimeError(f"nobody foresaw {a_local_variable}", a_local_variable)
        await super().on_event(event)


def failing(parser: InputParser, character: str) -> Iterator[Message]:
    for event in real(parser, character):
        if isinstance(event, events.Key) and event.key == "f10":
            a_local_variable = os.environ["CANARY"]
            raise RuntimeError(f"nobody foresaw {a_local_variable}", a_local_variable)
        yield event


if __name__ == "__main__":
    real = InputParser._next
    InputParser._next = failing  # type: ignore[assignment]
    pftui.app.PftuiApp = Defective  # type: ignore[misc]
    main()
