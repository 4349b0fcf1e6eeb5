"""What a person is told of their sign-ins."""

from __future__ import annotations

from datetime import datetime

from pftui.domain.sessions import LastSignIn
from pftui.domain.source import UNKNOWN_SOURCE, Source
from pftui.presentation.times import relative


def place(source: Source | None) -> str:
    """Where somebody came from, behind a comma; empty where that is not known."""
    if source is None or source == UNKNOWN_SOURCE:
        return ""
    if source.address:
        return f", from {source.address}"
    where = " on ".join(each for each in (source.tty, source.host) if each)
    return f", from {where}" if where else ""


def last_sign_in(last: LastSignIn, now: datetime) -> str:
    """One sentence, which fits into a line of 80 columns wherever the address is short."""
    ago = relative(last.at, now)
    when = f"{'a moment ago' if ago == 'now' else ago}{place(last.source)}"
    if not last.failures:
        return f"You signed in last {when}."
    failed = "1 sign-in has" if last.failures == 1 else f"{last.failures} sign-ins have"
    return f"{failed} failed since your last one ({when})."
