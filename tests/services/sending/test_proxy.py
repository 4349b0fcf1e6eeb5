"""Through the proxy that an organization names, and through no other."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from pftui.services.sending.answer import Outcome
from pftui.services.sending.client import Sender
from tests.peers.proxy import Forwarding
from tests.peers.receiver import Documented, Receiver
from tests.peers.tls import Certificate
from tests.services.sending.conftest import HOST, SECRET, delivery


def proxy_at(receiver: Receiver) -> str:
    return f"http://127.0.0.1:{receiver.port}"


def no_names(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host} is looked up by the proxy")


def test_http_goes_to_the_proxy_whole_which_looks_the_name_up() -> None:
    with Receiver(conduct := Forwarding({})) as proxy, Sender(resolve=no_names) as sender:
        answer = sender.send(delivery(80, proxy=proxy_at(proxy), allowed=()))
    assert (answer.outcome, answer.status) == (Outcome.DELIVERED, 202)
    assert conduct.asked[0].line == f"POST http://{HOST}:80/in HTTP/1.1"
    assert "x-promptfoo-signature" in conduct.asked[0].headers


def test_https_goes_through_the_proxy_and_is_verified_as_without(
    trusted: Path, certified: Callable[..., Certificate]
) -> None:
    with Receiver(Documented(SECRET), certified()) as receiver:
        conduct = Forwarding({HOST: receiver.port, "another.acme.example": receiver.port})
        with Receiver(conduct) as proxy, Sender(resolve=no_names) as sender:
            answer = sender.send(delivery(443, "https", proxy=proxy_at(proxy), allowed=()))
            assert answer.delivered, answer
            other = delivery(443, "https", "another.acme.example", proxy=proxy_at(proxy))
            assert sender.send(other).outcome is Outcome.TLS
        assert receiver.names == [HOST, "another.acme.example"]
    assert conduct.asked[0].line == f"CONNECT {HOST}:443 HTTP/1.1"
    assert "x-promptfoo-signature" not in conduct.asked[0].headers


def test_through_a_proxy_an_address_is_the_proxys_to_refuse() -> None:
    with Receiver(conduct := Forwarding({}, refused=403)) as proxy, Sender() as sender:
        sender.send(delivery(80, host="127.0.0.1", proxy=proxy_at(proxy), allowed=()))
        sender.send(delivery(80, host="[::1]", proxy=proxy_at(proxy), allowed=()))
    assert [each.line.split()[1] for each in conduct.asked] == [
        "http://127.0.0.1:80/in",
        "http://[::1]:80/in",
    ]


def test_a_proxy_that_does_not_let_it_through_is_told(trusted: Path) -> None:
    with Receiver(Forwarding({}, refused=403)) as proxy, Sender() as sender:
        answer = sender.send(delivery(443, "https", "[2606:4700::1]", proxy=proxy_at(proxy)))
    assert answer.outcome is Outcome.PROXY
    assert answer.sentence == (
        f"The proxy 127.0.0.1:{proxy.port} did not connect to [2606:4700::1]: it answered 403."
    )


def test_a_proxy_that_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as was:
        port = was.getsockname()[1]
    with Sender() as sender:
        answer = sender.send(delivery(80, proxy=f"http://127.0.0.1:{port}"))
    assert answer.outcome is Outcome.PROXY
    assert answer.sentence.startswith(f"The proxy 127.0.0.1:{port} could not be connected to")


def test_a_proxy_without_an_address_is_told() -> None:
    with Sender(resolve=lambda *_: []) as sender:
        answer = sender.send(delivery(80, proxy="http://proxy.acme.example:3128"))
    assert answer.sentence == "No address was found for proxy.acme.example: nothing was sent."


@pytest.mark.parametrize("url", ["https://proxy", "http://alice:hunter2@proxy:1", "socks5://proxy:1"])
def test_another_kind_of_proxy_is_refused(url: str) -> None:
    with Sender(resolve=no_names) as sender:
        answer = sender.send(delivery(80, proxy=url))
    assert answer.outcome is Outcome.PROXY
    assert "hunter2" not in repr(answer)


def test_what_is_sent_by_a_proxy_is_not_sent_by_a_connection_without() -> None:
    with Receiver(Documented(SECRET)) as receiver:
        with Receiver(conduct := Forwarding({})) as proxy, Sender(resolve=lambda *_: ["127.0.0.1"]) as sender:
            assert sender.send(delivery(receiver.port)).status == 200
            assert sender.send(delivery(receiver.port, proxy=proxy_at(proxy))).status == 202
            assert sender.send(delivery(receiver.port)).status == 200
        assert receiver.connections == 1
        assert len(conduct.asked) == 1
