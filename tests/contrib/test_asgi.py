"""The ASGI middleware: by itself, in Starlette, and behind uvicorn."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from pftui import StoreUnavailable, TryAgain, UnknownTeam, Verifier, WrongUsage
from pftui.contrib.asgi import KeyMiddleware, Scope
from pftui.repositories.key_lookup.reader import KeyReader
from pftui.services import hashing
from tests.acme import Acme, make_acme
from tests.contrib.conftest import CHALLENGE, Serve, cases, made_up
from tests.patience import PATIENCE


async def who(request: Request) -> PlainTextResponse:
    decision = request.scope.get("pftui")
    return PlainTextResponse(decision.account.name if decision else "nobody")


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.scope["pftui"].account.name)
    await websocket.close()


def client(verifier: Verifier, **options: Any) -> TestClient:
    options = {"team": "red-team", "permission": "run_scans", **options}
    routes = [Route("/", who), Route("/healthz", who), WebSocketRoute("/ws", echo)]
    return TestClient(KeyMiddleware(Starlette(routes=routes), verifier, **options))


def test_each_request_gets_the_answer_that_rfc_6750_has_for_it(acme: Acme, verifier: Verifier) -> None:
    asked = client(verifier)
    for headers, status, challenge in cases(acme):
        answer = asked.get("/", headers=httpx.Headers(headers))
        assert (answer.status_code, answer.headers.get("WWW-Authenticate")) == (status, challenge), headers
        if status == 200:
            assert answer.text == "bot CI Runner"
        else:
            assert set(answer.json()) == {"error", "message"}
            assert acme.scanner[15:] not in answer.text


def test_a_websocket_is_refused_before_it_is_accepted(acme: Acme, verifier: Verifier) -> None:
    asked = client(verifier)
    with asked.websocket_connect("/ws", headers={"X-API-Key": acme.scanner}) as websocket:
        assert websocket.receive_text() == "bot CI Runner"
    with (
        pytest.raises(WebSocketDenialResponse) as denied,
        asked.websocket_connect("/ws", headers={"X-API-Key": acme.viewer}),
    ):
        pass
    assert denied.value.status_code == 403
    assert denied.value.headers["WWW-Authenticate"].startswith(CHALLENGE)


def test_only_the_listed_paths_are_open_and_each_as_a_whole(acme: Acme, verifier: Verifier) -> None:
    asked = client(verifier, open_paths=["/healthz"])
    assert asked.get("/healthz").text == "nobody"
    for path in ("/", "/healthz/", "/healthz/../", "//healthz", "/HEALTHZ", "/healthz%2f", "/nowhere"):
        assert asked.get(path).status_code == 401, path
    with pytest.raises(TypeError):
        client(verifier, open_paths="/healthz")


def test_what_is_asked_for_must_exist_at_the_start(verifier: Verifier) -> None:
    with pytest.raises(UnknownTeam):
        client(verifier, team="red-taem")
    with pytest.raises(WrongUsage, match="run_scans"):
        client(verifier, permission="run_scnas")
    with pytest.raises(WrongUsage):
        client(verifier, team=None)


@pytest.mark.parametrize("team", ["red-taem", "", None, "default"])
def test_a_team_of_a_request_that_does_not_exist_is_403(
    team: str | None, acme: Acme, verifier: Verifier
) -> None:
    asked = client(verifier, team=lambda scope: team)
    for key, status in ((acme.scanner, 403), (made_up(acme.scanner), 401)):
        assert asked.get("/", headers={"X-API-Key": key}).status_code == status
    if team != "default":
        answer = asked.get("/", headers={"X-API-Key": acme.scanner}).json()
        assert answer["error"] == "not_in_team"


def test_the_team_may_come_from_the_request(acme: Acme, verifier: Verifier) -> None:
    def of_query(scope: Scope) -> str:
        return str(scope["query_string"], "ascii")

    asked = client(verifier, team=of_query)
    assert asked.get("/?red-team", headers={"X-API-Key": acme.scanner}).status_code == 200
    assert asked.get("/?default", headers={"X-API-Key": acme.scanner}).status_code == 403


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


async def _nothing(*_: object) -> dict[str, Any]:
    return {}


async def test_the_lifespan_passes_and_what_is_unknown_does_not(verifier: Verifier) -> None:
    seen: list[str] = []

    async def app(scope: Scope, receive: object, send: object) -> None:
        seen.append(scope["type"])

    guarded = KeyMiddleware(app, verifier)
    await guarded({"type": "lifespan"}, _nothing, _nothing)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError):
        await guarded({"type": "webtransport", "path": "/", "headers": []}, _nothing, _nothing)  # type: ignore[arg-type]
    assert seen == ["lifespan"]


async def test_a_server_without_the_extension_is_told_to_close(verifier: Verifier) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    guarded = KeyMiddleware(_nothing, verifier)  # type: ignore[arg-type]
    await guarded({"type": "websocket", "path": "/", "headers": []}, _nothing, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_neither_argon2_nor_the_store_is_on_the_loops_thread(
    acme: Acme, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: dict[str, set[str]] = {"argon2": set(), "store": set()}

    def spied(what: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def spy(*arguments: Any) -> Any:
            names[what].add(threading.current_thread().name.rpartition("_")[0])
            return real(*arguments)

        return spy

    asked = client(verifier)
    monkeypatch.setattr(hashing, "key_matches", spied("argon2", hashing.key_matches))
    monkeypatch.setattr(KeyReader, "read", spied("store", KeyReader.read))
    for headers, _, _ in cases(acme):
        asked.get("/", headers=httpx.Headers(headers))
    assert names == {"argon2": {"pftui-argon2"}, "store": {"pftui-store"}}


async def test_a_held_store_holds_no_other_request(
    acme: Acme, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, free = threading.Event(), threading.Event()
    read = KeyReader.read

    def hold(*arguments: Any) -> Any:
        held.set()
        assert free.wait(PATIENCE)
        return read(*arguments)

    monkeypatch.setattr(KeyReader, "read", hold)
    app = KeyMiddleware(
        Starlette(routes=[Route("/healthz", who), Route("/", who)]), verifier, open_paths=["/healthz"]
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as asked:
        waiting = asyncio.create_task(asked.get("/", headers={"X-API-Key": acme.scanner}))
        assert await asyncio.to_thread(held.wait, PATIENCE)
        assert (await asked.get("/healthz")).status_code == 200
        assert not waiting.done()
        free.set()
        assert (await waiting).status_code == 200


APP = """
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from pftui import Verifier
from pftui.contrib.asgi import KeyMiddleware

async def who(request):
    return PlainTextResponse(request.scope["pftui"].account.name)

async def echo(websocket):
    await websocket.accept()
    await websocket.send_text(websocket.scope["pftui"].account.name)
    await websocket.close()

app = KeyMiddleware(
    Starlette(routes=[Route("/", who), WebSocketRoute("/ws", echo)]),
    Verifier(), team="red-team", permission="run_scans",
)
"""


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.thorough)])
def test_behind_uvicorn(workers: str, serve: Serve, acme: Acme) -> None:
    address = serve(APP, "uvicorn", "app:app", "--fd", "FD", "--workers", workers, "--log-level", "warning")
    with httpx.Client(base_url=f"http://{address}", timeout=PATIENCE) as asked:
        for headers, status, challenge in cases(acme):
            answer = asked.get("/", headers=httpx.Headers(headers))
            assert (answer.status_code, answer.headers.get("WWW-Authenticate")) == (status, challenge)
    with connect(f"ws://{address}/ws", additional_headers={"X-API-Key": acme.scanner}) as websocket:
        assert websocket.recv() == "bot CI Runner"
    with pytest.raises(InvalidStatus) as refused, connect(f"ws://{address}/ws"):
        pass
    assert refused.value.response.status_code == 401
    assert refused.value.response.headers["WWW-Authenticate"] == CHALLENGE


def test_r9_a_revoked_key_is_refused_at_the_next_request(tmp_path: Path) -> None:
    acme = make_acme(tmp_path)
    with Verifier(acme.store) as verifier:
        asked = client(verifier)
        for _ in range(2):
            assert asked.get("/", headers={"X-API-Key": acme.scanner}).status_code == 200
        acme.revoke(acme.scanner)
        assert asked.get("/", headers={"X-API-Key": acme.scanner}).status_code == 401
