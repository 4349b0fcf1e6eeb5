"""A relay between a client and a PostgreSQL server that falls silent, or loses an answer, when it is told.

It reads the client's messages (https://www.postgresql.org/docs/current/protocol-message-formats.html), of a
connection without TLS, and hands the server's answers on as they come. Whatever it does, it goes on to take
what it is sent: TCP sees a host that is well.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Self

_REQUESTS = frozenset({80877102, 80877103, 80877104})  # cancel, TLS, GSS: of eight or sixteen bytes, typeless

COMMIT = b"COMMIT\0"
"""The message of a commit: a text ends with a zero byte, which `READ COMMITTED` does not have there."""


class Fate(Enum):
    """What becomes of a connection at a message of the client."""

    SILENT_BEFORE = "the message is swallowed, and nothing is answered any more"
    SILENT_AFTER = "the message goes on to the server, whose answer is swallowed as all others"
    CUT_BEFORE = "the message is swallowed, and the client's connection is closed; the server's stays open"
    CUT_AFTER = "the message goes on to the server, and when it has answered, both connections are closed"


@dataclass
class _Plan:
    words: bytes
    fate: Fate
    unreachable: bool


class Relay:
    """Listens on a free port of this host until the end of its `with`."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._plan: _Plan | None = None
        self._silent = threading.Event()
        self._sockets: list[socket.socket] = []
        self.happened = threading.Event()
        """Whether what was planned has come about."""

    def at(self, words: bytes, fate: Fate, *, unreachable: bool = False) -> None:
        """Plan what becomes of the next connection that sends a message with these words, once.

        With `unreachable` the server is not reached any more from then on, by anybody, until `heal()`.
        """
        self.happened.clear()
        self._plan = _Plan(words, fate, unreachable)

    def fall_silent(self) -> None:
        """Swallow everything, of all connections there are and will be, until `heal()`."""
        self._silent.set()

    def heal(self) -> None:
        """Serve new connections again. Those that were silenced stay so."""
        self._plan = None
        self._silent.clear()

    def url(self, url: str) -> str:
        """The URL of a database by way of the relay."""
        before, _, after = url.partition("@127.0.0.1:")
        return f"{before}@127.0.0.1:{self.port}/{after.partition('/')[2]}"

    def __enter__(self) -> Self:
        self._start(self._listen)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for each in (self._listener, *self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    @staticmethod
    def _start(run: Callable[[], None]) -> None:
        threading.Thread(target=run, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            self._sockets += [client, server]
            pair = _Pair(self, client, server)
            self._start(pair.answers)
            self._start(pair.asks)

    def fate_of(self, message: bytes) -> Fate | None:
        """What is planned for a message, which is thereby done."""
        plan = self._plan
        if plan is None or plan.words not in message:
            return None
        self._plan = None
        if plan.unreachable:
            self._silent.set()
        return plan.fate

    @property
    def silent(self) -> bool:
        """Whether nobody is served."""
        return self._silent.is_set()


class _Pair:
    """One connection of a client, and the one to the server that goes with it."""

    def __init__(self, relay: Relay, client: socket.socket, server: socket.socket) -> None:
        self._relay, self._client, self._server = relay, client, server
        self._silenced = False
        self._cut_at_answer = False

    def asks(self) -> None:
        """Hand the client's messages on, one after another."""
        with suppress(OSError, EOFError):
            self._begin()
            while True:
                head = self._read(5)
                message = head + self._read(int.from_bytes(head[1:5], "big") - 4)
                if not self._hand_on(message):
                    self._swallow()
                    return
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)

    def _begin(self) -> None:
        while True:
            length = self._read(4)
            message = length + self._read(int.from_bytes(length, "big") - 4)
            if not self._hand_on(message):
                self._swallow()
                raise EOFError
            if int.from_bytes(message[4:8], "big") not in _REQUESTS:
                return

    def _hand_on(self, message: bytes) -> bool:
        """Whether the client's next messages are heard."""
        if self._relay.silent:
            self._silenced = True
            return False
        fate = self._relay.fate_of(message)
        self._silenced = fate in (Fate.SILENT_BEFORE, Fate.SILENT_AFTER, Fate.CUT_BEFORE)
        self._cut_at_answer = fate is Fate.CUT_AFTER
        if fate not in (Fate.SILENT_BEFORE, Fate.CUT_BEFORE):
            self._server.sendall(message)
        if fate is Fate.CUT_BEFORE:
            self._client.shutdown(socket.SHUT_RDWR)
        if fate is not None and fate is not Fate.CUT_AFTER:
            self._relay.happened.set()
        return not self._silenced

    def answers(self) -> None:
        """Hand the server's answers on, as long as they are to be heard."""
        with suppress(OSError):
            while answer := self._server.recv(65536):
                if self._cut_at_answer:
                    self._relay.happened.set()
                    break
                if not self._silenced and not self._relay.silent:
                    self._client.sendall(answer)
            if not self._silenced:
                self._client.shutdown(socket.SHUT_RDWR)

    def _swallow(self) -> None:
        """Take what comes; the server's end stays open, as that of a network which is gone."""
        while self._client.recv(65536):
            pass

    def _read(self, length: int) -> bytes:
        found = b""
        while len(found) < length:
            more = self._client.recv(length - len(found))
            if not more:
                raise EOFError
            found += more
        return found
