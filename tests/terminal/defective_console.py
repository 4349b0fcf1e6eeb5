"""The real program, whose console meets a defect: `python -m tests.terminal.defective_console OPTION…`.

On F9 the console fails while it holds a key, in a local variable and in the error's words.
"""

from __future__ import annotations

import os

from textual import events

import pftui.app
from pftui.__main__ import main
from pftui.app import PftuiApp


class Defective(PftuiApp):
    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and event.key == "f9":
            a_local_variable = os.environ["CANARY"]
            raise RuntimeError(f"nobody foresaw {a_local_variable}", a_local_variable)
        await super().on_event(event)


if __name__ == "__main__":
    pftui.app.PftuiApp = Defective  # type: ignore[misc]
    main()
