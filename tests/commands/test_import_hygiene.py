"""What each way into the program may import: proven by what is in `sys.modules` when it ends."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from pftui.domain.api_key import generate
from tests.commands.conftest import ADMIN, PASSWORD, Pftui
from tests.commands.program import environment, run
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD

HEAVY = frozenset(
    {
        "alembic",
        "argon2",
        "click",
        "httpcore2",
        "platformdirs",
        "psycopg",
        "pyperclip",
        "rich",
        "sqlalchemy",
        "textual",
        "zxcvbn",
    }
)
# Runs the real entry point and tells, on a descriptor of its own, what was imported.
SPY = """
import json, os, sys
sys.argv[0] = "pftui"
try:
    from pftui.__main__ import main
    main()
finally:
    os.write(int(os.environ["SPY"]), json.dumps(sorted(sys.modules)).encode())
"""


def imported(
    tmp_path: Path, *arguments: str, env: dict[str, str], stdin: bytes = b""
) -> tuple[int, set[str]]:
    """The exit code and every module that was imported."""
    report = tmp_path / "modules.json"
    with report.open("wb") as file:
        result = run(
            *arguments,
            env={**env, "SPY": str(file.fileno())},
            stdin=stdin,
            command=(sys.executable, "-c", SPY),
            pass_fds=(file.fileno(),),
        )
    modules = set(json.loads(report.read_text()))
    report.unlink()
    return result.code, modules


def heavy(modules: set[str]) -> set[str]:
    """The heavy packages among them."""
    return {name.partition(".")[0] for name in modules} & HEAVY


LIGHT = [
    (("--help",), {}, 0),
    (("--version",), {}, 0),
    (("users", "--help"), {}, 0),
    (("users", "create", "--help"), {}, 0),
    (("verify", "--help"), {}, 0),
    (("nonsense",), {}, 2),
    (("users", "delete", "alice"), {}, 2),
    ((), {}, 2),
    (("--demo",), {}, 2),
    ((), {"_PFTUI_COMPLETE": "bash_source"}, 0),
    ((), {"_PFTUI_COMPLETE": "bash_complete", "COMP_WORDS": "pftui users ", "COMP_CWORD": "2"}, 0),
    ((), {"_PFTUI_COMPLETE": "bash_complete", "COMP_WORDS": "pftui ", "COMP_CWORD": "1"}, 0),
]


@pytest.mark.parametrize(("arguments", "extra", "code"), LIGHT, ids=str)
def test_click_alone(tmp_path: Path, arguments: tuple[str, ...], extra: dict[str, str], code: int) -> None:
    ended, modules = imported(tmp_path, *arguments, env=environment(tmp_path, **extra))
    assert ended == code
    assert heavy(modules) == {"click"}


def test_a_list_of_nouns_imports_no_noun(tmp_path: Path) -> None:
    _, modules = imported(tmp_path, "--help", env=environment(tmp_path))
    ours = {name for name in modules if name.startswith("pftui.commands.")}
    assert ours == {
        f"pftui.commands.{name}" for name in ("root", "lazy", "settings", "failures", "help", "examples")
    }


@pytest.mark.parametrize("options", [("--json",), ("--team", "default")])
@pytest.mark.parametrize("text", ["key", "nonsense"])
def test_verify_on_a_given_store_needs_argon2_alone(
    tmp_path: Path, pftui: Pftui, options: tuple[str, ...], text: str
) -> None:
    assert pftui("verify", stdin=pftui.key.encode()).code == 0  # its first use, which an event tells of
    stdin = pftui.key.encode() if text == "key" else text.encode()
    code, modules = imported(tmp_path, "verify", *options, env=pftui.env, stdin=stdin)
    assert code in (0, 1)
    assert heavy(modules) == {"click", "argon2"}
    slow = {"hmac", "logging", "shutil", "pftui.domain.accounts", "pftui.services.verification.verifier"}
    assert not modules & slow


def test_verify_on_postgresql_needs_the_driver_besides(
    tmp_path: Path, pftui: Pftui, postgresql_url: str
) -> None:
    env = pftui.environment(PFTUI_API_KEY=None, PFTUI_DATABASE_URL=postgresql_url)
    code, modules = imported(tmp_path, "verify", env=env, stdin=generate().text.reveal().encode())
    assert code == 1
    assert heavy(modules) == {"click", "argon2", "psycopg"}


def test_what_is_unusual_needs_a_verifier(tmp_path: Path, pftui: Pftui) -> None:
    code, modules = imported(tmp_path, "verify", env=pftui.env, stdin=pftui.key.encode())
    assert code == 0
    assert heavy(modules) == {"click", "sqlalchemy", "argon2"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("users", "list"),
        ("teams", "create", "Red"),
        ("keys", "create", "robot"),
        ("keys", "list"),
        ("audit", "verify"),
        ("roles", "list"),
    ],
    ids=" ".join,
)
def test_commands_for_an_operator_need_no_more(
    tmp_path: Path, pftui: Pftui, arguments: tuple[str, ...]
) -> None:
    """But for the folder in which a session would be, beside which no key may stand."""
    code, modules = imported(tmp_path, *arguments, env=pftui.env)
    assert code == 0
    assert heavy(modules) == {"click", "sqlalchemy", "argon2"}


@pytest.mark.parametrize(
    ("words", "offered"),
    [("teams show ", "default"), ("users show al", ADMIN), ("--store x", "x")],
)
def test_what_a_session_completes_needs_no_sqlalchemy(
    tmp_path: Path, pftui: Pftui, words: str, offered: str
) -> None:
    pftui.ok("login", "--as", ADMIN, "--password-file", str(pftui.password_file), PFTUI_API_KEY=None)
    env = pftui.environment(
        PFTUI_API_KEY=None,
        _PFTUI_COMPLETE="bash_complete",
        COMP_WORDS=f"pftui {words}",
        COMP_CWORD=str(len(f"pftui {words}x".split()) - 1),
    )
    code, modules = imported(tmp_path, env=env)
    assert code == 0
    assert heavy(modules) <= {"click"}
    assert offered in run(env=env).out


def test_on_postgresql_it_needs_the_driver_alone(tmp_path: Path, pftui: Pftui, postgresql_url: str) -> None:
    pftui.password_file.write_text(ADMIN_PASSWORD)
    env = pftui.environment(PFTUI_API_KEY=None, PFTUI_DATABASE_URL=postgresql_url)
    signed_in = ("login", "--as", ADMIN_EMAIL, "--password-file", str(pftui.password_file))
    assert run(*signed_in, env=env).code == 0
    env |= {"_PFTUI_COMPLETE": "bash_complete", "COMP_WORDS": "pftui teams show ", "COMP_CWORD": "3"}
    code, modules = imported(tmp_path, env=env)
    assert code == 0
    assert heavy(modules) == {"click", "psycopg"}
    assert run(env=env).out == "plain,default\n"


def test_a_sign_in_with_a_password_needs_no_more(tmp_path: Path, pftui: Pftui) -> None:
    env = pftui.environment(PFTUI_API_KEY=None)
    arguments = ("users", "list", "--as", ADMIN, "--password-file", str(pftui.password_file))
    code, modules = imported(tmp_path, *arguments, env=env)
    assert code == 0
    assert heavy(modules) == {"click", "sqlalchemy", "argon2"}


def test_a_store_that_is_up_to_date_needs_no_alembic(tmp_path: Path, pftui: Pftui) -> None:
    code, modules = imported(tmp_path, "db", "upgrade", env=pftui.env)
    assert code == 0
    assert heavy(modules) == {"click", "sqlalchemy"}


def test_a_first_run_needs_what_makes_a_schema_and_judges_a_password(tmp_path: Path) -> None:
    env = environment(tmp_path, PFTUI_DATABASE_URL=str(tmp_path / "new.db"))
    who = ("--org", "Acme", "--name", "Alice Ng", "--email", ADMIN)
    code, modules = imported(tmp_path, "init", *who, env=env, stdin=PASSWORD.encode())
    assert code == 0
    assert heavy(modules) == {"click", "sqlalchemy", "alembic", "argon2", "zxcvbn"}


@pytest.mark.parametrize("arguments", [("status",), ("backup", "copy.db")], ids=" ".join)
def test_who_looks_at_the_store_needs_sqlalchemy(
    tmp_path: Path, pftui: Pftui, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, modules = imported(tmp_path, "db", *arguments, env=pftui.env)
    assert code == 0
    assert heavy(modules) == {"click", "sqlalchemy"}


def test_the_way_back_in_needs_sqlalchemy_and_argon2(tmp_path: Path, pftui: Pftui) -> None:
    code, modules = imported(tmp_path, "users", "reset-password", ADMIN, "--host", "--yes", env=pftui.env)
    assert code == 0
    assert heavy(modules) == {"click", "sqlalchemy", "argon2"}


def test_the_console_with_all_its_screens_imports_no_store(tmp_path: Path) -> None:
    """What its services import comes later, in a thread: the first frame does not wait for it."""
    program = (
        "import importlib, json, pkgutil, sys\n"
        "import pftui.app, pftui.screens\n"
        "for each in pkgutil.walk_packages(pftui.screens.__path__, 'pftui.screens.'):\n"
        "    importlib.import_module(each.name)\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    result = run(env=environment(tmp_path), command=(sys.executable, "-c", program))
    modules = set(json.loads(result.out))
    assert heavy(modules) - {"click", "platformdirs"} == {"rich", "textual"}
    assert "pftui.screens.reveal.reveal" in modules
    assert not {name for name in modules if name.startswith("pftui.repositories")}
