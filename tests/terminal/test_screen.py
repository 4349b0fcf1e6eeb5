"""A copied text goes through a real GNU screen to the terminal that it runs in."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

from tests.conftest import missing_peer
from tests.terminal.harness import Terminal, clean_environment, python

KEY = "pfsa_Ab12Cd34Ef00000000000000000000000000000000000000xxxxxx"


def test_through_a_real_screen_it_arrives_whole(tmp_path: Path) -> None:
    if shutil.which("screen") is None:
        missing_peer("no GNU screen here: install the package screen")
    sockets = tmp_path / "sockets"
    sockets.mkdir(mode=0o700)
    (tmp_path / "screenrc").write_text("startup_message off\n")
    text = KEY * 20  # of many pieces: screen cuts what is too long for it
    (tmp_path / "text").write_text(text)
    environ = clean_environment(SCREENDIR=str(sockets), HOME=str(tmp_path))
    copy = python("tests.terminal.copy_once", str(tmp_path / "text"), str(tmp_path / "result"))
    keeper = ["sh", "-c", '"$@"; read -r line', "sh", *copy]
    command = ["screen", "-c", str(tmp_path / "screenrc"), "-S", "pftui-test", *keeper]
    sent = f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\x07".encode()
    with Terminal(command, environ) as terminal:
        try:
            terminal.wait_for((tmp_path / "result").exists)
            way, message = (tmp_path / "result").read_text().split("\n")
            assert way == "screen"
            assert message.startswith("Sent through screen to your terminal's clipboard.")
            terminal.wait_for(lambda: sent in terminal.log)
        finally:
            quit_it = ["screen", "-S", "pftui-test", "-X", "quit"]
            subprocess.run(quit_it, env=environ, capture_output=True, check=False)
