"""A defect of the console, through the program's own entry: a sentence on a terminal that is as it was."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pftui.domain.api_key import generate
from tests.terminal.harness import Terminal, clean_environment, python

F9, F10 = "\x1b[20~", "\x1b[21~"
MOUSE_PASTE_FOCUS = {1000, 1002, 1003, 1004, 1006, 1015, 1049, 2004}


@pytest.mark.parametrize(
    ("debug", "where"),
    [(True, "on_event"), (False, "on_event"), (True, "read_input")],
    ids=["debug", "plain", "input"],
)
def test_a_defect_is_a_sentence_and_gives_the_terminal_back(tmp_path: Path, debug: bool, where: str) -> None:
    key = generate().text.reveal()
    options = ["--demo", *(["--debug"] if debug else [])]
    environ = clean_environment(HOME=str(tmp_path), XDG_STATE_HOME=str(tmp_path), CANARY=key)
    with Terminal(python("tests.terminal.defective_console", *options), environ) as terminal:
        terminal.wait_for(lambda: "Alice" in terminal.text)
        terminal.rest()
        full_screen = terminal.screen.alternate
        assert full_screen
        del terminal.log[:]
        terminal.type(F9 if where == "on_event" else F10)
        assert terminal.ended() == 70
        assert not terminal.screen.alternate
        assert not terminal.screen.modes & MOUSE_PASTE_FOCUS
        assert 25 in terminal.screen.modes  # the cursor shows
        assert terminal.line_settings() == terminal.attributes
        shown = "".join(terminal.screen.display).split("pftui: ")
    assert len(shown) == 2
    before, sentence = shown
    assert not before.strip()
    assert sentence.startswith("This is a defect (RuntimeError): what was not finished is undone.")
    logs = list(tmp_path.rglob("error-*.log"))
    assert len(logs) == debug
    for log in logs:
        assert sentence.replace(" ", "").strip().endswith(f"Alogisin{log}.")
        told = log.read_text(encoding="utf-8")
        assert "RuntimeError: " in told
        assert "nobody foresaw" in told
        assert where in told
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
        assert "a_local_variable = " not in told
        assert key[15:] not in told
    if not debug:
        assert sentence.strip().endswith("Run it again with --debug to write a log.")
    for secret in (key[15:], "foresaw", "Traceback", "a_local_variable", "╭"):
        assert secret.encode() not in terminal.log
