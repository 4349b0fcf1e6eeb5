"""What a key may do: answered fresh each time, with one run of argon2 a process."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path

import psycopg
import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

import pftui
from pftui.bootstrap import create_store
from pftui.domain.accounts import Operator, Status
from pftui.domain.api_key import KeyPrefix, base62, checksum, generate
from pftui.domain.audit import AuditQuery
from pftui.domain.decisions import Reason
from pftui.domain.errors import PftuiError, StoreMissing, StoreUnavailable, TryAgain, WrongUsage
from pftui.domain.key_tag import is_tag, tag_fits
from pftui.domain.secret import Secret
from pftui.repositories.database.engine import connect
from pftui.repositories.key_lookup import tables as key_tables
from pftui.repositories.models import Base
from pftui.repositories.unit_of_work import Store
from pftui.services import hashing
from pftui.services.contracts import Services
from pftui.services.results import NewKey
from pftui.services.verification.matches import MatchMemory, WrongSecretLimit
from pftui.services.verification.verifier import Verifier
from pftui.services.verification.wrong_secrets import WrongSecrets
from tests.conftest import ORGANIZATION, SetClock
from tests.patience import PATIENCE
from tests.services.conftest import Cast
from tests.services.verification.conftest import Seconds


class Runs:
    """Counts the runs of argon2, and can do something in the midst of one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.during: Callable[[], object] = lambda: None
        self._real = hashing.key_matches
        monkeypatch.setattr(hashing, "key_matches", self._run)

    def _run(self, stored: str, key: Secret) -> bool:
        self.count += 1
        self.during()
        return self._real(stored, key)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(monkeypatch)


def with_wrong_secret(key: str, number: int = 0) -> str:
    """The same id, well-formed, and not the key; another one for each number."""
    body = key[:15] + base62(number, 37) + ("A" if key[52] != "A" else "B")
    return body + checksum(body)


def tag_in(url: str, key: str) -> str | None:
    """The tag that the store has of a key."""
    return str(found) if (found := dict(tags(url))[key[5:15]]) is not None else None


def tags(url: str) -> list[tuple[str, object]]:
    store = Store(connect(url))
    with store.engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text("SELECT key_id, tag FROM api_keys"))]
    store.close()
    return rows


def set_tag(url: str, tag: str | None) -> None:
    """Give all keys this tag, or none, as those have that were made before there were tags."""
    store = Store(connect(url))
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE api_keys SET tag = :tag"), {"tag": tag})
    store.close()


@pytest.fixture
def no_tag_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Strangers know secrets that all fit the tag."""
    monkeypatch.setattr("pftui.services.verification.answering.tag_fits", lambda *_: True)


def everything(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the store, the trail's too."""
    store = Store(connect(url))
    with store.engine.connect() as connection:
        rows = {
            table.name: sorted(map(tuple, connection.execute(table.select())), key=str)
            for table in Base.metadata.sorted_tables
        }
    store.close()
    return rows


# -- format -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "garbage", ["", " ", "pfsa_", "hunter2", "pfsa_" + "é" * 54, "\ud800" * 59, "\0" * 59]
)
def test_garbage_is_malformed_without_a_look_up(
    garbage: str, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier.answering.reader, "read", lambda *_: pytest.fail("looked up"))
    assert verifier.verify(garbage).reason is Reason.MALFORMED


def test_a_typo_is_told_by_the_checksum_without_a_look_up(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier.answering.reader, "read", lambda *_: pytest.fail("looked up"))
    good = generate().text.reveal()
    typo = good[:30] + ("x" if good[30] != "x" else "y") + good[31:]
    assert verifier.verify(typo).reason is Reason.CHECKSUM
    assert verifier.verify(good[:-1]).reason is Reason.MALFORMED


# -- unknown ------------------------------------------------------------------------------------------


def test_an_unknown_id_and_a_wrong_secret_are_the_same_to_the_asker(
    verifier: Verifier, key: str, runs: Runs
) -> None:
    other_id, wrong = verifier.verify(generate().text), verifier.verify(with_wrong_secret(key))
    assert (other_id.reason, other_id.message) == (wrong.reason, wrong.message)
    assert wrong.reason is Reason.UNKNOWN
    assert wrong.account is None
    assert runs.count == 0


def test_what_became_of_a_key_is_told_only_to_who_holds_it(
    services: Services, admin: Operator, cast: Cast, verifier: Verifier, key: str
) -> None:
    services.keys.revoke(admin, cast.bot.key_id)
    assert verifier.verify(key).reason is Reason.REVOKED
    assert verifier.verify(with_wrong_secret(key)).reason is Reason.UNKNOWN
    services.accounts.disable(admin, cast.bot.account_id)
    assert verifier.verify(with_wrong_secret(key)).reason is Reason.UNKNOWN
    services.accounts.delete(admin, cast.bot.account_id)
    assert verifier.verify(key).reason is Reason.UNKNOWN


def test_a_persons_token_with_the_id_of_a_key_is_unknown(verifier: Verifier, key: str) -> None:
    body = f"{KeyPrefix.USER_TOKEN.value}{key[4:53]}"
    assert verifier.verify(body + checksum(body)).reason is Reason.UNKNOWN


# -- argon2 once, everything else each time -----------------------------------------------------------


def test_argon2_runs_once_a_process_and_r9_holds_all_the_same(
    services: Services, admin: Operator, cast: Cast, verifier: Verifier, key: str, runs: Runs
) -> None:
    assert verifier.verify(key, "red-team", "run_scans")
    services.teams.set_role(admin, cast.team_id, cast.bot.account_id, services.roles.find(admin, "Viewer").id)
    assert verifier.verify(key, "red-team", "run_scans").reason is Reason.LACKS_PERMISSION
    services.teams.remove(admin, cast.team_id, cast.bot.account_id)
    assert verifier.verify(key, "red-team").reason is Reason.NO_TEAM
    services.accounts.grant_admin(admin, cast.bot.account_id)
    assert verifier.verify(key)
    assert verifier.verify(key, "red-team").reason is Reason.NOT_IN_TEAM
    services.accounts.revoke_admin(admin, cast.bot.account_id)
    assert verifier.verify(key).reason is Reason.NO_TEAM
    services.accounts.disable(admin, cast.bot.account_id)
    assert verifier.verify(key).reason is Reason.DISABLED
    services.accounts.enable(admin, cast.bot.account_id)
    services.keys.revoke(admin, cast.bot.key_id)
    assert verifier.verify(key).reason is Reason.REVOKED
    services.accounts.delete(admin, cast.bot.account_id)
    assert verifier.verify(key).reason is Reason.UNKNOWN
    assert runs.count == 1


def test_r9_what_ends_while_argon2_runs_has_ended(
    services: Services, admin: Operator, cast: Cast, verifier: Verifier, key: str, runs: Runs
) -> None:
    runs.during = lambda: services.keys.revoke(admin, cast.bot.key_id)
    assert verifier.verify(key).reason is Reason.REVOKED


def test_a_match_holds_for_the_hash_that_it_was_found_with(
    store_url: str, cast: Cast, verifier: Verifier, key: str, runs: Runs
) -> None:
    assert verifier.verify(key)
    store = Store(connect(store_url))
    with store.write() as unit:
        row = unit.credentials.key(cast.bot.key_id)
        assert row is not None
        row.hash = hashing.hash_key(generate().text)
        unit.commit()
    store.close()
    assert verifier.verify(key).reason is Reason.UNKNOWN
    assert runs.count == 2


def test_many_who_see_a_key_for_the_first_time_share_one_run(
    verifier: Verifier, key: str, runs: Runs
) -> None:
    together = threading.Barrier(8)

    def ask(_: int) -> bool:
        together.wait()
        return verifier.verify(key).allowed

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))
    assert runs.count == 1


def test_a_run_that_breaks_off_leaves_nobody_waiting(verifier: Verifier, key: str, runs: Runs) -> None:
    def fall() -> None:
        raise MemoryError

    runs.during = fall
    with pytest.raises(MemoryError):
        verifier.verify(key)
    runs.during = lambda: None
    assert verifier.verify(key)


def test_argon2_at_its_real_price_is_paid_once(
    services: Services, admin: Operator, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "KEYS", PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1))
    made = services.service_accounts.create(admin, name="dear", global_admin=True)
    assert verifier.verify(made.key)
    monkeypatch.setattr(hashing, "key_matches", lambda *_: pytest.fail("ran argon2 again"))
    assert verifier.verify(made.key)


def test_r2_the_memory_holds_no_key(verifier: Verifier, key: str) -> None:
    assert verifier.verify(key)
    held = repr(vars(verifier.answering.memory)) + repr(vars(verifier)) + repr(vars(verifier.answering))
    assert key[15:] not in held
    assert key.encode()[15:] not in b"".join(verifier.answering.memory._matched)


def test_the_memory_is_bounded_and_the_least_used_goes_first() -> None:
    memory = MatchMemory(size=2)
    first, second, third = (memory.digest(name) for name in ("first", "second", "third"))
    memory.add(first, "1", "hash")
    memory.add(second, "2", "hash")
    assert memory.holds(first, "hash")
    memory.add(third, "3", "hash")
    assert memory.holds(first, "hash")
    assert not memory.holds(second, "hash")
    assert not memory.holds(first, "another hash")


def test_a_digest_means_nothing_to_another_process() -> None:
    assert MatchMemory().digest("key") != MatchMemory().digest("key")


# -- wrong secrets ------------------------------------------------------------------------------------


def fail_until_limit(verifier: Verifier, key: str) -> TryAgain:
    for number in range(WrongSecretLimit.ID_BURST):
        assert verifier.verify(with_wrong_secret(key, number)).reason is Reason.UNKNOWN
    with pytest.raises(TryAgain) as refused:
        verifier.verify(with_wrong_secret(key, WrongSecretLimit.ID_BURST))
    return refused.value


def secret_that_fits(key: str, tag: str) -> str:
    """What a stranger finds after some 65,536 tries, by how long each takes."""
    return next(made for number in count() if tag_fits(tag, made := with_wrong_secret(key, number)))


def test_made_up_secrets_need_no_argon2_and_keep_no_key_from_a_fresh_verifier(
    store_url: str, verifier: Verifier, key: str, runs: Runs
) -> None:
    for number in range(1000):
        assert verifier.verify(with_wrong_secret(key, number)).reason is Reason.UNKNOWN
    assert runs.count <= 2  # one in 65,536 fits
    before = runs.count
    assert verifier.verify(key)
    assert runs.count == before + 1


def test_the_same_holds_for_a_verifier_that_lives_for_one_call(store_url: str, key: str, runs: Runs) -> None:
    for number in range(30):
        with Verifier(store_url) as made_for_a_call:
            assert made_for_a_call.verify(with_wrong_secret(key, number)).reason is Reason.UNKNOWN
    assert runs.count <= 1
    with Verifier(store_url) as made_for_a_call:
        assert made_for_a_call.verify(key)


@pytest.mark.thorough
def test_who_knows_a_secret_that_fits_the_tag_keeps_nobody_waiting(
    store_url: str, verifier: Verifier, key: str, runs: Runs
) -> None:
    known = secret_that_fits(key, tag_in(store_url, key) or "")
    over = threading.Event()

    def attack(_: int) -> int:
        asked = 0
        while not over.is_set():
            assert verifier.verify(known).reason is Reason.UNKNOWN
            asked += 1
        return asked

    with ThreadPoolExecutor(4) as pool:
        attacks = pool.map(attack, range(4))
        begun = time.monotonic()
        try:
            assert verifier.verify(key)
            assert time.monotonic() - begun < PATIENCE / 4
        finally:
            over.set()
        assert sum(attacks) > 0
    assert runs.count == 2


@pytest.mark.usefixtures("no_tag_tells")
def test_a_secret_that_was_wrong_is_wrong_again_without_a_run(
    verifier: Verifier, key: str, runs: Runs
) -> None:
    for _ in range(100):
        assert verifier.verify(with_wrong_secret(key)).reason is Reason.UNKNOWN
    assert runs.count == 1
    assert verifier.verify(key)


def test_what_was_wrong_is_remembered_of_one_hash_and_bounded() -> None:
    memory = MatchMemory(wrong_size=2)
    first, second, third = (memory.digest(name) for name in ("first", "second", "third"))
    memory.add_wrong(first, "hash")
    memory.add_wrong(second, "hash")
    assert memory.was_wrong(first, "hash")
    assert not memory.was_wrong(first, "another hash")
    memory.add_wrong(third, "hash")
    assert [memory.was_wrong(each, "hash") for each in (first, second, third)] == [True, False, True]


@pytest.mark.parametrize(("tag", "longest"), [("f" * 36, 2.0), (None, 10.0)])
@pytest.mark.usefixtures("no_tag_tells")
def test_wrong_secrets_that_fit_limit_argon2_for_their_key_id_and_not_a_remembered_match(
    services: Services,
    admin: Operator,
    verifier: Verifier,
    key: str,
    store_url: str,
    runs: Runs,
    seconds: Seconds,
    tag: str | None,
    longest: float,
) -> None:
    other = services.service_accounts.create(admin, name="other", global_admin=True)
    set_tag(store_url, tag)
    refused = fail_until_limit(verifier, key)
    assert 0 < refused.seconds <= longest
    assert runs.count == WrongSecretLimit.ID_BURST
    assert verifier.verify(other.key)
    with pytest.raises(TryAgain):
        verifier.verify(key)
    seconds.now += refused.seconds
    assert verifier.verify(key)
    with suppress(TryAgain):
        for number in range(100, 110):
            verifier.verify(with_wrong_secret(key, number))
    for _ in range(100):
        assert verifier.verify(key)


def test_the_limit_in_all_is_for_keys_without_a_tag(seconds: Seconds) -> None:
    limit = WrongSecretLimit(seconds)
    for number in range(WrongSecretLimit.ALL_BURST):
        assert limit.wait(f"id {number}", tagged=False) == 0
        limit.count_wrong(f"id {number}", tagged=False)
    assert limit.wait("yet another", tagged=False) == pytest.approx(WrongSecretLimit.ALL_SECONDS)
    assert limit.wait("yet another", tagged=True) == 0
    seconds.now += WrongSecretLimit.ALL_SECONDS
    assert limit.wait("yet another", tagged=False) == 0


def test_a_key_from_before_there_were_tags_gets_one_when_its_use_is_noted(
    store_url: str, verifier: Verifier, key: str, runs: Runs
) -> None:
    set_tag(store_url, None)
    assert verifier.verify(with_wrong_secret(key)).reason is Reason.UNKNOWN
    assert verifier.verify(key, touch=False)
    assert (runs.count, tag_in(store_url, key)) == (2, None)
    assert verifier.verify(key)
    made = tag_in(store_url, key)
    assert is_tag(made)
    assert tag_fits(made, key)
    with Verifier(store_url) as fresh:
        for number in range(WrongSecretLimit.ID_BURST + 5):
            assert fresh.verify(with_wrong_secret(key, number)).reason is Reason.UNKNOWN
        assert fresh.verify(key)


@pytest.mark.damages_the_store
@pytest.mark.parametrize("damaged", ["", "x", "F" * 36, "é" * 36])
def test_a_tag_that_is_none_closes_no_door(
    store_url: str, verifier: Verifier, key: str, damaged: str
) -> None:
    set_tag(store_url, damaged)
    assert verifier.verify(key)
    assert verifier.verify(with_wrong_secret(key)).reason is Reason.UNKNOWN


def test_each_wrong_secret_for_a_real_key_id_is_told_of(
    verifier: Verifier, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(WrongSecrets, "due", lambda _, key_id: told.append(key_id))
    verifier.verify(with_wrong_secret(key))
    assert told == [key[5:15]]
    monkeypatch.setattr("pftui.services.verification.answering.tag_fits", lambda *_: True)
    verifier.verify(with_wrong_secret(key))
    verifier.verify(with_wrong_secret(key))  # remembered now
    assert told == [key[5:15]] * 3
    verifier.verify(with_wrong_secret(key), touch=False)
    verifier.verify(key)
    verifier.verify(generate().text)
    verifier.verify("")
    assert len(told) == 3


def test_right_keys_use_nothing_up(
    services: Services, admin: Operator, cast: Cast, verifier: Verifier, runs: Runs
) -> None:
    count = WrongSecretLimit.ALL_BURST + 5
    made = [services.keys.create(admin, cast.bot.account_id) for _ in range(count)]
    assert {verifier.verify(new.key).reason for new in made} == {Reason.NO_TEAM}
    assert runs.count == count


# -- teams and permissions ----------------------------------------------------------------------------


@pytest.mark.parametrize("reference", ["red-team", "Red Team", "RED TEAM", " red team ", None])
def test_a_team_is_known_by_id_slug_or_name(
    reference: str | None, cast: Cast, verifier: Verifier, key: str
) -> None:
    decision = verifier.verify(key, team=reference or cast.team_id, permission="run_scans")
    assert decision
    assert [grant.team_slug for grant in decision.grants] == ["red-team"]
    assert [str(permission) for permission in decision.grants[0].permissions] == [
        "view_configurations",
        "run_scans",
        "view_evaluations",
        "create_evaluations",
        "view_issues",
    ]


@pytest.mark.parametrize("reference", ["", "blue-team", "\0", "a\0b", "\ud800", "x" * 10_000, "' OR 1=1 --"])
def test_a_team_that_does_not_exist_is_wrong_usage(reference: str, verifier: Verifier, key: str) -> None:
    with pytest.raises(WrongUsage):
        verifier.verify(key, team=reference)


def test_teams_are_no_concern_of_who_has_no_valid_key(
    services: Services, admin: Operator, cast: Cast, verifier: Verifier, key: str
) -> None:
    assert verifier.verify(with_wrong_secret(key), team="blue-team").reason is Reason.UNKNOWN
    assert verifier.verify("", team="blue-team").reason is Reason.MALFORMED
    services.keys.revoke(admin, cast.bot.key_id)
    assert verifier.verify(key, team="blue-team").reason is Reason.REVOKED


def test_a_name_that_is_another_teams_slug_is_refused(
    services: Services, admin: Operator, cast: Cast, verifier: Verifier, key: str, store_url: str
) -> None:
    services.teams.rename(admin, cast.team_id, "Crimson")
    other = services.teams.create(admin, "Blue Team")
    engine = connect(store_url)  # no service gives it such a name
    with engine.begin() as connection:
        rename = text("UPDATE teams SET name = 'red-team', name_folded = 'red-team' WHERE id = :id")
        connection.execute(rename, {"id": other.id})
    engine.dispose()
    with pytest.raises(WrongUsage, match="More than one"):
        verifier.verify(key, team="red-team")
    assert verifier.verify(key, team=cast.team_id)
    assert verifier.verify(key, team="crimson")
    assert verifier.verify(key, team=other.id).reason is Reason.NOT_IN_TEAM


def test_wrong_usage_needs_no_key(verifier: Verifier) -> None:
    with pytest.raises(WrongUsage, match="name the team"):
        verifier.verify("", permission="run_scans")
    with pytest.raises(WrongUsage, match="no such permission"):
        verifier.verify("", team="red-team", permission="fly")  # type: ignore[arg-type]


def test_several_teams_come_by_name_and_one_is_asked_for(
    services: Services, admin: Operator, cast: Cast, verifier: Verifier, key: str
) -> None:
    blue = services.teams.create(admin, "Blue Team")
    services.teams.add(admin, blue.id, cast.bot.account_id, services.roles.find(admin, "Administrator").id)
    assert [grant.team_name for grant in verifier.verify(key).grants] == ["Blue Team", "Red Team"]
    assert verifier.verify(key, "blue-team", "manage_targets")
    assert verifier.verify(key, "red-team", "manage_targets").reason is Reason.LACKS_PERMISSION


# -- last used ----------------------------------------------------------------------------------------


def used_at(services: Services, admin: Operator, new: NewKey) -> tuple[object, object]:
    details = services.accounts.show(admin, new.account_id)
    return details.keys[0].last_used_at, details.summary.last_used_at


def test_use_is_noted_once_a_minute(
    services: Services,
    admin: Operator,
    cast: Cast,
    verifier: Verifier,
    key: str,
    clock: SetClock,
    seconds: Seconds,
) -> None:
    verifier.verify(key)
    first = clock.now
    assert used_at(services, admin, cast.bot) == (first, first)
    clock.forward(seconds=59)
    seconds.now += 59
    verifier.verify(key)
    assert used_at(services, admin, cast.bot) == (first, first)
    clock.forward(seconds=1)
    seconds.now += 1
    verifier.verify(key)
    assert used_at(services, admin, cast.bot) == (clock.now, clock.now)


@pytest.mark.parametrize("team", [None, "red-team"])
def test_a_look_without_a_touch_leaves_no_trace(
    services: Services,
    admin: Operator,
    cast: Cast,
    verifier: Verifier,
    key: str,
    clock: SetClock,
    team: str | None,
) -> None:
    before = services.accounts.show(admin, cast.bot.account_id)
    assert verifier.verify(key, team, touch=False)
    assert verifier.verify(key, team, touch=False)  # remembered now, which is another way through
    assert services.accounts.show(admin, cast.bot.account_id) == before
    assert not before.keys[0].saved
    assert verifier.verify(key, team)
    assert used_at(services, admin, cast.bot) == (clock.now, clock.now)


def test_a_use_in_the_future_is_not_for_ever(
    services: Services,
    admin: Operator,
    cast: Cast,
    verifier: Verifier,
    key: str,
    clock: SetClock,
    seconds: Seconds,
) -> None:
    now = clock.now
    clock.forward(days=1000)
    verifier.verify(key)
    seconds.now += 60
    clock.now = now
    clock.forward(minutes=5)
    verifier.verify(key)
    assert used_at(services, admin, cast.bot) == (clock.now, clock.now)


def test_a_clock_that_cannot_be_used_changes_no_answer(cast: Cast, key: str, store_url: str) -> None:
    with Verifier(store_url, datetime.now) as verifier:  # naive, where an aware time is wanted
        assert verifier.verify(key)


def test_several_processes_do_not_multiply_the_notes(
    store_url: str,
    verifier: Verifier,
    key: str,
    clock: SetClock,
    services: Services,
    admin: Operator,
    cast: Cast,
) -> None:
    verifier.verify(key)
    first = clock.now
    clock.forward(seconds=30)
    with Verifier(store_url, clock) as other:
        other.verify(key)
    assert used_at(services, admin, cast.bot) == (first, first)


def test_the_first_use_clears_the_unsaved_mark_and_is_told(
    services: Services, admin: Operator, cast: Cast, verifier: Verifier, key: str
) -> None:
    assert services.accounts.show(admin, cast.bot.account_id).summary.status is Status.KEY_UNSAVED
    events = services.audit.list(admin, AuditQuery()).total
    for _ in range(2):
        verifier.verify(key)
    details = services.accounts.show(admin, cast.bot.account_id)
    assert details.summary.status is Status.ACTIVE
    assert details.keys[0].saved
    assert services.audit.list(admin, AuditQuery()).total == events + 1


def test_a_denial_writes_nothing_but_that_a_secret_was_wrong(
    store_url: str, services: Services, admin: Operator, cast: Cast, verifier: Verifier
) -> None:
    before = everything(store_url)
    key = cast.bot.key.reveal()
    assert verifier.verify(key).reason is Reason.NO_TEAM
    assert verifier.verify(key, "red-team").reason is Reason.NO_TEAM
    assert verifier.verify(with_wrong_secret(key), touch=False).reason is Reason.UNKNOWN
    with pytest.raises(WrongUsage):
        verifier.verify(key, "no such team")
    assert everything(store_url) == before
    assert verifier.verify(with_wrong_secret(key)).reason is Reason.UNKNOWN
    after = everything(store_url)
    changed = {table for table in before if before[table] != after[table]}
    assert changed - {"store_identity"} == {"audit_events", "audit_head"}  # a file's mark moves with a change


@pytest.mark.damages_the_store
def test_a_note_that_cannot_be_written_changes_no_answer(
    sqlite_url: str, clock: SetClock, seconds: Seconds, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store(connect(sqlite_url))
    made = _bare_key(store, clock)
    verifier = Verifier.sharing(store, clock, seconds)
    path = sqlite_url.removeprefix("sqlite:///")
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    with caplog.at_level(logging.WARNING, logger="pftui"):
        assert verifier.verify(made)
        assert verifier.verify(made)  # and does not try again at once
    assert len(caplog.records) == 1
    assert made[15:] not in caplog.text
    writer.execute("ROLLBACK")
    assert verifier.verify(made)
    assert writer.execute("SELECT max(last_used_at) FROM api_keys").fetchone() == (0,)
    seconds.now += 10
    assert verifier.verify(made)
    assert writer.execute("SELECT max(last_used_at) FROM api_keys").fetchone() != (0,)
    writer.close()
    verifier.close()
    store.close()


def _bare_key(store: Store, clock: SetClock) -> str:
    """A key of a service account that is a global admin, put into the store as rows."""
    key = generate()
    with store.write() as unit:
        unit.session.execute(
            text(
                "INSERT INTO principals (id, kind, name, name_folded, identifier, identifier_folded, "
                "description, global_admin, disabled, status, team_count, last_used_at, created_at, "
                "created_by, version) VALUES ('bot', 'service_account', 'bot', 'bot', '', '', '', true, "
                "false, 70, 0, 0, :now, 'x', 1)"
            ),
            {"now": clock.now.replace(tzinfo=None)},
        )
        unit.session.execute(
            text(
                "INSERT INTO api_keys (key_id, principal_id, label, hash, saved, created_at, created_by,"
                " last_used_at) VALUES (:id, 'bot', '', :hash, true, :now, 'x', 0)"
            ),
            {"id": key.key_id, "hash": hashing.hash_key(key.text), "now": clock.now.replace(tzinfo=None)},
        )
        unit.commit()
    return key.text.reveal()


# -- the store ----------------------------------------------------------------------------------------


def bring_back(copy: Path, path: Path) -> None:
    """Put another database in the place of one, as SQLite wants it: without the log of the old one."""
    copy.chmod(0o600)
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    os.replace(copy, path)


@pytest.mark.damages_the_store
def test_a_store_that_was_replaced_is_noticed_at_the_next_call(
    sqlite_path: Path, clock: SetClock, tmp_path: Path
) -> None:
    url = f"sqlite:///{sqlite_path}"
    old = tmp_path / "backup.db"
    shutil.copy(sqlite_path, old)
    store = Store(connect(url))
    key = _bare_key(store, clock)
    store.close()
    with Verifier(url, clock) as verifier:
        assert verifier.verify(key)
        bring_back(old, sqlite_path)
        assert verifier.verify(key).reason is Reason.UNKNOWN
        sqlite_path.unlink()
        with pytest.raises(StoreMissing):
            verifier.verify(key)


@pytest.mark.damages_the_store
def test_a_note_goes_to_the_store_that_is_there_now(
    sqlite_path: Path, clock: SetClock, tmp_path: Path
) -> None:
    url = f"sqlite:///{sqlite_path}"
    store = Store(connect(url))
    key = _bare_key(store, clock)
    store.close()
    with Verifier(url, clock) as verifier:
        assert verifier.verify(key)
        copy = tmp_path / "copy.db"
        reader = sqlite3.connect(sqlite_path)
        reader.execute("VACUUM INTO ?", (str(copy),))
        reader.close()
        bring_back(copy, sqlite_path)
        clock.forward(minutes=2)
        assert verifier.verify(key)
    reader = sqlite3.connect(sqlite_path)
    (used,) = reader.execute("SELECT last_used_at FROM api_keys").fetchone()
    reader.close()
    assert used == int(clock.now.timestamp() * 1_000_000)


@pytest.mark.damages_the_store
def test_what_is_no_store_any_more_is_unavailable(sqlite_path: Path, clock: SetClock) -> None:
    url = f"sqlite:///{sqlite_path}"
    with Verifier(url, clock) as verifier:
        other = sqlite_path.with_name("other")
        other.write_bytes(b"something else entirely")
        other.chmod(0o600)
        os.replace(other, sqlite_path)
        with pytest.raises(StoreUnavailable):
            verifier.verify(generate().text)


@pytest.mark.damages_the_store
def test_a_server_that_dropped_its_connections_is_asked_once_more(
    postgresql_url: str, clock: SetClock
) -> None:
    store = Store(connect(postgresql_url))
    key = _bare_key(store, clock)
    with (
        Verifier(postgresql_url, clock) as verifier,
        psycopg.connect(postgresql_url.replace("+psycopg", ""), autocommit=True) as other,
    ):
        assert verifier.verify(key)
        dropped = other.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
        assert dropped is not None
        assert dropped[0] > 0
        assert verifier.verify(key)
    store.close()


def test_a_server_that_is_gone_is_unavailable(new_database: Callable[[], str], clock: SetClock) -> None:
    url = new_database()
    create_store(url, ORGANIZATION, clock)
    plain, name = url.replace("+psycopg", ""), url.rpartition("/")[2]
    with Verifier(url, clock) as verifier:
        assert verifier.verify(generate().text).reason is Reason.UNKNOWN
        with psycopg.connect(f"{plain.rpartition('/')[0]}/postgres", autocommit=True) as other:
            other.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
        with pytest.raises(StoreUnavailable) as lost:
            verifier.verify(generate().text)
    assert "no such database" in lost.value.message


def test_a_forked_child_gets_connections_of_its_own(verifier: Verifier, key: str) -> None:
    assert verifier.verify(key)
    child = os.fork()
    if child == 0:
        try:
            good = (
                verifier.verify(key).allowed
                and verifier.verify(with_wrong_secret(key)).reason is Reason.UNKNOWN
            )
            os._exit(0 if good else 1)
        finally:
            os._exit(2)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert verifier.verify(key)


def test_many_threads_ask_at_once(verifier: Verifier, key: str) -> None:
    def ask(number: int) -> bool:
        wrong = number % 10 == 0
        return verifier.verify(generate().text if wrong else key).allowed is not wrong

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(2000)))
    assert len(verifier.answering.reader._idle.connections) <= 16


def test_a_closed_verifier_answers_nothing(store_url: str, key: str) -> None:
    with Verifier(store_url) as verifier:
        assert verifier.verify(key)
    with pytest.raises(StoreUnavailable):
        verifier.verify(key)
    assert not verifier.answering.reader._idle.connections
    verifier.close()


@pytest.mark.usefixtures("no_tag_tells")
def test_no_error_tells_the_key(verifier: Verifier, key: str) -> None:
    wrong = with_wrong_secret(key)
    with pytest.raises(WrongUsage) as usage:
        verifier.verify(key, "no such team")
    errors: list[PftuiError] = [usage.value, fail_until_limit(verifier, key)]
    for error in errors:
        assert key[15:] not in repr(error) + error.message
        assert wrong[15:] not in repr(error) + error.message


# -- as programs use it -------------------------------------------------------------------------------


def test_three_lines_are_enough(store_url: str, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PFTUI_DATABASE_URL", store_url)
    with pftui.Verifier() as verifier:
        decision = verifier.verify(key, team="red-team", permission="run_scans")
    assert decision
    assert decision.account is not None
    assert decision.account.name == "ci-bot"


def test_a_store_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing):
        Verifier(f"sqlite:///{tmp_path / 'none.db'}")
    assert not list(tmp_path.iterdir())


@pytest.mark.damages_the_store
def test_a_use_loads_neither_models_nor_orm(sqlite_url: str, clock: SetClock) -> None:
    store = Store(connect(sqlite_url))
    key = _bare_key(store, clock)
    store.close()
    program = (
        "import sys; from pftui import Verifier\n"
        "with Verifier(sys.argv[1]) as v: print(v.verify(sys.stdin.read()).allowed)\n"
        "heavy = {'sqlalchemy.orm', 'alembic', 'textual', 'sqlalchemy.dialects.postgresql'}\n"
        "print(heavy & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, sqlite_url], input=key, capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["True", "set()"]
    reader = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    assert reader.execute("SELECT last_used_at > 0 FROM api_keys").fetchone() == (1,)
    reader.close()


def test_the_verifiers_columns_are_those_of_the_models() -> None:
    tables = [value for value in vars(key_tables).values() if hasattr(value, "primary_key")]
    assert len(tables) >= 7
    for table in tables:
        assert {column.name for column in table.columns} <= set(
            Base.metadata.tables[table.name].columns.keys()
        )
