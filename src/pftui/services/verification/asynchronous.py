"""The verifier for programs with an event loop: the same answers, found in threads beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self, TypeVar

from pftui.domain.api_key import as_text
from pftui.domain.clock import Clock, utc_now
from pftui.domain.decisions import Decision
from pftui.domain.errors import StoreUnavailable
from pftui.domain.http_answer import HeaderValues, key_of_request
from pftui.domain.permissions import Permission, PermissionName
from pftui.domain.secret import Secret
from pftui.services.verification.pools import ask_beside, pools_of
from pftui.services.verification.verifier import Verifier

Answer = TypeVar("Answer")


class AsyncVerifier:
    """Answers what a key may do; opened by `async with`, which raises what `Verifier` raises.

    All of it may raise `TryAgain` too, where too many wait already.

    Args:
        url, clock: as for `Verifier`.
    """

    def __init__(self, url: str | Path | None = None, clock: Clock = utc_now) -> None:
        self._make: Callable[[], Verifier] = partial(Verifier, url, clock)
        self._verifier: Verifier | None = None
        self._owns = True

    @classmethod
    def sharing(cls, verifier: Verifier) -> AsyncVerifier:
        """One that asks a verifier which is open already, and which closing this one leaves open."""
        made = cls()
        made._make = lambda: verifier
        made._verifier, made._owns = verifier, False
        return made

    async def verify(
        self,
        key: str | bytes | Secret | None,
        team: str | None = None,
        permission: Permission | PermissionName | None = None,
        *,
        touch: bool = True,
    ) -> Decision:
        """As `Verifier.verify`."""
        verifier = self._opened()
        ask = partial(verifier.verify, key, team, permission, touch=touch)
        return await ask_beside(verifier, as_text(key), ask)

    async def verify_header(
        self,
        authorization: HeaderValues,
        x_api_key: HeaderValues = None,
        team: str | None = None,
        permission: Permission | PermissionName | None = None,
        *,
        touch: bool = True,
    ) -> Decision:
        """As `Verifier.verify_header`."""
        verifier = self._opened()
        ask = partial(verifier.verify_header, authorization, x_api_key, team, permission, touch=touch)
        return await ask_beside(verifier, key_of_request(authorization, x_api_key)[0], ask)

    async def check(
        self, team: str | None = None, permission: Permission | PermissionName | None = None
    ) -> None:
        """As `Verifier.check`."""
        await self._beside(partial(self._opened().check, team, permission))

    async def health(self) -> None:
        """As `Verifier.health`."""
        await self._beside(self._opened().health)

    async def aclose(self) -> None:
        """Wait for what is under way, of cancelled calls too, then give the connections back."""
        verifier, self._verifier = self._verifier, None
        if verifier is not None and self._owns:
            await asyncio.to_thread(_close, verifier)

    async def __aenter__(self) -> Self:
        if self._verifier is None:
            self._verifier = await asyncio.to_thread(self._make)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "An AsyncVerifier holds connections, so it is neither pickled nor copied: make one in each "
            "process."
        )

    def _opened(self) -> Verifier:
        if self._verifier is None:
            raise StoreUnavailable(
                "This verifier is not open: use it inside `async with`. Nothing was decided."
            )
        return self._verifier

    async def _beside(self, ask: Callable[[], Answer]) -> Answer:
        return await pools_of(self._opened()).known.run(ask)


def _close(verifier: Verifier) -> None:
    pools = pools_of(verifier)
    for pool in (pools.known, pools.unknown):
        pool.finish()  # a note that is just being written would come back to nobody
    verifier.close()
