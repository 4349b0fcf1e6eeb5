"""A FastAPI security dependency, which shows up in OpenAPI.

    may_scan = RequireKey(verifier, team="red-team", permission="run_scans")

    @app.get("/scans")
    async def scans(key: Annotated[Decision, Security(may_scan)]) -> ...:

It is for single routes and routers; `pftui.contrib.asgi` is for whole apps.
"""

# No annotations as text here: older FastAPIs do not find the names of a callable object's.
from collections.abc import Callable

from fastapi import HTTPException
from fastapi.security.http import HTTPBase
from starlette.requests import HTTPConnection

from pftui.contrib.asgi import LoopGuard
from pftui.contrib.guard import Refusal
from pftui.domain.decisions import Decision
from pftui.domain.permissions import Permission, PermissionName
from pftui.services.verification.verifier import Verifier


class RequireKey(HTTPBase):
    """Gives the decision of a request or WebSocket whose key may.

    `team` may be a function of the connection, whose `path_params` are there. The rest is as in `Guard`.
    """

    def __init__(
        self,
        verifier: Verifier,
        *,
        team: str | Callable[[HTTPConnection], str | None] | None = None,
        permission: Permission | PermissionName | None = None,
    ) -> None:
        super().__init__(
            scheme="bearer",
            scheme_name="PftuiKey",
            description="An API key of pftui, here or in the header `X-API-Key`.",
        )
        self._guard = LoopGuard(verifier, team, permission)

    async def __call__(self, request: HTTPConnection) -> Decision:  # type: ignore[override]
        """The decision; what has to be waited for is done beside the event loop and FastAPI's own threads.

        Raises:
            HTTPException: 400, 401, 403 or 503, with the headers that belong to it.
        """
        found = await self._guard.look_at(request, request.headers.raw)
        if isinstance(found, Refusal):
            detail = {"error": found.error, "message": found.message}
            raise HTTPException(found.status, detail, found.headers)
        return found
