"""`make run` where there is no terminal: it says so, and names what does the job without one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.program import environment
from tests.conftest import missing_peer

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.fixture
def make_run(tmp_path: Path) -> list[str]:
    """The command, with an environment that is installed already: this one."""
    if shutil.which("make") is None:
        missing_peer("no make here: install the package make")
    (tmp_path / "installed").touch()
    given = [f"BIN={BIN}", f"RUN_STAMP={tmp_path}/installed"]
    return ["make", "--old-file", str(tmp_path / "installed"), *given, "run"]


def test_without_a_terminal_it_names_the_commands_for_the_same_job(
    make_run: list[str], tmp_path: Path
) -> None:
    before = sorted(path.name for path in ROOT.iterdir())
    done = subprocess.run(
        make_run,
        cwd=ROOT,
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    sentence, *lines = done.stdout.splitlines()
    assert sentence.startswith(
        "pftui is installed, but its console needs a terminal, and there is none here."
    )
    commands = [line.split() for line in lines]
    assert [words[1:3] for words in commands] == [
        ["init", "--org"],
        ["service-accounts", "create"],
        ["verify", "--team"],
    ]
    assert sorted(path.name for path in ROOT.iterdir()) == before
    for program, *words in commands:
        assert Path(program) == BIN / "pftui"
        assert os.access(program, os.X_OK)
        _takes(program, words, environment(tmp_path))


def _takes(program: str, words: list[str], env: dict[str, str]) -> None:
    """The command has all of the options that are named."""
    command = [word for word in words[:2] if re.fullmatch("[a-z-]+", word) and not word.startswith("-")]
    told = subprocess.run([program, *command, "--help"], env=env, capture_output=True, text=True, check=True)
    for option in (word for word in words if word.startswith("--")):
        assert f"{option} " in told.stdout, f"{command}: {option}"
