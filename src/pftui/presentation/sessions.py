"""Sessions and what the organization has settled about them, in words and columns."""

from __future__ import annotations

from datetime import datetime

from pftui.domain.sessions import NEVER_LOCKS, LastSignIn, SessionView
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


def last_sign_in(last: LastSignIn, now: datetime) -> str:
    """When and from where, and the failures since: one sentence, short enough for a line of 80 columns."""
    ago = relative(last.at, now)
    when = "a moment ago" if ago == "now" else ago
    if last.source is not None:
        when += _came_from(last.source)
    if not last.failures:
        return f"You signed in last {when}."
    failed = "1 sign-in has" if last.failures == 1 else f"{last.failures} sign-ins have"
    return f"{failed} failed since your last one ({when})."


def _came_from(source: Source) -> str:
    """The address, else the terminal: what tells a person's own sign-ins from others in the fewest words."""
    where = source.address or " on ".join(filter(None, (source.tty, source.host)))
    return f", from {where}" if where else ""


def idle_lock(minutes: int) -> str:
    """`never`, `after 10 minutes`."""
    return "never" if minutes == NEVER_LOCKS else f"after {counted(minutes, 'minute')}"


SESSION_COLUMNS = (
    Column[SessionView]("Session", lambda row, now: row.id),
    Column[SessionView]("In", lambda row, now: "commands" if row.for_commands else "console"),
    Column[SessionView]("Account", lambda row, now: row.account_email or row.account_name),
    Column[SessionView]("From", lambda row, now: where_from(row.source)),
    Column[SessionView]("Signed in", lambda row, now: relative(row.created_at, now)),
    Column[SessionView]("Seen", lambda row, now: relative(row.seen_at, now)),
    Column[SessionView]("Ended", lambda row, now: "" if row.live else relative(row.ended_at, now)),
    Column[SessionView]("By", lambda row, now: row.ended_by or ""),
)
