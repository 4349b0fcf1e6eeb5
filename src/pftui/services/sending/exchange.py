"""Requests and answers, over connections that are kept for the next request to the same receiver."""

from __future__ import annotations

import os
import ssl
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpcore2

from pftui.domain.addresses import Network
from pftui.domain.endpoints import Endpoint
from pftui.services.sending.answer import MOST_READ, Answer, Outcome, SendRequest, as_text
from pftui.services.sending.payload import headers_of
from pftui.services.sending.wire import Backend, Deadline, NoAddress, NotAllowed, Resolver, system_addresses

_KEPT_FOR = 4.0
"""Seconds for which a connection waits for the next request: less than the 5 s after which many servers end
it."""
_OLDEST = 60.0
"""Seconds after which a connection is not used again, so that a name that has moved is looked up."""

_NO_AUTHORITIES = (
    "The certificates of the authorities could not be read: nothing was sent. See what SSL_CERT_FILE names."
)

_FAILURES = (
    NoAddress,
    NotAllowed,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
    httpcore2.TimeoutException,
)


@dataclass(frozen=True, slots=True)
class _Route:
    """What a connection can be used for again: with other networks allowed, its address is looked at
    again."""

    scheme: str
    host: str
    port: int
    proxy: Endpoint | None
    allowed: tuple[Network, ...]


@dataclass(slots=True)
class _Line:
    """One connection, and what it is made by."""

    pool: httpcore2.ConnectionPool
    backend: Backend
    made: float
    rested: float


class Exchange:
    """Posts deliveries. Used by any number of threads, each of which has a connection to itself meanwhile.

    Args:
        limit: seconds that all of a request may take, from the look-up of the name to the answer's last byte.
        clock: monotonic seconds.
    """

    def __init__(self, limit: float, resolve: Resolver | None, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._resolve = resolve or system_addresses
        self._clock = clock
        self._lock = threading.Lock()
        self._idle: defaultdict[_Route, list[_Line]] = defaultdict(list)
        self._context: ssl.SSLContext | None = None

    def send(self, request: SendRequest, endpoint: Endpoint, proxy: Endpoint | None) -> Answer:
        """Post a delivery, and tell what came of it."""
        begun = self._clock()
        route = _Route(endpoint.scheme, endpoint.host, endpoint.port, proxy, request.allowed)
        headers = headers_of(
            request.body,
            webhook_id=request.webhook_id,
            event_id=request.event_id,
            secret=request.secret,
            previous=request.previous,
        )
        status, raw = None, b""
        while True:
            try:
                line, reused = self._line(route)
            except OSError:
                outcome, sentence = Outcome.TLS, _NO_AUTHORITIES
                break
            line.backend.begin(self._limit - (self._clock() - begun))
            try:
                status, raw = _post(line.pool, endpoint, headers, request.body)
            except _FAILURES as error:
                line.pool.close()
                if reused and _was_closed(error, line.backend):
                    continue  # by the receiver, while it was idle
                outcome, sentence = _failure(error, endpoint, proxy, self._limit, line.backend.heard)
            else:
                self._rest(route, line)
                outcome, sentence = _said(status, endpoint)
            break
        return Answer(outcome, sentence, self._clock() - begun, status, as_text(raw))

    def close(self) -> None:
        """End all connections that no request uses now."""
        with self._lock:
            lines = [line for lines in self._idle.values() for line in lines]
            self._idle.clear()
        for line in lines:
            line.pool.close()

    def _line(self, route: _Route) -> tuple[_Line, bool]:
        """A connection, and whether it has been used before."""
        now = self._clock()
        with self._lock:
            lines = self._idle.get(route)
            line = lines.pop() if lines else None
        if line is not None:
            if now - line.made < _OLDEST:
                return line, True
            line.pool.close()
        backend = Backend(self._resolve, Deadline(self._clock), route.allowed, check=route.proxy is None)
        pool = httpcore2.ConnectionPool(
            ssl_context=self._tls() if route.scheme == "https" else None,
            proxy=httpcore2.Proxy(f"http://{_authority(route.proxy)}") if route.proxy else None,
            max_connections=1,
            keepalive_expiry=_KEPT_FOR,
            network_backend=backend,
        )
        return _Line(pool, backend, now, now), False

    def _rest(self, route: _Route, line: _Line) -> None:
        """Keep a connection for the next request, and end those that have waited long enough."""
        line.rested = now = self._clock()
        stale = []
        with self._lock:
            self._idle[route].append(line)
            for other, lines in list(self._idle.items()):
                stale += [each for each in lines if now - each.rested > _KEPT_FOR]
                fresh = [each for each in lines if now - each.rested <= _KEPT_FOR]
                if fresh:
                    self._idle[other] = fresh
                else:
                    del self._idle[other]
        for each in stale:
            each.pool.close()

    def _tls(self) -> ssl.SSLContext:
        """By the system's authorities, or those that SSL_CERT_FILE or SSL_CERT_DIR names.

        Raises:
            OSError: they cannot be read.
        """
        with self._lock:
            if self._context is None:
                self._context = httpcore2.default_ssl_context()
            return self._context


def _authority(endpoint: Endpoint) -> str:
    return f"{endpoint.url_host}:{endpoint.port}"


def _post(
    pool: httpcore2.ConnectionPool,
    endpoint: Endpoint,
    headers: Mapping[str, str],
    body: bytes,
) -> tuple[int, bytes]:
    """The status and the beginning of the answer, which may be cut short: the status is what counts."""
    url = httpcore2.URL(
        scheme=endpoint.scheme, host=endpoint.url_host, port=endpoint.port, target=endpoint.target
    )
    name = {"sni_hostname": endpoint.host}
    with pool.stream("POST", url, headers=[*headers.items()], content=body, extensions=name) as response:
        read = bytearray()
        try:
            for chunk in response.iter_stream():
                read += chunk
                if len(read) > MOST_READ:
                    break
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException):
            pass  # the receiver has said what it does with the delivery
        return response.status, bytes(read[:MOST_READ])


def _was_closed(error: Exception, backend: Backend) -> bool:
    """Whether a connection that was kept had ended before this request began.

    Its receiver knows a repeat by the event's id, should it have read the request after all (RFC 9110,
    9.2.2).
    """
    closed = isinstance(error, httpcore2.ReadError | httpcore2.WriteError | httpcore2.RemoteProtocolError)
    return closed and not backend.connected and not backend.heard


def _said(status: int, endpoint: Endpoint) -> tuple[Outcome, str]:
    if 200 <= status < 300:
        return Outcome.DELIVERED, ""
    if 300 <= status < 400:
        return Outcome.REDIRECT, (
            f"{endpoint.place} answered {status}, a redirect, and those are not followed: give the webhook "
            "the URL that it leads to."
        )
    return Outcome.STATUS, f"{endpoint.place} answered {status}: it did not take the event."


def _failure(
    error: Exception, endpoint: Endpoint, proxy: Endpoint | None, limit: float, heard: int
) -> tuple[Outcome, str]:
    """The kind of a failure, and a sentence that holds nothing of the request and nothing that was
    received."""
    place, cause = endpoint.place, error.args[0] if error.args else None
    if isinstance(error, NotAllowed):
        return Outcome.ADDRESS, (
            f"{place} is at {error.address}, {error.why}: nothing was sent. Where that is meant, allow its "
            "network in the organization's settings."
        )
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            Outcome.TLS,
            f"The certificate of {place} was not accepted: {cause.verify_message}. Nothing was sent.",
        )
    if isinstance(cause, ssl.SSLError):
        return Outcome.TLS, f"{place} and this host could not agree on encryption by TLS: nothing was sent."
    if isinstance(error, httpcore2.ProxyError):
        said = str(cause)[:3]
        return Outcome.PROXY, f"The proxy {_name_of(proxy)} did not connect to {place}: it answered {said}."
    if isinstance(error, httpcore2.ConnectTimeout):
        return Outcome.TIMEOUT, f"{place} could not be connected to within {limit:g} s: nothing was sent."
    if isinstance(error, httpcore2.TimeoutException):
        return Outcome.TIMEOUT, f"{place} did not answer within {limit:g} s."
    if isinstance(error, NoAddress | httpcore2.ConnectError):
        return _unreachable(error, cause, endpoint, proxy)
    if heard:
        return Outcome.NOT_HTTP, f"What {place} answered is not a whole answer of HTTP."
    return Outcome.CONNECTION, f"{place} closed the connection without an answer."


def _unreachable(
    error: Exception, cause: object, endpoint: Endpoint, proxy: Endpoint | None
) -> tuple[Outcome, str]:
    place = f"The proxy {proxy.place}" if proxy else endpoint.place
    if isinstance(error, NoAddress):
        outcome, why = Outcome.NAME, f"No address was found for {(proxy or endpoint).host}"
    else:
        number = cause.errno if isinstance(cause, OSError) else None
        said = f" ({os.strerror(number)})" if number else ""
        outcome, why = Outcome.CONNECTION, f"{place} could not be connected to{said}"
    return Outcome.PROXY if proxy else outcome, f"{why}: nothing was sent."


def _name_of(proxy: Endpoint | None) -> str:
    return proxy.place if proxy else ""
