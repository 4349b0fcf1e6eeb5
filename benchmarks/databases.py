"""A store on PostgreSQL to measure on, where there is a server to start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.stores import fill
from pftui.domain.secret import Secret
from tests.peers.postgresql import PostgreSQL, binaries


@dataclass(frozen=True, slots=True)
class Served:
    """A store on a server, with what `Store` has on SQLite."""

    url: str
    key: Secret = field(repr=False)


@contextmanager
def on_postgresql() -> Iterator[Served | None]:
    """A server of its own with one store; None where none is installed."""
    if binaries() is None:
        yield None
        return
    with TemporaryDirectory(prefix="pftui-postgresql-") as folder:
        server = PostgreSQL(Path(folder))
        try:
            url = server.url("postgres")
            yield Served(url, fill(url))
        finally:
            server.stop()
