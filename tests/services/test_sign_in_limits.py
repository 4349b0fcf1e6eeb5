"""The limits of signing in, attacked by the clock: who gets in when, and how many guesses are looked at.

Strangers try 100 times a second. A try that is put off counts for nothing (a test below), so that those
between two that are looked at are left out here: each stranger waits as told, and is first at every chance.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import cast

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from pftui.bootstrap import open_services
from pftui.domain.accounts import Operator
from pftui.domain.clock import Clock, to_microseconds, utc_now
from pftui.domain.errors import PftuiError, SignInFailed, Throttled
from pftui.domain.limits import KNOWN, LANE, SOURCE, Spent
from pftui.domain.secret import Secret
from pftui.domain.source import Source
from pftui.repositories.database.engine import connect
from pftui.repositories.models import KnownSource, SignInLimit
from pftui.repositories.unit_of_work import Store, UnitOfWork
from pftui.services import hashing, sign_in
from pftui.services.contracts import Services
from pftui.services.sign_in_limits import KEPT_SOURCES, SignInLimits, Who
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.services.conftest import OWN_PASSWORD, Cast
from tests.trail import whole

WRONG, RIGHT = Secret("not the password at all"), Secret(ADMIN_PASSWORD)
DESK = Source(1000, "desk", "pts/1", "192.0.2.1")
TICK = timedelta(milliseconds=10)  # 100 tries a second
FROM_KNOWN, FROM_NEW = 10, 120  # seconds in which the owner gets in
EACH, ALL = 60, 600  # guesses that are looked at in an hour, of one account and of all
NOBODY = "nobody@acme.example"
_LONG = pytest.mark.thorough


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hash costs is not the subject here."""
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(hashing, "PASSWORDS", cheap)
    monkeypatch.setattr(sign_in, "UNKNOWN_HASH", cheap.hash("nobody knows"))


@pytest.fixture
def at_desk(services: Services) -> Operator:
    """The admin, who has signed in from the desk."""
    return services.sign_in.with_password(ADMIN_EMAIL, RIGHT, source=DESK).operator


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = Store(connect(store_url))
    yield opened
    opened.close()


def place(number: int) -> Source:
    """A source of a stranger."""
    return Source(2000 + number, f"evil{number}")


FIRST = place(0)


def failure(attempt: Callable[[], object]) -> PftuiError:
    with pytest.raises(PftuiError) as raised:
        attempt()
    return raised.value


def guess(services: Services, email: str = ADMIN_EMAIL, source: Source = FIRST) -> PftuiError:
    return failure(lambda: services.sign_in.with_password(email, WRONG, source=source))


def looked_at(errors: Sequence[PftuiError]) -> int:
    assert {type(error) for error in errors} <= {SignInFailed, Throttled}
    return sum(isinstance(error, SignInFailed) for error in errors)


@dataclass
class Strangers:
    """They try all the time, from every source at every address, and are the first whenever there is room."""

    attempt: Callable[[str, Source], PftuiError]
    clock: SetClock
    sources: Sequence[Source]
    addresses: Sequence[str] = (ADMIN_EMAIL,)
    guesses: list[tuple[datetime, str]] = field(default_factory=list)
    _due: list[tuple[datetime, int, Source, str]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        for address in self.addresses:
            for source in self.sources:
                self._wait_until(self.clock.now, source, address)

    def _wait_until(self, moment: datetime, source: Source, address: str) -> None:
        heapq.heappush(self._due, (moment, next(self._numbers), source, address))

    def storm_until(self, end: datetime) -> None:
        """Try at every tick up to `end`, and then be there first."""
        while self._due[0][0] <= end:
            moment, _, source, address = heapq.heappop(self._due)
            self.clock.now = max(self.clock.now, moment)
            error = self.attempt(address, source)
            told = getattr(error, "seconds", 0.0)
            if isinstance(error, SignInFailed):
                self.guesses.append((self.clock.now, address))
            ticks = -(-timedelta(seconds=told) // TICK)
            self._wait_until(self.clock.now + max(ticks, 1) * TICK, source, address)
        self.clock.now = end

    def storm(self, **delta: float) -> None:
        self.storm_until(self.clock.now + timedelta(**delta))

    def most_in_an_hour(self, address: str | None = None) -> int:
        """The most that were looked at in any hour."""
        moments = [moment for moment, tried in self.guesses if address in (None, tried)]
        within = [
            sum(first <= moment < first + timedelta(hours=1) for moment in moments[number:])
            for number, first in enumerate(moments)
        ]
        return max(within, default=0)


def seconds_until_in(services: Services, strangers: Strangers, source: Source, *, mistyped: int = 0) -> float:
    """How long the owner takes, who tries as the sentences tell, with the strangers before them each time."""
    begun = strangers.clock.now
    while strangers.clock.now - begun < timedelta(hours=1):
        strangers.storm_until(strangers.clock.now)
        try:
            services.sign_in.with_password(ADMIN_EMAIL, WRONG if mistyped else RIGHT, source=source)
        except Throttled as put_off:
            strangers.storm(seconds=put_off.seconds)
        except SignInFailed:
            mistyped -= 1
        else:
            return (strangers.clock.now - begun).total_seconds()
    return float("inf")


# -- both sides, measured -----------------------------------------------------------------------------


@pytest.mark.parametrize("number", [pytest.param(1, marks=_LONG), pytest.param(2, marks=_LONG), 3])
def test_strangers_keep_nobody_out_and_have_60_guesses_an_hour(
    number: int, services: Services, at_desk: Operator, clock: SetClock
) -> None:
    strangers = Strangers(partial(guess, services), clock, [place(each) for each in range(number)])
    for minutes in (0, 0.001, 0.1, 1, 7, 8, 20, 30, 40, 59, 60, 61):
        strangers.storm(minutes=minutes)
        assert seconds_until_in(services, strangers, DESK) <= FROM_KNOWN
        new = Source(1000, f"laptop {minutes}")
        assert seconds_until_in(services, strangers, new) <= FROM_NEW
    most = strangers.most_in_an_hour()
    assert number * LANE.most_in_an_hour * 0.8 < most <= number * LANE.most_in_an_hour <= EACH


def test_the_owner_may_mistype_too(services: Services, at_desk: Operator, clock: SetClock) -> None:
    strangers = Strangers(partial(guess, services), clock, [place(each) for each in range(3)])
    strangers.storm(minutes=10)
    assert seconds_until_in(services, strangers, DESK, mistyped=KNOWN.burst - 1) <= FROM_KNOWN
    assert seconds_until_in(services, strangers, Source(1000, "laptop"), mistyped=1) <= FROM_NEW


def test_strangers_at_many_addresses_keep_nobody_out(
    services: Services, at_desk: Operator, cast: Cast, clock: SetClock
) -> None:
    addresses = [ADMIN_EMAIL, "bao@acme.example", *(f"nobody{number}@acme.example" for number in range(4))]
    strangers = Strangers(partial(guess, services), clock, [place(each) for each in range(3)], addresses)
    for minutes in (0, 1, 4):
        strangers.storm(minutes=minutes)
        assert seconds_until_in(services, strangers, DESK) <= FROM_KNOWN
        assert seconds_until_in(services, strangers, Source(1000, f"laptop {minutes}")) <= FROM_NEW
    assert strangers.most_in_an_hour() <= 3 * SOURCE.most_in_an_hour <= ALL


class Memory:
    """The limits on rows in memory, for what would take the store too long."""

    def __init__(self, clock: SetClock) -> None:
        self._limits = SignInLimits(clock)
        self._clock = clock
        self.rows: dict[str, Spent] = {}
        self.limits = self

    def guess(self, email: str, source: Source) -> PftuiError:
        who = Who(email, None, source)
        try:
            self._limits.refuse_while_waiting(cast(UnitOfWork, self), who)
        except Throttled as error:
            return error
        self._limits.count_failure(cast(UnitOfWork, self), who)
        return SignInFailed("")

    def now(self, host_clock: Clock) -> int:
        return to_microseconds(host_clock())

    def spent(self, names: Sequence[str]) -> dict[str, Spent]:
        return {name: self.rows[name] for name in names if name in self.rows}

    def spend(self, _about: str, spent: Mapping[str, Spent], outdated: int) -> None:
        self.rows = {name: row for name, row in self.rows.items() if row.failed_at > outdated} | dict(spent)

    def knows(self, _account_id: str, _source: str) -> bool:
        return False


@pytest.mark.parametrize(
    ("sources", "addresses"), [(3, 1), (9, 1), (60, 1), (4, 15), (60, 3), pytest.param(20, 15, marks=_LONG)]
)
def test_from_however_many_sources_an_hour_has_60_guesses_at_an_address_and_600_in_all(
    sources: int, addresses: int, clock: SetClock
) -> None:
    memory = Memory(clock)
    tried = [f"nobody{number}@acme.example" for number in range(addresses)]
    strangers = Strangers(memory.guess, clock, [place(each) for each in range(sources)], tried)
    strangers.storm(minutes=100)
    assert ALL * (addresses > 10) * 0.7 < strangers.most_in_an_hour() <= ALL
    assert EACH * 0.5 < max(strangers.most_in_an_hour(address) for address in tried) <= EACH
    assert len(memory.rows) <= 3 * ALL + 2


def test_of_45_guesses_at_15_addresses_most_are_put_off(services: Services) -> None:
    emails = [f"nobody{number % 15}@acme.example" for number in range(45)]
    errors = [guess(services, email) for email in emails]
    assert looked_at(errors) == SOURCE.burst
    told = errors[-1]
    assert isinstance(told, Throttled)
    assert 0 < told.seconds <= SOURCE.seconds


@pytest.mark.thorough
@pytest.mark.parametrize(("sources", "at_once"), [(9, True), (10, False)])
def test_from_how_many_sources_strangers_reach_who_comes_from_a_new_one(
    sources: int, at_once: bool, services: Services, at_desk: Operator, clock: SetClock
) -> None:
    strangers = Strangers(partial(guess, services), clock, [place(each) for each in range(sources)])
    strangers.storm(minutes=1)
    assert (seconds_until_in(services, strangers, Source(1000, "laptop")) <= FROM_NEW) is at_once
    assert seconds_until_in(services, strangers, DESK) <= FROM_KNOWN
    strangers.storm(hours=1)
    assert strangers.most_in_an_hour() <= EACH


def test_who_is_signed_in_gives_and_changes_their_password_whoever_tries_it(
    services: Services, at_desk: Operator, admin: Operator, clock: SetClock
) -> None:
    strangers = Strangers(partial(guess, services), clock, [place(each) for each in range(3)])
    strangers.storm(minutes=5)
    for operator in (at_desk, admin):  # of whom the other's source is none that is known
        assert isinstance(failure(lambda who=operator: services.sessions.prove(who, WRONG)), SignInFailed)  # type: ignore[misc]
        services.sessions.prove(operator, RIGHT)
    wrong = failure(lambda: services.sign_in.change_password(at_desk, WRONG, Secret(OWN_PASSWORD)))
    assert isinstance(wrong, SignInFailed)
    assert services.sign_in.change_password(at_desk, RIGHT, Secret(OWN_PASSWORD))


# -- sources ------------------------------------------------------------------------------------------


def exhaust(services: Services, source: Source, email: str = ADMIN_EMAIL) -> Throttled:
    """Guess until put off."""
    while not isinstance(error := guess(services, email, source), Throttled):
        pass
    return error


def test_what_the_environment_claims_makes_no_other_source(services: Services, at_desk: Operator) -> None:
    exhaust(services, place(0))
    for tty, address in (("pts/1", ""), ("", "192.0.2.1"), ("pts/7", "198.51.100.9")):
        put_off = guess(services, source=Source(place(0).uid, place(0).host, tty, address))
        assert isinstance(put_off, Throttled)
    assert not isinstance(guess(services, source=Source(DESK.uid, DESK.host)), Throttled)


def test_a_known_source_is_known_to_its_own_account_alone(
    services: Services, at_desk: Operator, cast: Cast
) -> None:
    errors = [guess(services, "bao@acme.example", DESK) for _ in range(KNOWN.burst)]
    assert looked_at(errors) == LANE.burst


def test_wrong_passwords_from_a_known_source_count_there_alone(
    services: Services, at_desk: Operator, store: Store
) -> None:
    errors = [guess(services, source=DESK) for _ in range(KNOWN.burst + 1)]
    assert looked_at(errors) == KNOWN.burst
    assert KNOWN.most_in_an_hour <= EACH
    with store.read() as unit:
        assert len(unit.session.scalars(select(SignInLimit)).all()) == 1
    for source in (Source(1000, "laptop"), Source(1001, "desk")):
        assert services.sign_in.with_password(ADMIN_EMAIL, RIGHT, source=source)


def test_a_program_that_tells_no_source_never_has_a_known_one(services: Services) -> None:
    services.sign_in.with_password(ADMIN_EMAIL, RIGHT)
    errors = [failure(lambda: services.sign_in.with_password(ADMIN_EMAIL, WRONG)) for _ in range(KNOWN.burst)]
    assert looked_at(errors) == LANE.burst


def test_an_account_knows_its_newest_sources(services: Services, store: Store, clock: SetClock) -> None:
    for number in range(KEPT_SOURCES + 3):
        clock.forward(seconds=1)
        services.sign_in.with_password(ADMIN_EMAIL, RIGHT, source=Source(1000, f"host {number}"))
        if number == 10:
            services.sign_in.with_password(ADMIN_EMAIL, RIGHT, source=Source(1000, "host 0"))
    with store.read() as unit:
        assert unit.session.scalar(select(func.count()).select_from(KnownSource)) == KEPT_SOURCES

    def known(number: int) -> bool:
        return looked_at([guess(services, source=Source(1000, f"host {number}")) for _ in range(6)]) == 6

    assert (known(0), known(1), known(22)) == (True, False, True)


@pytest.mark.parametrize("host", ["", "\0", "é" * 64, "\ud800", "x" * 5000])
def test_any_host_is_a_source(host: str, services: Services) -> None:
    assert services.sign_in.with_password(ADMIN_EMAIL, RIGHT, source=Source(1000, host))
    assert services.sign_in.with_password(ADMIN_EMAIL, RIGHT, source=Source(2**32 - 2, host))


# -- what is told -------------------------------------------------------------------------------------


def test_the_wait_that_is_told_is_true(services: Services, at_desk: Operator, clock: SetClock) -> None:
    for source, rate in ((DESK, KNOWN), (place(0), LANE)):
        error = exhaust(services, source)
        assert f"try again in {rate.seconds} s." in error.message
        assert error.seconds == services.sign_in.wait(ADMIN_EMAIL, source) == rate.seconds
        clock.forward(seconds=error.seconds - 0.001)
        assert isinstance(guess(services, source=source), Throttled)
        clock.forward(seconds=0.001)
        assert services.sign_in.with_password(ADMIN_EMAIL, RIGHT, source=source)


def test_a_wait_that_others_may_use_up_is_told_as_such(services: Services) -> None:
    for number in range(10):
        guess(services, source=place(number))
    assert "of others too" in guess(services, source=place(10)).message
    assert "at the earliest" in guess(services, source=place(10)).message


def test_addresses_that_nobody_has_are_put_off_alike(
    services: Services, at_desk: Operator, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: Counter[str] = Counter()
    real, trying = hashing.password_matches, ""

    def matches(stored: str, password: Secret) -> bool:
        runs[trying] += 1
        return real(stored, password)

    monkeypatch.setattr(hashing, "password_matches", matches)
    told: dict[str, list[tuple[type, str, float]]] = {}
    for uid, trying in ((3000, ADMIN_EMAIL), (4000, NOBODY)):
        clock.forward(hours=2)
        told[trying] = []
        for number in range(200):
            error = guess(services, trying, Source(uid + number % 4, "evil"))
            told[trying].append((type(error), error.message, getattr(error, "seconds", 0)))
            clock.forward(seconds=7)
    assert told[ADMIN_EMAIL] == told[NOBODY]
    assert (
        runs[ADMIN_EMAIL]
        == runs[NOBODY]
        == looked_at([guess(services, NOBODY) for _ in range(0)])
        + sum(kind is SignInFailed for kind, *_ in told[NOBODY])
    )


# -- what is kept -------------------------------------------------------------------------------------


def rows(store: Store) -> int:
    with store.read() as unit:
        return unit.session.scalar(select(func.count()).select_from(SignInLimit)) or 0


def everything_but_the_trail(store: Store) -> object:
    tables = [table for table in SignInLimit.metadata.sorted_tables if not table.name.startswith("audit")]
    with store.engine.connect() as connection:
        return [connection.execute(table.select()).all() for table in tables]


def told(store: Store) -> list[str]:
    with store.read() as unit:
        return [event.description for event in whole(unit.audit.oldest_first())]


def test_a_try_that_is_put_off_does_no_work_is_told_once_and_lengthens_nothing(
    services: Services, at_desk: Operator, store: Store, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for source in (place(0), DESK):
        wait = exhaust(services, source).seconds
        before, events = everything_but_the_trail(store), told(store)
        with monkeypatch.context() as patch:
            patch.setattr(hashing, "password_matches", lambda *_: pytest.fail("looked at"))
            for password in (WRONG, RIGHT) * 50:
                with pytest.raises(Throttled):
                    services.sign_in.with_password(ADMIN_EMAIL, password, source=source)
        assert everything_but_the_trail(store) == before
        assert len(told(store)) <= len(events) + 1
        assert services.sign_in.wait(ADMIN_EMAIL, source) == wait
        clock.forward(minutes=1)


def test_no_flood_makes_the_store_forget_and_what_it_keeps_is_bounded(clock: SetClock) -> None:
    memory = Memory(clock)
    while not isinstance(put_off := memory.guess(ADMIN_EMAIL, FIRST), Throttled):
        pass
    for number in range(20_000):
        memory.guess(f"nobody{number}@acme.example", place(1 + number % 100))
    told = memory.guess(ADMIN_EMAIL, FIRST)
    assert isinstance(told, Throttled)
    assert told.seconds >= put_off.seconds
    for number in range(20_000):
        clock.forward(seconds=0.5)
        memory.guess(f"nobody{number}@acme.example", place(1 + number % 100))
    assert ALL < len(memory.rows) <= 3 * ALL + 2


def test_what_is_older_than_an_hour_goes(services: Services, store: Store, clock: SetClock) -> None:
    for number in range(10):
        guess(services, f"nobody{number}@acme.example")
    clock.forward(hours=1, seconds=1)
    guess(services)
    assert rows(store) == 4


def test_a_success_forgives_no_guess(services: Services, cast: Cast) -> None:
    """Else who has an account of their own would have any number."""
    errors = []
    for number in range(40):
        errors.append(guess(services, f"nobody{number}@acme.example"))
        with suppress(Throttled):
            services.sign_in.with_password("bao@acme.example", Secret(OWN_PASSWORD), source=place(0))
    assert looked_at(errors) == SOURCE.burst


def test_what_is_no_address_is_kept_as_one(services: Services, store: Store) -> None:
    """It may be a password in the wrong field: not even a hash of it is kept."""
    for typed in ("hunter2", "correct horse", ""):
        guess(services, typed)
    with store.read() as unit:
        assert len({row.about for row in unit.session.scalars(select(SignInLimit))}) == 1
        assert rows(store) == 6  # source and address, each of the two parts of both


# -- clocks -------------------------------------------------------------------------------------------


def test_a_restart_ends_no_wait(services: Services, store_url: str, clock: SetClock) -> None:
    exhaust(services, place(0))
    again = open_services(store_url, clock, store_clock=clock)
    assert isinstance(guess(again), Throttled)
    again.lifecycle.close()


@pytest.mark.parametrize("minutes", [6, 90, 60 * 24 * 400])
def test_a_clock_that_was_set_back_keeps_nobody_out(
    minutes: float, services: Services, at_desk: Operator, clock: SetClock
) -> None:
    clock.forward(minutes=minutes)
    exhaust(services, place(0))
    exhaust(services, DESK)
    clock.forward(minutes=-minutes)
    for source in (place(0), DESK):
        assert services.sign_in.wait(ADMIN_EMAIL, source) == 0


def test_a_clock_that_goes_back_by_little_forgives_nothing(services: Services, clock: SetClock) -> None:
    exhaust(services, place(0))
    clock.forward(seconds=-20)
    assert isinstance(guess(services), Throttled)


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_the_servers_clock_decides_where_those_of_hosts_differ(store_url: str) -> None:
    """Forty guesses by turns from hosts whose clocks differ by ten minutes, by the server's real clock."""
    hosts = [
        open_services(store_url, lambda ahead=ahead: utc_now() + ahead)  # type: ignore[misc]
        for ahead in (timedelta(minutes=5), timedelta(minutes=-5))
    ]
    errors = [guess(hosts[number % 2]) for number in range(40)]
    assert looked_at(errors) == LANE.burst
    assert hosts[0].sign_in.wait(ADMIN_EMAIL, place(0)) == pytest.approx(LANE.seconds, abs=20)
    assert hosts[1].sign_in.wait(ADMIN_EMAIL, place(0)) == pytest.approx(LANE.seconds, abs=20)
    for host in hosts:
        host.lifecycle.close()
