"""Wrong usage: a sentence on standard error, exit code 2, and nothing made or changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pftui.version import __version__
from tests.commands.conftest import Pftui
from tests.commands.program import environment, run

KEY = "pfsa_" + "Ab12Cd34Ef" + "S" * 38 + "000000"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path)


def test_version_is_one_line(env: dict[str, str]) -> None:
    result = run("--version", env=env)
    assert (result.code, result.out, result.err) == (0, f"pftui {__version__}\n", "")


@pytest.mark.parametrize("arguments", [("--help",), ("users", "--help"), ("users", "list", "-h")])
def test_help_is_on_standard_output(arguments: tuple[str, ...], env: dict[str, str]) -> None:
    result = run(*arguments, env=env)
    assert result.code == 0
    assert result.out.startswith("Usage: pftui")
    assert result.err == ""


WRONG = [
    (("nonsense",), "no command 'nonsense'"),
    (("user", "list"), "Did you mean 'users'?"),
    (("users",), "needs a verb: list, show, create"),
    (("users", "lst"), "No such command 'lst'"),
    (("users", "list", "--nonsense"), "No such option"),
    (("users", "list", "extra"), "unexpected extra argument"),
    (("users", "list", "--limit", "0"), "'--limit'"),
    (("users", "create", "a@b.c"), "'--name'"),
    (("users", "create", "nowhere", "--name", "A"), "name@example.org"),
    (("users", "update", "alice"), "nothing to change"),
    (("service-accounts", "update", "ci-bot"), "nothing to change"),
    (("service-accounts", "create", " "), "A name is needed"),
    (("service-accounts", "create", "x" * 81), "80 characters at most"),
    (("service-accounts", "create", "a\u202eb"), "direction of writing"),
    (("service-accounts", "create", "a\x1b[2J"), "control characters"),
    (("service-accounts", "create", "ci", "--team", "red"), "--team and --role go together"),
    (("service-accounts", "create", "ci", "--role", "Viewer"), "--team and --role go together"),
    (("teams", "create", ""), "A name is needed"),
    (("teams", "add", "red", "ci-bot"), "'--role'"),
    (("keys", "revoke", "Ab12", "--yes"), "no key id"),
    (("keys", "revoke", "Ab12Cd34Ef"), "add --yes"),
    (("users", "delete", "alice"), "add --yes"),
    (("users", "disable", "alice"), "add --yes"),
    (("users", "revoke-admin", "alice"), "add --yes"),
    (("users", "reset-password", "alice"), "add --yes"),
    (("users", "reset-password", "alice", "--host"), "add --yes"),
    (("users", "reset-password", "alice", "--host", "--as", "a@b.c", "--yes"), "leave out --as"),
    (("service-accounts", "delete", "ci-bot"), "add --yes"),
    (("service-accounts", "disable", "ci-bot"), "add --yes"),
    (("service-accounts", "revoke-admin", "ci-bot"), "add --yes"),
    (("teams", "delete", "red"), "add --yes"),
    (("teams", "remove", "red", "ci-bot"), "add --yes"),
    (("roles", "create", "Scanner"), "'--permission'"),
    (("roles", "create", "Scanner", "--permission", "fly"), "'--permission'"),
    (("roles", "create", " ", "--permission", "run_scans"), "A name is needed"),
    (("roles", "update", "Scanner"), "Nothing is to be changed"),
    (("roles", "update", "Scanner", "--add", "fly"), "'--add'"),
    (("roles", "delete", "Scanner"), "add --yes"),
    (("audit", "list", "--limit", "101"), "'--limit'"),
    (("audit", "list", "--limit", "0"), "'--limit'"),
    (("audit", "list", "--action", "nonsense"), "'--action'"),
    (("audit", "list", "--since", "yesterday"), "2026-01-31"),
    (("verify", "--permission", "run_scans"), "--permission needs --team"),
    (("verify", "--team", "red", "--permission", "fly"), "'--permission'"),
    (("verify", "--as", "a@b.c"), "leave out --as"),
    (("verify", "--password-file", "x"), "leave out --password-file"),
    (("db", "status", "--as", "a@b.c"), "leave out --as"),
    (("init", "--org", "Acme"), "'--name'"),
    (("init", "--org", "A", "--name", "A", "--email", "x"), "name@example.org"),
    (("init", "--org", "A", "--name", "A", "--email", "a@b.c"), "holds no password"),
    (("users", "list", "--as", "a@b.c"), "--password-file"),
    (("users", "list", "--as", "a@b.c", "--password-file", "/nowhere"), "cannot be read"),
    (("--demo", "users", "list"), "--demo"),
    (("--json",), "--json goes with a command"),
    (("--as", "a@b.c"), "--as goes with a command"),
    (("users", "list", "--store", "postgresql://u:hunter2@h/d", "--as", "a@b.c"), "PFTUI_DATABASE_URL"),
    *(
        (("users", "list", "--store", f"postgresql://{rest}"), "PFTUI_DATABASE_URL")
        for rest in (
            "h/d?password=hunter2",
            "h/d?sslmode=require&sslpassword=hunter2",
            "h/d?sslp%61ssword=hunter2",
            "u:hunter2@[x/db",
            "u:hunt#er2@h/d",
            "u:hunt/er2@h/d",
            "u:hunt?er2@h/d",
        )
    ),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG, ids=lambda value: " ".join(value)[:40])
def test_wrong_usage(arguments: tuple[str, ...], words: str, env: dict[str, str], tmp_path: Path) -> None:
    result = run(*arguments, env=env)
    assert result.code == 2
    assert result.out == ""
    assert words in result.err
    assert result.err.startswith("pftui: ")
    assert len(result.err.splitlines()) == 1
    assert "hunter2" not in result.err
    assert "\x1b" not in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("keys", "revoke", KEY, "--yes"),
        ("keys", "revoke", KEY[5:], "--yes"),
        ("keys", "revoke", KEY[:40], "--yes"),
        ("keys", "list", KEY),
        ("verify", KEY),
        ("verify", "--team", KEY),
        (KEY,),
        ("users", "list", f"--nonsense={KEY}"),
    ],
    ids=["whole", "without prefix", "cut off", "account", "extra", "team", "command", "option"],
)
def test_a_key_among_the_arguments_is_refused_and_not_repeated(
    arguments: tuple[str, ...], env: dict[str, str]
) -> None:
    result = run(*arguments, env=env)
    assert result.code == 2
    assert result.out == ""
    assert "SSSS" not in result.err


def test_an_operator_twice(env: dict[str, str]) -> None:
    result = run("users", "list", "--as", "a@b.c", env={**env, "PFTUI_API_KEY": KEY})
    assert result.code == 2
    assert "PFTUI_API_KEY and --as" in result.err
    assert "SSSS" not in result.err


@pytest.mark.parametrize("arguments", [(), ("--demo",)])
def test_without_a_terminal_the_console_is_refused_at_once(
    arguments: tuple[str, ...], env: dict[str, str], tmp_path: Path
) -> None:
    result = run(*arguments, env=env)
    assert result.code == 2
    assert result.out == ""
    assert "needs a terminal" in result.err
    assert len(result.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_closed_streams_end_it_quietly(env: dict[str, str]) -> None:
    script = 'exec "$@" <&- >&- 2>&-'
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", sys.executable, "-m", "pftui"], env=env, timeout=30, check=False
    )
    assert done.returncode == 2


STORE_COMMANDS = [
    ("users", "list"),
    ("teams", "create", "Red"),
    ("keys", "list"),
    ("roles", "list"),
    ("audit", "verify"),
    ("service-accounts", "create", "ci"),
    ("verify",),
    ("db", "status"),
    ("db", "upgrade"),
    ("db", "backup", "copy.db"),
    ("users", "reset-password", "a@b.c", "--host", "--yes"),
]


@pytest.mark.parametrize("arguments", STORE_COMMANDS, ids=" ".join)
def test_without_a_store_it_exits_3_and_names_init(
    arguments: tuple[str, ...], env: dict[str, str], tmp_path: Path
) -> None:
    result = run(*arguments, env=env, stdin=b"x", cwd=tmp_path)
    assert result.code == 3
    assert "pftui init" in result.err
    assert len(result.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


ODD_BYTES = os.fsdecode(b"a\xffb")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("users", "show"), 1),
        (("users", "list", "--filter"), 0),
        (("service-accounts", "show"), 1),
        (("service-accounts", "list", "--filter"), 0),
        (("teams", "show"), 1),
        (("teams", "list", "--filter"), 0),
        (("roles", "show"), 1),
        (("keys", "list"), 1),
        (("keys", "revoke", "--yes"), 2),
        (("users", "reset-password", "--yes"), 1),
        (("audit", "list", "--actor-id"), 1),
        (("audit", "list", "--actor"), 1),
        (("audit", "list", "--about"), 1),
        (("teams", "create"), 2),
        (("db", "backup"), 0),
        (("db", "status", "--store"), 3),
        (("users", "list", "--store"), 3),
    ],
)
def test_bytes_that_are_no_text_are_no_defect(pftui: Pftui, arguments: tuple[str, ...], code: int) -> None:
    result = pftui.program(*arguments, ODD_BYTES)
    assert result.code == code, result
    assert "defect" not in result.err


def test_a_store_whose_name_is_no_text(pftui: Pftui) -> None:
    copy = pftui.folder / ODD_BYTES
    pftui.ok("db", "backup", str(copy))
    assert "robot" in pftui.ok("service-accounts", "list", "--store", str(copy))
    pftui.ok("db", "backup", str(pftui.folder / "second"), "--store", str(copy))


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_time_outside_of_time_is_wrong_usage(pftui: Pftui, moment: str) -> None:
    assert pftui("audit", "list", "--since", moment).code == 2
