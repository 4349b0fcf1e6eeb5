"""The apps of the documentation, as they stand there, behind the servers that they are for."""

from __future__ import annotations

import httpx
import pytest

from tests.acme import Acme
from tests.contrib.conftest import CHALLENGE, Serve
from tests.documentation.blocks import Block, blocks
from tests.patience import PATIENCE

SERVERS = {
    "starlette": ["uvicorn", "app:app", "--fd", "FD", "--workers", "2", "--log-level", "warning"],
    "flask": ["gunicorn", "app:app", "--bind", "fd://FD", "--workers", "2", "--log-level", "warning"],
    "fastapi": ["uvicorn", "app:app", "--fd", "FD", "--workers", "2", "--log-level", "warning"],
}


def apps() -> list[Block]:
    own = "tests/contrib/test_documented_apps.py"
    return [block for block in blocks("docs/verification.md") if block.tried_by == own]


def framework(block: Block) -> str:
    """The name of the framework, which is the first that an example imports."""
    return block.text.split()[1].partition(".")[0]


def test_each_framework_has_its_example() -> None:
    assert [framework(block) for block in apps()] == list(SERVERS)


@pytest.mark.parametrize("block", apps(), ids=framework)
def test_an_app_lets_in_who_may(block: Block, serve: Serve, acme: Acme) -> None:
    address = serve(block.text, *SERVERS[framework(block)])
    with httpx.Client(base_url=f"http://{address}", timeout=PATIENCE) as asked:
        allowed = asked.get("/scans", headers={"Authorization": f"Bearer {acme.scanner}"})
        assert (allowed.status_code, allowed.json()) == (200, {"for": "bot CI Runner"})
        lacking = asked.get("/scans", headers={"X-API-Key": acme.viewer})
        assert lacking.status_code == 403
        assert lacking.headers["WWW-Authenticate"].endswith('scope="run_scans"')
        stranger = asked.get("/scans")
        assert (stranger.status_code, stranger.headers["WWW-Authenticate"]) == (401, CHALLENGE)
