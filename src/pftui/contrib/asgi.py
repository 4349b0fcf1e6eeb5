"""An ASGI middleware (https://asgi.readthedocs.io): Starlette, FastAPI, Litestar, or none of them.

    app = KeyMiddleware(app, verifier, team="red-team", permission="run_scans", open_paths=["/healthz"])

The decision is in `scope["pftui"]`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import cached_property
from typing import Any, TypeVar

from pftui.contrib.guard import Guard, Refusal, judged
from pftui.domain.decisions import Decision
from pftui.domain.errors import StoreUnavailable, TryAgain, UnknownTeam
from pftui.domain.permissions import Permission, PermissionName
from pftui.services.verification.asynchronous import AsyncVerifier
from pftui.services.verification.verifier import Verifier

Asked = TypeVar("Asked")

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_DENIAL = "websocket.http.response"  # an extension: the answer to a handshake that is refused


class KeyMiddleware:
    """Lets requests and WebSockets through whose key may; a WebSocket is looked at before it is accepted.

    `team` may be a function of the scope. The rest is as in `Guard`.
    """

    def __init__(
        self,
        app: App,
        verifier: Verifier,
        *,
        team: str | Callable[[Scope], str | None] | None = None,
        permission: Permission | PermissionName | None = None,
        open_paths: Iterable[str] = (),
    ) -> None:
        self._app = app
        self._guard = LoopGuard(verifier, team, permission, open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on.

        Raises:
            RuntimeError: the scope is of a kind that nothing is known of, so that nobody can say who may.
        """
        kind = scope["type"]
        if kind == "lifespan":
            await self._app(scope, receive, send)
            return
        if kind not in ("http", "websocket"):
            raise RuntimeError("This kind of connection is not known, and was refused.")
        if not self._guard.is_open(scope["path"]):
            found = await self._guard.look_at(scope, scope["headers"])
            if isinstance(found, Refusal):
                if kind == "http":
                    await _refuse(found, send)
                else:
                    await _refuse_websocket(found, scope, receive, send)
                return
            scope = {**scope, "pftui": found}
        await self._app(scope, receive, send)


class LoopGuard(Guard[Asked]):
    """A guard of requests on an event loop."""

    async def look_at(self, request: Asked, headers: Iterable[tuple[bytes, bytes]]) -> Decision | Refusal:
        """The decision or the answer for a request with these headers; threads do what would block."""
        authorization, x_api_key = [], []
        for name, value in headers:
            lower = name.lower()
            if lower == b"authorization":
                authorization.append(value)
            elif lower == b"x-api-key":
                x_api_key.append(value)
        team = self.team_of(request)
        try:
            found = await self._on_loop.verify_header(authorization, x_api_key, team, self.permission)
        except (UnknownTeam, StoreUnavailable, TryAgain) as error:
            return self.undecided(error)
        return judged(found)

    @cached_property
    def _on_loop(self) -> AsyncVerifier:
        """Made at the first request, in the process that answers it: it has threads."""
        return self.verifier.for_loop()


def _head(refusal: Refusal) -> list[tuple[bytes, bytes]]:
    headers = {
        **refusal.headers,
        "Content-Type": "application/json",
        "Content-Length": str(len(refusal.body)),
    }
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


async def _refuse(refusal: Refusal, send: Send, kind: str = "http.response") -> None:
    await send({"type": f"{kind}.start", "status": refusal.status, "headers": _head(refusal)})
    await send({"type": f"{kind}.body", "body": refusal.body})


async def _refuse_websocket(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    await receive()  # the handshake
    if _DENIAL in (scope.get("extensions") or {}):
        await _refuse(refusal, send, _DENIAL)
    else:
        await send({"type": "websocket.close", "code": 1008})  # which servers answer with 403
