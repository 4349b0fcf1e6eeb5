"""Shell completion: nouns, verbs and options, with no store and no heavy import."""

from __future__ import annotations

from pathlib import Path

import pytest

from pftui.commands.keys import keys
from tests.commands.program import environment, run


def completed(tmp_path: Path, words: str, position: int) -> list[str]:
    """What bash would be offered for the word at `position`."""
    env = environment(tmp_path, _PFTUI_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(position))
    result = run(env=env)
    assert result.code == 0, result.err
    assert result.err == ""
    assert list(tmp_path.iterdir()) == []
    return [line.partition(",")[2] for line in result.out.splitlines()]


@pytest.mark.parametrize(
    ("words", "position", "offered"),
    [
        ("pftui te", 1, ["teams"]),
        ("pftui service-accounts gr", 2, ["grant-admin"]),
        ("pftui keys ", 2, list(keys.commands)),
        ("pftui verify --per", 2, ["--permission"]),
        ("pftui verify --permission run", 3, ["run_scans"]),
        ("pftui audit list --target TE", 4, ["team"]),
        ("pftui --sto", 1, ["--store"]),
        ("pftui users list --js", 3, ["--json"]),
    ],
)
def test_words_are_completed(tmp_path: Path, words: str, position: int, offered: list[str]) -> None:
    assert completed(tmp_path, words, position) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(tmp_path: Path, shell: str) -> None:
    result = run(env=environment(tmp_path, _PFTUI_COMPLETE=f"{shell}_source"))
    assert result.code == 0
    assert "_PFTUI_COMPLETE" in result.out
