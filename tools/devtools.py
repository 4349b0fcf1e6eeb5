"""Opens the demo with Textual's developer tools attached: `make devtools`.

`pftui` drops every variable that would attach them (`process/hardening.py`), for they are sent whatever is
typed. So this is a program of its own, which is not part of the wheel and opens nothing but the demo: its
store and its keys are gone with it. Stylesheets are read again as they are saved.

`.venv/bin/textual console` in another terminal shows the log: first that, then this. The variables
`TEXTUAL_DEVTOOLS_HOST` and `TEXTUAL_DEVTOOLS_PORT` say where it listens, if not at its usual place.
"""

from __future__ import annotations

import os
import socket
import sys

PATIENCE = 2.0
"""Seconds to wait for the console of the developer tools."""


def main() -> int:
    """Run the demo; its exit status, or 1 where it could not be attached."""
    os.environ["TEXTUAL"] = "debug,devtools"  # read as Textual is imported
    from textual import constants

    where = (constants.DEVTOOLS_HOST, constants.DEVTOOLS_PORT)
    try:
        socket.create_connection(where, PATIENCE).close()
    except OSError:
        sentence = "Run .venv/bin/textual console in another terminal first."
        sys.stderr.write(f"Nothing listens on {where[0]}:{where[1]}. {sentence}\n")
        return 1
    from pftui.app import PftuiApp
    from pftui.process.guard import TerminalGuard

    with TerminalGuard() as guard:
        app = PftuiApp(demo=True)
        guard.watch(app)
        app.run()
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
