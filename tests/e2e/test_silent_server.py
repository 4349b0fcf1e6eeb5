"""The console on a server that falls silent, in a terminal: it shows what is the matter, and can be left."""

from __future__ import annotations

import time
from pathlib import Path

from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.peers.relay import Relay
from tests.terminal.harness import Terminal, clean_environment, python

#: Seconds that leaving may take: the console's own three, and a slow machine; the call itself hangs for ten.
_IN_TIME = 9.0


def test_ctrl_q_leaves_while_a_call_hangs(relay: Relay, postgresql_url: str, tmp_path: Path) -> None:
    environ = clean_environment(HOME=str(tmp_path), PFTUI_DATABASE_URL=relay.url(postgresql_url))
    with Terminal(python("pftui"), environ, (100, 30)) as terminal:
        terminal.wait_for(lambda: "Password" in terminal.text)
        terminal.type(f"{ADMIN_EMAIL}\r")
        terminal.rest()
        terminal.type(f"{ADMIN_PASSWORD}\r")
        terminal.wait_for(lambda: "Alice Ng" in terminal.text)
        relay.fall_silent()
        terminal.type("\x12")  # ctrl+r: read again
        terminal.rest()
        terminal.type("\r")  # and open the account
        terminal.rest()
        began = time.monotonic()
        terminal.type("\x11")
        assert terminal.ended(_IN_TIME) == 0
        assert time.monotonic() - began < _IN_TIME
        assert not terminal.screen.alternate
