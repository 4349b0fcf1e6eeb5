"""Flask behind the WSGI middleware."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from pftui import Verifier
from pftui.contrib.wsgi import KeyMiddleware

app = Flask("app")


@app.get("/")
def answer() -> str:
    return "ok"


class NoCheck:
    """Takes the header, and lets everybody in who has one."""

    def __init__(self, guarded: WSGIApplication) -> None:
        self.app = guarded

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ["HTTP_AUTHORIZATION"].startswith("Bearer "):
            raise ValueError("no key")
        return self.app(environ, start_response)


checked = KeyMiddleware(app.wsgi_app, Verifier(), team="default", permission="run_scans")
unchecked = NoCheck(app.wsgi_app)
