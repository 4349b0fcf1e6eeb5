"""Shell completion: nouns, verbs and options with no store; names from what a session may see."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pftui.bootstrap import open_services
from pftui.commands.bash import Bash
from pftui.commands.keys import keys
from pftui.domain.audit import Action
from pftui.domain.secret import Secret
from tests.commands.conftest import ADMIN, PASSWORD, Pftui
from tests.commands.program import COMMAND, environment, run
from tests.strangers import STRANGER, needs_root


def completed(tmp_path: Path, words: str, position: int) -> list[str]:
    """What bash would be offered for the word at `position`."""
    env = environment(tmp_path, _PFTUI_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(position))
    result = run(env=env)
    assert result.code == 0, result.err
    assert result.err == ""
    assert list(tmp_path.iterdir()) == []
    return [line.partition(",")[2] for line in result.out.splitlines() if line]


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
        ("pftui --store /some", 2, ["/some"]),
        ("pftui audit list --store ./a", 4, ["./a"]),
        ("pftui audit list --action log", 4, ["login", "login_failed", "login_put_off", "logout"]),
        ("pftui audit list --without ", 4, [action.value for action in Action]),
        ("pftui teams show ", 3, []),
        ("pftui users show ali", 3, []),
        ("pftui teams add red ci --role ", 6, []),
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


class Shell:
    """pftui's completion in bash itself, as Alice, who has signed in."""

    def __init__(self, pftui: Pftui) -> None:
        self.pftui = pftui
        program = pftui.folder / "bin" / "pftui"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
        program.chmod(0o755)
        self.env = pftui.environment(PFTUI_API_KEY=None, PATH=f"{program.parent}:{os.environ['PATH']}")

    def login(self, email: str = ADMIN, password: str = PASSWORD) -> None:
        self.pftui.password_file.write_text(password)
        done = run("login", "--as", email, "--password-file", str(self.pftui.password_file), env=self.env)
        assert done.code == 0, done

    @property
    def file(self) -> Path:
        (file,) = (self.pftui.folder / ".local/state/pftui/sessions").iterdir()
        return file

    def offered(self, *words: str, quoted: str = "") -> list[str]:
        """What bash is handed behind these words, which stand on the line as they are."""
        pieces = [piece for word in words for piece in word.replace("@", "\0@\0").split("\0") if piece]
        pieces = [*pieces, *([quoted] if quoted or words[-1].endswith(" ") else [])]
        line = " ".join(("pftui", *words)) + quoted
        listed = " ".join(shlex.quote(piece.strip()) for piece in ("pftui", *pieces))
        script = f"""
            source <(_PFTUI_COMPLETE=bash_source pftui)
            compopt() {{ printf 'compopt %s\\n' "$*"; }}
            COMP_LINE={shlex.quote(line)} COMP_POINT={len(line)} COMP_WORDS=({listed})
            COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
            _pftui_completion pftui
            [ ${{#COMPREPLY[@]}} = 0 ] || printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        done = run("-c", script, env=self.env, command=("bash", "--norc"), cwd=self.pftui.folder)
        assert (done.code, done.err) == (0, "")
        return done.out.splitlines()

    def names(self, words: str) -> list[str]:
        """What is offered for the last word, in the form that is the same for all shells."""
        env = {**self.env, "_PFTUI_COMPLETE": "bash_complete", "COMP_WORDS": f"pftui {words}"}
        done = run(env={**env, "COMP_CWORD": str(len(shlex.split(f"pftui {words}x")) - 1)})
        assert (done.code, done.err) == (0, "")
        return [line.partition(",")[2] for line in done.out.splitlines() if line]


@pytest.fixture
def shell(pftui: Pftui) -> Shell:
    """With a team and an account whose names mean something to a shell."""
    pftui.ok("teams", "create", "Red Team")
    pftui.ok("service-accounts", "create", "we;ird $(touch made) * 'x'")
    for name in ("SIEM", "Rota"):
        pftui.ok("webhooks", "create", name, "--url", "https://siem.acme.example/in", "--event", "*")
    shell = Shell(pftui)
    shell.login()
    return shell


def test_names_are_completed_where_they_are_asked_for(shell: Shell) -> None:
    teams, roles = ["default", "red-team"], ["Administrator", "Engineer", "CI Runner", "Viewer"]
    weird = "we;ird $(touch made) * 'x'"
    for words, offered in {
        "teams show ": teams,
        "teams delete re": ["red-team"],
        "teams add red-team ": [ADMIN, "robot", weird],
        "teams add red-team robot --role ": roles,
        "teams set-role red-team robot --role=V": ["Viewer"],
        "service-accounts create x --team ": teams,
        "service-accounts create x --role c": ["CI Runner"],
        "service-accounts disable ": ["robot", weird],
        "keys list r": ["robot"],
        "keys create r": ["robot"],
        "users disable ": [ADMIN],
        "users reset-password AL": [ADMIN],
        "roles show v": ["Viewer"],
        "verify --team ": teams,
        "audit list --actor ": [ADMIN, "robot", weird],
        "audit list --about r": ["robot", "red-team", "Rota"],
        "webhooks show ": ["Rota", "SIEM"],
        "webhooks resend si": ["SIEM"],
    }.items():
        assert shell.names(words) == offered, words


def test_bash_inserts_what_it_reads_as_the_name(shell: Shell) -> None:
    assert shell.offered("users", "show", "al") == [ADMIN]
    assert shell.offered("users", "show", "alice@ac") == ["acme.io"]
    assert shell.offered("audit", "list", "--actor=alice@ac") == ["acme.io"]
    assert shell.offered("teams", "add", "red-team", "robot", "--role", "CI\\ R") == ["CI\\ Runner"]
    assert shell.offered("teams", "add", "red-team", "robot", "--role ", quoted='"CI R') == ["CI Runner"]
    (weird,) = shell.offered("service-accounts", "show", "we")
    assert shlex.split(weird) == ["we;ird $(touch made) * 'x'"]
    for mark in "\"'":
        assert shell.offered("service-accounts", "show ", quoted=f"{mark}we") == []
    told = run("-c", f"printf %s {weird}", env=shell.env, command=("bash",), cwd=shell.pftui.folder)
    assert told.out == "we;ird $(touch made) * 'x'"
    assert not (shell.pftui.folder / "made").exists()


def test_bash_completes_files_itself(shell: Shell) -> None:
    assert shell.offered("--store", "/some") == ["compopt -o default"]
    assert shell.offered("users", "list", "--store=./a") == ["compopt -o default"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_the_script_is_bashs_own(tmp_path: Path) -> None:
    script = run(env=environment(tmp_path, _PFTUI_COMPLETE="bash_source")).out
    assert script == Bash.source_template % {
        "complete_func": "_pftui_completion",
        "complete_var": "_PFTUI_COMPLETE",
        "prog_name": "pftui",
    }


def test_a_member_is_offered_what_they_may_see(shell: Shell) -> None:
    pftui = shell.pftui
    made = json.loads(
        pftui.ok("users", "create", "bao@acme.io", "--name", "Bao", "--json", PFTUI_API_KEY=None)
    )
    services = open_services(f"sqlite:///{pftui.store}")
    temporary = Secret(made["temporaryPassword"])
    operator = services.sign_in.with_password("bao@acme.io", temporary).operator
    services.sign_in.choose_password(operator, Secret("quite another lantern 7"))
    services.lifecycle.close()
    shell.login("bao@acme.io", "quite another lantern 7")
    assert shell.names("teams show ") == []
    assert shell.names("teams add x ") == ["bao@acme.io"]
    pftui.password_file.write_text(PASSWORD)
    assert pftui.as_alice("teams", "add", "red-team", "bao@acme.io", "--role", "Viewer").code == 0
    assert shell.names("teams show ") == ["red-team"]
    assert shell.names("service-accounts show ") == []
    assert shell.names("webhooks show ") == []


def _ended(shell: Shell) -> None:
    (session,) = (
        row["id"]
        for row in json.loads(shell.pftui.ok("sessions", "list", "--all", "--json"))
        if row["forCommands"] and not row["endedAt"]
    )
    shell.pftui.ok("sessions", "end", session, "--yes")


def _without_key(act: Callable[[Shell], None]) -> Callable[[Shell], None]:
    """A key stands beside no session: the file is away meanwhile."""

    def acting(shell: Shell) -> None:
        file = shell.file
        away = shell.pftui.folder / "away"
        file.rename(away)
        act(shell)
        away.rename(file)

    return acting


def _idle(shell: Shell) -> None:
    with closing(sqlite3.connect(shell.pftui.store)) as connection, connection:
        connection.execute("UPDATE sessions SET seen_at = '2020-01-01 00:00:00.000000'")


def _damaged(shell: Shell) -> None:
    with closing(sqlite3.connect(shell.pftui.store)) as connection, connection:
        connection.execute("UPDATE sessions SET proved_at = 'soon'")


SILENT: dict[str, Callable[[Shell], None]] = {
    "ended": _without_key(_ended),
    "idle": _idle,
    "damaged": _damaged,
    "signed out": lambda shell: shell.file.unlink(),
    "wrong mode": lambda shell: shell.file.chmod(0o644),
    "no session": lambda shell: (shell.file.write_text("nonsense"), None)[1],
    "another's token": lambda shell: (
        shell.file.write_text(f"{shell.file.read_text()[:36]} {'A' * 43}\n"),
        None,
    )[1],
    "no store": lambda shell: shell.pftui.store.unlink(),
    "store open to others": lambda shell: shell.pftui.store.chmod(0o644),
    "no database": lambda shell: (shell.pftui.store.write_text("nonsense"), None)[1],
}


@pytest.mark.parametrize("how", SILENT)
def test_without_a_session_that_goes_on_nothing_is_offered_and_nothing_said(how: str, shell: Shell) -> None:
    assert shell.names("teams show ")
    SILENT[how](shell)
    for words in ("teams show ", "users show ", "roles show ", "keys list "):
        assert shell.names(words) == []


@needs_root
def test_a_strangers_file_offers_nothing(shell: Shell) -> None:
    os.chown(shell.file, STRANGER, STRANGER)
    assert shell.names("teams show ") == []
    os.chown(shell.file, 0, 0)
    assert shell.names("teams show ")
    os.chown(shell.pftui.store, STRANGER, STRANGER)  # whom root would become for a command
    assert shell.names("teams show ") == []
