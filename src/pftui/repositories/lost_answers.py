"""Whether a change was made whose commit nobody answered: it is looked up, on a new connection.

Every change of ours takes a lock that it holds to its end. Who has got that lock afterwards knows that the
change has ended one way or the other, also where its session still stood open on the server, and sees which.
Why: docs/decisions/0017-a-lost-answer.md.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from pftui.domain.errors import OutcomeUnknown, StoreUnavailable
from pftui.repositories.database.states import NO_ANSWER

#: Given the lock by waiting for it, whether the change is there. In a transaction of its own.
Look = Callable[[Connection], bool]

LOOK_SECONDS = 15.0
"""How long a lost change is looked for. A server ends one that is left open sooner (`postgresql.py`)."""

_PAUSE = 0.5  # seconds between two attempts
# The server's words for "you will not hear how this ended" (its manual, appendix A).
_UNDECIDED = ("08", "40003", "57P01", "57P02", "57P03", NO_ANSWER)
_UNKNOWN = (
    "It is not known whether this was done: the connection to the store was lost at the last step, and the "
    "store cannot be asked now. When it is back, look at the newest events (`pftui audit list --limit 5`) "
    "before you do it again. A key or password that was made so is in nobody's hands: revoke or reset it."
)


@contextmanager
def looked_up(engine: Engine, look: Look) -> Iterator[None]:
    """Around a commit: where its answer is lost, find out how it ended.

    A change that is there ends as if it had been answered, and one that is not by the error of the commit.

    Args:
        look: whether the change is there; it has to wait for a lock that the change held.

    Raises:
        OutcomeUnknown: the store could not be asked in `LOOK_SECONDS`.
    """
    try:
        yield
    except DBAPIError as error:
        if not _is_lost(error) or not _is_there(engine, look):
            raise


def _is_lost(error: DBAPIError) -> bool:
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_IOERR
    state = str(getattr(cause, "sqlstate", None) or "")
    return error.connection_invalidated or state.startswith(_UNDECIDED)


def _is_there(engine: Engine, look: Look) -> bool:
    end = time.monotonic() + LOOK_SECONDS
    while True:
        try:
            with engine.begin() as connection:
                return look(connection)
        except (DBAPIError, PoolTimeoutError, StoreUnavailable):
            if time.monotonic() > end:
                raise OutcomeUnknown(_UNKNOWN) from None
        time.sleep(_PAUSE)
