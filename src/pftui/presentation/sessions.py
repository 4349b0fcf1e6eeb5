"""Sessions and what the organization has settled about them, in words and columns."""

from __future__ import annotations

from pftui.domain.sessions import NEVER_LOCKS, SessionView
from pftui.domain.source import Source
from pftui.presentation.columns import Column
from pftui.presentation.text import counted
from pftui.presentation.times import relative


def where_from(source: Source) -> str:
    """`uid 1000 on build-7, pts/3, from 203.0.113.7`: what the kernel says, then what is claimed."""
    if source.uid < 0:
        return "unknown"
    place = f"uid {source.uid}" + (f" on {source.host}" if source.host else "")
    return ", ".join((place, *filter(None, (source.tty, f"from {source.address}" if source.address else ""))))


def idle_lock(minutes: int) -> str:
    """`never`, `after 10 minutes`."""
    return "never" if minutes == NEVER_LOCKS else f"after {counted(minutes, 'minute')}"


SESSION_COLUMNS = (
    Column[SessionView]("Session", lambda row, now: row.id),
    Column[SessionView]("Account", lambda row, now: row.account_email or row.account_name),
    Column[SessionView]("From", lambda row, now: where_from(row.source)),
    Column[SessionView]("Signed in", lambda row, now: relative(row.created_at, now)),
    Column[SessionView]("Seen", lambda row, now: relative(row.seen_at, now)),
    Column[SessionView]("Ended", lambda row, now: "" if row.live else relative(row.ended_at, now)),
    Column[SessionView]("By", lambda row, now: row.ended_by or ""),
)
