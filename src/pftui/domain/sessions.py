"""Sessions: people who are signed in to a console or by `pftui login`, and for how long that holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pftui.domain.source import Source

#: How long a password that was given stands for who is at the keyboard, before what matters most.
PROOF_LASTS = timedelta(minutes=15)
#: At most so often it is written that a session was there.
SEEN_EVERY = timedelta(minutes=1)
#: A session that nobody has seen for so long is forgotten, and so are all but the newest of an account.
KEPT_FOR = timedelta(days=90)
KEPT_PER_ACCOUNT = 1000

#: Minutes without a key until the console locks; 0 is never, and whoever wants more than a day wants that.
NEVER_LOCKS = 0
IDLE_LOCK_MINUTES = range(NEVER_LOCKS, 24 * 60 + 1)
DEFAULT_IDLE_LOCK_MINUTES = 10
#: Hours after which the password is asked for again: 30 days at most, as NIST SP 800-63B (4.1.3) has it.
SESSION_HOURS = range(1, 30 * 24 + 1)
DEFAULT_SESSION_HOURS = 12


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as lists show it. `proved_at` is when the password was last given.

    `ended_by` is the name or address of who did what ended it, also the person themselves. `for_commands`
    is of one that `pftui login` began.
    """

    id: str
    account_id: str
    account_name: str
    account_email: str | None
    created_at: datetime
    proved_at: datetime
    seen_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    source: Source
    damaged: tuple[str, ...] = ()
    for_commands: bool = False

    @property
    def live(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class LastSignIn:
    """The sign-in before this one: when, from where (None where that is not known), and failures since."""

    at: datetime
    source: Source | None
    failures: int


def idle_lock_minutes(setting: int, shorter: int | None) -> int:
    """The minutes until a console locks: the organization's, or fewer where it was started so; 0 is never."""
    if shorter is None:
        return setting
    return shorter if setting == NEVER_LOCKS else min(setting, shorter)


_SET_BACK = timedelta(minutes=1)  # of a clock that is put right; what is further ahead is no proof


def within(span: timedelta, since: datetime, now: datetime) -> bool:
    """Whether something of `since` still stands: a password that was given, or that somebody was there."""
    return -_SET_BACK <= now - since < span


def is_locked(proved_at: datetime, hours: int, now: datetime) -> bool:
    """Whether a session locks, since its password was given more hours ago than the settings say."""
    return not within(timedelta(hours=hours), proved_at, now)


def was_left(seen_at: datetime, idle_minutes: int, now: datetime) -> bool:
    """Whether a session of the command line locks as an idle console does, so long after its last command."""
    return idle_minutes != NEVER_LOCKS and not within(timedelta(minutes=idle_minutes), seen_at, now)
