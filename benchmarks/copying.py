"""`pftui db copy` of a big store, from SQLite to PostgreSQL and back: how long, and in how much memory."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import big
from benchmarks.large import MEASURED
from benchmarks.table import Row, Target, left_out
from tests.peers.postgresql import PostgreSQL, binaries
from tests.terminal.harness import clean_environment

FEW, MANY, _ = big.SIZES


def copies(home: Path) -> Iterator[Row]:
    """Of 100,000 accounts, beside 1,000."""
    if binaries() is None:
        yield left_out(f"db copy of {MANY:,} accounts", "ms", None, "no server is installed")
        return
    few, many = (_both_ways(home, accounts) for accounts in (FEW, MANY))
    for way, (taken, memory) in many.items():
        what = f"db copy of {MANY:,} accounts ÷ {FEW:,}, {way}"
        yield Row(what, taken, "ms", few[way][0], note="compared and its trail checked, too")
        yield Row(f"{what}: memory", memory, "MB", few[way][1], target=Target("≤", 1.5))


def _both_ways(home: Path, accounts: int) -> dict[str, tuple[float, float]]:
    """Milliseconds, and the most megabytes of the process."""
    source = big.copy_on_sqlite(accounts, home)
    back = home / f"back-{accounts}"
    back.mkdir(mode=0o700)
    with TemporaryDirectory(prefix="pftui-postgresql-") as folder:
        server = PostgreSQL(Path(folder))
        try:
            url = server.url("postgres")
            return {
                "SQLite to PostgreSQL": _copy(home, str(source), url),
                "PostgreSQL to SQLite": _copy(home, url, str(back / "pftui.db")),
            }
        finally:
            server.stop()


def _copy(home: Path, source: str, target: str) -> tuple[float, float]:
    program = [sys.executable, "-c", MEASURED, "db", "copy", "--from", source, "--to", target]
    begun = time.perf_counter()
    done = subprocess.run(
        program, env=clean_environment(HOME=str(home)), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return (time.perf_counter() - begun) * 1000, float(done.stderr.split()[-1])
