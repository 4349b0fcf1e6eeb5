"""Retention: what is archived verifies on its own, and with what stays; and nothing else goes."""

from __future__ import annotations

import random
from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta

import pytest

from pftui.domain.accounts import Operator
from pftui.domain.audit import Action, AuditEvent, AuditQuery, Checkpoint
from pftui.domain.audit_archive import START, Archived, NoArchive, archive_lines, read_archive
from pftui.domain.audit_form import StoredEvent
from pftui.domain.errors import Forbidden, PersonNeeded, WrongUsage
from pftui.repositories.database.engine import connect
from pftui.repositories.unit_of_work import Store
from pftui.services import archive as archiving
from pftui.services.contracts import Services
from pftui.services.trail.chain import InAnArchive, check_archives, check_chain, check_trail
from tests.conftest import SetClock
from tests.services.conftest import Cast
from tests.services.test_forgeries import chained_anew
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
    """A trail of which the beginning is a year old, and that no webhook waits for."""
    services.webhooks.delete(admin, cast.webhook_id)
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


def test_only_a_person_archives(services: Services, admin: Operator, cast: Cast, clock: SetClock) -> None:
    file, later = File(), clock() + timedelta(days=1)
    new = services.service_accounts.create(admin, name="root-bot", global_admin=True)
    with pytest.raises(PersonNeeded):
        services.audit.archive(services.sign_in.with_key(new.key), later, file)
    newest = latest(services, admin)[0]
    assert (newest.metadata["act"], newest.metadata["rule"]) == ("audit archive", "R8")
    with pytest.raises(Forbidden):
        services.audit.archive(cast.bao, later, file)
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


def test_a_webhook_waits_for_what_is_behind_its_place_and_for_what_is_parked(
    services: Services, admin: Operator, cast: Cast, store_url: str
) -> None:
    with closing(Store(connect(store_url))) as store, store.write() as unit:
        place = unit.deliveries.place(cast.webhook_id)
        assert place is not None
        waits = archiving.earliest_needed(unit)
        assert waits == archiving.Needed(place.sequence + 1, "The webhook SIEM")
        unit.deliveries.park(cast.webhook_id, 2, 3, 1, 0)
        assert archiving.earliest_needed(unit) == archiving.Needed(2, "The webhook SIEM")
    services.webhooks.delete(admin, cast.webhook_id)
    with closing(Store(connect(store_url))) as store, store.read() as unit:
        assert archiving.earliest_needed(unit) is None


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


# In memory, where there is time for thousands of them


@pytest.mark.thorough
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_whatever_is_changed_in_an_archive_is_found(services: Services, admin: Operator, cast: Cast) -> None:
    stored = list(services.audit.stream(admin, AuditQuery()))
    head, choose, tried = (stored[-1].sequence, stored[-1].hash), random.Random(20260301), 0  # no secrets
    for split in range(1, len(stored)):
        moved, stays = stored[:split], stored[split:]
        last = Checkpoint(moved[-1].sequence, moved[-1].hash)
        lines = list(archive_lines(START, moved))
        assert [each for each in read_archive(lines) if isinstance(each, StoredEvent)] == moved
        for _ in range(150):
            line, place = choose.randrange(len(lines)), choose.random()
            at, bit = int(place * (len(lines[line]) - 1)), choose.randrange(7)
            turned = chr(ord(lines[line][at]) ^ (1 << bit))
            forged = [*lines]
            forged[line] = f"{lines[line][:at]}{turned}{lines[line][at + 1 :]}"
            assert not _verifies(forged, stays, head, last), (split, line, at, bit)
            tried += 1
        for one in range(split):
            assert not _verifies(lines[: one + 1] + lines[one + 2 :], stays, head, last)
            anew = chained_anew(
                [each._replace(description="x") if each is moved[one] else each for each in moved], one
            )
            assert check_archives([anew], ()).intact  # in itself
            assert not check_chain([*anew, *stays], head, [last]).intact
            assert not check_archives([anew], [last]).intact
    assert tried > 1000


def _verifies(lines: list[str], stays: list[StoredEvent], head: tuple[int, str], last: Checkpoint) -> bool:
    try:
        events = [each for each in read_archive(lines) if isinstance(each, StoredEvent)]
    except NoArchive:
        return False
    return check_chain([*events, *stays], head, [last]).intact
