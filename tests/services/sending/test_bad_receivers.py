"""Receivers that do not behave: each is a sentence, and none holds the sender up."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from pftui.services.sending.answer import MOST_READ, TEXT_LENGTH, Answer, Outcome
from pftui.services.sending.client import Sender
from tests.patience import PATIENCE
from tests.peers.receiver import Connection, Receiver, answering
from tests.services.sending.conftest import HOST, at_this_host, delivery

SHORT = 0.3
"""Seconds for a receiver that will not answer, whatever it is given."""
MANY = 100_000


class Seconds:
    """A monotonic clock that goes only when told; `asked` is how often it was looked at."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked = 0

    def __call__(self) -> float:
        self.asked += 1
        return self.now


def sent_to(receiver: Receiver, seconds: Seconds | None = None) -> Answer:
    """What came of a delivery; with `seconds` within ten of that clock, else within ten real ones."""
    with Sender(resolve=at_this_host, clock=seconds or time.monotonic) as sender:
        return sender.send(delivery(receiver.port))


def test_one_that_never_answers() -> None:
    over = threading.Event()

    def conduct(connection: Connection) -> None:
        connection.request()
        over.wait(PATIENCE)

    with Receiver(conduct) as receiver, Sender(resolve=at_this_host, limit=SHORT) as sender:
        answer = sender.send(delivery(receiver.port))
        over.set()
    assert answer.outcome is Outcome.TIMEOUT
    assert answer.sentence == f"{HOST}:{receiver.port} did not answer within 0.3 s."
    assert answer.seconds >= SHORT


def test_one_that_takes_the_connection_and_never_speaks_tls(trusted: object) -> None:
    over = threading.Event()

    def conduct(connection: Connection) -> None:
        over.wait(PATIENCE)

    with Receiver(conduct) as receiver:
        with Sender(resolve=at_this_host, limit=SHORT) as sender:
            answer = sender.send(delivery(receiver.port, "https"))
        over.set()
    assert answer.outcome is Outcome.TIMEOUT
    assert "could not be connected to within 0.3 s: nothing was sent" in answer.sentence


def test_one_that_nobody_can_reach() -> None:
    """A listener whose queue is full swallows what comes, as a firewall does."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = []
        for _ in range(8):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(full.getsockname())
        with Sender(resolve=at_this_host, limit=SHORT) as sender:
            answer = sender.send(delivery(full.getsockname()[1]))
        for each in waiting:
            each.close()
    assert answer.outcome is Outcome.TIMEOUT


def test_one_that_swallows_leaves_time_for_the_next_address_of_the_name() -> None:
    with socket.create_server(("127.0.0.2", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(8)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        with socket.create_server(("127.0.0.1", port)) as listener:
            answering_thread = threading.Thread(target=_answer_one, args=(listener,), daemon=True)
            answering_thread.start()
            with Sender(resolve=lambda *_: ["127.0.0.2", "127.0.0.1"], limit=2.0) as sender:
                answer = sender.send(delivery(port))
        for each in waiting:
            each.close()
    assert answer.delivered, answer


def _answer_one(listener: socket.socket) -> None:
    accepted, _ = listener.accept()
    with accepted:
        connection = Connection(accepted)
        connection.request()
        connection.answer(200)


@pytest.mark.parametrize("first", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b""], ids=["a header", "the status"])
def test_one_that_sends_a_byte_a_second(first: bytes) -> None:
    seconds = Seconds()

    def conduct(connection: Connection) -> None:
        connection.request()
        connection.send(first)
        for _ in range(MANY):
            seconds.now += 1
            connection.send(b"H")

    with Receiver(conduct) as receiver:
        answer = sent_to(receiver, seconds)
    assert answer.outcome is Outcome.TIMEOUT
    assert seconds.now < MANY


def test_one_that_only_says_that_it_will_answer() -> None:
    seconds = Seconds()

    def conduct(connection: Connection) -> None:
        connection.request()
        for _ in range(MANY):
            seconds.now += 1
            connection.send(b"HTTP/1.1 102 Processing\r\n\r\n")

    with Receiver(conduct) as receiver:
        assert sent_to(receiver, seconds).outcome is Outcome.TIMEOUT
    assert seconds.now < MANY


def test_one_that_takes_it_and_then_sends_a_byte_a_second_has_taken_it() -> None:
    seconds = Seconds()

    def conduct(connection: Connection) -> None:
        connection.request()
        asked = seconds.asked
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while seconds.asked < asked + 3:  # it looks before each read: then the status has been read
            connection.send(b"o")
            time.sleep(0.01)
        for _ in range(MANY):
            seconds.now += 1
            connection.send(b"o")

    with Receiver(conduct) as receiver:
        answer = sent_to(receiver, seconds)
    assert answer.delivered
    assert seconds.now < MANY
    assert set(answer.text) <= {"o"}


def test_one_that_does_not_read_what_it_is_sent() -> None:
    over = threading.Event()

    def conduct(connection: Connection) -> None:
        over.wait(PATIENCE)

    with Receiver(conduct) as receiver:
        with Sender(resolve=at_this_host, limit=SHORT) as sender:
            answer = sender.send(delivery(receiver.port, body=b"x" * 20_000_000))
        over.set()
    assert answer.outcome is Outcome.TIMEOUT


@pytest.mark.parametrize("status", [200, 500])
def test_one_that_answers_ten_megabytes(status: int) -> None:
    sent = []

    def conduct(connection: Connection) -> None:
        connection.request()
        connection.send(f"HTTP/1.1 {status} OK\r\nContent-Length: 10000000\r\n\r\n".encode())
        for _ in range(1000):
            connection.send(b"x" * 10_000)
            sent.append(10_000)

    with Receiver(conduct) as receiver:
        answer = sent_to(receiver)
    assert (answer.status, answer.delivered) == (status, status == 200)
    assert answer.text == "x" * TEXT_LENGTH
    assert sum(sent) < 10_000_000, "it was closed long before"


def test_an_answer_of_64_kb_is_read_whole_so_that_the_connection_can_be_kept() -> None:
    with Receiver(answering(200, b"x" * MOST_READ)) as receiver, Sender(resolve=at_this_host) as sender:
        assert sender.send(delivery(receiver.port)).delivered
        assert sender.send(delivery(receiver.port)).delivered
        assert receiver.connections == 1


def test_one_that_never_ends_its_headers() -> None:
    def conduct(connection: Connection) -> None:
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\n")
        for number in range(MANY):
            connection.send(f"X-{number}: {'x' * 1000}\r\n".encode())

    with Receiver(conduct) as receiver:
        assert sent_to(receiver).outcome is Outcome.NOT_HTTP


def test_one_that_closes_at_once() -> None:
    with Receiver(lambda _: None) as receiver:
        answer = sent_to(receiver)
        assert receiver.connections == 1
    assert answer.outcome is Outcome.CONNECTION
    assert answer.sentence == f"{HOST}:{receiver.port} closed the connection without an answer."


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\nContent-Le"])
def test_one_that_closes_before_its_answer_is_whole(said: bytes) -> None:
    def conduct(connection: Connection) -> None:
        connection.request()
        connection.send(said)

    with Receiver(conduct) as receiver:
        assert sent_to(receiver).outcome in (Outcome.CONNECTION, Outcome.NOT_HTTP)
        assert receiver.connections == 1


def test_one_that_resets_the_connection() -> None:
    def conduct(connection: Connection) -> None:
        connection.request()
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    with Receiver(conduct) as receiver:
        answer = sent_to(receiver)
    assert answer.outcome is Outcome.CONNECTION


@pytest.mark.parametrize(
    "said",
    [
        b"220 mail.acme.example ESMTP\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: x\r\n\r\n",
    ],
    ids=["SMTP", "SSH", "TLS", "no status", "no length", "two lengths", "no name"],
)
def test_one_that_does_not_speak_http(said: bytes) -> None:
    def conduct(connection: Connection) -> None:
        connection.request()
        connection.send(said)

    with Receiver(conduct) as receiver:
        answer = sent_to(receiver)
    assert answer.outcome is Outcome.NOT_HTTP
    assert answer.sentence == f"What {HOST}:{receiver.port} answered is not a whole answer of HTTP."


def test_one_that_changes_to_another_protocol() -> None:
    with Receiver(answering(101, b"", "Upgrade: websocket", "Connection: Upgrade")) as receiver:
        assert sent_to(receiver).outcome in (Outcome.STATUS, Outcome.NOT_HTTP)


def test_one_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as was:
        port = was.getsockname()[1]
    with Sender(resolve=at_this_host) as sender:
        answer = sender.send(delivery(port))
    assert answer.outcome is Outcome.CONNECTION
    assert answer.sentence == (
        f"{HOST}:{port} could not be connected to (Connection refused): nothing was sent."
    )


def test_one_that_answers_before_it_has_read_has_answered() -> None:
    def conduct(connection: Connection) -> None:
        connection.answer(413, b"too large")
        connection.request()

    with Receiver(conduct) as receiver, Sender(resolve=at_this_host) as sender:
        answer = sender.send(delivery(receiver.port))
    assert (answer.outcome, answer.status) == (Outcome.STATUS, 413)
