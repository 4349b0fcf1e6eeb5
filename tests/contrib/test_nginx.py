"""The recipe for nginx, with Debian's: each answer of the check arrives, and no identity that was made up."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from pftui.domain.api_key import parse
from tests.acme import Acme, make_acme
from tests.conftest import missing_peer
from tests.contrib.conftest import CHALLENGE, Serve, made_up
from tests.documentation.blocks import Block, blocks
from tests.patience import PATIENCE

OWN = "tests/contrib/test_nginx.py"
#: Around the recipe, which stands in a file of conf.d as Debian has it. The pid and all files are the test's.
AROUND = """
daemon off; master_process off; pid nginx.pid; error_log stderr error;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path body; proxy_temp_path proxy;
    fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
{recipe}
}}
"""


def recipe() -> dict[str, Block]:
    """The app and the configuration, by their languages."""
    return {block.language: block for block in blocks("docs/verification.md") if block.tried_by == OWN}


class Behind(BaseHTTPRequestHandler):
    """The app that is guarded: tells what it was sent."""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(length).decode()
        body = json.dumps({"body": sent, "headers": self.headers.items()}).encode()
        self.send_response(500 if self.path == "/broken" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing."""


class Check(Behind):
    """A check that lets everybody in, and notes what it was sent."""

    seen: ClassVar[list[tuple[str | None, bytes]]] = []

    def do_GET(self) -> None:
        assert isinstance(self.rfile, BufferedReader)
        self.connection.setblocking(False)
        self.seen.append((self.headers.get("Content-Length"), self.rfile.peek()))
        self.connection.setblocking(True)
        self.send_response(204)
        self.end_headers()


class Busy(Behind):
    """A check for which too many wait."""

    def do_GET(self) -> None:
        self.send_response(503)
        self.send_header("Retry-After", "7")
        self.end_headers()


@dataclass
class Guarded:
    """nginx and what is behind it."""

    client: httpx.Client
    acme: Acme

    def get(self, path: str = "/", **headers: str) -> httpx.Response:
        return self.client.get(path, headers={name.replace("_", "-"): text for name, text in headers.items()})


@contextmanager
def nginx(folder: Path, check: str, behind: str) -> Iterator[str]:
    """nginx with the recipe; gives its address."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        missing_peer("no nginx here: install the package nginx")
    assert program is not None
    with socket.create_server(("127.0.0.1", 0)) as free:
        own = f"127.0.0.1:{free.getsockname()[1]}"
    text = recipe()["nginx"].text
    ports = {"listen 8000": f"listen {own}", "127.0.0.1:8001": check, "127.0.0.1:8002": behind}
    for port, address in ports.items():
        assert port in text
        text = text.replace(port, address)
    (folder / "nginx.conf").write_text(AROUND.format(recipe=text))
    process = subprocess.Popen([program, "-p", str(folder), "-c", "nginx.conf"], stderr=subprocess.PIPE)
    try:
        _wait_for(process, own)
        yield own
    finally:
        process.terminate()
        process.wait(PATIENCE)
        if process.stderr is not None:
            process.stderr.close()


def _wait_for(process: subprocess.Popen[bytes], address: str) -> None:
    host, _, port = address.partition(":")
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, process.stderr and process.stderr.read()
        with suppress(OSError):
            return socket.create_connection((host, int(port)), timeout=1).close()
        time.sleep(0.01)
    pytest.fail("nginx does not listen")


@contextmanager
def behind(handler: type[BaseHTTPRequestHandler] = Behind) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def acme(tmp_path: Path) -> Acme:
    folder = tmp_path / "acme"
    folder.mkdir(mode=0o700)
    return make_acme(folder)


@pytest.fixture
def guarded(serve: Serve, acme: Acme, tmp_path: Path) -> Iterator[Guarded]:
    options = ["--workers", "2", "--log-level", "warning"]
    check = serve(recipe()["python"].text, "gunicorn", "app:app", "--bind", "fd://FD", *options)
    with (
        behind() as app,
        nginx(tmp_path, check, app) as address,
        httpx.Client(base_url=f"http://{address}", timeout=PATIENCE) as client,
    ):
        yield Guarded(client, acme)


def test_the_app_has_twelve_lines() -> None:
    assert len(recipe()["python"].text.strip().splitlines()) == 12


def test_every_answer_of_the_check_arrives(guarded: Guarded) -> None:
    acme = guarded.acme
    allowed = guarded.get(Authorization=f"Bearer {acme.scanner}")
    assert allowed.status_code == 200
    assert guarded.get(X_API_Key=acme.scanner).status_code == 200
    invalid = f'{CHALLENGE}, error="invalid_token"'
    for headers, status, challenge in (
        ({}, 401, CHALLENGE),
        ({"X_API_Key": made_up(acme.scanner)}, 401, invalid),
        ({"X_API_Key": acme.viewer}, 403, f'{CHALLENGE}, error="insufficient_scope", scope="run_scans"'),
        (
            {"X_API_Key": acme.scanner, "Authorization": f"Bearer {acme.scanner}"},
            400,
            f'{CHALLENGE}, error="invalid_request"',
        ),
    ):
        answer = guarded.get(**headers)
        assert (answer.status_code, answer.headers.get("WWW-Authenticate")) == (status, challenge), headers
    acme.revoke(acme.scanner)
    assert guarded.get(X_API_Key=acme.scanner).status_code == 401


def test_the_app_hears_who_asks_from_nginx_alone_and_never_the_key(guarded: Guarded) -> None:
    scanner = guarded.acme.scanner
    made_up_names = {"X-Account-Id": "of mallory", "x_account_id": "of mallory"}
    answer = guarded.client.post(
        "/", headers={"Authorization": f"Bearer {scanner}", **made_up_names}, content=b"a body"
    )
    told = answer.json()
    assert told["body"] == "a body"
    names = [text for name, text in told["headers"] if name.lower().replace("_", "-") == "x-account-id"]
    assert len(names) == 1
    assert re.fullmatch(r"[0-9a-f-]{36}", names[0])
    assert scanner not in json.dumps(told)
    assert parse(scanner).key_id not in json.dumps(told)


@pytest.mark.parametrize("body", [b"a body", b"x" * 900_000], ids=["small", "large"])
def test_the_check_is_sent_no_body(body: bytes, tmp_path: Path) -> None:
    Check.seen.clear()
    with behind() as app, behind(Check) as check, nginx(tmp_path, check, app) as address:
        answer = httpx.post(f"http://{address}/", content=body, timeout=PATIENCE)
    assert answer.json()["body"] == body.decode()
    assert Check.seen == [(None, b"")]


def test_a_body_is_neither_in_the_way_nor_lost(guarded: Guarded) -> None:
    key = {"X-API-Key": guarded.acme.scanner}
    large = guarded.client.post("/", headers=key, content=b"x" * 900_000)
    assert (large.status_code, len(large.json()["body"])) == (200, 900_000)
    assert guarded.client.post("/", content=b"x" * 900_000).status_code == 401


def test_where_nothing_was_decided_it_is_503_and_says_when_to_come_again(guarded: Guarded) -> None:
    key = {"X_API_Key": guarded.acme.scanner}
    assert guarded.get(**key).status_code == 200
    guarded.acme.store.rename(guarded.acme.store.with_name("elsewhere.db"))
    answer = guarded.get(**key)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "pftui" not in answer.text


def test_the_seconds_are_those_of_the_check(tmp_path: Path) -> None:
    with behind() as app, behind(Busy) as check, nginx(tmp_path, check, app) as address:
        answer = httpx.get(f"http://{address}/", timeout=PATIENCE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")


def test_a_check_that_is_not_there_lets_nobody_in(acme: Acme, tmp_path: Path) -> None:
    with behind() as app, nginx(tmp_path, "127.0.0.1:9", app) as address:
        answer = httpx.get(f"http://{address}/", headers={"X-API-Key": acme.scanner}, timeout=PATIENCE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_what_breaks_in_the_app_is_not_taken_for_the_check(guarded: Guarded) -> None:
    answer = guarded.get("/broken", X_API_Key=guarded.acme.scanner)
    assert answer.status_code == 500
    assert "headers" in answer.json()


def test_nobody_reaches_the_check_itself(guarded: Guarded) -> None:
    assert guarded.get("/key-check", X_API_Key=guarded.acme.scanner).status_code == 404
