"""Starlette behind the ASGI middleware."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pftui import Verifier
from pftui.contrib.asgi import KeyMiddleware


async def answer(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


class NoCheck:
    """Takes the header, and lets everybody in who has one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or dict(scope["headers"])[b"authorization"].startswith(b"Bearer "):
            await self.app(scope, receive, send)


app = Starlette(routes=[Route("/", answer)])
checked = KeyMiddleware(app, Verifier(), team="default", permission="run_scans")
unchecked = NoCheck(app)
