"""The examples in Python as type checkers read them: mypy and basedpyright, both at their strict."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mypy import api

from tests.documentation.blocks import ROOT, blocks

PAGES = ["README.md", "docs/verification.md", "docs/admin-client.md"]
#: Frameworks that come without types: what is theirs is not checked.
UNTYPED = ("rest_framework", "django")
pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All examples, a file each. What a test of its own does not give them they are given: `key`."""
    made = tmp_path_factory.mktemp("examples")
    for page in PAGES:
        for block in blocks(page):
            if block.language == "python":
                given = "" if block.tried_by else 'key: str = "of the reader\'s"\n'
                name = f"{Path(page).stem.replace('-', '_').lower()}_{block.line}.py"
                (made / name).write_text(given + block.text)
    return made


def untyped(path: Path) -> bool:
    return any(f"from {name}" in path.read_text() for name in UNTYPED)


def test_there_are_some(folder: Path) -> None:
    assert len(list(folder.glob("*.py"))) >= 12


def test_mypy(folder: Path) -> None:
    (folder / "mypy.ini").write_text(
        f"[mypy]\nstrict = True\nmypy_path = {ROOT / 'src'}\nfollow_imports = silent\n"
        "disallow_subclassing_any = False\n"
        + "".join(f"[mypy-{name}.*]\nignore_missing_imports = True\n" for name in UNTYPED)
    )
    files = [str(path) for path in sorted(folder.glob("*.py"))]
    out, err, code = api.run(["--config-file", str(folder / "mypy.ini"), *files])
    assert code == 0, out + err


def test_basedpyright(folder: Path) -> None:
    settings = {"extraPaths": [str(ROOT / "src")], "typeCheckingMode": "strict", "failOnWarnings": True}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings))
    for path in filter(untyped, folder.glob("*.py")):
        path.write_text(f"# pyright: standard, reportMissingTypeStubs=false\n{path.read_text()}")
    program = str(Path(sys.executable).parent / "basedpyright")
    done = subprocess.run(
        [program, "--project", str(folder), "--pythonpath", sys.executable], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_mistake_does_not_pass(folder: Path, tmp_path: Path) -> None:
    """So that the checkers are seen to look into pftui at all."""
    text = 'from pftui import Verifier\n\nVerifier().verify("key", team="red-team", permission="run_scnas")\n'
    (tmp_path / "wrong.py").write_text(text)
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"extraPaths": [str(ROOT / "src")]}))
    program = str(Path(sys.executable).parent / "basedpyright")
    command = [program, "--project", str(tmp_path), "--level", "error", "--pythonpath", sys.executable]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "run_scnas" in done.stdout
