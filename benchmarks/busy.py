"""What a console costs that nobody touches, while keys of its store are used all the time.

The console runs headless, in a process of its own: `python -m benchmarks.busy URL SECONDS` prints the seconds
of the processor that it took, once it was at rest.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from benchmarks import big
from benchmarks.stores import ADMIN_EMAIL, ADMIN_PASSWORD
from benchmarks.table import Row, Target, left_out
from pftui.domain.clock import to_microseconds, utc_now
from pftui.repositories.database.engine import connect, for_writing

SECONDS = 30.0
_USES_EVERY = 0.2  # seconds
_TARGET = Target("≤", 500, absolute=True)


def busy(_home: Path) -> Iterator[Row]:
    """At 100,000."""
    yield from consoles(big.SIZES[1])


def million(_home: Path) -> Iterator[Row]:
    """At 1,000,000."""
    yield from consoles(big.SIZES[2])


def consoles(accounts: int) -> Iterator[Row]:
    """A minute's milliseconds of a processor, on both databases; beside a store of which nothing is used."""
    yield _row("SQLite", accounts, f"sqlite:///{big.on_sqlite(accounts)}")
    with big.on_postgresql(accounts) as url:
        what = f"PostgreSQL, {accounts:,} accounts: a console while keys are in use, a minute"
        yield (
            left_out(what, "ms", None, "no server is installed")
            if url is None
            else _row("PostgreSQL", accounts, url)
        )


def _row(database: str, accounts: int, url: str) -> Row:
    idle = _spent(url)
    with _uses(url):
        taken = _spent(url)
    what = f"{database}, {accounts:,} accounts: a console while keys are in use, a minute"
    return Row(what, taken, "ms", idle, target=_TARGET, note="of a processor; baseline: nothing is used")


def _spent(url: str) -> float:
    """Milliseconds of a processor in a minute."""
    command = [sys.executable, "-m", "benchmarks.busy", url, str(SECONDS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1]) * 60_000 / SECONDS


@contextmanager
def _uses(url: str) -> Iterator[None]:
    """Somebody whose keys are used, some of them five times a second."""
    engine, over = connect(url), threading.Event()

    def use() -> None:
        with engine.connect() as connection:
            ids = list(connection.scalars(text("SELECT principal_id FROM api_keys LIMIT 500")))
        number = 0
        while not over.wait(_USES_EVERY):
            used = {"id": ids[number % len(ids)], "now": to_microseconds(utc_now())}
            number += 1
            with for_writing(engine).begin() as connection:
                for table, column in (("api_keys", "principal_id"), ("principals", "id")):
                    change = f"UPDATE {table} SET last_used_at = :now WHERE {column} = :id"
                    connection.execute(text(change), used)

    writer = threading.Thread(target=use)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()
        engine.dispose()


async def _watched(url: str, seconds: float) -> float:
    from pftui.app import PftuiApp
    from pftui.domain.secret import Secret
    from pftui.process.imports import look_through_seldom
    from pftui.screens.users.tab import UsersTab

    look_through_seldom()  # as `pftui` does
    app = PftuiApp(url, clock=utc_now, theme="pftui-dark")
    async with app.run_test(size=(120, 40)) as pilot:
        app.enter(await app.sign_in(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)))
        await asyncio.sleep(3)
        assert app.shell is not None
        assert app.shell.query_one(UsersTab).table.row is not None
        await pilot.pause()
        begun = time.process_time()
        await asyncio.sleep(seconds)
        return time.process_time() - begun


if __name__ == "__main__":
    sys.stdout.write(f"{asyncio.run(_watched(sys.argv[1], float(sys.argv[2])))}\n")
