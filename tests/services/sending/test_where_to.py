"""Which address is connected to, whatever the name server says, at each attempt."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from pftui.domain.addresses import networks
from pftui.services.sending.answer import Answer, Outcome
from pftui.services.sending.client import Sender
from tests.patience import PATIENCE
from tests.peers.receiver import Receiver, answering
from tests.services.sending.conftest import HOST, at_this_host, delivery

PUBLIC = "198.18.0.1"
"""Stands for a public address: of a network for tests, allowed here, in which nothing listens."""
AS_PUBLIC = networks(["198.18.0.0/15"])


class Names:
    """A resolver that says something else at each look, its last answer for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.looks = 0

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.looks += 1
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(answering(200)) as listening:
        yield listening


def sent(receiver: Receiver, names: Names, **more: Any) -> Answer:
    with Sender(resolve=names, limit=0.5) as sender:
        return sender.send(delivery(receiver.port, **more))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fe80::1%lo"])
def test_a_name_that_is_at_this_host_is_refused(receiver: Receiver, address: str) -> None:
    answer = sent(receiver, Names([address]), allowed=())
    assert answer.outcome is Outcome.ADDRESS
    assert f"{HOST}:{receiver.port} is at {address}, a " in answer.sentence
    assert "nothing was sent" in answer.sentence
    assert receiver.connections == 0


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::127.0.0.1]", "0.0.0.0"]
)
def test_so_is_an_address_in_the_url(receiver: Receiver, host: str) -> None:
    answer = sent(receiver, Names([PUBLIC]), host=host, allowed=())
    assert answer.outcome is Outcome.ADDRESS
    assert receiver.connections == 0


def test_so_is_localhost_by_the_systems_own_resolver(receiver: Receiver) -> None:
    with Sender() as sender:
        answers = [
            sender.send(delivery(receiver.port, host=host, allowed=()))
            for host in ("localhost", "LocalHost.")
        ]
        assert {answer.outcome for answer in answers} == {Outcome.ADDRESS}
        assert receiver.connections == 0
        assert sender.send(delivery(receiver.port, host="localhost")).delivered


@pytest.mark.parametrize(
    "addresses", [(PUBLIC, "127.0.0.1"), ("127.0.0.1", PUBLIC), (PUBLIC, PUBLIC, "fe80::1")]
)
def test_all_addresses_of_a_name_are_looked_at(receiver: Receiver, addresses: tuple[str, ...]) -> None:
    answer = sent(receiver, Names(addresses), allowed=AS_PUBLIC)
    assert answer.outcome is Outcome.ADDRESS
    assert receiver.connections == 0


def test_what_was_looked_at_is_what_is_connected_to(receiver: Receiver) -> None:
    """There is one look: a name server that would say something else at the second is not asked."""
    names = Names(["127.0.0.1"], ["127.0.0.2"])
    assert sent(receiver, names).delivered
    assert names.looks == 1


def test_a_name_that_moves_to_this_host_after_it_was_looked_at_is_not_followed(receiver: Receiver) -> None:
    names = Names([PUBLIC], ["127.0.0.1"])
    with Sender(resolve=names, limit=0.5) as sender:
        first = sender.send(delivery(receiver.port, allowed=AS_PUBLIC))
        second = sender.send(delivery(receiver.port, allowed=AS_PUBLIC))
    assert first.outcome in (Outcome.CONNECTION, Outcome.TIMEOUT), "it was tried where it was allowed"
    assert second.outcome is Outcome.ADDRESS
    assert receiver.connections == 0


def test_no_other_look_up_of_the_system_comes_between(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    real = socket.getaddrinfo

    def watched(host: object, *rest: object, **more: object) -> object:
        asked.append(host)
        return real(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    assert sent(receiver, Names(["127.0.0.1"])).delivered
    assert set(asked) <= {"127.0.0.1"}, "what is connected to is an address"


def test_a_network_that_is_no_longer_allowed_ends_a_connection_that_is_kept(receiver: Receiver) -> None:
    with Sender(resolve=at_this_host) as sender:
        assert sender.send(delivery(receiver.port)).delivered
        assert sender.send(delivery(receiver.port, allowed=())).outcome is Outcome.ADDRESS
        assert (
            sender.send(delivery(receiver.port, allowed=networks(["10.0.0.0/8"]))).outcome is Outcome.ADDRESS
        )
        assert sender.send(delivery(receiver.port)).delivered
    assert receiver.connections == 1


def test_a_name_is_looked_up_again_once_a_minute_however_busy_it_is(receiver: Receiver) -> None:
    now = [0.0]
    names = Names(["127.0.0.1"])
    with Sender(resolve=names, clock=lambda: now[0]) as sender:
        for _ in range(3):
            assert sender.send(delivery(receiver.port)).delivered
            now[0] += 40
    assert names.looks == 2


def test_a_connection_is_not_kept_for_long(receiver: Receiver) -> None:
    now = [0.0]
    with Receiver(answering(200)) as other, Sender(resolve=at_this_host, clock=lambda: now[0]) as sender:
        assert sender.send(delivery(other.port)).delivered
        now[0] += 5
        assert sender.send(delivery(receiver.port)).delivered  # which ends what has waited long enough
        now[0] += 1
        assert sender.send(delivery(other.port)).delivered
        assert other.connections == 2


def test_a_name_without_an_address_is_told() -> None:
    with Sender(resolve=Names([])) as sender:
        answer = sender.send(delivery(80))
    assert (answer.outcome, answer.sentence) == (
        Outcome.NAME,
        f"No address was found for {HOST}: nothing was sent.",
    )


def test_so_is_one_that_the_system_does_not_know() -> None:
    with Sender() as sender:
        answer = sender.send(delivery(80, host="nowhere.invalid"))
    assert answer.outcome in (Outcome.NAME, Outcome.TIMEOUT)


def test_a_resolver_that_says_what_is_no_address_gets_nowhere(receiver: Receiver) -> None:
    assert sent(receiver, Names(["127.1"]), allowed=()).outcome is Outcome.ADDRESS


def test_a_resolver_that_does_not_answer_holds_nothing_up() -> None:
    over = threading.Event()

    def never(host: str, port: int) -> Sequence[str]:
        over.wait(PATIENCE)
        return []

    with Sender(resolve=never, limit=0.2) as sender:
        answer = sender.send(delivery(80))
    over.set()
    assert answer.outcome is Outcome.TIMEOUT


def test_no_proxy_of_the_environment_is_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with Receiver(answering(500)) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert sent(receiver, Names(["127.0.0.1"])).delivered
        assert proxy.connections == 0
