"""Who waits before a password is looked at: limits that a stranger cannot turn against their victim.

From a source that has signed in to the account before, a try counts in a lane of its own. Every other try
counts in four: of this source for this address, of the source for all addresses, of all such sources for
the address, and of all for all. The last two are in two parts each, so that who fails again and again leaves
room for who has not failed yet. Addresses that nobody has are counted as those of accounts are.

Why, and the figures: docs/decisions/0019-limits.md.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

from pftui.domain import limits
from pftui.domain.clock import Clock, to_microseconds
from pftui.domain.errors import Throttled
from pftui.domain.limits import Rate, Spent
from pftui.domain.source import Source
from pftui.repositories.unit_of_work import UnitOfWork

KEPT_SOURCES = 20  # the newest of an account
_NOBODY = ""  # the id of no account, which is asked for like any other, so that it takes as long


@dataclass(frozen=True, slots=True)
class Who:
    """Whose password is tried, and from where.

    `account_id` is None where nobody has the address. With `signed_in` they are signed in from there, so
    that it is theirs, whatever the store has forgotten.
    """

    address_hash: str
    account_id: str | None
    source: Source
    signed_in: bool = False


@dataclass(frozen=True, slots=True)
class SignInLimits:
    """The limits under which passwords are looked at.

    Args:
        host_clock: the time of a store that has no clock of its own, as a file.
        store_clock: stands for the store's own clock, so that no test sleeps.
    """

    host_clock: Clock
    store_clock: Clock | None = None

    def wait(self, unit: UnitOfWork, who: Who) -> float:
        """The seconds until a password is looked at; 0 for now."""
        now = self._now(unit)
        return max(lane.wait(now) for lane in _lanes(unit, who, now))

    def refuse_while_waiting(self, unit: UnitOfWork, who: Who) -> None:
        """Raise `Throttled` where a password is not to be looked at yet, or what came of it not told."""
        now = self._now(unit)
        longest = max(_lanes(unit, who, now), key=lambda lane: lane.wait(now))
        seconds = longest.wait(now)
        if seconds > 0:
            whose, earliest = ("of others too", " at the earliest") if longest.shared else ("from here", "")
            raise Throttled(
                f"Too many failed sign-ins, {whose}. The password was not looked at; "
                f"try again in {math.ceil(seconds)} s{earliest}.",
                seconds,
            )

    def count_failure(self, unit: UnitOfWork, who: Who) -> None:
        """A password was looked at, and is wrong. Under the write lock, after `refuse_while_waiting`."""
        now = self._now(unit)
        used = {lane.name: limits.use(lane.rate, lane.spent, now) for lane in _lanes(unit, who, now)}
        unit.limits.spend(who.address_hash, used, now - limits.HOUR)

    def remember_source(self, unit: UnitOfWork, who: Who) -> None:
        """The right password came from there: the source is one of the account's from now on."""
        if who.account_id is not None and who.source.uid >= 0:  # a program that does not tell has none
            unit.limits.remember(who.account_id, _source(who), self._now(unit), KEPT_SOURCES)

    def _now(self, unit: UnitOfWork) -> int:
        if self.store_clock is not None:
            return to_microseconds(self.store_clock())
        return unit.limits.now(self.host_clock)


@dataclass(frozen=True, slots=True)
class _Lane:
    """What a try counts in; `shared` with other sources, who may be quicker at what comes back."""

    name: str
    rate: Rate
    spent: Spent
    shared: bool

    def wait(self, now: int) -> float:
        """The seconds until there is room."""
        return limits.wait(self.rate, self.spent, now) / limits.SECOND


def _lanes(unit: UnitOfWork, who: Who, now: int) -> list[_Lane]:
    """Those that a try counts in, by the same look-ups for every address."""
    source, address = _source(who), who.address_hash
    known, lane = _name("known", who.account_id or _NOBODY, source), _name("lane", address, source)
    place = _name("source", source)
    first, again = [(_name(part, address), _name(part)) for part in ("first", "again")]
    spent = unit.limits.spent([known, lane, place, *first, *again])
    knows = unit.limits.knows(who.account_id or _NOBODY, source)

    def made(name: str, rate: Rate, *, shared: bool = False) -> _Lane:
        return _Lane(name, rate, spent.get(name, limits.NOTHING), shared)

    if who.account_id is not None and (knows or who.signed_in):
        return [made(known, limits.KNOWN)]
    own = [made(lane, limits.LANE), made(place, limits.SOURCE)]
    failed_here, failed_anywhere = (each.spent.counts(now) for each in own)
    return [
        *own,
        made(again[0], limits.ADDRESS_AGAIN, shared=True)
        if failed_here
        else made(first[0], limits.ADDRESS_FIRST, shared=True),
        made(again[1], limits.ALL_AGAIN, shared=True)
        if failed_anywhere
        else made(first[1], limits.ALL_FIRST, shared=True),
    ]


def _source(who: Who) -> str:
    """The UNIX uid and the host; the terminal and the SSH client's address are the environment's claims."""
    return _name("source", str(who.source.uid), who.source.host)


def _name(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
