"""Django REST framework with the authentication and permission classes."""

from __future__ import annotations

from typing import Any, ClassVar

import django
from django.conf import settings

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["rest_framework"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],  # which says how long an answer is
    REST_FRAMEWORK={
        "UNAUTHENTICATED_USER": None,
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
    SECRET_KEY="of a benchmark",
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework.authentication import BaseAuthentication  # noqa: E402
from rest_framework.permissions import BasePermission  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from pftui import Verifier  # noqa: E402
from pftui.contrib.rest_framework import HasKey, key_authentication  # noqa: E402

MayScan = key_authentication(Verifier(), team="default", permission="run_scans")


class NoCheck(BaseAuthentication):  # type: ignore[misc]
    """Takes the header, and lets everybody in who has one."""

    def authenticate(self, request: Any) -> tuple[object, None] | None:
        return (object(), None) if request.META["HTTP_AUTHORIZATION"].startswith("Bearer ") else None


class Anybody(BasePermission):  # type: ignore[misc]
    """Lets in who has come so far."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return request.user is not None


class Checked(APIView):  # type: ignore[misc]
    authentication_classes: ClassVar = [
        key_authentication(Verifier(), team="default", permission="run_scans")
    ]
    permission_classes: ClassVar = [HasKey]

    def get(self, request: Any) -> Any:
        return Response("ok")


class Unchecked(Checked):
    authentication_classes: ClassVar = [NoCheck]
    permission_classes: ClassVar = [Anybody]


urlpatterns = [path("", Checked.as_view()), path("unchecked", Unchecked.as_view())]
checked = get_wsgi_application()


def unchecked(environ: dict[str, Any], start_response: Any) -> Any:
    """The same app at the other path."""
    return checked({**environ, "PATH_INFO": "/unchecked"}, start_response)
