"""The verifier beside the libraries that developers use for this: one run, one key each, a process each."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.contestants import CONTESTANTS
from benchmarks.databases import on_postgresql
from benchmarks.programs import BARE, environment
from benchmarks.table import Row, left_out

#: The packages of the dependency group `compare` that each needs.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "keyshield": ("keyshield", "aiosqlite"),
    "keyshield with its cache": ("keyshield", "aiosqlite", "aiocache"),
    "djangorestframework-api-key": ("djangorestframework-api-key",),
    "PyJWT, RS256": ("pyjwt", "cryptography"),
}


def libraries(home: Path) -> Iterator[Row]:
    """Each of them that is installed."""
    with on_postgresql() as server:
        for name in CONTESTANTS:
            missing = _missing(name)
            if missing:
                reason = f"not installed: {', '.join(missing)} (pip install --group compare)"
                yield left_out(f"side by side: {name}", "/s", None, reason)
            elif "PostgreSQL" in name and server is None:
                yield left_out(f"side by side: {name}", "/s", None, "no PostgreSQL server here")
            else:
                given = f"{server.url} {server.key.reveal()}" if server is not None else ""
                yield _row(name, home, given)


def _missing(name: str) -> list[str]:
    return [package for package in NEEDS.get(name, ()) if not _installed(package)]


def _installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def _row(name: str, home: Path, given: str) -> Row:
    with TemporaryDirectory(dir=home) as folder:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.contestants", name, folder],
            env=environment(BARE, home),
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it failed"])[-1]
        return left_out(f"side by side: {name}", "/s", None, last[:120])
    told = json.loads(done.stdout)
    held = "holds" if told["holds"] else "does not hold"
    note = (
        f"first answer {told['first']:,.1f} ms, then {told['p50']:,.3f} ms; "
        f"a revocation {held} at the next call"
    )
    return Row(f"side by side: {name}", told["rate"], "/s", note=note)
