"""The bare `pftui`: the console where there is a terminal, a sentence where there is none."""

from __future__ import annotations

import re

from tests.commands.conftest import ADMIN, PASSWORD, Pftui
from tests.commands.program import Typist


def test_it_opens_on_a_terminal_and_ends_with_0(pftui: Pftui) -> None:
    typist = Typist(env=pftui.env, console=True)
    typist.expect("Acme Corp").type("\x11")
    result = typist.end()
    assert result.code == 0
    assert "\x1b[?1049l" in result.err  # the terminal is given back
    assert "Traceback" not in result.err


def test_a_dumb_terminal_is_refused(pftui: Pftui) -> None:
    result = Typist(env=pftui.environment(TERM="dumb"), console=True).end()
    assert result.code == 2
    assert result.err.startswith("pftui: The console needs a terminal")
    assert "\x1b" not in result.err


def test_an_admin_who_quits_reads_the_head_of_the_trail(pftui: Pftui) -> None:
    typist = Typist(env=pftui.env, console=True)
    typist.expect("Sign in").type(f"{ADMIN}\t{PASSWORD}\r").expect("Create Service Account")
    left = typist.type("q").end().err.rpartition("\x1b[?1049l")[2]
    head = re.search(r"The audit trail ends with\r\n(\d+:[0-9a-f]{64})\r\n", left)
    assert head is not None, left
    pftui.ok("audit", "verify", "--expect", head[1])
    assert f"{ADMIN} signed out" in pftui.ok("audit", "show", head[1].partition(":")[0])
