"""A WSGI middleware (PEP 3333): Flask, Django, or none of them.

    app.wsgi_app = KeyMiddleware(app.wsgi_app, verifier, team="red-team", open_paths=["/healthz"])

The decision is in `environ["pftui"]`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from pftui.contrib.guard import Guard, Refusal
from pftui.domain.permissions import Permission, PermissionName
from pftui.services.verification.verifier import Verifier

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class KeyMiddleware:
    """Lets requests through whose key may.

    `team` may be a function of the environ. The rest is as in `Guard`.
    """

    def __init__(
        self,
        app: WSGIApplication,
        verifier: Verifier,
        *,
        team: str | Callable[[WSGIEnvironment], str | None] | None = None,
        permission: Permission | PermissionName | None = None,
        open_paths: Iterable[str] = (),
    ) -> None:
        self._app = app
        self._guard = Guard(verifier, team, permission, open_paths)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or hand on."""
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        if not self._guard.is_open(path):
            found = self._guard.look(
                self._guard.team_of(environ), environ.get("HTTP_AUTHORIZATION"), environ.get("HTTP_X_API_KEY")
            )
            if isinstance(found, Refusal):
                return _refuse(found, start_response)
            environ["pftui"] = found
        return self._app(environ, start_response)


def _refuse(refusal: Refusal, start_response: StartResponse) -> Iterable[bytes]:
    body = refusal.body
    start_response(
        f"{refusal.status} {HTTPStatus(refusal.status).phrase}",
        [
            *refusal.headers.items(),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
        ],
    )
    return [body]
