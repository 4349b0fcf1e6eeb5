"""A long trail that is checked in parts, in other processes: what is said of it stays what it was (R8)."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from pftui.domain.accounts import Operator
from pftui.domain.audit import ChainVerdict, Checkpoint
from pftui.domain.errors import PftuiError
from pftui.repositories.database.engine import connect
from pftui.repositories.shared_view import OtherView
from pftui.repositories.unit_of_work import Store
from pftui.services.contracts import Services
from pftui.services.trail import parts, processes
from pftui.services.trail.chain import InAnArchive, check_trail
from pftui.services.trail.parts import Apart, Awaited, Part, check_part, verified
from pftui.services.trail.processes import Processes
from tests.conftest import SetClock
from tests.patience import PATIENCE
from tests.services.test_archive import aged, archived
from tests.services.test_damaged_trail import writing

__all__ = ["aged"]  # a fixture

CORES = 3
EVENTS = 40
TEXTS = [
    "id", "description", "actor_id", "actor_name", "actor_email", "action", "target", "target_id",
    "organization_id", "team_id", "metadata", "source", "previous_hash", "hash",
]  # fmt: skip


@dataclass
class Here:
    """Checks parts in this process, as those do that are started for it."""

    url: str
    cores: int = CORES
    asked: list[Part] = field(default_factory=list)
    whole: bool = False

    @contextmanager
    def checking(self, parts: Sequence[Part]) -> Iterator[Awaited | None]:
        self.asked = list(parts)
        yield lambda meanwhile: self.check(parts, meanwhile)

    def check(self, parts: Sequence[Part], meanwhile: Callable[[], object]) -> list[bool] | None:
        meanwhile()
        said: list[bool | None]
        try:
            said = [check_part(self.url, part) for part in parts]
        except (OtherView, PftuiError, OSError, DBAPIError):
            said = [None]
        found = [each for each in said if each is not None]
        self.whole = len(found) == len(said)
        return found if self.whole else None


@pytest.fixture(autouse=True)
def _soon_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LONG", 6)
    monkeypatch.setattr(parts, "HEAD_START", 4)


@pytest.fixture
def trail(services: Services, admin: Operator, store_url: str) -> str:
    """The URL of a store with a trail of some length."""
    while (head := services.audit.head(admin)).sequence < EVENTS:
        services.teams.create(admin, f"Team {head.sequence}")
    return store_url


def checked(url: str, apart: Apart | None, expected: Sequence[Checkpoint] = ()) -> ChainVerdict:
    with closing(Store(connect(url, anywhere=True))) as store, store.read() as unit:
        return verified(unit.audit, expected, (), apart)


def borders(url: str) -> list[int]:
    """The numbers of the events at which parts begin and end, and those beside them."""
    here = Here(url)
    checked(url, here)
    ends = [0, here.asked[0].begins.sequence, *(part.ends.sequence for part in here.asked)]
    return sorted({number + step for number in ends for step in (-1, 0, 1)} & set(range(1, ends[-1] + 1)))


def test_r8_a_whole_trail_is_found_to_be_whole_in_parts(trail: str) -> None:
    here = Here(trail)
    assert checked(trail, here) == checked(trail, None)
    assert here.whole
    assert [part.begins for part in here.asked[1:]] == [part.ends for part in here.asked[:-1]]
    assert len(here.asked) == CORES - 1  # and the first one here
    assert here.asked[0].begins.sequence > EVENTS // CORES


def flipped(value: Any, chosen: random.Random) -> Any:
    """The value with one bit changed; of a time, which a database keeps as a number, the least one."""
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    place = chosen.randrange(len(value))
    return value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]


def values(connection: Connection, number: int) -> dict[str, Any]:
    found = connection.execute(text("SELECT * FROM audit_events WHERE sequence = :n"), {"n": number})
    return dict(found.mappings().one())


def put(connection: Connection, number: int, column: str, value: Any) -> None:
    statement = text(f"UPDATE audit_events SET {column} = :value WHERE sequence = :n")
    assert connection.execute(statement, {"value": value, "n": number}).rowcount == 1


@pytest.mark.damages_the_store
def test_r8_one_bit_anywhere_is_found(trail: str) -> None:
    chosen = random.Random(14)
    near = borders(trail)
    others = chosen.sample(sorted(set(range(1, EVENTS)) - set(near)), 6)
    for number in chain(near, others):
        with writing(trail) as connection:
            before = values(connection, number)
            column = chosen.choice([name for name in [*TEXTS, "created_at"] if before[name]])
            put(connection, number, column, flipped(before[column], chosen))
        here = Here(trail)
        verdict = checked(trail, here)
        assert verdict == checked(trail, None), (number, column)
        assert verdict.broken_at in (number, number + 1), (number, column)
        assert not here.whole
        with writing(trail) as connection:
            put(connection, number, column, before[column])
    assert checked(trail, Here(trail)).intact


@pytest.mark.damages_the_store
def test_r8_an_event_that_is_missing_is_found(trail: str) -> None:
    for number in [*borders(trail), EVENTS // 2]:
        with writing(trail) as connection:
            before = values(connection, number)
            connection.execute(text("DELETE FROM audit_events WHERE sequence = :n"), {"n": number})
        verdict = checked(trail, Here(trail))
        assert verdict == checked(trail, None)
        assert not verdict.intact
        with writing(trail) as connection:
            names = ", ".join(before)
            marks = ", ".join(f":{name}" for name in before)
            connection.execute(text(f"INSERT INTO audit_events ({names}) VALUES ({marks})"), before)
    assert checked(trail, Here(trail)).intact


def swap(url: str, number: int) -> None:
    """An event and the next one, in each other's place."""
    with writing(url) as connection:
        for old, new in ((number, 10**9), (number + 1, number), (10**9, number + 1)):
            put(connection, old, "sequence", new)


@pytest.mark.damages_the_store
def test_r8_events_in_each_others_place_are_found(trail: str) -> None:
    for number in [*borders(trail)[:-1], EVENTS // 2]:
        swap(trail, number)
        verdict = checked(trail, Here(trail))
        assert verdict == checked(trail, None)
        assert not verdict.intact
        swap(trail, number)
    assert checked(trail, Here(trail)).intact


CUTS = (
    "DELETE FROM audit_events WHERE sequence > 35",
    "DELETE FROM audit_events WHERE sequence < 5",
    "DELETE FROM audit_events",
    "DELETE FROM audit_head",
    "UPDATE audit_head SET sequence = sequence - 1",
    "UPDATE audit_head SET sequence = sequence + 1",
    "UPDATE audit_head SET sequence = -1",
    "UPDATE audit_head SET archived_sequence = 5",
    "UPDATE audit_head SET archived_sequence = 5, "
    "archived_hash = (SELECT hash FROM audit_events WHERE sequence = 5)",
    "UPDATE audit_events SET sequence = 0 WHERE sequence = 20",
    "UPDATE audit_events SET sequence = 900 WHERE sequence = 20",
    "UPDATE audit_events SET v = 99 WHERE sequence = 20",
)


@pytest.mark.damages_the_store
@pytest.mark.parametrize("cut", CUTS)
def test_r8_a_trail_that_was_cut_is_found(trail: str, cut: str) -> None:
    with writing(trail) as connection:
        connection.execute(text(cut))
    verdict = checked(trail, Here(trail))
    assert verdict == checked(trail, None)
    assert not verdict.intact


def test_r8_what_is_expected_is_looked_for_in_its_part(trail: str) -> None:
    with writing(trail) as connection:
        kept = [Checkpoint(number, values(connection, number)["hash"]) for number in borders(trail)]
    here = Here(trail)
    assert checked(trail, here, kept).intact
    assert here.whole
    for right in kept:
        wrong = right._replace(hash="0" * 64)
        verdict = checked(trail, Here(trail), [right, wrong])
        assert verdict == checked(trail, None, [right, wrong])
        assert verdict.broken_at == right.sequence
    later = [Checkpoint(EVENTS + 9, "0" * 64)]
    assert checked(trail, Here(trail), later) == checked(trail, None, later)


def test_r8_a_trail_whose_beginning_is_archived_is_checked_in_parts(
    services: Services, admin: Operator, aged: SetClock, store_url: str
) -> None:
    archived(services, admin, aged)
    while services.audit.extent(admin).last - services.audit.extent(admin).first < EVENTS:
        services.teams.create(admin, f"Team {services.audit.extent(admin).last}")
    here = Here(store_url)
    verdict = checked(store_url, here)
    assert verdict == checked(store_url, None)
    assert here.whole
    assert verdict.archived > 0
    with pytest.raises(InAnArchive):
        checked(store_url, here, [Checkpoint(1, "0" * 64)])
    with writing(store_url) as connection:
        told = text("SELECT sequence FROM audit_events WHERE action = 'audit_archived'")
        assert connection.execute(told).scalar_one() > verdict.archived


def test_what_is_written_meanwhile_does_not_count(services: Services, admin: Operator, trail: str) -> None:
    class Later(Here):
        def check(self, parts: Sequence[Part], meanwhile: Callable[[], object]) -> list[bool] | None:
            services.teams.create(admin, "Meanwhile")
            return super().check(parts, meanwhile)

    later = Later(trail)
    assert checked(trail, later).events == EVENTS
    assert later.whole


def test_another_store_in_its_place_is_not_taken_for_it(trail: str) -> None:
    class Elsewhere(Here):
        def check(self, parts: Sequence[Part], meanwhile: Callable[[], object]) -> list[bool] | None:
            snapshot, _, rest = parts[0].view.partition(" ")
            for view in (f"{snapshot} {rest}1", f"'{snapshot}", f"7 {rest}", ""):
                assert super().check([parts[0]._replace(view=view)], meanwhile) is None
            return super().check(parts, meanwhile)

    elsewhere = Elsewhere(trail)
    assert checked(trail, elsewhere).intact
    assert elsewhere.whole


# In processes


@dataclass
class Started:
    """What was started in place of other processes, and how."""

    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    calls: list[tuple[list[str], dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    found, popen = Started(), subprocess.Popen

    def start(arguments: list[str], **options: Any) -> subprocess.Popen[bytes]:
        found.calls.append((arguments, options["env"]))
        found.processes.append(popen(arguments, **options))
        return found.processes[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return found


@dataclass
class Watched:
    """Processes, and what they have given."""

    of: Processes
    given: list[bool] | None = None
    interrupt: Callable[[], object] | None = None

    @property
    def cores(self) -> int:
        return self.of.cores

    @contextmanager
    def checking(self, parts: Sequence[Part]) -> Iterator[Awaited | None]:
        with self.of.checking(parts) as awaited:
            if awaited is None:
                yield None
                return

            def watched(meanwhile: Callable[[], object]) -> list[bool] | None:
                self.given = awaited(self.interrupt or meanwhile)
                return self.given

            yield watched


def test_r8_processes_find_a_trail_to_be_whole_and_know_no_secret(
    trail: str, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PFTUI_API_KEY", "pf_secret")
    monkeypatch.setenv("PFTUI_DATABASE_URL", trail)
    apart = Watched(Processes(trail, 3))
    assert checked(trail, apart) == checked(trail, None)
    assert apart.given is not None
    assert len(started.processes) == 2
    for arguments, environment in started.calls:
        assert not any(trail in each for each in [*arguments, *environment.values()])
        assert "pf_secret" not in environment.values()
    assert all(each.returncode is not None for each in started.processes)


@pytest.mark.damages_the_store
def test_r8_processes_find_an_edited_event(trail: str) -> None:
    with writing(trail) as connection:
        put(connection, EVENTS - 3, "description", "Created nothing")
    apart = Watched(Processes(trail, 3))
    verdict = checked(trail, apart)
    assert apart.given is None
    assert verdict.broken_at == EVENTS - 3
    assert verdict == checked(trail, None)


def test_where_a_process_is_killed_this_one_checks_alone(
    trail: str, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = subprocess.Popen

    def killed(arguments: list[str], **options: Any) -> subprocess.Popen[bytes]:
        process: subprocess.Popen[bytes] = start(arguments, **options)
        if len(started.processes) == 2:
            process.kill()
        return process

    monkeypatch.setattr(subprocess, "Popen", killed)
    apart = Watched(Processes(trail, 3))
    assert checked(trail, apart) == checked(trail, None)
    assert apart.given is None
    assert all(each.returncode is not None for each in started.processes)


@pytest.mark.parametrize("program", ["", "/nowhere/python", "/bin/false", "/bin/true"])
def test_where_none_can_be_started_this_one_checks_alone(
    trail: str, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    apart = Watched(Processes(trail, 3))
    assert checked(trail, apart).intact
    assert apart.given is None


def test_an_interrupt_ends_them_all(trail: str, started: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_MEANWHILE", 0.001)

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checked(trail, Watched(Processes(trail, 3), interrupt=interrupt))
    ended = [each.returncode for each in started.processes]  # one may have been through before
    assert -9 in ended
    assert None not in ended


def test_a_process_ends_with_the_one_that_waits_for_it() -> None:
    program = (
        "import threading; from pftui.services.trail.part import end_with_who_waits as end\n"
        "threading.Thread(target=end).start()\n"
        "print('there', flush=True); threading.Event().wait()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"there\n"
        process.stdin.close()
        assert process.wait(PATIENCE) == 1


def test_a_short_trail_and_one_core_are_for_this_process(
    trail: str, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert checked(trail, Processes(trail, 1)).intact
    monkeypatch.setattr(parts, "LONG", EVENTS + 1)
    assert checked(trail, Processes(trail, 2)).intact
    assert not started.processes


def test_it_says_what_the_check_of_the_whole_says_where_archives_are_given(
    services: Services, admin: Operator, aged: SetClock, store_url: str
) -> None:
    file = archived(services, admin, aged)
    here = Here(store_url)
    with closing(Store(connect(store_url))) as store, store.read() as unit:
        assert verified(unit.audit, (), [file.events()], here) == check_trail(unit.audit, (), [file.events()])
    assert not here.asked
