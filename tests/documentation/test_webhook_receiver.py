"""The receivers in docs/webhooks.md take what pftui has signed, and nothing else."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pftui.bootstrap import open_services
from pftui.domain.secret import Secret
from tests.acme import Acme
from tests.commands.program import Result, run
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.documentation.blocks import blocks

FUNCTION, PROGRAM = (each.text for each in blocks("docs/webhooks.md") if each.language == "python")


@pytest.fixture(scope="module")
def key(acme: Acme) -> str:
    """That of a service account with global admin privileges."""
    services = open_services(f"sqlite:///{acme.store}")
    admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    made = services.service_accounts.create(admin, name="terraform", global_admin=True)
    services.lifecycle.close()
    return made.key.reveal()


def pftui(acme: Acme, key: str, *arguments: str) -> Result:
    return run(*arguments, env=acme.environment(PFTUI_API_KEY=key), cwd=acme.folder)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def running(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """The documented program, at another port."""
    assert PROGRAM.count("8400") == 1
    program = [sys.executable, "-c", PROGRAM.replace("8400", str(port))]
    with subprocess.Popen(
        program, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as receiver:
        try:
            yield receiver
        finally:
            receiver.terminate()


def test_the_documented_receiver_prints_what_was_signed_once(acme: Acme, key: str) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/in"
    assert pftui(acme, key, "organization", "update", "--allow-network", "127.0.0.0/8").code == 0
    made = pftui(acme, key, "webhooks", "create", "SIEM", "--url", url, "--event", "team.*")
    (acme.folder / "siem.secret").write_text(made.out)
    with running(acme.folder, port) as receiver:
        while pftui(acme, key, "webhooks", "test", "SIEM").code:  # it is still to listen
            assert receiver.poll() is None
        assert receiver.stdout is not None
        assert receiver.stdout.readline().endswith("webhook.tested Sent a test event to webhook SIEM\n")
        pftui(acme, key, "teams", "create", "Blue Team")
        assert "Delivered 1 event" in pftui(acme, key, "webhooks", "deliver").err
        assert receiver.stdout.readline().endswith("team.created Created team Blue Team\n")
        created = next(
            each
            for each in json.loads(pftui(acme, key, "webhooks", "deliveries", "SIEM", "--json").out)
            if each["event"] == "team.created"
        )
        assert pftui(acme, key, "webhooks", "resend", "SIEM", created["eventId"]).code == 0
        forged = urllib.request.Request(url, b"{}", {"X-Promptfoo-Signature": "0" * 64})
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(forged, timeout=10)
        receiver.terminate()
        assert receiver.stdout.read() == ""


@pytest.mark.parametrize(
    ("signature", "signed"), [(None, True), ("0" * 64, False), ("é", False), ("", False)]
)
def test_the_documented_function_compares(signature: str | None, signed: bool) -> None:
    import hashlib
    import hmac

    names: dict[str, object] = {}
    exec(compile(FUNCTION, "docs/webhooks.md", "exec"), names)
    given = hmac.new(b"pfwh_x", b"body", hashlib.sha256).hexdigest() if signature is None else signature
    is_signed = names["is_signed"]
    assert callable(is_signed)
    assert is_signed(b"body", given, "pfwh_x") is signed
