"""Requests a second with a key, against the same app with a check of the same kind that looks at nothing."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.databases import on_postgresql
from benchmarks.programs import BARE, environment
from benchmarks.stores import Store
from benchmarks.table import Row, Target, left_out, paired
from tests.peers.postgresql import free_port

ROUNDS, SECONDS, CONNECTIONS = 5, 1.0, 16
TARGET = Target("≥", 0.7)
# Given a descriptor, uvicorn takes it for no TCP, and leaves it to Nagle's algorithm and 40 ms.
UVICORN = ("uvicorn", "--port", "PORT", "--log-level", "warning", "--no-access-log")
GUNICORN = ("gunicorn", "--bind", "127.0.0.1:PORT", "--log-level", "warning", "--threads", "4")


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to check: the module in `apps/` with `checked` and `unchecked`, and its server, of one worker."""

    name: str
    module: str
    server: Sequence[str]


KINDS = (
    Kind("ASGI middleware", "asgi", UVICORN),
    Kind("FastAPI dependency", "of_fastapi", UVICORN),
    Kind("WSGI middleware", "wsgi", GUNICORN),
    Kind("Django REST framework", "of_django", GUNICORN),
)


@dataclass
class Load:
    """What came of some rounds: requests a second of each, and how long each request took, in ms."""

    rates: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    @property
    def p99(self) -> float:
        """The time that 99 of 100 requests stay within."""
        return sorted(self.times)[int(len(self.times) * 0.99)]


def requests(home: Path, store: Store) -> Iterator[Row]:
    """Each kind on SQLite, which is held to a target, then on PostgreSQL, which is reported."""
    for kind in KINDS:
        yield _row(kind, "SQLite", home, store.url, store.key.reveal(), TARGET)
    with on_postgresql() as other:
        for kind in KINDS:
            if other is None:
                yield left_out(_title(kind, "PostgreSQL"), "/s", None, "no PostgreSQL server here")
            else:
                yield _row(kind, "PostgreSQL", home, other.url, other.key.reveal(), None)


def _title(kind: Kind, database: str) -> str:
    return f"{kind.name} on {database} ÷ no-op check"


def _row(kind: Kind, database: str, home: Path, url: str, key: str, target: Target | None) -> Row:
    ours, theirs = Load(), Load()
    with _serving(kind, "checked", home, url) as here, _serving(kind, "unchecked", home, url) as there:
        _ask(here, key, 0.3, Load())
        _ask(there, key, 0.3, Load())
        for _ in range(ROUNDS):
            _ask(here, key, SECONDS, ours)
            _ask(there, key, SECONDS, theirs)
    note = f"p99 {ours.p99:.0f} ms, of the no-op {theirs.p99:.0f} ms; {CONNECTIONS} connections"
    return paired(_title(kind, database), ours.rates, theirs.rates, "/s", target, note)


@contextmanager
def _serving(kind: Kind, name: str, home: Path, url: str) -> Iterator[int]:
    """A server with one worker; gives its port."""
    port = free_port()
    program, *options = [each.replace("PORT", str(port)) for each in kind.server]
    environ = environment(BARE, home) | {"PFTUI_DATABASE_URL": url}
    command = [sys.executable, "-m", program, f"benchmarks.apps.{kind.module}:{name}", *options]
    process = subprocess.Popen(command, env=environ)
    try:
        _wait_for(process, port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    while process.poll() is None:
        with suppress(OSError):
            return socket.create_connection(("127.0.0.1", port)).close()
        time.sleep(0.05)
    raise RuntimeError("a server ended before it listened")


def _ask(port: int, key: str, seconds: float, load: Load) -> None:
    """Ask for so long over some connections that are kept."""
    begun = time.perf_counter()
    times = asyncio.run(_clients(port, key, begun + seconds))
    load.times += times
    load.rates.append(len(times) / (time.perf_counter() - begun))


async def _clients(port: int, key: str, end: float) -> list[float]:
    each = await asyncio.gather(*[_client(port, key, end) for _ in range(CONNECTIONS)])
    return [taken for times in each for taken in times]


async def _client(port: int, key: str, end: float) -> list[float]:
    request = f"GET / HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    times: list[float] = []
    while time.perf_counter() < end:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with suppress(asyncio.IncompleteReadError, ConnectionError):  # a server may end what it has kept
            while (begun := time.perf_counter()) < end:
                writer.write(request)
                await _answer(reader)
                times.append((time.perf_counter() - begun) * 1000)
        writer.close()
    return times


async def _answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"the server answered {head.partition(bytes([13]))[0]!r}")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    await reader.readexactly(length)
