"""Deliveries to a receiver on this host against the same HTTP client that only posts the same bodies."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpcore2

from benchmarks.table import Row, Target, paired
from benchmarks.verifying import per_second
from pftui.domain.addresses import networks
from pftui.domain.clock import utc_now
from pftui.domain.secret import Secret
from pftui.services.sending.answer import SendRequest
from pftui.services.sending.client import Sender
from pftui.services.sending.payload import body_of

DELIVERIES = Target("≥", 0.5)
_SECRET = Secret("pfwh_harvest-moon-tractor-violin")
_DATA = {
    "id": "e1",
    "description": "Revoked API key pfsa_Ab12Cd34Ef of ci-bot",
    "metadata": {"reason": "x" * 300},
}


def deliveries(rounds: int) -> Iterator[Row]:
    """One receiver, one delivery after the other over a connection that is kept, each signed and checked."""
    with receiver() as port, Sender() as sender, httpcore2.ConnectionPool() as pool:
        url = f"http://127.0.0.1:{port}/in"
        allowed = networks(["127.0.0.0/8"])
        numbers = itertools.count()

        def deliver() -> None:
            body = body_of("api_key.revoked", utc_now(), _DATA)
            request = SendRequest(
                url=url,
                body=body,
                webhook_id="w1",
                event_id=str(next(numbers)),
                secret=_SECRET,
                allowed=allowed,
            )
            assert sender.send(request).delivered

        ready = body_of("api_key.revoked", utc_now(), _DATA)
        headers = [("Content-Type", "application/json")]

        def post() -> None:
            assert pool.request("POST", url, headers=headers, content=ready).status == 200

        ours, theirs = _in_turns(deliver, post, rounds)
    yield paired("deliveries ÷ bare posts of the same client", ours, theirs, "/s", DELIVERIES)


def _in_turns(
    ours: Callable[[], None], theirs: Callable[[], None], rounds: int
) -> tuple[list[float], list[float]]:
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        pair = per_second(ours, 0.5), per_second(theirs, 0.5)
        if number:
            for taken, took in zip(times, pair, strict=True):
                taken.append(took)
    return times


@contextmanager
def receiver() -> Iterator[int]:
    """The port of a receiver in a process of its own, that takes all it is sent."""
    command = [sys.executable, "-c", _RECEIVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


_RECEIVER = """
import socket, threading
ANSWER = b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok"
def serve(accepted):
    file = accepted.makefile("rb")
    while line := file.readline():
        length = 0
        while (header := file.readline()) not in (b"\\r\\n", b""):
            if header.lower().startswith(b"content-length:"):
                length = int(header.split(b":")[1])
        file.read(length)
        accepted.sendall(ANSWER)
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    accepted, _ = listener.accept()
    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=serve, args=(accepted,), daemon=True).start()
"""
