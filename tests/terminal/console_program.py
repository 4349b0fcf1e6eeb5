"""The real console on a clock that stands, with the same key, password and head of the trail each time:
`python -m tests.terminal.console_program STORE THEME [plain]`.

STORE is `demo` or a store's URL. With `plain` everything is painted by Textual itself. Where IDLE_CLOCK names
a file, the number in it is what the idle lock goes by, in seconds.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from pftui import app
from pftui.app import PftuiApp
from pftui.domain.api_key import ApiKey, KeyPrefix, checksum
from pftui.domain.audit import Checkpoint
from pftui.domain.secret import Secret
from pftui.presentation.audit import signed_out
from pftui.process.guard import TerminalGuard
from pftui.screens.reveal import reveal
from pftui.services import keys, users
from pftui.terminal.textual_private import AppHooks

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
_BODY = "pfsa_Ab12Cd34Ef" + "0" * 38
KEY = _BODY + checksum(_BODY)
HEAD = Checkpoint(7, "ab" * 32)
PASSWORD = "abcde-fghij-kmnop-qrstu"


class Plain(PftuiApp):
    """The console without the output stage: each update goes to Textual's own painting."""

    show_update = AppHooks.show_update
    forget = redraw = PftuiApp._repaint


def main() -> None:
    store, theme, *how = sys.argv[1:]
    key = ApiKey(KeyPrefix.SERVICE_ACCOUNT, "Ab12Cd34Ef", Secret(KEY))
    patch.object(keys, "generate", lambda: key).start()
    patch.object(users, "temporary_password", lambda: Secret(PASSWORD)).start()
    patch.object(app, "signed_out", lambda _: signed_out(HEAD)).start()
    patch.object(reveal, "DEAF_FOR", 0.0).start()  # else a key would be ignored in one terminal only
    demo = store == "demo"
    if "IDLE_CLOCK" in os.environ:
        idle = Path(os.environ["IDLE_CLOCK"])
        patch.object(PftuiApp, "idle_clock", staticmethod(lambda: float(idle.read_text()))).start()
    kind = Plain if how == ["plain"] else PftuiApp
    with TerminalGuard() as guard:
        console = kind(None if demo else store, demo=demo, clock=lambda: NOW, theme=theme)
        guard.watch(console)
        console.run()
    sys.exit(console.return_code or 0)


if __name__ == "__main__":
    main()
