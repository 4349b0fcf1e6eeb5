"""How commands end: quietly where nobody reads, with a sentence where something is wrong."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from pftui.commands import roles
from pftui.commands.failures import write_log
from pftui.commands.root import root
from pftui.domain.api_key import generate

from .conftest import Pftui

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


def test_a_full_disk_behind_standard_output_is_told_of(pftui: Pftui) -> None:
    from .program import run

    with open("/dev/full", "wb") as full:
        result = run("roles", "list", env=pftui.env, stdout=full)
    assert result.code == 1
    assert result.err == "pftui: Standard output could not be written: No space left on device.\n"


def test_a_secret_is_not_made_where_standard_output_is_closed(pftui: Pftui) -> None:
    import sys

    from .program import run

    before = pftui.store.read_bytes()
    script = ("/bin/sh", "-c", 'exec "$0" -m pftui keys create robot >&-')
    result = run(sys.executable, env=pftui.env, command=script)
    assert result.code == 2
    assert "Standard output is closed" in result.err
    assert pftui.store.read_bytes() == before


def test_a_name_outside_of_the_locale_is_a_sentence_or_an_escape(pftui: Pftui) -> None:
    pftui.ok("service-accounts", "create", "日本")
    latin = {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    result = pftui.program("service-accounts", "list", **latin)
    assert result.code == 1
    assert "UTF-8" in result.err
    assert "Traceback" not in result.err
    assert '"\\u65e5\\u672c"' in pftui.program("service-accounts", "list", "--json", **latin).out
