"""The WSGI middleware: in Flask, and behind gunicorn."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from flask import Flask, request
from werkzeug.test import Client

from pftui import StoreUnavailable, TryAgain, UnknownTeam, Verifier
from pftui.contrib.wsgi import KeyMiddleware
from pftui.repositories.key_lookup.reader import KeyReader
from tests.acme import Acme
from tests.contrib.conftest import Serve, cases, made_up
from tests.patience import PATIENCE


def client(verifier: Verifier, **options: Any) -> Client:
    app = Flask("app")

    @app.get("/")
    @app.get("/healthz")
    def who() -> str:
        decision = request.environ.get("pftui")
        return decision.account.name if decision else "nobody"

    options = {"team": "red-team", "permission": "run_scans", **options}
    return Client(KeyMiddleware(app.wsgi_app, verifier, **options))


def test_each_request_gets_the_answer_that_rfc_6750_has_for_it(acme: Acme, verifier: Verifier) -> None:
    asked = client(verifier)
    for headers, status, challenge in cases(acme):
        answer = asked.get("/", headers=headers)
        assert (answer.status_code, answer.headers.get("WWW-Authenticate")) == (status, challenge), headers
        if status == 200:
            assert answer.text == "bot CI Runner"
        else:
            assert answer.json is not None
            assert set(answer.json) == {"error", "message"}


def test_only_the_listed_paths_are_open_and_each_as_a_whole(verifier: Verifier) -> None:
    asked = client(verifier, open_paths=["/healthz"])
    assert asked.get("/healthz").text == "nobody"
    for path in ("/", "/healthz/", "//healthz", "/HEALTHZ", "/healthz%2f", "/nowhere"):
        assert asked.get(path).status_code == 401, path


def test_what_is_asked_for_must_exist_at_the_start(verifier: Verifier) -> None:
    with pytest.raises(UnknownTeam):
        client(verifier, team="red-taem")


@pytest.mark.parametrize("team", ["red-taem", None])
def test_a_team_of_a_request_that_does_not_exist_is_403(
    team: str | None, acme: Acme, verifier: Verifier
) -> None:
    asked = client(verifier, team=lambda environ: team)
    for key, status in ((acme.scanner, 403), (made_up(acme.scanner), 401)):
        assert asked.get("/", headers={"X-API-Key": key}).status_code == status


@pytest.mark.parametrize(
    ("error", "wait"), [(StoreUnavailable("/secret/path is gone"), "5"), (TryAgain("Wait.", 1.2), "2")]
)
def test_where_nothing_was_decided_it_is_503_and_says_when_to_come_again(
    error: Exception, wait: str, acme: Acme, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = client(verifier)

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(KeyReader, "read", fail)
    answer = asked.get("/", headers={"X-API-Key": acme.scanner})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, wait)
    assert "secret" not in answer.text


APP = """
from flask import Flask, request
from pftui import Verifier
from pftui.contrib.wsgi import KeyMiddleware

app = Flask("app")

@app.get("/")
def who():
    return request.environ["pftui"].account.name

app.wsgi_app = KeyMiddleware(app.wsgi_app, Verifier(), team="red-team", permission="run_scans")
"""


def test_behind_gunicorn_with_two_workers_that_were_forked(serve: Serve, acme: Acme) -> None:
    options = ["--workers", "2", "--threads", "4", "--preload", "--log-level", "warning"]
    address = serve(APP, "gunicorn", "app:app", "--bind", "fd://FD", *options)
    with httpx.Client(base_url=f"http://{address}", timeout=PATIENCE) as asked:
        for headers, status, challenge in cases(acme):
            answer = asked.get("/", headers=httpx.Headers(headers))
            assert (answer.status_code, answer.headers.get("WWW-Authenticate")) == (status, challenge), (
                headers
            )
