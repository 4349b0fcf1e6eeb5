"""Retention: what is archived verifies on its own, and with what stays; and nothing else goes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from pftui.domain.accounts import Operator
from pftui.domain.audit import Action, AuditEvent, AuditQuery, Checkpoint
from pftui.domain.audit_archive import Archived, NoArchive, read_archive
from pftui.domain.audit_form import StoredEvent
from pftui.domain.errors import Forbidden, PersonNeeded, WrongUsage
from pftui.repositories.database.engine import connect
from pftui.repositories.unit_of_work import Store
from pftui.services import archive as archiving
from pftui.services.contracts import Services
from pftui.services.trail.chain import InAnArchive, check_archives, check_trail
from tests.conftest import SetClock
from tests.services.conftest import Cast
from tests.trail import latest


class File:
    """Where the lines of an archive go."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, lines: Iterable[str]) -> str:
        self.lines = list(lines)
        return "/archive"

    def events(self) -> list[StoredEvent]:
        return [each for each in read_archive(self.lines) if not isinstance(each, Archived)]


@pytest.fixture
def aged(services: Services, admin: Operator, cast: Cast, clock: SetClock) -> SetClock:
    """A trail of which the beginning is a year old."""
    clock.forward(days=365)
    services.teams.create(admin, "Blue Team")
    services.teams.create(admin, "Green Team")
    return clock


def archived(services: Services, admin: Operator, clock: SetClock) -> File:
    file = File()
    services.audit.archive(admin, clock() - timedelta(days=30), file)
    return file


def test_r8_old_events_are_moved_and_the_trail_tells(
    services: Services, admin: Operator, aged: SetClock
) -> None:
    before = services.audit.extent(admin)
    file = archived(services, admin, aged)
    newest = latest(services, admin)
    assert [event.action for event in newest] == [
        Action.AUDIT_ARCHIVED,
        Action.TEAM_CREATED,
        Action.TEAM_CREATED,
    ]
    events = file.events()
    told = newest[0].metadata
    assert told["upTo"] == str(Checkpoint(events[-1].sequence, events[-1].hash))
    assert told["events"] == len(events) == services.audit.extent(admin).first - 1
    assert services.audit.list(admin, AuditQuery()).total == before.last + 1  # what is archived counts


def test_an_archive_verifies_on_its_own_and_with_what_stays(
    services: Services, admin: Operator, aged: SetClock
) -> None:
    kept, first = services.audit.head(admin), services.audit.show(admin, 1)
    assert isinstance(first, AuditEvent)
    file = archived(services, admin, aged)
    assert check_archives([file.events()], ()).intact
    alone = services.audit.verify(admin, [kept])
    assert alone.intact
    assert alone.archived == len(file.events())
    expected = [Checkpoint(1, first.hash), kept]
    with pytest.raises(InAnArchive):
        services.audit.verify(admin, expected)
    whole = services.audit.verify(admin, expected, [file.events()])
    assert (whole.intact, whole.events) == (True, alone.events)
    other = [replace_hash(expected[0]), kept]
    assert services.audit.verify(admin, other, [file.events()]).broken_at == 1


def replace_hash(checkpoint: Checkpoint) -> Checkpoint:
    return Checkpoint(checkpoint.sequence, checkpoint.hash[::-1])


def test_a_second_archive_goes_on_where_the_first_ended(
    services: Services, admin: Operator, aged: SetClock
) -> None:
    first = archived(services, admin, aged)
    aged.forward(days=365)
    services.teams.create(admin, "Yellow Team")
    second = archived(services, admin, aged)
    assert second.events()[0].previous_hash == first.events()[-1].hash
    assert services.audit.verify(admin, (), [first.events(), second.events()]).intact
    assert services.audit.verify(admin).intact
    assert not services.audit.verify(admin, (), [second.events()]).intact  # the first one is missing


def test_an_archive_that_was_edited_or_cut_off_is_found(
    services: Services, admin: Operator, aged: SetClock
) -> None:
    file = archived(services, admin, aged)
    events = file.events()
    edited = [events[0]._replace(description="nothing to see"), *events[1:]]
    assert check_archives([edited], ()).broken_at == 1
    assert not services.audit.verify(admin, (), [edited]).intact
    assert not services.audit.verify(admin, (), [events[:-1]]).intact
    with pytest.raises(NoArchive, match="cut off"):
        list(read_archive(file.lines[:-1]))
    with pytest.raises(NoArchive, match="other events"):
        list(read_archive([*file.lines[:-2], file.lines[-1]]))


def test_events_that_go_without_an_archive_are_found(
    services: Services, admin: Operator, aged: SetClock, store_url: str
) -> None:
    with closing(Store(connect(store_url))) as store, store.write() as unit:
        event = unit.audit.stored_at(3)
        assert event is not None
        unit.audit.remove_archived(Checkpoint(3, event.hash))
        unit.flush()
        verdict = check_trail(unit.audit)
    assert not verdict.intact
    assert "no event tells" in (verdict.problem or "")


def test_only_a_person_archives(services: Services, admin: Operator, cast: Cast, aged: SetClock) -> None:
    file = File()
    by_key = replace(admin, key_id=cast.bot.key_id)
    with pytest.raises((PersonNeeded, Forbidden)):
        services.audit.archive(replace(by_key, id=cast.bot.account_id), aged(), file)
    with pytest.raises(Forbidden):
        services.audit.archive(cast.bao, aged(), file)
    assert file.lines == []
    assert services.audit.extent(admin).first == 1


def test_nothing_to_archive_is_said(services: Services, admin: Operator, cast: Cast, clock: SetClock) -> None:
    with pytest.raises(WrongUsage, match="nothing to archive"):
        services.audit.archive(admin, clock() - timedelta(days=1), File())


def test_what_somebody_waits_for_stays(
    services: Services, admin: Operator, aged: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiving, "earliest_needed", lambda unit: archiving.Needed(4, "the webhook SIEM"))
    file = File()
    moved = services.audit.archive(admin, aged() - timedelta(days=30), file)
    assert (moved.last.sequence, moved.held_by) == (3, "the webhook SIEM")
    assert services.audit.extent(admin).first == 4
    with pytest.raises(WrongUsage, match="the webhook SIEM has not been told"):
        services.audit.archive(admin, aged() - timedelta(days=30), File())


def test_a_removal_that_is_interrupted_goes_on_with_the_next_archive(
    services: Services, admin: Operator, aged: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiving, "REMOVED_AT_ONCE", 2)
    monkeypatch.setattr(archiving._Moving, "more", property(lambda moving: False))
    first = archived(services, admin, aged)
    assert services.audit.extent(admin).first == 3
    assert services.audit.verify(admin).intact
    monkeypatch.undo()
    second = archived(services, admin, aged)
    assert services.audit.verify(admin, (), [first.events(), second.events()]).intact
