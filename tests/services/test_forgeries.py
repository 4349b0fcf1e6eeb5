"""Whatever is done to the trail in the database, `audit verify` finds it (R8).

Each forgery is made in a transaction that is undone afterwards, so that one store does for all of them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from pftui.domain.accounts import Operator
from pftui.domain.audit import FORM, ChainVerdict, Checkpoint
from pftui.domain.audit_form import GENESIS, StoredEvent, event_of, hash_of, stored_event
from pftui.domain.source import Source
from pftui.repositories.audit import AuditRepository
from pftui.repositories.database.engine import open_engine, parse_url
from pftui.repositories.models import AuditEventRow
from pftui.services.contracts import Services
from pftui.services.trail.chain import check_chain
from tests.services.conftest import Cast

HERE = Source(1000, "jump", "pts/3", "10.0.4.7")
COLUMNS = [column.name for column in AuditEventRow.__table__.columns]
NUMBERS = {"sequence", "v"}
TEXTS = [name for name in COLUMNS if name not in NUMBERS | {"created_at"}]

#: What is tried with every column of text: `{c}` is the column.
OTHER_TEXT = (
    "upper({c})", "lower({c})", "{c} || ' '", "' ' || {c}", "{c} || '\n'", "''", "'x'", "'{{}}'", "NULL",
    "substr({c}, 2)", "replace({c}, 'e', 'é')", "replace({c}, '-', '')", "replace({c}, '0', 'O')",
)  # fmt: skip
#: The same JSON in other notations, and other JSON.
OTHER_JSON = (
    "replace({c}, ':', ': ')", "replace({c}, ',', ', ')", "replace({c}, '{{', '{{ ')", "{c} || ' '",
    "replace({c}, '\"a', '\"\\u0061')", "replace({c}, '1000', '1000.0')", "replace({c}, '1000', '1e3')",
    "replace({c}, '}}', ',\"zz\":1}}')", "replace({c}, '{{', '{{\"by\":\"key\",')", "'[]'", "'null'", "'{{'",
)  # fmt: skip
OTHER_ON_SQLITE = ("CAST({c} AS BLOB)", "{c} || char(0)", "CAST(x'ff' AS TEXT) || {c}", "7", "7.5", "x''")
OTHER_TIME_ON_SQLITE = (
    "replace({c}, ' ', 'T')", "{c} || 'Z'", "{c} || '+00:00'", "replace({c}, ' ', 'T') || 'Z'",
    "substr({c}, 1, 19)", "substr({c}, 1, 23)", "substr({c}, 1, 16)", "replace({c}, '-', '')", "{c} || ' '",
    "strftime('%s', {c})", "julianday({c})", "strftime('%Y-%m-%d %H:%M:%f000', {c}, '+2 hours') || '+02:00'",
    "substr({c}, 1, 25) || '1'", "NULL", "''", "'yesterday'", "7", "x'00'",
    "strftime('%Y-%m-%d %H:%M:%S', {c}, '-1 hour') || '.000000'",
)  # fmt: skip
OTHER_TIME_ON_POSTGRESQL = (
    "{c} + interval '1 microsecond'", "{c} - interval '2 hours'", "'infinity'", "'-infinity'",
    "'0044-03-15 BC'", "'12000-01-01'", "NULL",
)  # fmt: skip
OTHER_NUMBER = ("0", "-1", "{c} + 1", "999999")
OTHER_NUMBER_ON_SQLITE = ("{c} + 0.5", "'one'", "x'31'", "'1 '", "NULL")


@contextmanager
def forging(url: str) -> Iterator[Connection]:
    """A connection whose every transaction is undone."""
    engine = open_engine(parse_url(url))
    try:
        with engine.connect() as connection:
            yield connection
            connection.rollback()
    finally:
        engine.dispose()


def verdict_of(connection: Connection, *expected: Checkpoint) -> ChainVerdict:
    with Session(connection) as session:
        audit = AuditRepository(session)
        return check_chain(list(audit.oldest_first()), audit.head(), expected)


def stored_in(connection: Connection) -> list[StoredEvent]:
    with Session(connection) as session:
        return list(AuditRepository(session).oldest_first())


@pytest.fixture
def trail(services: Services, admin: Operator, cast: Cast, store_url: str) -> str:
    """The URL of a store with events of many kinds, with and without each of the values that may be empty."""
    operator = replace(admin, source=HERE)
    services.teams.add(operator, cast.team_id, cast.bot.account_id, cast.role_id)
    services.accounts.disable(admin, cast.bao.id)
    services.keys.revoke(operator, cast.bot.key_id)
    assert services.audit.verify(admin).intact
    return store_url


def others(column: str, *, sqlite: bool) -> Sequence[str]:
    """What is tried in place of the value of a column."""
    if column in NUMBERS:
        return (*OTHER_NUMBER, *(OTHER_NUMBER_ON_SQLITE if sqlite else ()))
    if column == "created_at":
        return OTHER_TIME_ON_SQLITE if sqlite else OTHER_TIME_ON_POSTGRESQL
    json = OTHER_JSON if column in ("metadata", "source") else ()
    return (*OTHER_TEXT, *json, *(OTHER_ON_SQLITE if sqlite else ()))


def changing(column: str, value: str, sequence: int) -> str:
    """The statement that gives a column of one event another value."""
    return f"UPDATE audit_events SET {column} = {value} WHERE sequence = {sequence}"


def forge(connection: Connection, statement: str) -> bool:
    """Carry it out; whether the store took it, and holds something else since."""
    try:
        before = connection.execute(text("SELECT * FROM audit_events ORDER BY sequence")).all()
        connection.exec_driver_sql(statement)
        after = connection.execute(text("SELECT * FROM audit_events ORDER BY sequence")).all()
    except DBAPIError:
        return False
    return [[*map(repr, row)] for row in before] != [[*map(repr, row)] for row in after]


@pytest.mark.parametrize("column", COLUMNS)
def test_r8_no_column_takes_another_value_or_notation_unnoticed(column: str, trail: str) -> None:
    sqlite = trail.startswith("sqlite")
    tried = 0
    with forging(trail) as connection:
        events = len(stored_in(connection))
        connection.rollback()
        for other in others(column, sqlite=sqlite):
            for sequence in (1, events // 2, events - 1, events):
                value = other.format(c=column)
                if forge(connection, changing(column, value, sequence)):
                    verdict = verdict_of(connection)
                    assert not verdict.intact, (value, sequence)
                    assert (verdict.broken_at or 0) <= sequence + 1
                    tried += 1
                connection.rollback()
        assert verdict_of(connection).intact
    assert tried >= 4


def test_r8_what_only_a_newer_pftui_can_read_is_told_as_such(trail: str) -> None:
    with forging(trail) as connection:
        connection.execute(text(f"UPDATE audit_events SET v = {FORM + 1} WHERE sequence = 2"))
        verdict = verdict_of(connection)
        assert (verdict.intact, verdict.newer, verdict.broken_at) == (False, True, 2)
        assert "newer" in (verdict.problem or "")
        # but it hides nothing of the others
        connection.execute(text("UPDATE audit_events SET description = 'x' WHERE sequence = 4"))
        verdict = verdict_of(connection)
        assert (verdict.newer, verdict.broken_at, verdict.problem) == (False, 4, "an event was edited")


@pytest.mark.parametrize("sequence", ["1", "2", "(SELECT max(sequence) FROM audit_events)"])
def test_r8_a_removed_event_is_found(sequence: str, trail: str) -> None:
    with forging(trail) as connection:
        assert forge(connection, f"DELETE FROM audit_events WHERE sequence = {sequence}")
        assert not verdict_of(connection).intact


def test_r8_swapped_events_are_found(trail: str) -> None:
    with forging(trail) as connection:
        for change in ("99 WHERE sequence = 2", "2 WHERE sequence = 3", "3 WHERE sequence = 99"):
            connection.execute(text(f"UPDATE audit_events SET sequence = {change}"))
        assert verdict_of(connection).broken_at == 2


def cut(connection: Connection, sequence: int) -> None:
    """Take away all events from this one on, and set the head back."""
    connection.execute(text(f"DELETE FROM audit_events WHERE sequence >= {sequence}"))
    newest = f"SELECT hash FROM audit_events WHERE sequence = {sequence - 1}"
    connection.execute(text(f"UPDATE audit_head SET sequence = {sequence - 1}, hash = ({newest})"))


def test_r8_a_trail_that_was_cut_is_found_by_what_was_kept_elsewhere(trail: str) -> None:
    with forging(trail) as connection:
        kept = [Checkpoint(event.sequence, event.hash) for event in stored_in(connection)]
        connection.rollback()
        for sequence in range(2, len(kept) + 1):
            cut(connection, sequence)
            assert verdict_of(connection).intact  # in itself
            assert not verdict_of(connection, kept[-1]).intact
            assert verdict_of(connection, kept[sequence - 2]).intact  # what was before is what it was
            connection.rollback()


# In memory, where there is time for thousands of them


def chained_anew(events: Sequence[StoredEvent], since: int) -> list[StoredEvent]:
    """The events, with all hashes from this index on made anew."""
    previous = events[since - 1].hash if since else GENESIS
    made = list(events[:since])
    for number, event in enumerate(events[since:], start=since + 1):
        linked = event._replace(sequence=number, previous_hash=previous)
        made.append(linked._replace(hash=hash_of(linked)))
        previous = made[-1].hash
    return made


def assert_found(events: Sequence[StoredEvent], head: tuple[int, str], what: object) -> None:
    assert not check_chain(events, head).intact, what


@pytest.fixture
def stored(trail: str) -> list[StoredEvent]:
    with forging(trail) as connection:
        return stored_in(connection)


@pytest.mark.thorough
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_r8_every_bit_that_is_turned_is_found(stored: list[StoredEvent]) -> None:
    head = (stored[-1].sequence, stored[-1].hash)
    tried = 0
    for index, event in enumerate(stored):
        for field, value in zip(StoredEvent._fields, event, strict=True):
            for forged in turned(value):
                edited = [*stored[:index], with_other(event, field, forged), *stored[index + 1 :]]
                assert_found(edited, head, (index, field, forged))
                tried += 1
    assert tried > 20_000


def with_other(event: StoredEvent, field: str, value: object) -> StoredEvent:
    return StoredEvent._make(value if name == field else each for name, each in event._asdict().items())


def turned(value: object) -> Iterator[object]:
    """The value with each of its bits turned, where that still is a value of its type."""
    if isinstance(value, int):
        yield from (value ^ (1 << bit) for bit in range(63))
    elif isinstance(value, str):
        for place, sign in enumerate(value):
            for bit in range(8):
                yield f"{value[:place]}{chr(ord(sign) ^ (1 << bit))}{value[place + 1 :]}"
    else:
        yield from ("", "x", "{}")


@pytest.mark.thorough
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_r8_every_event_that_is_removed_moved_or_put_in_is_found(stored: list[StoredEvent]) -> None:
    head = (stored[-1].sequence, stored[-1].hash)
    count = len(stored)
    for one in range(count):
        assert_found(stored[:one] + stored[one + 1 :], head, one)
        twice = [*stored[: one + 1], stored[one], *stored[one + 1 :]]
        assert_found(twice, head, one)
        for other in range(one + 1, count):
            swapped = list(stored)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            assert_found(swapped, head, (one, other))
            numbered = [event._replace(sequence=number) for number, event in enumerate(swapped, start=1)]
            assert_found(numbered, head, (one, other))
            assert_found(stored[:one] + stored[other:], head, (one, other))


@pytest.mark.thorough
@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_r8_a_chain_that_was_made_anew_is_found_by_any_later_checkpoint(stored: list[StoredEvent]) -> None:
    for index in range(len(stored)):
        edited = [*stored[:index], stored[index]._replace(description="x"), *stored[index + 1 :]]
        for forged in (
            chained_anew(edited, index),
            chained_anew(stored[:index] + stored[index + 1 :], index),
        ):
            if not forged:
                continue
            head = (forged[-1].sequence, forged[-1].hash)
            assert check_chain(forged, head).intact  # in itself
            for event in stored:
                verdict = check_chain(forged, head, [Checkpoint(event.sequence, event.hash)])
                assert verdict.intact is (event.sequence <= index), (index, event.sequence)


@pytest.mark.thorough
def test_r8_random_changes_in_the_database_are_found(trail: str) -> None:
    choose = random.Random(20260301)  # no secrets
    sqlite = trail.startswith("sqlite")
    changes: list[Callable[[str], str]] = [
        lambda c: f"substr({c}, 1, {choose.randrange(1, 30)}) || chr({choose.randrange(33, 126)})",
        lambda c: f"replace({c}, '{choose.choice('abcdef0123456789')}', '{choose.choice('uvwxyz')}')",
        lambda c: f"{c} || '{choose.choice('abcdef0123456789')}'",
    ]
    found = 0
    with forging(trail) as connection:
        events = len(stored_in(connection))
        connection.rollback()
        for _ in range(700):
            column, sequence = choose.choice(TEXTS), choose.randrange(1, events + 1)
            value = choose.choice(changes)(column)
            value = value.replace("chr(", "char(") if sqlite else value
            if forge(connection, changing(column, value, sequence)):
                assert not verdict_of(connection).intact, (value, sequence)
                found += 1
            connection.rollback()
    assert found > 300


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_what_is_stored_is_what_would_be_written(stored: list[StoredEvent]) -> None:
    for each in stored:
        event = event_of(each)
        assert stored_event(event) == each  # type: ignore[arg-type]
        assert hash_of(each) == each.hash
