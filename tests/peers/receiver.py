"""A receiver of webhooks on this host, as the documents tell receivers to be, or as they must not be.

What it does with a connection is a `Conduct`, a function that gets the connection.
"""

from __future__ import annotations

import hashlib
import hmac
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from pftui.domain.secret import Secret
from tests.patience import PATIENCE
from tests.peers.tls import Certificate


@dataclass(frozen=True)
class Received:
    """A request: `headers` by their names in lower case, `body` its bytes as they came."""

    line: str
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """What a conduct does things with."""

    def __init__(self, plain: socket.socket) -> None:
        self.socket = plain
        self._file = plain.makefile("rb")

    def request(self) -> Received | None:
        """The next request; None where the sender has closed, or ended in the middle of it."""
        line = self._file.readline()
        if not line:
            return None
        headers = {}
        while (header := self._file.readline()) != b"\r\n":
            if not header:
                return None
            name, _, value = header.decode("ascii").partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        body = self._file.read(length)
        if len(body) < length:
            return None
        return Received(line.decode("ascii").strip(), headers, body)

    def send(self, raw: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(raw)

    def answer(self, status: int, text: bytes = b"", *headers: str) -> None:
        """A whole answer of HTTP."""
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(text)}", *headers, "", ""]
        self.send("\r\n".join(lines).encode() + text)


Conduct = Callable[[Connection], None]


class Receiver:
    """Listens on a free port of this host until the end of its `with`.

    With `certificate` it speaks TLS. Every request that a conduct has read is in `received`.
    """

    def __init__(
        self, conduct: Conduct, certificate: Certificate | None = None, host: str = "127.0.0.1"
    ) -> None:
        self._conduct = conduct
        self.context: ssl.SSLContext | None = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate.file, certificate.key)
            self.context.sni_callback = self._asked
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self.names: list[str | None] = []
        """What clients asked for by SNI."""
        self._sockets: list[socket.socket] = []

    def _asked(self, _socket: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        self.names.append(name)

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            accepted.settimeout(PATIENCE)
            self.connections += 1
            self._sockets.append(accepted)
            threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, accepted: socket.socket) -> None:
        with suppress(OSError):
            if self.context:
                accepted = self.context.wrap_socket(accepted, server_side=True)
                self._sockets.append(accepted)
            with accepted:
                self._conduct(Connection(accepted))


class Documented:
    """Looks at the raw body, compares in constant time, and takes what its secret has signed: 200 or 401."""

    def __init__(self, secret: Secret, header: str = "x-promptfoo-signature") -> None:
        self._secret = secret
        self._header = header
        self.received: list[Received] = []

    def __call__(self, connection: Connection) -> None:
        while (request := connection.request()) is not None:
            self.received.append(request)
            expected = hmac.new(self._secret.reveal().encode(), request.body, hashlib.sha256).hexdigest()
            if hmac.compare_digest(expected, request.headers.get(self._header, "")):
                connection.answer(200, b"Webhook received")
            else:
                connection.answer(401, b"Invalid signature")


def answering(status: int, text: bytes = b"", *headers: str) -> Conduct:
    """Reads each request, and gives it this answer."""

    def conduct(connection: Connection) -> None:
        while connection.request() is not None:
            connection.answer(status, text, *headers)

    return conduct
