"""What an ended team has left is cleared in steps, each a short transaction: nobody waits for long.

Nothing of it can be found any more, so no step is a change that anybody sees, and none writes an event. Who
has deleted the team clears it all. Where that breaks off (a kill, a power cut), whoever makes a change later
clears a step with it, once nobody has for a while; who deletes a team or a role, or runs `pftui db upgrade`,
all of it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import sleep

from pftui.domain.clock import Clock
from pftui.domain.errors import StoreUnavailable
from pftui.domain.progress import Progress, silent
from pftui.repositories.unit_of_work import Store

#: Seconds between two steps: who waits for SQLite's lock looks ten times a second, and is not queued.
PAUSE = 0.12
#: After which others go on with what is left.
LEFT_ALONE = timedelta(minutes=1)
WHAT = "assignments of deleted teams"

_log = logging.getLogger("pftui.clearing")
_log.addHandler(logging.NullHandler())


def clear(store: Store, clock: Clock, progress: Progress = silent) -> int:
    """Clear all that deleted teams have left; how many assignments that were.

    What the store refuses now is left to others, and logged.
    """
    done = 0
    with _left_to_others():
        with store.read() as unit:
            total = unit.teams.left_to_clear()
        while done < total:
            sleep(PAUSE)
            step = _clear_some(store, clock())
            if not step:
                break  # somebody else is at it too
            done += step
            progress(WHAT, min(done, total), total)
    return done


def clear_a_step(store: Store, now: datetime) -> None:
    """Clear as much as one may do beside what they came for."""
    with _left_to_others():
        _clear_some(store, now)


def _clear_some(store: Store, now: datetime) -> int:
    with store.write() as unit:
        cleared = unit.teams.clear_some(now)
        unit.commit()
    return cleared


@contextmanager
def _left_to_others() -> Iterator[None]:
    try:
        yield
    except StoreUnavailable as error:
        _log.warning("not all that deleted teams have left was cleared: %s", error.message)
