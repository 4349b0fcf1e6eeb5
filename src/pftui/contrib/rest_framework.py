"""Django REST framework: an authentication class and a permission class.

    class Scans(APIView):
        authentication_classes = [key_authentication(verifier, team="red-team", permission="run_scans")]
        permission_classes = [HasKey]

`request.user` is then a `KeyPrincipal`, never a user of Django's, and `request.auth` the decision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed, ParseError, PermissionDenied
from rest_framework.permissions import BasePermission

from pftui.contrib.guard import Guard, Refusal
from pftui.domain.come_again import UNAVAILABLE
from pftui.domain.decisions import Decision, KeyAccount
from pftui.domain.http_answer import headers_of
from pftui.domain.permissions import Permission, PermissionName
from pftui.domain.reasons import Reason
from pftui.services.verification.verifier import Verifier

_CHALLENGE = "WWW-Authenticate"


@dataclass(frozen=True, slots=True)
class KeyPrincipal:
    """Who asks: the account behind a key. It has what the framework looks for in a user."""

    account: KeyAccount
    is_authenticated: bool = True
    is_anonymous: bool = False

    @property
    def pk(self) -> str:
        """The account's id, by which throttles count."""
        return self.account.id

    def __str__(self) -> str:
        return self.account.name


class Unavailable(APIException):
    """Nothing was decided: 503, with `Retry-After`."""

    status_code = UNAVAILABLE


class HasKey(BasePermission):
    """Lets in who came with a key that may."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """Whether the request came with one; it was looked at when the request was authenticated."""
        return isinstance(request.user, KeyPrincipal)


def key_authentication(
    verifier: Verifier,
    *,
    team: str | Callable[[Any], str | None] | None = None,
    permission: Permission | PermissionName | None = None,
) -> type[BaseAuthentication]:
    """An authentication class, which asks the verifier once a request.

    `team` may be a function of the request, whose `parser_context["kwargs"]` has the path's. A request
    without a key is left to the classes behind this one. The rest is as in `Guard`.
    """
    guard: Guard[Any] = Guard(verifier, team, permission)

    class KeyAuthentication(BaseAuthentication):
        """Authenticates by a key."""

        def authenticate(self, request: Any) -> tuple[KeyPrincipal, Decision] | None:
            """Who asks. Raises the framework's exceptions for 400, 401 and 403, and `Unavailable`."""
            headers = request.META
            found = guard.look(
                guard.team_of(request), headers.get("HTTP_AUTHORIZATION"), headers.get("HTTP_X_API_KEY")
            )
            if isinstance(found, Refusal):
                if found.error == Reason.NO_CREDENTIALS:
                    return None
                request.pftui_challenge = found.headers.get(_CHALLENGE)
                raise _error(found)
            if found.account is None:  # who may has one
                return None
            return KeyPrincipal(found.account), found

        def authenticate_header(self, request: Any) -> str:
            """The challenge that goes with 401."""
            without = headers_of(Reason.NO_CREDENTIALS, ())[_CHALLENGE]
            return getattr(request, "pftui_challenge", None) or without

    return KeyAuthentication


def _error(refusal: Refusal) -> APIException:
    kinds = {400: ParseError, 401: AuthenticationFailed, 403: PermissionDenied}
    error = kinds.get(refusal.status, Unavailable)({"error": refusal.error, "message": refusal.message})
    # Where the framework's own handler looks for what becomes a header.
    error.auth_header = refusal.headers.get(_CHALLENGE)
    wait = refusal.headers.get("Retry-After")
    error.wait = int(wait) if wait else None
    return error
