"""Events that strangers can cause as often as they like: bounded, and the rest counted (R8)."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pftui.domain.audit import Action, Target
from pftui.repositories.models import Principal
from pftui.services.writer import AuditWriter

#: Of one action at most one event about one target in this time, and at most `MOST` in all.
PAUSE = timedelta(minutes=1)
MOST = 10
#: A process that puts sign-ins off writes of them once in this time at most: whoever tries takes no lock.
WRITTEN_EVERY = timedelta(seconds=1)


def record_bounded(
    writer: AuditWriter,
    action: Action,
    target: Target,
    target_id: str,
    description: str,
    times: int = 1,
    **metadata: object,
) -> None:
    """Write an event, or where that would be one too many, count it for the next that is written.

    Args:
        times: how many this tells of.
    """
    audit, since = writer.unit.audit, writer.now - PAUSE
    if audit.told_between(since, writer.now, action, target_id) or audit.told_between(
        since, writer.now, action, most=MOST
    ):
        audit.count_untold(action, times)
        return
    others = audit.take_untold(action) + times - 1
    more = f"; {others:,} more like it were not told one by one" if others else ""
    writer.record(action, target, target_id, f"{description}{more}", None, others=others or None, **metadata)


@dataclass
class PutOffs:
    """The sign-ins that this process has put off and not told of yet."""

    _untold: int = 0
    _written_at: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def due(self, now: datetime) -> int:
        """How many, with one more just now, are to be told of; 0 where that has time."""
        with self._lock:
            self._untold += 1
            if self._written_at is not None and abs(now - self._written_at) < WRITTEN_EVERY:
                return 0
            self._written_at = now
            times, self._untold = self._untold, 0
            return times


def record_put_off(writer: AuditWriter, user: Principal | None, times: int) -> None:
    """Tell of a password that was not looked at; what was typed is not kept where nobody has that address."""
    if user is not None:
        target, target_id, who = Target.USER, user.id, f" as {user.email}"
    else:
        target, target_id, who = Target.ORGANIZATION, writer.unit.organization.get().id, ""
    text = f"Put off a sign-in{who} after too many failures"
    record_bounded(writer, Action.LOGIN_PUT_OFF, target, target_id, text, times)
