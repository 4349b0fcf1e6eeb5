"""A proxy on this host: it forwards what it is sent whole, and tunnels to what it is asked for by CONNECT."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress

from tests.patience import PATIENCE
from tests.peers.receiver import Connection, Received


class Forwarding:
    """A receiver's conduct. Names are where `ports` says: at that port of this host."""

    def __init__(self, ports: Mapping[str, int], refused: int | None = None) -> None:
        self._ports = ports
        self._refused = refused
        self.asked: list[Received] = []

    def __call__(self, connection: Connection) -> None:
        while (request := connection.request()) is not None:
            self.asked.append(request)
            self._pass_on(connection, request)

    def _pass_on(self, connection: Connection, request: Received) -> None:
        if self._refused:
            connection.answer(self._refused, b"not through me")
        elif request.line.startswith("CONNECT "):
            host = request.line.split()[1].rpartition(":")[0]
            with socket.create_connection(("127.0.0.1", self._ports[host]), PATIENCE) as other:
                connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
                threading.Thread(target=_pump, args=(connection.socket, other), daemon=True).start()
                _pump(other, connection.socket)
        else:
            connection.answer(202, b"forwarded")


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
