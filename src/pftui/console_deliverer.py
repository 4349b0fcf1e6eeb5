"""The deliverer inside an open console: for trying out, and for as long as the console is open.

What must arrive is sent by `pftui webhooks deliver --follow`, beside which this one may work: they share.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from pftui.domain.errors import PftuiError

if TYPE_CHECKING:
    from pftui.domain.accounts import Operator
    from pftui.services.contracts import Services

#: Seconds that an event under way may take once it is to end; what is not noted then is sent once more.
ENDING = 1.0


class ConsoleDeliverer:
    """Switched on and off by an admin; free of any widget.

    Args:
        tell: is given a sentence on what somebody may want to know, on the event loop.
        ended: is called there once nothing is sent any more.
    """

    def __init__(self, tell: Callable[[str], None], ended: Callable[[], None]) -> None:
        self._tell = tell
        self._ended = ended
        self._stopped: threading.Event | None = None
        self._thread: threading.Thread | None = None

    @property
    def on(self) -> bool:
        """Whether it sends."""
        return self._stopped is not None

    async def start(self, services: Services, operator: Operator) -> None:
        """Send what waits, and what happens from now on.

        Raises:
            Forbidden: who is no global admin switches nothing on.
            StoreKeyUnavailable: the key that seals the signing secrets is not here.
            StoreUnavailable: the store cannot be used.
        """
        await asyncio.to_thread(_ensure_may_start, services, operator)
        if self.on:
            return
        self._stopped = stopped = threading.Event()
        # A thread that nothing waits for: a receiver that never answers must not keep a console from its end.
        follow = partial(self._follow, services, stopped, asyncio.get_running_loop())
        self._thread = threading.Thread(target=follow, name="pftui-deliverer", daemon=True)
        self._thread.start()

    def _follow(self, services: Services, stopped: threading.Event, loop: asyncio.AbstractEventLoop) -> None:
        """In the thread."""
        from pftui.services.delivering.running import deliverer_beside

        def on_loop(function: Callable[..., None], *arguments: object) -> None:
            with suppress(RuntimeError):  # the console has ended meanwhile
                loop.call_soon_threadsafe(function, *arguments)

        problem = ""
        try:
            with deliverer_beside(services.webhooks, partial(on_loop, self._tell), stopped) as deliverer:
                deliverer.follow()
        except PftuiError as error:
            problem = error.message
        on_loop(self._over, stopped, problem)

    def _over(self, stopped: threading.Event, problem: str) -> None:
        if self._stopped is stopped:
            self._stopped = None
            self._ended()
        if problem:
            self._tell(problem)

    async def stop(self) -> None:
        """Send nothing more, once the event at hand is through; that is waited for a second."""
        stopped, self._stopped = self._stopped, None
        if stopped is not None and self._thread is not None:
            stopped.set()
            await asyncio.to_thread(self._thread.join, ENDING)


def _ensure_may_start(services: Services, operator: Operator) -> None:
    from pftui.services.delivering.running import ensure_may_deliver

    ensure_may_deliver(services.webhooks, operator)
