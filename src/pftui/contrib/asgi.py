"""An ASGI middleware (https://asgi.readthedocs.io): Starlette, FastAPI, Litestar, or none of them.

    app = KeyMiddleware(app, verifier, team="red-team", permission="run_scans", open_paths=["/healthz"])

The decision is in `scope["pftui"]`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import partial
from typing import Any

from pftui.contrib.guard import Guard, Refusal, not_now
from pftui.domain.decisions import Decision
from pftui.domain.errors import TryAgain
from pftui.domain.http_answer import key_of_request
from pftui.domain.permissions import Permission, PermissionName
from pftui.services.verification.pools import ask_beside
from pftui.services.verification.verifier import Verifier

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
        self._guard = Guard(verifier, team, permission, open_paths)

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
            found = await look(self._guard, scope, scope["headers"])
            if isinstance(found, Refusal):
                if kind == "http":
                    await _refuse(found, send)
                else:
                    await _refuse_websocket(found, scope, receive, send)
                return
            scope = {**scope, "pftui": found}
        await self._app(scope, receive, send)


async def look(guard: Guard[Any], request: Any, headers: Iterable[tuple[bytes, bytes]]) -> Decision | Refusal:
    """The decision or the answer for a request with these headers, found beside the event loop."""
    listed = list(headers)
    authorization = [value for name, value in listed if name.lower() == b"authorization"]
    x_api_key = [value for name, value in listed if name.lower() == b"x-api-key"]
    key, _ = key_of_request(authorization, x_api_key)
    ask = partial(guard.look, guard.team_of(request), authorization, x_api_key)
    try:
        return await ask_beside(guard.verifier, key, ask)
    except TryAgain as error:
        return not_now(error)


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
