"""The bare `pftui`: the console where there is a terminal, a sentence where there is none."""

from __future__ import annotations

from tests.commands.conftest import Pftui
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
