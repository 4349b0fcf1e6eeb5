"""The classes for Django REST framework: with its own client, and the documentation's behind gunicorn."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import django
import httpx
import pytest
from django.conf import settings

from pftui import StoreUnavailable, TryAgain, UnknownTeam, Verifier
from pftui.repositories.key_lookup.reader import KeyReader
from tests.acme import Acme
from tests.contrib.conftest import CHALLENGE, Serve, cases, made_up
from tests.documentation.blocks import blocks
from tests.patience import PATIENCE

URLS = "pftui_tests_urls"
SETTINGS = {
    "ALLOWED_HOSTS": ["*"],
    "INSTALLED_APPS": ["rest_framework"],
    "REST_FRAMEWORK": {"UNAUTHENTICATED_USER": None},
    "SECRET_KEY": "of a test",
}
if not settings.configured:
    settings.configure(ROOT_URLCONF=URLS, **SETTINGS)
    django.setup()

from django.urls import path  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.test import APIClient  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from pftui.contrib.rest_framework import HasKey, KeyPrincipal, key_authentication  # noqa: E402


@pytest.fixture
def client(verifier: Verifier) -> Iterator[Any]:
    """A view of a fixed team, one whose path has it, and one that anybody may see."""

    class Fixed(APIView):  # type: ignore[misc]
        authentication_classes = (key_authentication(verifier, team="red-team", permission="run_scans"),)
        permission_classes = (HasKey,)

        def get(self, request: Any, **_: str) -> Any:
            assert isinstance(request.user, KeyPrincipal)
            assert request.user.is_authenticated
            assert not request.user.is_anonymous
            assert request.user.pk == request.auth.account.id
            return Response(str(request.user))

    class OfPath(Fixed):
        authentication_classes = (key_authentication(verifier, team=team_of_path, permission="run_scans"),)

    class Open(Fixed):
        permission_classes = ()  # type: ignore[assignment]

        def get(self, request: Any, **_: str) -> Any:
            return Response(str(request.user))

    urls = ModuleType(URLS)
    urls.urlpatterns = [  # type: ignore[attr-defined]
        path("", Fixed.as_view()),
        path("of/<team>", OfPath.as_view()),
        path("open", Open.as_view()),
    ]
    sys.modules[URLS] = urls
    django.urls.clear_url_caches()
    yield APIClient()
    del sys.modules[URLS]


def team_of_path(request: Any) -> str:
    return str(request.parser_context["kwargs"]["team"])


def test_each_request_gets_the_answer_that_rfc_6750_has_for_it(acme: Acme, client: Any) -> None:
    for headers, status, challenge in cases(acme):
        if len({name.lower() for name, _ in headers}) < len(headers):
            continue  # Django's client sends a header once; the servers join it
        answer = client.get("/", headers={name.title(): value for name, value in headers})
        assert (answer.status_code, answer.headers.get("WWW-Authenticate")) == (status, challenge), headers
        if status == 200:
            assert answer.json() == "bot CI Runner"


def test_what_a_server_has_joined_is_two_keys(acme: Acme, client: Any) -> None:
    joined = f"Bearer {acme.scanner},Bearer {acme.viewer}"
    assert client.get("/", headers={"Authorization": joined}).status_code == 400


def test_the_team_may_be_in_the_path(acme: Acme, client: Any) -> None:
    key = {"X-API-Key": acme.scanner}
    assert client.get("/of/red-team", headers=key).status_code == 200
    nowhere = client.get("/of/nowhere", headers=key)
    assert (nowhere.status_code, nowhere.json()["error"]) == (403, "not_in_team")


def test_who_has_no_key_is_left_to_others_and_who_has_a_wrong_one_is_not(acme: Acme, client: Any) -> None:
    assert client.get("/open").json() == "None"
    assert client.get("/open", headers={"X-API-Key": made_up(acme.scanner)}).status_code == 401


def test_the_key_is_looked_at_once_a_request(
    acme: Acme, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    verify = Verifier.verify

    def spy(*arguments: Any, **named: Any) -> Any:
        asked.append(arguments[1])
        return verify(*arguments, **named)

    monkeypatch.setattr(Verifier, "verify", spy)
    assert client.get("/", headers={"X-API-Key": acme.scanner}).status_code == 200
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("error", "wait"), [(StoreUnavailable("/secret/path is gone"), "5"), (TryAgain("Wait.", 1.2), "2")]
)
def test_where_nothing_was_decided_it_is_503_and_says_when_to_come_again(
    error: Exception, wait: str, acme: Acme, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(KeyReader, "read", fail)
    answer = client.get("/", headers={"X-API-Key": acme.scanner})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, wait)
    assert "secret" not in answer.content.decode()


def test_what_is_asked_for_must_exist_at_the_start(verifier: Verifier) -> None:
    with pytest.raises(UnknownTeam):
        key_authentication(verifier, team="red-taem")


AROUND = """
import django
from django.conf import settings

settings.configure(ROOT_URLCONF="app", **{settings!r})
django.setup()
from django.core.wsgi import get_wsgi_application
from django.urls import path
{example}
urlpatterns = [path("scans", Scans.as_view())]
app = get_wsgi_application()
"""


def test_the_documented_view_lets_in_who_may(serve: Serve, acme: Acme) -> None:
    own = "tests/contrib/test_rest_framework.py"
    [block] = [block for block in blocks("docs/verification.md") if block.tried_by == own]
    program = AROUND.replace("{settings!r}", repr(SETTINGS)).replace("{example}", block.text)
    options = ["--workers", "2", "--preload", "--log-level", "warning"]
    address = serve(program, "gunicorn", "app:app", "--bind", "fd://FD", *options)
    with httpx.Client(base_url=f"http://{address}", timeout=PATIENCE) as asked:
        allowed = asked.get("/scans", headers={"Authorization": f"Bearer {acme.scanner}"})
        assert (allowed.status_code, allowed.json()) == (200, {"for": "bot CI Runner"})
        assert asked.get("/scans", headers={"X-API-Key": acme.viewer}).status_code == 403
        stranger = asked.get("/scans")
        assert (stranger.status_code, stranger.headers["WWW-Authenticate"]) == (401, CHALLENGE)
