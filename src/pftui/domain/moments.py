"""Times as people type them: a day, a day and a time, or how long ago."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, tzinfo

#: What to say where a text is none of them.
MOMENTS = "It is a time such as 2026-01-31 or 2026-01-31T12:00:00Z, or how long ago, such as 2h or 7d."

_AGO = re.compile(r"([0-9]{1,6})([smhdw])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_moment(text: str, now: datetime, zone: tzinfo | None, *, end: bool = False) -> datetime:
    """A date, or a date and time, as in ISO 8601; or `2h`, so long before `now`.

    Args:
        zone: of what names none; None for local time.
        end: whether a date is meant to its last moment.

    Raises:
        ValueError: it is none of these, or no time that can be.
    """
    text = text.strip()
    try:
        if (ago := _AGO.fullmatch(text)) is not None:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        moment = datetime.fromisoformat(text)
        if end and _DAY.fullmatch(text):
            moment += timedelta(days=1) - timedelta(microseconds=1)
        if moment.tzinfo is None and zone is not None:
            moment = moment.replace(tzinfo=zone)
        return moment.astimezone(now.tzinfo)
    except OverflowError as error:
        raise ValueError(str(error)) from None
