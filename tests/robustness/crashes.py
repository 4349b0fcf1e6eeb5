"""Kills pftui at moments of its choice: a server of processes to kill, and the process that is killed.

The server has everything imported, so that a process costs a fork. It reads a line of JSON for each crash
and answers with another. A process tells on a pipe, a letter each, what it begins and what it has done; the
server waits for one of those letters, goes on for the microseconds that it was told, and sends SIGKILL.
Where it is told to hold the process, that stands still at the letter, however busy the host is.
"""

from __future__ import annotations

import importlib
import os
import random
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from unittest.mock import patch

from sqlalchemy.orm import configure_mappers

from tests.robustness import fork_server
from tests.robustness.fork_server import ForkServer

#: A transaction that writes has begun, or is committed; a change is done. Before each change stands its own
#: letter.
BEGUN, COMMITTED, DONE = b"b", b"k", b"."
CREATE, ASSIGN, DELETE, INIT = b"c", b"a", b"d", b"i"
#: How many events each change writes.
EVENTS = {"c": 3, "a": 1, "d": 1}


class Server(ForkServer):
    """Kills processes."""

    def crash(self, **request: Any) -> str:
        """Start a process, kill it, and give the letters that it told."""
        told: str = self.ask(request)
        return told


@contextmanager
def serving(environ: dict[str, str]) -> Iterator[Server]:
    """A server, ended afterwards."""
    with fork_server.serving("tests.robustness.crashes", environ) as process:
        yield Server(process)


def main() -> None:
    """The server: one crash a line."""
    for module in ("zxcvbn", "pftui.services.lifecycle", "pftui.services.setup"):
        importlib.import_module(module)
    configure_mappers()
    fork_server.serve(_crash)


def _crash(request: dict[str, Any]) -> str:
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reader)
        _live(request, _telling(request, writer))
    os.close(writer)
    try:
        told = _wait_for(reader, request["letter"].encode(), request["nth"])
        until = time.perf_counter_ns() + request["microseconds"] * 1000
        while time.perf_counter_ns() < until:
            pass
        os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        while more := os.read(reader, 4096):
            told += more
    finally:
        os.close(reader)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise RuntimeError(f"the process failed after {told!r}")
    return told.decode()


def _telling(request: dict[str, Any], writer: int) -> Callable[[bytes], object]:
    """What a process tells its letters with, and stops by where it is held."""
    numbers = count(1)
    held = request["letter"].encode() if request.get("held") else None

    def tell(letter: bytes) -> None:
        os.write(writer, letter)
        if letter == held and next(numbers) == request["nth"]:
            while True:
                signal.pause()

    return tell


def _wait_for(reader: int, letter: bytes, nth: int) -> bytes:
    told = b""
    while told.count(letter) < nth:
        more = os.read(reader, 1)
        if not more:  # it ended before: an init that was quicker
            break
        told += more
    return told


def _live(request: dict[str, Any], tell: Callable[[bytes], object]) -> None:
    status = 1
    try:
        if "operator" in request:
            _change(request, tell)
        else:
            _create(request, tell)
        status = 0
    except Exception:  # noqa: BLE001  # it is told of, and _crash fails
        traceback.print_exc()
    finally:
        os._exit(status)


def _tell_of_writing(tell: Callable[[bytes], object]) -> None:
    """Tell of each transaction that writes, once it has the write lock, and of each commit."""
    from sqlalchemy import event
    from sqlalchemy.orm import Session

    from pftui.repositories.database import waiting

    begun = waiting._begun

    def telling(driver: Any) -> bool:
        found = begun(driver)
        if found:
            tell(BEGUN)
        return found

    patch.object(waiting, "_begun", telling).start()
    event.listen(Session, "after_commit", lambda _: tell(COMMITTED))


def _tell_of_statement(tell: Callable[[bytes], object], first: str) -> None:
    """Tell of each statement that begins so, once it is carried out, and of each commit."""
    from sqlalchemy import Engine, event
    from sqlalchemy.orm import Session

    def begun(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(first):
            tell(BEGUN)

    event.listen(Engine, "after_cursor_execute", begun)
    event.listen(Session, "after_commit", lambda _: tell(COMMITTED))


def _change(request: dict[str, Any], tell: Callable[[bytes], object]) -> None:
    """Create, assign and delete service accounts without end, in a random order."""
    from pftui.bootstrap import open_services
    from pftui.domain.accounts import AccountQuery, Kind, Operator
    from pftui.domain.paging import PageRequest

    _tell_of_writing(tell)
    draw = random.Random(request["seed"])
    services = open_services(request["url"])
    operator = services.lifecycle.refresh(Operator(request["operator"], Kind.USER, "", "", True))
    first, second = request["teams"]
    role = services.roles.find(operator, "CI Runner").id
    there = services.accounts.page(operator, AccountQuery(kind=Kind.SERVICE_ACCOUNT), PageRequest(size=100))
    single = [account.id for account in there if account.team_count == 1]
    double = [account.id for account in there if account.team_count == 2]
    for number in count():
        change = draw.choice([CREATE] + [ASSIGN] * 2 * bool(single) + [DELETE] * 2 * bool(double))
        tell(change)
        if change == CREATE:
            name = f"bot {request['seed']} {number}"
            made = services.service_accounts.create(operator, name=name, team_id=first, role_id=role)
            single.append(made.account_id)
        elif change == ASSIGN:
            double.append(single.pop(0))
            services.teams.add(operator, second, double[-1], role)
        else:
            services.accounts.delete(operator, double.pop(0))
        tell(DONE)


def _create(request: dict[str, Any], tell: Callable[[bytes], object]) -> None:
    """Make a store. What a password's hash costs would only make a hit elsewhere rare."""
    from pftui.bootstrap import create_store
    from pftui.domain.secret import Secret
    from pftui.services import setup
    from pftui.services.results import NewOrganization

    _tell_of_statement(tell, "INSERT INTO organizations")
    patch.object(setup, "hash_password", lambda _: request["hash"]).start()
    password = Secret("harvest moon tractor violin")
    tell(INIT)
    create_store(request["url"], NewOrganization("Acme Corp", "Alice Ng", "alice@acme.example", password))
    tell(DONE)


if __name__ == "__main__":
    main()
