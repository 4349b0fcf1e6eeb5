"""Whom the sender speaks to by TLS."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pftui.services.sending.answer import Outcome
from pftui.services.sending.client import Sender
from tests.peers.receiver import Connection, Documented, Receiver
from tests.peers.tls import Certificate, make_authority, make_certificate
from tests.services.sending.conftest import BODY, HOST, SECRET, at_this_host, delivery

Certify = Callable[..., Certificate]


def test_a_receiver_whose_name_is_certified_takes_it(trusted: Path, certified: Certify) -> None:
    """The address was chosen by the sender; the name is what TLS asks for and verifies."""
    documented = Documented(SECRET)
    looked_up = []

    def names(host: str, port: int) -> Sequence[str]:
        looked_up.append(host)
        return ["127.0.0.1"]

    with Receiver(documented, certified()) as receiver, Sender(resolve=names) as sender:
        answers = [sender.send(delivery(receiver.port, "https", host)) for host in (HOST, f"{HOST}.", HOST)]
        assert all(answer.delivered for answer in answers), answers
        assert receiver.connections == 1
        assert receiver.names == [HOST]
    assert looked_up == [HOST]
    assert [received.body for received in documented.received] == [BODY] * 3


@pytest.mark.parametrize("host", ["another.acme.example", "acme.example"])
def test_another_name_is_not_accepted(trusted: Path, certified: Certify, host: str) -> None:
    documented = Documented(SECRET)
    with Receiver(documented, certified(host)) as receiver, Sender(resolve=at_this_host) as sender:
        answer = sender.send(delivery(receiver.port, "https"))
    assert answer.outcome is Outcome.TLS
    assert answer.sentence.startswith(f"The certificate of {HOST}:{receiver.port} was not accepted: Hostname")
    assert answer.sentence.endswith("Nothing was sent.")
    assert documented.received == []


def test_the_address_is_no_name(trusted: Path, certified: Certify) -> None:
    with Receiver(Documented(SECRET), certified()) as receiver, Sender() as sender:
        answer = sender.send(delivery(receiver.port, "https", "127.0.0.1"))
    assert answer.outcome is Outcome.TLS
    assert "IP address mismatch" in answer.sentence


def test_one_that_has_expired_is_not_accepted(trusted: Path, certified: Certify) -> None:
    documented = Documented(SECRET)
    with Receiver(documented, certified(days=-1)) as receiver, Sender(resolve=at_this_host) as sender:
        answer = sender.send(delivery(receiver.port, "https"))
    assert answer.outcome is Outcome.TLS
    assert "certificate has expired" in answer.sentence
    assert documented.received == []


def test_one_that_vouches_for_itself_is_not_accepted(trusted: Path, tmp_path: Path) -> None:
    itself = make_authority(tmp_path, HOST)
    with Receiver(Documented(SECRET), itself) as receiver, Sender(resolve=at_this_host) as sender:
        answer = sender.send(delivery(receiver.port, "https"))
    assert answer.outcome is Outcome.TLS
    assert "self-signed certificate" in answer.sentence


def test_an_authority_that_is_not_trusted_is_not_accepted(trusted: Path, tmp_path: Path) -> None:
    stranger = make_certificate(tmp_path, make_authority(tmp_path, "Strangers-CA"), HOST)
    with Receiver(Documented(SECRET), stranger) as receiver, Sender(resolve=at_this_host) as sender:
        answer = sender.send(delivery(receiver.port, "https"))
    assert answer.outcome is Outcome.TLS


def test_without_ssl_cert_file_it_is_the_systems_authorities_that_count(
    certified: Certify, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    with Receiver(Documented(SECRET), certified()) as receiver, Sender(resolve=at_this_host) as sender:
        answer = sender.send(delivery(receiver.port, "https"))
    assert answer.outcome is Outcome.TLS


@pytest.mark.parametrize("contents", [None, "no certificate\n"])
def test_authorities_that_cannot_be_read_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, contents: str | None
) -> None:
    file = tmp_path / "authorities.pem"
    if contents is not None:
        file.write_text(contents)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with Receiver(Documented(SECRET)) as receiver, Sender(resolve=at_this_host) as sender:
        answer = sender.send(delivery(receiver.port, "https"))
        assert answer.outcome is Outcome.TLS
        assert answer.sentence == (
            "The certificates of the authorities could not be read: nothing was sent. "
            "See what SSL_CERT_FILE names."
        )
        assert sender.send(delivery(receiver.port)).delivered, "http needs none"
        assert receiver.connections == 1


def test_one_that_speaks_no_tls_is_told(trusted: Path) -> None:
    def conduct(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 400 no\r\n\r\n")

    with Receiver(conduct) as receiver, Sender(resolve=at_this_host) as sender:
        answer = sender.send(delivery(receiver.port, "https"))
    assert answer.outcome in (Outcome.TLS, Outcome.CONNECTION)
    assert "nothing was sent" in answer.sentence


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
def test_one_that_speaks_an_old_tls_only_is_told(trusted: Path, certified: Certify) -> None:
    with Receiver(Documented(SECRET), certified()) as receiver:
        assert receiver.context is not None
        receiver.context.set_ciphers("DEFAULT:@SECLEVEL=0")
        receiver.context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        receiver.context.maximum_version = ssl.TLSVersion.TLSv1_1
        with Sender(resolve=at_this_host) as sender:
            answer = sender.send(delivery(receiver.port, "https"))
    assert answer.outcome is Outcome.TLS
