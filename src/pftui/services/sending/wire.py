"""Connections as the HTTP client gets them: to addresses that were checked, and ended by a deadline.

The client's own time-outs are for each read, so that a receiver that sends a byte a second keeps it for
ever. A name is looked up once for each connection, here, and what was checked is what is connected to:
there is no second look at which a name server could say something else. TLS goes on to verify the name.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

import httpcore2

from pftui.domain.addresses import Network, why_not

Resolver = Callable[[str, int], Sequence[str]]
"""All addresses of a name, as text; raises OSError where there are none."""

# So small that one is sent whole, or not at all, once the system says that there is room: none can be
# dragged out.
_PIECE = 4096


class NoAddress(Exception):
    """A name has no address."""


class NotAllowed(Exception):
    """A name has an address that may not be connected to; `why` says what it is."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(address, why)
        self.address = address
        self.why = why


class Deadline:
    """When all of a request must be over."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._end = 0.0

    def begin(self, seconds: float) -> None:
        """Let it be so many seconds from now."""
        self._end = self._clock() + seconds

    def left(self) -> float:
        """The seconds until then.

        Raises:
            httpcore2.TimeoutException: it is past.
        """
        left = self._end - self._clock()
        if left <= 0:
            raise httpcore2.TimeoutException("the time is over")
        return left


def system_addresses(host: str, port: int) -> list[str]:
    """All addresses of a name, by the system's resolver, in the order of its preference (RFC 6724)."""
    # As bytes, since for a text Python would look whether it is a name of another script.
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Backend(httpcore2.NetworkBackend):
    """What one line of the exchange connects by.

    `connected` tells whether the request under way had to connect, and `heard` how many bytes it got.
    """

    def __init__(
        self, resolve: Resolver, deadline: Deadline, allowed: Iterable[Network], *, check: bool
    ) -> None:
        self._resolve = resolve
        self._allowed = tuple(allowed)
        self._check = check
        self._plain = httpcore2.SyncBackend()
        self.deadline = deadline
        self.connected = False
        self.heard = 0

    def begin(self, seconds: float) -> None:
        """A request begins, which may take so many seconds."""
        self.deadline.begin(seconds)
        self.connected = False
        self.heard = 0

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to the first address of a host that takes one, if none of them is forbidden.

        Raises:
            NoAddress: the name has none.
            NotAllowed: one of them may not be connected to, whether it would be the first or the last.
        """
        self.connected = True
        addresses = self._addresses(host.strip("[]"), port)
        for number, address in enumerate(addresses):
            # One that swallows all it is sent leaves time for the others.
            share = self.deadline.left() / (len(addresses) - number)
            try:
                stream = self._plain.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if number == len(addresses) - 1:
                    raise
            else:
                return Stream(stream, self)
        raise NoAddress

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        addresses = [host] if _is_address(host) else self._looked_up(host, port)
        for address in addresses if self._check else ():
            if why := why_not(address, self._allowed):
                raise NotAllowed(address, why)
        return addresses

    def _looked_up(self, host: str, port: int) -> Sequence[str]:
        """By a thread that is left behind where the resolver takes longer than there is time for."""
        found: SimpleQueue[Sequence[str] | None] = SimpleQueue()

        def look() -> None:
            addresses = None
            with suppress(OSError, UnicodeError):
                addresses = self._resolve(host, port)
            found.put(addresses)

        threading.Thread(target=look, name="pftui-resolver", daemon=True).start()
        try:
            addresses = found.get(timeout=self.deadline.left())
        except Empty:
            raise httpcore2.ConnectTimeout("the name was not looked up in time") from None
        if not addresses:
            raise NoAddress
        return addresses


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class Stream(httpcore2.NetworkStream):
    """A connection whose every step ends by the deadline of the request that it serves."""

    def __init__(self, inner: httpcore2.NetworkStream, backend: Backend) -> None:
        self._inner = inner
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come; empty where the other side has closed."""
        data = self._inner.read(max_bytes, self._backend.deadline.left())
        self._backend.heard += len(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it."""
        for at in range(0, len(buffer), _PIECE):
            self._inner.write(buffer[at : at + _PIECE], self._backend.deadline.left())

    def close(self) -> None:
        """End it."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """The same connection, encrypted, once `server_hostname` was verified."""
        left = self._backend.deadline.left()
        return Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._backend)

    def get_extra_info(self, info: str) -> Any:
        """What the HTTP client asks of the socket."""
        return self._inner.get_extra_info(info)
