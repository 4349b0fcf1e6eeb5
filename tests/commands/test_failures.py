"""How commands end: quietly where nobody reads, with a sentence where something is wrong."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from pftui.commands import roles
from pftui.commands.failures import write_log
from pftui.commands.root import root
from pftui.domain.api_key import generate
from tests.commands.conftest import Pftui
from tests.commands.program import COMMAND

KEY = generate().text.reveal()


@pytest.fixture
def defect(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Makes `roles list` fail in a way that nobody foresaw; gives the folder of the logs."""

    def signed_in(settings: object) -> None:
        a_local_variable = KEY  # noqa: F841
        raise RuntimeError(f"about {KEY} at postgresql://pftui:hunter2@db/pftui")

    monkeypatch.setattr(roles, "signed_in", signed_in)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_STATE_HOME", "PFTUI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_defect_is_a_sentence(defect: Path) -> None:
    result = CliRunner().invoke(root, ["roles", "list"])
    assert (result.exit_code, result.stdout) == (70, "")
    assert result.stderr.startswith("pftui: This is a defect (RuntimeError)")
    assert len(result.stderr.splitlines()) == 1
    assert "--debug" in result.stderr
    assert "hunter2" not in result.stderr
    assert list(defect.iterdir()) == []


@pytest.mark.parametrize("arguments", [["--debug", "roles", "list"], ["roles", "list", "--debug"]])
def test_with_debug_it_leaves_a_masked_log(defect: Path, arguments: list[str]) -> None:
    result = CliRunner().invoke(root, arguments)
    assert result.exit_code == 70
    (log,) = defect.rglob("error-*.log")
    assert str(log) in result.stderr
    text = log.read_text(encoding="utf-8")
    assert "RuntimeError: about" in text
    assert "signed_in" in text
    assert "a_local_variable" not in text
    assert KEY[15:] not in text
    assert KEY[:15] in text
    assert "hunter2" not in text
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_log_that_cannot_be_written_is_told_of(defect: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/nowhere")
    monkeypatch.setenv("HOME", "/dev/null")
    result = CliRunner().invoke(root, ["roles", "list", "--debug"])
    assert result.exit_code == 70
    assert "No log could be written" in result.stderr


def test_two_logs_do_not_share_a_file(defect: Path) -> None:
    assert write_log(ValueError("one")) != write_log(ValueError("two"))


@pytest.mark.parametrize(
    "arguments", [("roles", "list"), ("users", "list", "--json"), ("audit", "list", "--json")], ids=" ".join
)
def test_a_closed_pipe_ends_it_quietly(pftui: Pftui, arguments: tuple[str, ...]) -> None:
    result = pftui.through_a_closed_pipe(*arguments)
    assert (result.code, result.err) == (0, "")


@pytest.mark.parametrize(
    "arguments",
    [("roles", "list"), ("--help",), ("--version",), ("users", "--help"), ("users", "list", "--help")],
    ids=" ".join,
)
def test_a_full_disk_behind_standard_output_is_told_of(pftui: Pftui, arguments: tuple[str, ...]) -> None:
    from tests.commands.program import run

    with open("/dev/full", "wb") as full:
        result = run(*arguments, env=pftui.env, stdout=full)
    assert result.code == 1
    assert result.err == "pftui: Standard output could not be written: No space left on device.\n"


def test_a_secret_is_not_made_where_standard_output_is_closed(pftui: Pftui) -> None:
    import sys

    from tests.commands.program import run

    before = pftui.store.read_bytes()
    script = ("/bin/sh", "-c", 'exec "$0" -m pftui keys create robot >&-')
    result = run(sys.executable, env=pftui.env, command=script)
    assert result.code == 2
    assert "Standard output is closed" in result.err
    assert pftui.store.read_bytes() == before


def test_a_name_outside_of_the_locale_is_its_escape_and_ends_no_list(pftui: Pftui) -> None:
    pftui.ok("service-accounts", "create", "日本")
    pftui.ok("service-accounts", "create", "zoé")
    command = ("service-accounts", "list")
    latin = {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [*COMMAND, *command], env=pftui.environment(**latin), capture_output=True, check=True
    )
    lines = done.stdout.decode("latin-1").splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["Name", "robot", "zoé", r"\u65e5\u672c"]
    column = lines[0].index("Newest key")  # aligned by what is printed
    assert {line[column : column + 5] for line in lines[1:]} == {"pfsa_"}
    shown = subprocess.run(
        [*COMMAND, "service-accounts", "show", "日本"],
        env=pftui.environment(**latin),
        capture_output=True,
        check=True,
    )
    assert rb"\u65e5\u672c" in shown.stdout
    result = pftui.program("service-accounts", "list", "--json", PYTHONIOENCODING="latin-1", PYTHONUTF8="0")
    assert '"\\u65e5\\u672c"' in result.out


def test_what_does_not_print_is_its_escape_in_tables_and_json(pftui: Pftui) -> None:
    hostile = "a\x9b31m\x1b]0;x\x07\u202eb\ud83d"
    with sqlite3.connect(pftui.store) as connection:
        connection.execute(
            "UPDATE principals SET name = CAST(? AS TEXT) WHERE kind = 'service_account'",
            (hostile.encode("utf-8", "surrogatepass"),),
        )
    connection.close()
    for verb in (("list",), ("show", "robot")):
        for options in ((), ("--json",)):
            pftui("service-accounts", *verb, *options)
            shown = pftui.ok("service-accounts", "list", *options)
            assert all(each.isprintable() or each == "\n" for each in shown), shown
            assert ("\\u009b" if options else "\\x9b") in shown
    (account,) = json.loads(pftui.ok("service-accounts", "list", "--json"))
    assert account["name"].startswith("a\x9b31m\x1b]0;x\x07\u202eb")
    assert account["damaged"] == ["name"]


def test_an_answer_that_cannot_be_printed_is_still_the_exit_code(pftui: Pftui) -> None:
    from tests.commands.program import run

    with open("/dev/full", "wb") as full:
        result = run("verify", env=pftui.env, stdin=pftui.key.encode(), stdout=full)
        denied = run("verify", env=pftui.env, stdin=b"nothing", stdout=full)
    assert (result.code, denied.code) == (0, 1)
    assert "could not be written" in result.err


NOWHERE = {
    "no such home": ("~nosuchuser/x.db", 2),
    "another driver": ("sqlite+nosuch:///x.db", 2),
    "an asynchronous driver": ("sqlite+aiosqlite:///x.db", 2),
    "a host for a file": ("sqlite://host//x.db", 2),
    "NUL": ("sqlite:////tmp/a%00b", 2),
    "no host name": ("postgresql://u@a..b/db", 2),
    "a long host name": (f"postgresql://u@{'a' * 70}/db", 2),
    "no port": ("postgresql://u@localhost/db?port=x", 2),
    "a long name": ("/tmp/" + "x" * 300, 3),
}


@pytest.mark.parametrize("where", NOWHERE)
def test_a_store_that_cannot_be_is_a_sentence(pftui: Pftui, where: str) -> None:
    store, code = NOWHERE[where]
    for arguments in (("db", "status"), ("users", "reset-password", "a@b.example", "--host", "--yes")):
        result = pftui.program(*arguments, "--store", store)
        assert result.code == code, result
        assert "defect" not in result.err


@pytest.mark.parametrize("target", ["~nosuchuser/x.db", "/etc/passwd/x", "x" * 300])
def test_a_copy_that_cannot_be_is_a_sentence(pftui: Pftui, target: str) -> None:
    result = pftui.program("db", "backup", target)
    assert result.code in (2, 3), result
    assert "defect" not in result.err


def test_a_new_store_that_cannot_be_is_a_sentence(pftui: Pftui) -> None:
    pftui.password_file.chmod(0o600)
    (pftui.folder / "dangling").symlink_to(pftui.folder / "nowhere" / "at all")
    for store in (
        "/etc/passwd/x.db",
        str(pftui.folder / ("x" * 300)),
        str(pftui.folder / "dangling" / "x.db"),
    ):
        arguments = ("--org", "A", "--name", "B", "--email", "c@d.example")
        result = pftui.program(
            "init", *arguments, "--password-file", str(pftui.password_file), "--store", store
        )
        assert result.code == 3, result
        assert "defect" not in result.err


def test_a_filter_of_any_length_finds_nothing(pftui: Pftui) -> None:
    for noun in ("users", "teams", "service-accounts"):
        assert pftui.ok(noun, "list", "--json", "--filter", "a" * 60_000).strip() == "[]"


def test_a_copy_of_nothing_is_none(pftui: Pftui) -> None:
    empty = pftui.folder / "empty.db"
    empty.touch(mode=0o600)
    result = pftui.program("db", "backup", "copy.db", "--store", str(empty))
    assert result.code == 3, result
    assert not (pftui.folder / "copy.db").exists()
