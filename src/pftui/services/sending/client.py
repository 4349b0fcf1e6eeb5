"""What a deliverer sends by: light to import, since the HTTP client comes with the first request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pftui.domain.endpoints import parse_proxy, parse_url
from pftui.domain.errors import InvalidInput
from pftui.services.sending.answer import Answer, Outcome, SendRequest

if TYPE_CHECKING:
    from pftui.services.sending.exchange import Exchange

LIMIT = 10.0
"""Seconds that a receiver has for its 2xx, as Promptfoo documents them."""


class Sender:
    """Sends deliveries, each once. Any number of threads may use one; connections are kept between requests.

    Args:
        limit: seconds that all of a request may take.
        resolve: all addresses of a name and port, as text; without one the system's resolver.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        *,
        limit: float = LIMIT,
        resolve: Callable[[str, int], Sequence[str]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = limit
        self._resolve = resolve
        self._clock = clock
        self._lock = threading.Lock()
        self._exchange: Exchange | None = None

    def send(self, request: SendRequest) -> Answer:
        """Sign and post a delivery, and wait for its answer. What goes wrong is told by the answer."""
        try:
            endpoint = parse_url(request.url)
        except InvalidInput as error:
            return Answer(Outcome.URL, error.message, 0.0)
        try:
            proxy = parse_proxy(request.proxy) if request.proxy else None
        except InvalidInput as error:
            return Answer(Outcome.PROXY, error.message, 0.0)
        return self._started().send(request, endpoint, proxy)

    def close(self) -> None:
        """End the connections that were kept."""
        if self._exchange is not None:
            self._exchange.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _started(self) -> Exchange:
        with self._lock:
            if self._exchange is None:
                from pftui.services.sending.exchange import Exchange

                self._exchange = Exchange(self._limit, self._resolve, self._clock)
            return self._exchange
