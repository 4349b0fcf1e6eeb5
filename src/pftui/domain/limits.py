"""How many wrong passwords are looked at, and how long who gave them waits: arithmetic, without a store.

Each rate is a GCRA (ITU-T I.371, 1.2.1; https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm): so many
at once, then one as often as it says. One number is kept of it, the moment at which all that was used up has
come back. The reasons for the figures: docs/decisions/0019-limits.md.
"""

from __future__ import annotations

from dataclasses import dataclass

SECOND = 1_000_000
HOUR = 3600 * SECOND
#: How far ahead of now a failure may lie and still count: a clock that was set back further has no say.
_SLACK = 300 * SECOND


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once; one more comes back each `seconds`."""

    burst: int
    seconds: int

    @property
    def most_in_an_hour(self) -> int:
        """The most that any hour can hold."""
        return self.burst + 3600 // self.seconds


@dataclass(frozen=True, slots=True)
class Spent:
    """What was used of a rate: all has come back at `whole_at`. Both in microseconds since 1970."""

    whole_at: int
    failed_at: int

    def counts(self, now: int) -> bool:
        """Whether it is of the last hour; what is older is forgotten."""
        return now - HOUR < self.failed_at <= now + _SLACK


NOTHING = Spent(0, 0)

#: From a source that has signed in to the account before; no total touches it.
KNOWN = Rate(20, 90)
#: From any other source, for one address.
LANE = Rate(5, 480)
#: All other sources together, for one address: those without a failure there in the last hour, and the rest.
ADDRESS_FIRST, ADDRESS_AGAIN = Rate(10, 360), Rate(16, 160)
#: One other source, whatever the address.
SOURCE = Rate(12, 24)
#: All other sources and all addresses together: in the same two parts.
ALL_FIRST, ALL_AGAIN = Rate(20, 40), Rate(40, 8)


def wait(rate: Rate, spent: Spent, now: int) -> int:
    """The microseconds until one more may be used; 0 for now."""
    if not spent.counts(now):
        return 0
    return max(0, spent.whole_at - (rate.burst - 1) * rate.seconds * SECOND - now)


def use(rate: Rate, spent: Spent, now: int) -> Spent:
    """What is used up after one more."""
    begin = max(spent.whole_at, now) if spent.counts(now) else now
    return Spent(begin + rate.seconds * SECOND, now)
