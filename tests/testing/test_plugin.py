"""The pytest plugin, as a developer's own tests load it: in a process of its own."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

import pftui
from pftui.testing import plugin
from tests.commands.program import environment
from tests.commands.test_import_hygiene import heavy
from tests.documentation.blocks import blocks

SOURCES = Path(pftui.__file__).parent


def pytest_run(folder: Path, program: str, **environ: str) -> str:
    """What pytest prints of a test file; fails where a test of it does."""
    (folder / "test_own.py").write_text(program)
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "test_own.py"]
    env = environment(folder, **environ)
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_pytest_finds_the_plugin_by_its_entry_point() -> None:
    [found] = [each for each in entry_points(group="pytest11") if each.name == "pftui"]
    assert found.load() is plugin


def test_it_holds_fixtures_and_nothing_else() -> None:
    tree = ast.parse(Path(plugin.__file__).read_text())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert {ast.unparse(each.decorator_list[0]).partition("(")[0] for each in functions} == {"pytest.fixture"}
    others = {type(node) for node in tree.body} - {ast.FunctionDef, ast.Import, ast.ImportFrom}
    assert others == {ast.Expr, ast.If}  # the docstring, and what is imported for types


def test_a_run_that_asks_for_no_fixture_imports_nothing_of_pftui_but_the_plugin(tmp_path: Path) -> None:
    program = "import json, sys\ndef test_it():\n    print('MODULES', json.dumps(sorted(sys.modules)), '')\n"
    modules = set(json.loads(pytest_run(tmp_path, program).partition("MODULES ")[2].partition(" \n")[0]))
    ours = {name for name in modules if name.partition(".")[0] == "pftui"}
    assert ours == {"pftui", "pftui.version", "pftui.testing", "pftui.testing.plugin"}
    assert not {"sqlalchemy", "argon2", "alembic"} & heavy(modules)  # others' plugins may bring the rest


USES = """
from pftui import Verifier

IDS = set()


def test_an_organization(organization):
    key = organization.key(team="red-team", role="CI Runner")
    with Verifier(organization.url) as verifier:
        assert verifier.verify(key, team="red-team", permission="run_scans")
        organization.revoke(key)
        assert verifier.verify(key).reason == "revoked"
    IDS.add(organization.path)


def test_another(organization):
    assert organization.path not in IDS
    key = organization.key(team="red-team", role="Viewer")
    with Verifier(organization.url) as verifier:
        organization.disable(key)
        assert verifier.verify(key).reason == "disabled"


def test_a_fake(fake_verifier):
    assert fake_verifier.verify(fake_verifier.key(global_admin=True))


def test_a_fake_for_loops(fake_async_verifier):
    assert fake_async_verifier.key()
"""


def test_a_developers_tests_use_the_fixtures(tmp_path: Path) -> None:
    assert "4 passed" in pytest_run(tmp_path, USES)


def test_the_documented_tests_pass(tmp_path: Path) -> None:
    own = "tests/testing/test_plugin.py"
    [block] = [block for block in blocks("docs/verification.md") if block.tried_by == own]
    assert "2 passed" in pytest_run(tmp_path, block.text)


def test_nothing_else_in_pftui_names_it_not_even_by_a_lazy_import() -> None:
    for path in SOURCES.rglob("*.py"):
        if "testing" not in path.relative_to(SOURCES).parts:
            assert "pftui.testing" not in path.read_text(), path


def test_it_reads_no_variable_of_the_environment() -> None:
    for path in (SOURCES / "testing").glob("*.py"):
        assert not {"environ", "getenv"} & set(path.read_text().replace(".", " ").split()), path


@pytest.mark.parametrize("url", ["fake://", "sqlite+fake:///x", "testing://", "fake"])
def test_no_url_leads_to_a_fake(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(pftui.PftuiError):
        pftui.Verifier(url)
