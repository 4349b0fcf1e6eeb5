"""The wheel, installed into a fresh virtual environment: all that the console needs is in it."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from tests.commands.program import environment, run
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.installed import ROOT, build_wheel, make_environment, python
from tests.terminal.harness import Terminal


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a virtual environment that holds the wheel and what it asks for, no more."""
    return make_environment(tmp_path_factory.mktemp("environment") / "venv", str(wheel))


@pytest.mark.timeout(600)
def test_everything_of_the_sources_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("pftui/")}
    modules = {str(path.relative_to(ROOT / "src")) for path in (ROOT / "src" / "pftui").rglob("*.py")}
    stylesheets = {f"pftui/styles/{path.name}" for path in (ROOT / "styles").glob("*.tcss")}
    assert len(stylesheets) > 1
    assert modules | stylesheets <= packed
    ours = {name.removeprefix("pftui/testing/") for name in packed}
    assert not [name for name in ours if "test" in name or name.endswith(".db")]


@pytest.mark.timeout(600)
def test_the_installed_program_starts_from_the_wheel_alone(installed: Path, tmp_path: Path) -> None:
    found = python(
        installed / "python",
        "-Ic",
        "from importlib.resources import files\n"
        "import pftui\n"
        "print(pftui.__file__, (files('pftui.styles') / 'app.tcss').read_text().strip() != '')",
    )
    module, styled = found.split()
    assert Path(module).is_relative_to(installed.parent)
    assert styled == "True"

    store = tmp_path / "data" / "pftui.db"
    environ = environment(tmp_path, PFTUI_DATABASE_URL=str(store), PATH=os.defpath)
    program = [str(installed / "pftui")]
    version = run("--version", env=environ, command=program, cwd=tmp_path)
    assert (version.code, version.out.split()[0], version.err) == (0, "pftui", "")
    made = run(
        "init", "--org", "Acme Corp", "--name", "Alice Ng", "--email", ADMIN_EMAIL, "--password-file", "-",
        env=environ, command=program, cwd=tmp_path, stdin=ADMIN_PASSWORD.encode(),
    )  # fmt: skip
    assert made.code == 0, made
    verified = run("verify", "--json", env=environ, command=program, cwd=tmp_path, stdin=b"nonsense")
    assert (verified.code, '"malformed"' in verified.out) == (1, True), verified

    with Terminal(program, environ, (100, 30), tmp_path) as terminal:
        terminal.wait_for(lambda: "Sign in" in terminal.text)
        terminal.type(f"{ADMIN_EMAIL}\t{ADMIN_PASSWORD}\r")
        terminal.wait_for(lambda: "1 account" in terminal.text)
        assert "Alice Ng" in terminal.text
        terminal.type("\x11")
        assert terminal.ended() == 0
