"""A connection to PostgreSQL by psycopg alone: encrypted as it should be, and each of its waits with an end.

The driver waits for a server without an end. No setting of libpq changes that: `tcp_user_timeout` and
keep-alives notice a host that is gone, and not a relay that takes what it is sent and answers nothing.

psycopg is imported here, and SQLAlchemy is not: a completion has no time for it.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any, TypeVar

import psycopg
from psycopg.types.datetime import TimestamptzLoader

from pftui.domain.errors import StoreBehind, StoreUnavailable
from pftui.repositories.database.encryption import with_encryption
from pftui.repositories.database.standing import look_at
from pftui.repositories.database.states import NO_ANSWER

T = TypeVar("T")

CONNECT_SECONDS = 5
"""For a connection to one address; the URL's `connect_timeout` or PGCONNECT_TIMEOUT says otherwise."""

ANSWER_SECONDS = 10.0
"""For one answer of the server; longer than the wait for another writer, which the server tells of."""

_CANCEL_SECONDS = 1.0

#: By libpq's names (https://www.postgresql.org/docs/current/libpq-connect.html); a variable may differ.
_DEFAULTS: dict[str, tuple[str | int, str | None]] = {
    "application_name": ("pftui", "PGAPPNAME"),
    "connect_timeout": (CONNECT_SECONDS, "PGCONNECT_TIMEOUT"),
    "keepalives_idle": (10, None),
    "keepalives_interval": (5, None),
    "keepalives_count": (2, None),
    "tcp_user_timeout": (int(ANSWER_SECONDS * 1000), None),  # milliseconds
}
PREPARED = "prepared"
"""The option of our own in the URL: `prepared=yes` for a direct connection."""


class NoAnswer(psycopg.OperationalError):
    """The server was silent for too long; the connection is closed."""

    sqlstate = NO_ANSWER


class BoundedConnection(psycopg.Connection[Any]):
    """A connection whose server has to answer within `answer_seconds`."""

    answer_seconds = ANSWER_SECONDS
    store_id: str | None = None
    """What the store there calls itself, where it was looked at (`standing.py`)."""
    cancels = False
    """Whether a statement that is given up is cancelled at the server too, where it may wait for a lock."""

    def wait(self, gen: Any, *arguments: Any, **options: Any) -> Any:
        """Wait as psycopg does, but not for ever.

        Raises:
            NoAnswer: nothing has come in time.
        """
        try:
            return super().wait(_bounded(gen, self.answer_seconds), *arguments, **options)
        except NoAnswer:
            if self.cancels:
                self.interrupt()
            self.close()  # whatever comes now would be taken for the answer to something else
            raise

    def interrupt(self) -> None:
        """Have the server give up its statement, from another thread; waits for a second at most."""
        if psycopg.capabilities.has_cancel_safe():
            with suppress(psycopg.Error):
                self.cancel_safe(timeout=_CANCEL_SECONDS)


def _bounded(steps: Generator[Any, Any, T], seconds: float) -> Generator[Any, Any, T]:
    """The steps of psycopg's wait, which it takes at least ten times a second, up to a time."""
    until = monotonic() + seconds
    try:
        wanted = next(steps)
        while True:
            ready = yield wanted
            if not ready and monotonic() > until:
                raise NoAnswer(f"no answer for {seconds:g} s")
            wanted = steps.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result


def connect_bounded(parameters: dict[str, Any], answer_seconds: float = ANSWER_SECONDS) -> BoundedConnection:
    """Connect, with pftui's settings where nobody has chosen others.

    Args:
        parameters: by libpq's names, and `prepared`, as the store's URL has them.

    Raises:
        StoreUnavailable: the database is not encoded in UTF-8.
        psycopg.Error: it cannot be.
    """
    chosen = {name: value for name, value in parameters.items() if name != PREPARED}
    for name, (value, variable) in _DEFAULTS.items():
        if not (variable and os.environ.get(variable)):
            chosen.setdefault(name, value)
    connection = BoundedConnection.connect(
        # The client's encoding is told at the beginning, above environment and role, and kept by poolers too.
        **{**with_encryption(chosen, os.environ), "client_encoding": "UTF8"},
        prepare_threshold=5 if parameters.get(PREPARED) == "yes" else None,
    )
    connection.answer_seconds = answer_seconds
    encoding = connection.pgconn.parameter_status(b"server_encoding") or b""
    if encoding != b"UTF8":
        connection.close()
        raise StoreUnavailable(
            f"This database is encoded in {encoding.decode('ascii', 'replace')}, which does not hold every "
            "name. It was not touched; give pftui one that is made with ENCODING 'UTF8'."
        )
    connection.adapters.register_loader("timestamptz", _AnyTime)
    return connection


def connect_believed(
    parameters: Mapping[str, Any], answer_seconds: float = ANSWER_SECONDS
) -> BoundedConnection:
    """The same, to the first of the hosts whose server is to be believed (`standing.py`).

    Raises:
        StoreBehind: none is, by what was seen of the store.
        StoreUnavailable: also where it is a standby that nobody waits for.
        psycopg.Error: as above.
    """
    while True:
        connection = connect_bounded(dict(parameters), answer_seconds)
        try:
            connection.autocommit = True
            look_at(connection)
            connection.autocommit = False
        except StoreBehind:
            others = other_hosts(parameters, connection.info.host, connection.info.port)
            connection.close()
            if others is None:
                raise
            parameters = others
        except BaseException:
            connection.close()
            raise
        else:
            return connection


def other_hosts(parameters: Mapping[str, Any], host: str, port: int) -> dict[str, Any] | None:
    """The parameters without one of their hosts; None where there is no other, or it is not among them."""
    hosts = str(parameters.get("host", "")).split(",")
    ports = str(parameters.get("port", "") or 5432).split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports
    pairs = list(zip(hosts, ports, strict=False))
    left = [pair for pair in pairs if pair != (host, str(port))]
    if "hostaddr" in parameters or not left or len(left) == len(pairs):
        return None
    names, numbers = (",".join(each) for each in zip(*left, strict=True))
    return {**parameters, "host": names, "port": numbers}


def transaction_settings(busy_seconds: float, answer_seconds: float) -> str:
    """What each transaction sets for itself, whatever role, database, environment or pooler would have it be.

    A transaction whose client is gone, unseen by the server, holds the lock of all writers: it is ended by
    the server in the time in which the client has given up.
    """
    settings = {
        "lock_timeout": f"{int(busy_seconds * 1000)}",
        "idle_in_transaction_session_timeout": f"{int(answer_seconds * 1000)}",
        "datestyle": "'ISO, YMD'",
        "timezone": "'UTC'",
        "jit": "off",  # it takes longer than any of pftui's queries
    }
    return "; ".join(f"SET LOCAL {name} = {value}" for name, value in settings.items())


class _AnyTime(TimestamptzLoader):
    """Gives a time that Python cannot hold, as `infinity`, as text: its row is not refused for it."""

    def load(self, data: Any) -> Any:
        try:
            return super().load(data)
        except psycopg.DataError:
            return bytes(data).decode()
