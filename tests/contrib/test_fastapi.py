"""The FastAPI dependency; behind uvicorn it is tried in test_documented_apps.py."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Security, WebSocket
from fastapi.testclient import TestClient
from starlette.requests import HTTPConnection
from starlette.testclient import WebSocketDenialResponse

from pftui import Decision, StoreUnavailable, UnknownTeam, Verifier
from pftui.contrib.fastapi import RequireKey
from pftui.repositories.key_lookup.reader import KeyReader
from tests.acme import Acme
from tests.contrib.conftest import CHALLENGE, cases


def team_of_path(connection: HTTPConnection) -> str:
    return str(connection.path_params["team"])


def client(verifier: Verifier) -> TestClient:
    app = FastAPI()
    fixed = RequireKey(verifier, team="red-team", permission="run_scans")
    of_path = RequireKey(verifier, team=team_of_path, permission="run_scans")

    @app.get("/")
    async def who(key: Decision = Security(fixed)) -> str:
        return key.account.name if key.account else "nobody"

    @app.get("/of/{team}")
    async def in_team(team: str, key: Decision = Security(of_path)) -> str:
        return f"{team}: {key.grants[0].team_slug}"

    @app.get("/open")
    async def anybody() -> str:
        return "anybody"

    @app.websocket("/ws")
    async def echo(websocket: WebSocket, key: Decision = Security(fixed)) -> None:
        await websocket.accept()
        await websocket.send_text(key.account.name if key.account else "nobody")
        await websocket.close()

    return TestClient(app)


def test_each_request_gets_the_answer_that_rfc_6750_has_for_it(acme: Acme, verifier: Verifier) -> None:
    asked = client(verifier)
    for headers, status, challenge in cases(acme):
        answer = asked.get("/", headers=httpx.Headers(headers))
        assert (answer.status_code, answer.headers.get("WWW-Authenticate")) == (status, challenge), headers
        if status == 200:
            assert answer.json() == "bot CI Runner"
        else:
            assert set(answer.json()["detail"]) == {"error", "message"}
    assert asked.get("/open").status_code == 200


def test_a_websocket_is_refused_before_it_is_accepted(acme: Acme, verifier: Verifier) -> None:
    asked = client(verifier)
    with asked.websocket_connect("/ws", headers={"X-API-Key": acme.scanner}) as websocket:
        assert websocket.receive_text() == "bot CI Runner"
    with pytest.raises(WebSocketDenialResponse) as denied, asked.websocket_connect("/ws"):
        pass
    assert (denied.value.status_code, denied.value.headers["WWW-Authenticate"]) == (401, CHALLENGE)


def test_the_team_may_be_in_the_path(acme: Acme, verifier: Verifier) -> None:
    asked = client(verifier)
    key = {"X-API-Key": acme.scanner}
    assert asked.get("/of/RED-team", headers=key).json() == "RED-team: red-team"
    assert asked.get("/of/default", headers=key).status_code == 403
    nowhere = asked.get("/of/nowhere", headers=key)
    assert (nowhere.status_code, nowhere.json()["detail"]["error"]) == (403, "not_in_team")


def test_it_is_in_openapi_where_it_is_asked_for(verifier: Verifier) -> None:
    described = client(verifier).get("/openapi.json").json()
    assert described["components"]["securitySchemes"]["PftuiKey"]["scheme"] == "bearer"
    assert described["paths"]["/"]["get"]["security"] == [{"PftuiKey": []}]
    assert "security" not in described["paths"]["/open"]["get"]


def test_what_is_asked_for_must_exist_at_the_start(verifier: Verifier) -> None:
    with pytest.raises(UnknownTeam):
        RequireKey(verifier, team="red-taem")


def test_where_nothing_was_decided_it_is_503_and_says_when_to_come_again(
    acme: Acme, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = client(verifier)

    def fail(*_: object, **__: object) -> None:
        raise StoreUnavailable("/secret/path is gone")

    monkeypatch.setattr(KeyReader, "read", fail)
    answer = asked.get("/", headers={"X-API-Key": acme.scanner})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "secret" not in answer.text


def test_nothing_of_ours_runs_in_the_threads_of_fastapi_and_nothing_slow_on_its_loop(
    acme: Acme, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: set[str] = set()
    read = KeyReader.read

    def spy(*arguments: Any) -> Any:
        names.add(threading.current_thread().name.rpartition("_")[0])
        return read(*arguments)

    monkeypatch.setattr(KeyReader, "read", spy)
    asked = client(verifier)
    for _ in range(2):
        assert asked.get("/", headers={"X-API-Key": acme.scanner}).status_code == 200
    assert names == {"pftui-store"}
