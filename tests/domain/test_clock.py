"""Moments as they are stored: whole microseconds since 1970, and nothing for never."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from pftui.domain.clock import from_microseconds, to_microseconds, utc_now


def test_moments_are_counted_from_1970_in_utc() -> None:
    assert to_microseconds(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC)) == 1_000_005
    assert to_microseconds(datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))) == 0
    assert from_microseconds(1_000_005) == datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC)


def test_never_is_nothing() -> None:
    assert from_microseconds(0) is None


@given(st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_moment_comes_back_as_it_was(moment: datetime) -> None:
    assert from_microseconds(to_microseconds(moment)) == moment


def test_now_is_in_utc() -> None:
    assert utc_now().utcoffset() == timedelta(0)
