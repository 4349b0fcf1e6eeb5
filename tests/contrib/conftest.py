"""An organization, a verifier of it, and the real servers."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pftui import Verifier
from pftui.domain.api_key import checksum
from tests.acme import Acme, make_acme
from tests.patience import PATIENCE

#: Starts a program that serves on the descriptor in its arguments, and gives the address.
Serve = Callable[..., str]
#: What a key may get, and what the answer to it must be: the same in every framework.
CHALLENGE = 'Bearer realm="pftui"'


@pytest.fixture(scope="session")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Acme:
    return make_acme(tmp_path_factory.mktemp("acme"))


@pytest.fixture
def verifier(acme: Acme) -> Iterator[Verifier]:
    with Verifier(acme.store) as made:
        yield made


def made_up(key: str) -> str:
    """Another secret for the same id."""
    body = key[:15] + ("A" if key[15] != "A" else "B") + key[16:53]
    return body + checksum(body)


def cases(acme: Acme) -> list[tuple[list[tuple[str, str]], int, str | None]]:
    """Headers of a request for `run_scans` in Red Team, the status, and the challenge."""
    scanner, viewer = acme.scanner, acme.viewer
    return [
        ([("Authorization", f"Bearer {scanner}")], 200, None),
        ([("authorization", f"bearer  {scanner}")], 200, None),
        ([("X-API-Key", scanner)], 200, None),
        ([("Authorization", "Basic YWxpY2U6"), ("X-API-Key", scanner)], 200, None),
        ([], 401, CHALLENGE),
        ([("Authorization", "Basic YWxpY2U6")], 401, CHALLENGE),
        ([("Authorization", f"Bearer {scanner[:-1]}")], 401, f'{CHALLENGE}, error="invalid_token"'),
        ([("X-API-Key", f"Bearer {scanner}")], 401, f'{CHALLENGE}, error="invalid_token"'),
        ([("X-API-Key", made_up(scanner))], 401, f'{CHALLENGE}, error="invalid_token"'),
        (
            [("Authorization", f"Bearer {scanner}"), ("X-API-Key", scanner)],
            400,
            f'{CHALLENGE}, error="invalid_request"',
        ),
        (
            [("Authorization", f"Bearer {scanner}"), ("Authorization", f"Bearer {viewer}")],
            400,
            f'{CHALLENGE}, error="invalid_request"',
        ),
        ([("X-API-Key", viewer)], 403, f'{CHALLENGE}, error="insufficient_scope", scope="run_scans"'),
    ]


@pytest.fixture
def serve(acme: Acme, tmp_path: Path) -> Iterator[Serve]:
    """Starts servers, and ends them."""
    with ExitStack() as undo:

        def start(program: str, *arguments: str) -> str:
            (tmp_path / "app.py").write_text(program)
            listener = undo.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
            number = str(listener.fileno())
            process = subprocess.Popen(
                [sys.executable, "-m", *[each.replace("FD", number) for each in arguments]],
                cwd=tmp_path,
                env=acme.environment(PYTHONPATH=str(tmp_path)),
                pass_fds=[listener.fileno()],
            )
            undo.callback(process.wait, PATIENCE)
            undo.callback(process.terminate)
            return f"127.0.0.1:{listener.getsockname()[1]}"

        yield start
