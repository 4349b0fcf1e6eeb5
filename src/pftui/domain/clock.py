"""The time, injected everywhere so that no test sleeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Now, in UTC, with its zone."""
    return datetime.now(UTC)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Stands where the store holds what is no time: earlier than all others, so that what ends by it has ended.
UNKNOWN_TIME = datetime.min.replace(tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_microseconds(moment: datetime) -> int:
    """A time as microseconds since 1970, as the store keeps *last used*."""
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(number: int) -> datetime | None:
    """The time behind a stored *last used*; None for 0, which is never."""
    return _EPOCH + timedelta(microseconds=number) if number else None
