"""Two real servers of one cluster: a primary, and a standby that streams from it and can take its place."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg

from tests.patience import PATIENCE
from tests.peers.postgresql import PostgreSQL

STANDBY = "near"
"""The standby's `cluster_name`, by which the primary knows it."""


class Replicated:
    """A primary and its standby, on two ports of this host; their maker must `stop()` them.

    Args:
        synchronous: whether the primary waits for the standby with each change.
        settings: of both, besides those that all have here.
    """

    def __init__(
        self, folder: Path, *, synchronous: bool = True, settings: Mapping[str, str] | None = None
    ) -> None:
        first, second = folder / "first", folder / "second"
        for each in (first, second):
            each.mkdir(mode=0o700)
        self.primary = PostgreSQL(
            first, settings={"wal_level": "replica", "max_wal_senders": "5", **(settings or {})}
        )
        self.standby = PostgreSQL(
            second, of=self.primary, settings={"cluster_name": STANDBY, **(settings or {})}
        )
        self._running = {self.primary, self.standby}
        self.wait_for(lambda: self.ask(self.primary, "SELECT count(*) FROM pg_stat_replication") == 1)
        if synchronous:
            self.synchronous(STANDBY)

    def synchronous(self, names: str) -> None:
        """Have the primary wait for these; for none where it is empty."""
        self.ask(self.primary, f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
        self.ask(self.primary, "SELECT pg_reload_conf()")
        self.wait_for(lambda: self.ask(self.primary, "SHOW synchronous_standby_names") == names)
        if names:
            state = "SELECT sync_state FROM pg_stat_replication"
            self.wait_for(lambda: self.ask(self.primary, state) == "sync")

    def url(self, database: str, *, primary_first: bool = True, options: str = "") -> str:
        """The URL of a database with both hosts in it, of which the one that can be written to is wanted."""
        ports = [self.primary.port, self.standby.port]
        hosts = "&".join(f"host=127.0.0.1:{port}" for port in (ports if primary_first else ports[::-1]))
        return f"postgresql://pftui@/{database}?{hosts}&target_session_attrs=read-write{options}"

    def make_database(self, name: str) -> None:
        """An empty one."""
        self.ask(self.primary, f'CREATE DATABASE "{name}"')

    def kill_primary(self) -> None:
        """End it at once, as a crash does."""
        self._end(self.primary)

    def promote(self) -> None:
        """Let the standby take the primary's place, which waits for nobody then."""
        self.standby.promote()

    def revive(self) -> None:
        """Start the old primary again, which takes itself for the primary still, and waits for nobody."""
        self.primary.start(synchronous_standby_names="")
        self._running.add(self.primary)

    def pause(self) -> None:
        """Have the standby apply nothing more, until `resume()`."""
        self.ask(self.standby, "SELECT pg_wal_replay_pause()")

    def resume(self) -> None:
        """Have the standby go on."""
        self.ask(self.standby, "SELECT pg_wal_replay_resume()")

    def wait_until_applied(self) -> None:
        """Until the standby has all that the primary has."""
        here = self.ask(self.primary, "SELECT pg_current_wal_lsn()::text")
        applied = f"SELECT pg_last_wal_replay_lsn() >= '{here}'"
        self.wait_for(lambda: self.ask(self.standby, applied) is True)

    def stop(self) -> None:
        """End what runs."""
        for server in list(self._running):
            self._end(server)

    def _end(self, server: PostgreSQL) -> None:
        self._running.discard(server)
        server.stop()

    @staticmethod
    def ask(server: PostgreSQL, query: str, database: str = "postgres") -> Any:
        """The first value of an answer."""
        url = server.url(database).replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            row = cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    @staticmethod
    def wait_for(condition: Callable[[], bool]) -> None:
        """Until something holds."""
        until = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < until
            time.sleep(0.05)
