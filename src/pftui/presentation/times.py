"""Times for people: short and relative in lists, exact where asked for."""

from __future__ import annotations

from datetime import UTC, datetime

from pftui.domain.clock import UNKNOWN_TIME

_UNKNOWN = "unknown"
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def relative(moment: datetime | None, now: datetime) -> str:
    """How long ago, in 11 cells at most: `now`, `12 s ago`, `3 min ago`, `yesterday`, `41 days ago`."""
    if moment is None:
        return "never"
    if moment == UNKNOWN_TIME:
        return _UNKNOWN
    seconds = int((now - moment).total_seconds())
    if seconds < 5:
        return "now"
    if seconds < _MINUTE:
        return f"{seconds} s ago"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min ago"
    if seconds < _DAY:
        return f"{seconds // _HOUR} h ago"
    return _days_ago(seconds // _DAY)


def _days_ago(days: int) -> str:
    if days == 1:
        return "yesterday"
    if days < 100:
        return f"{days} days ago"
    if days < 365:
        return f"{days // 30} mo ago"
    years = days // 365
    return f"{years} year{'s' if years > 1 else ''} ago" if years < 10 else f"{years} y ago"


def day(moment: datetime) -> str:
    """The day in local time: `3 Mar 2024`."""
    if moment == UNKNOWN_TIME:
        return "at an unknown time"
    local = moment.astimezone()
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def day_and_time(moment: datetime) -> str:
    """To the minute, in local time: `3 Mar 2024 14:05`."""
    text = day(moment)
    return text if moment == UNKNOWN_TIME else f"{text} {moment.astimezone():%H:%M}"


def exact(moment: datetime) -> str:
    """To the second, in UTC, as in JSON and as options read it: `2025-11-12 13:03:09 UTC`."""
    return _UNKNOWN if moment == UNKNOWN_TIME else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
