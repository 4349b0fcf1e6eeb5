"""Deliveries to receivers as the documents tell them to be."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from pftui.domain.secret import Secret
from pftui.services.sending.answer import TEXT_LENGTH, Outcome
from pftui.services.sending.client import Sender
from pftui.services.sending.payload import signature
from tests.peers.receiver import Connection, Documented, Receiver, answering
from tests.services.sending.conftest import BODY, HOST, SECRET, at_this_host, delivery


def test_a_receiver_as_documented_takes_it(sender: Sender) -> None:
    documented = Documented(SECRET)
    with Receiver(documented) as receiver:
        answer = sender.send(delivery(receiver.port))
    assert (answer.outcome, answer.sentence, answer.status) == (Outcome.DELIVERED, "", 200)
    assert answer.delivered
    assert answer.text == "Webhook received"
    assert answer.seconds > 0
    (received,) = documented.received
    assert received.line == "POST /in HTTP/1.1"
    assert received.body == BODY
    assert received.headers["host"] == f"{HOST}:{receiver.port}"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["x-webhook-id"] == "w1"
    assert received.headers["x-webhook-event-id"] == "e1"


def test_who_has_another_secret_refuses_it(sender: Sender) -> None:
    with Receiver(Documented(Secret("another"))) as receiver:
        answer = sender.send(delivery(receiver.port))
    assert (answer.outcome, answer.status, answer.text) == (Outcome.STATUS, 401, "Invalid signature")
    assert answer.sentence == f"{HOST}:{receiver.port} answered 401: it did not take the event."


def test_who_still_has_the_old_secret_finds_its_signature_beside_the_new_one(sender: Sender) -> None:
    old = Secret("old")
    with Receiver(Documented(old, "x-promptfoo-signature-previous")) as receiver:
        assert sender.send(delivery(receiver.port, previous=old)).delivered


def test_a_repeat_is_the_same_to_the_byte(sender: Sender) -> None:
    documented = Documented(SECRET)
    with Receiver(documented) as receiver:
        request = delivery(receiver.port)
        sender.send(request)
        sender.send(request)
    first, second = documented.received
    assert first == second


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_taken(sender: Sender, status: int) -> None:
    with Receiver(answering(status)) as receiver:
        assert sender.send(delivery(receiver.port)).delivered


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503, 999])
def test_any_other_status_is_not(sender: Sender, status: int) -> None:
    with Receiver(answering(status)) as receiver:
        answer = sender.send(delivery(receiver.port))
    assert (answer.outcome, answer.status) == (Outcome.STATUS, status)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
def test_a_redirect_is_an_answer_that_failed_and_is_not_followed(sender: Sender, status: int) -> None:
    with Receiver(answering(200)) as elsewhere:
        to = f"Location: http://{HOST}:{elsewhere.port}/"
        with Receiver(answering(status, b"", to)) as receiver:
            answer = sender.send(delivery(receiver.port))
        assert elsewhere.connections == 0
    assert (answer.outcome, answer.status) == (Outcome.REDIRECT, status)
    assert "not followed" in answer.sentence


def test_answers_are_shown_as_text(sender: Sender) -> None:
    with Receiver(answering(500, "no\r\n\x1b[31mred\x07 \x00\u202e[b]é".encode() + b"\xff")) as receiver:
        answer = sender.send(delivery(receiver.port))
    assert answer.text == "no \\x1b[31mred\\x07 \\x00\\u202e[b]é\ufffd"


def test_answers_are_bounded(sender: Sender) -> None:
    with Receiver(answering(500, b"\x1b" * 60_000)) as receiver:
        answer = sender.send(delivery(receiver.port))
    assert len(answer.text) == TEXT_LENGTH


def test_a_connection_is_kept_for_the_next_delivery(sender: Sender) -> None:
    with Receiver(answering(200, b"ok")) as receiver:
        for number in range(5):
            assert sender.send(delivery(receiver.port, event_id=f"e{number}")).delivered
        assert receiver.connections == 1


def test_a_connection_that_the_receiver_has_ended_meanwhile_is_made_anew(sender: Sender) -> None:
    """Also where that shows only once the request was sent: the other side reads it, and closes."""
    answered = threading.Event()

    def once(connection: Connection) -> None:
        first = not answered.is_set()
        assert connection.request()
        connection.answer(200)
        answered.set()
        if first:
            connection.request()  # and closes without an answer

    with Receiver(once) as receiver:
        assert sender.send(delivery(receiver.port)).delivered
        assert sender.send(delivery(receiver.port)).delivered
        assert receiver.connections == 2


def test_many_threads_send_at_once_over_a_connection_each(sender: Sender) -> None:
    together = threading.Barrier(8)

    def conduct(connection: Connection) -> None:
        while connection.request() is not None:
            together.wait(timeout=60)
            connection.answer(200)

    with Receiver(conduct) as receiver, ThreadPoolExecutor(8) as threads:
        request = delivery(receiver.port)
        assert all(answer.delivered for answer in threads.map(sender.send, [request] * 16))
        assert receiver.connections == 8


def test_one_sender_can_send_again_after_it_was_closed(sender: Sender) -> None:
    with Receiver(answering(200)) as receiver:
        assert sender.send(delivery(receiver.port)).delivered
        sender.close()
        assert sender.send(delivery(receiver.port)).delivered
        assert receiver.connections == 2


def test_a_receiver_can_be_an_address_of_ipv6() -> None:
    with Receiver(Documented(SECRET), host="::1") as receiver, Sender() as sender:
        answer = sender.send(delivery(receiver.port, host="[::1]"))
    assert answer.delivered, answer


def test_no_secret_signature_or_token_is_shown_or_logged(
    sender: Sender, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with Receiver(answering(500)) as receiver:
        request = delivery(receiver.port, path="/T0KEN", previous=Secret("old"))
        answers = [sender.send(request)]
    answers.append(sender.send(request))  # nobody listens
    answers.append(sender.send(replace(request, url="https://alice:hunter2@siem.acme.example/T0KEN")))
    shown = f"{request!r} {answers!r} {caplog.text}"
    assert "POST" in caplog.text, "the client logs what it does"
    for hidden in (SECRET.reveal(), signature(SECRET, BODY), "T0KEN", "hunter2", "Revoked API key"):
        assert hidden not in shown


def test_the_http_client_is_not_imported_before_it_is_needed() -> None:
    code = (
        "import sys; from pftui.services.sending.client import Sender; Sender(); "
        "sys.exit(bool({'httpcore2', 'h11', 'ssl'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_url_that_cannot_be_sent_to_is_told() -> None:
    with Sender(resolve=at_this_host) as sender:
        answer = sender.send(replace(delivery(1), url="file:///etc/passwd"))
    assert (answer.outcome, answer.status) == (Outcome.URL, None)
    assert answer.sentence == "A webhook's URL begins with https:// or http://."
