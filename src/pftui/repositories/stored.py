"""What a stored value may be, and what stands in for one that cannot be.

SQLite holds anything in any column, and who can write to a database can write nonsense into it. A row that
is read is looked at value by value; a bad one gets a stand-in on the safe side (disabled, revoked, no
privileges, an unknown time) and is told as damaged, so that it takes no list and no console away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, DateTime, Integer
from sqlalchemy.types import TypeEngine

from pftui.domain.clock import UNKNOWN_TIME
from pftui.domain.names import has_surrogates
from pftui.domain.sessions import (
    DEFAULT_IDLE_LOCK_MINUTES,
    DEFAULT_SESSION_HOURS,
    IDLE_LOCK_MINUTES,
    SESSION_HOURS,
)

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 12, 30, tzinfo=UTC)  # a day before the end: every time zone can show it
_MOST_MICROSECONDS = int(_LAST.timestamp()) * 1_000_000
#: What holds where it cannot be read: to be disabled, temporary or restricted is the safe side.
_SAFE = frozenset({"disabled", "temporary", "keys_restricted"})
#: Times in microseconds since 1970.
_MOMENTS = frozenset(
    {
        "last_used_at",
        "whole_at",
        "failed_at",
        "signed_in_at",
        "next_attempt_at",
        "lease_until",
        "attempted_at",
        "parked_at",
        "resending_at",
    }
)
#: What an organization may settle, and what holds where it cannot be read: never to lock is no safe side.
_SETTINGS = {
    "idle_lock_minutes": (IDLE_LOCK_MINUTES, DEFAULT_IDLE_LOCK_MINUTES),
    "session_hours": (SESSION_HOURS, DEFAULT_SESSION_HOURS),
}
_LONGEST_STAND_IN = 200


@dataclass(frozen=True, slots=True)
class Rule:
    """Whether a value is one that the column can have (never None), and what stands in for others."""

    whole: Callable[[Any], bool]
    instead: Callable[[Any], Any]


def rule_of(name: str, column_type: TypeEngine[Any]) -> Rule:
    """The rule of a column, by its name and type; texts are the rest."""
    if isinstance(column_type, Boolean):
        return Rule(_is_flag, lambda value: name in _SAFE)
    if isinstance(column_type, Integer):  # of which BigInteger is one
        if name in _MOMENTS:
            return Rule(partial(_is_number, _MOST_MICROSECONDS), lambda value: 0)
        if name in _SETTINGS:
            allowed, default = _SETTINGS[name]
            return Rule(partial(_is_one_of, allowed), lambda value: default)
        bits = 63 if isinstance(column_type, BigInteger) else 31
        return Rule(partial(_is_number, 2**bits - 1), lambda value: 0)
    if isinstance(getattr(column_type, "impl_instance", column_type), DateTime):  # `UtcDateTime` is around it
        return Rule(_is_time, lambda value: UNKNOWN_TIME)
    return Rule(is_text, readable)


def as_can_be(value: Any, column: ColumnElement[Any]) -> Any:
    """The value of a column that is never None, or what stands in for one that it cannot have."""
    rule = rule_of(column.key or "", column.type)
    return value if rule.whole(value) else rule.instead(value)


def _is_flag(value: Any) -> bool:
    return value is True or value is False


def _is_number(largest: int, value: Any) -> bool:
    return type(value) is int and 0 <= value <= largest


def _is_one_of(allowed: range, value: Any) -> bool:
    return type(value) is int and value in allowed


def _is_time(value: Any) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None and _FIRST <= value <= _LAST


def is_text(value: Any) -> bool:
    """Whether it is a text that can be written as it is."""
    return type(value) is str and (value.isascii() or not has_surrogates(value))


def readable(value: Any) -> str:
    """What can be read of what should be a text: U+FFFD stands for each byte that is no part of one."""
    if is_text(value):
        return str(value)
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape" if not _has_others(value) else "replace")
    if isinstance(value, bytes):
        return value[:_LONGEST_STAND_IN].decode("utf-8", "replace")
    return str(value)[:_LONGEST_STAND_IN]


def _has_others(text: str) -> bool:
    """Whether there are lone surrogates that do not stand for bytes."""
    return any("\ud800" <= sign <= "\udfff" and not "\udc80" <= sign <= "\udcff" for sign in text)
