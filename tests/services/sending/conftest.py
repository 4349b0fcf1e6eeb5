"""A certificate's authority that this process trusts, and deliveries to a name that is at this host."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from pftui.domain.addresses import networks
from pftui.domain.secret import Secret
from pftui.services.sending.answer import SendRequest
from pftui.services.sending.client import Sender
from pftui.services.sending.payload import body_of
from tests.conftest import START
from tests.peers.tls import Certificate, make_authority, make_certificate

HOST = "siem.acme.example"
SECRET = Secret("pfwh_harvest-moon-tractor-violin")
HERE = networks(["127.0.0.0/8", "::1/128"])
BODY = body_of("api_key.revoked", START, {"id": "e1", "description": "Revoked API key"})


def at_this_host(host: str, port: int) -> Sequence[str]:
    """A resolver: every name is at this host."""
    return ["127.0.0.1"]


def delivery(
    port: int, scheme: str = "http", host: str = HOST, path: str = "/in", **more: Any
) -> SendRequest:
    """A delivery to a receiver on this host."""
    values = {"body": BODY, "secret": SECRET, "allowed": HERE, "webhook_id": "w1", "event_id": "e1", **more}
    return SendRequest(url=f"{scheme}://{host}:{port}{path}", **values)


@pytest.fixture
def sender() -> Iterator[Sender]:
    with Sender(resolve=at_this_host) as opened:
        yield opened


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_authority(tmp_path_factory.mktemp("authority"), "Acme-CA")


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory, authority: Certificate) -> Callable[..., Certificate]:
    """Makes certificates that the authority vouches for."""

    def certify(host: str = HOST, days: int = 30) -> Certificate:
        return make_certificate(tmp_path_factory.mktemp("certificate"), authority, host, days)

    return certify


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch, authority: Certificate) -> Path:
    """The authority is the one that is trusted, by SSL_CERT_FILE."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return authority.file
