"""pftui as a stranger installs it: a wheel, and a virtual environment that holds it and what it asks for."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONSTRAINTS = ROOT / "constraints.txt"
_PATIENCE = 200  # seconds for pip; it takes some 30


def build_wheel(folder: Path) -> Path:
    """A wheel in `folder`, built from a copy of the sources, so that nothing of a former build gets in."""
    sources = folder / "sources"
    for name in ("src", "styles"):
        shutil.copytree(
            ROOT / name, sources / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
        )
    for name in ("pyproject.toml", "setup.py", "README.md"):
        shutil.copy(ROOT / name, sources)
    python(Path(sys.executable), "-m", "build", "--wheel", "--outdir", str(folder), str(sources))
    (built,) = folder.glob("*.whl")
    return built


def make_environment(folder: Path, *requirements: str) -> Path:
    """A virtual environment with what is asked for and no more; the folder of its programs."""
    python(Path(sys.executable), "-m", "venv", str(folder))
    programs = folder / "bin"
    install = ("-m", "pip", "install", "--quiet", "--constraint", str(CONSTRAINTS))
    python(programs / "python", *install, *requirements)
    return programs


def python(program: Path, *arguments: str) -> str:
    """What a Python program prints; it must end well."""
    done = subprocess.run(
        [program, *arguments],
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
        cwd=program.parent,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
