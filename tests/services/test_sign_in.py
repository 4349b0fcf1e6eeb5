"""Signing in: one message and equal work. The limits: `test_sign_in_limits.py`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher, extract_parameters

from pftui.domain.accounts import Kind, Operator, Status
from pftui.domain.audit import Action, AuditEvent, AuditQuery
from pftui.domain.errors import (
    Forbidden,
    InvalidInput,
    PasswordChangeRequired,
    PftuiError,
    SessionEnded,
    SignInFailed,
    Throttled,
    TryAgain,
)
from pftui.domain.limits import KNOWN, LANE
from pftui.domain.passwords import TEMPORARY_LIFETIME
from pftui.domain.secret import Secret
from pftui.repositories.database.engine import connect
from pftui.repositories.unit_of_work import Store
from pftui.services import hashing
from pftui.services.contracts import Services
from pftui.services.results import TemporaryPassword
from pftui.services.sign_in import UNKNOWN_HASH
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.services.conftest import OWN_PASSWORD, Cast
from tests.trail import whole

REAL_PASSWORDS = hashing.PASSWORDS
WRONG = Secret("not the password at all")
RIGHT = Secret(ADMIN_PASSWORD)


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hash costs is not the subject here, but for the tests that say so."""
    monkeypatch.setattr(hashing, "PASSWORDS", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The parameters of every run of argon2 on a password."""
    found: list[str] = []
    verify, make = PasswordHasher.verify, PasswordHasher.hash

    def told_verify(self: PasswordHasher, stored: str, password: str) -> bool:
        found.append(stored.rpartition("$")[0].rpartition("$")[0])
        return verify(self, stored, password)

    def told_hash(self: PasswordHasher, password: str) -> str:
        found.append("a new hash")
        return make(self, password)

    monkeypatch.setattr(PasswordHasher, "verify", told_verify)
    monkeypatch.setattr(PasswordHasher, "hash", told_hash)
    return found


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = Store(connect(store_url))
    yield opened
    opened.close()


def failure(attempt: Callable[[], object]) -> PftuiError:
    with pytest.raises(PftuiError) as raised:
        attempt()
    return raised.value


def fail(services: Services, email: str = ADMIN_EMAIL, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(SignInFailed):
            services.sign_in.with_password(email, WRONG)


def events(store: Store) -> list[AuditEvent]:
    with store.read() as unit:
        return whole(unit.audit.oldest_first())


# -- one message, equal work --------------------------------------------------------------------------


def test_the_hash_of_nobody_costs_what_a_password_costs() -> None:
    assert extract_parameters(UNKNOWN_HASH) == extract_parameters(REAL_PASSWORDS.hash("x" * 15))


def test_unknown_wrong_and_disabled_are_one_message_after_one_run_at_the_same_parameters(
    services: Services, admin: Operator, cast: Cast, hashed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "PASSWORDS", REAL_PASSWORDS)
    services.sign_in.with_password(ADMIN_EMAIL, RIGHT)  # which renews the hash
    attempts = {"alice": (ADMIN_EMAIL, WRONG), "nobody": ("nobody@acme.example", WRONG)}
    errors, work = [], []
    for email, password in attempts.values():
        hashed.clear()
        errors.append(failure(lambda e=email, p=password: services.sign_in.with_password(e, p)))  # type: ignore[misc]
        work.append(list(hashed))
    assert work == [["$argon2id$v=19$m=65536,t=3,p=4"]] * 2
    services.accounts.disable(admin, cast.bao.id)
    hashed.clear()
    errors.append(failure(lambda: services.sign_in.with_password("bao@acme.example", Secret(OWN_PASSWORD))))
    assert len([run for run in hashed if run != "a new hash"]) == 1
    assert {(type(error), error.message) for error in errors} == {(SignInFailed, errors[0].message)}


def test_a_success_is_one_run_too(services: Services, admin: Operator, hashed: list[str]) -> None:
    services.sign_in.with_password(ADMIN_EMAIL, RIGHT)
    hashed.clear()
    services.sign_in.with_password(ADMIN_EMAIL, RIGHT)
    assert len(hashed) == 1


@pytest.mark.parametrize("email", ["ALICE@ACME.EXAMPLE", " alice@acme.example "])
def test_an_address_is_known_without_regard_to_case(email: str, services: Services) -> None:
    assert services.sign_in.with_password(email, RIGHT).operator.email == ADMIN_EMAIL


@pytest.mark.parametrize("email", ["", "\0", "a\0@b", "\ud800@acme.example", "@", "x" * 5000, "' OR 1=1 --"])
def test_an_address_that_cannot_be_is_unknown(email: str, services: Services) -> None:
    fail(services, email)


@pytest.mark.parametrize("password", ["", "\0", "é" * 3000, "\ud800" * 20])
def test_a_password_that_cannot_be_is_wrong(password: str, services: Services) -> None:
    assert isinstance(
        failure(lambda: services.sign_in.with_password(ADMIN_EMAIL, Secret(password))), SignInFailed
    )


def test_a_hash_of_other_parameters_is_renewed_and_nobody_is_told(
    services: Services, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.sign_in.with_password(ADMIN_EMAIL, RIGHT)
    before = len(events(store))
    stronger = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1)
    monkeypatch.setattr(hashing, "PASSWORDS", stronger)
    operator = services.sign_in.with_password(ADMIN_EMAIL, RIGHT).operator
    with store.read() as unit:
        row = unit.credentials.password(operator.id)
        assert row is not None
        assert not stronger.check_needs_rehash(row.hash)
        assert not row.temporary
    assert [event.action for event in events(store)[before:]] == [Action.LOGIN]
    services.sign_in.with_password(ADMIN_EMAIL, RIGHT)


# -- attempts at the same time ------------------------------------------------------------------------


def test_many_attempts_at_once_learn_no_more_than_the_free_ones(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All twelve get as far as argon2 before the first failure is written, and the last one is right."""
    together = threading.Barrier(12)
    real = hashing.password_matches

    def matches(stored: str, password: Secret) -> bool:
        together.wait()
        return real(stored, password)

    monkeypatch.setattr(hashing, "password_matches", matches)
    with ThreadPoolExecutor(12) as pool:
        raised = list(
            pool.map(lambda _: failure(lambda: services.sign_in.with_password(ADMIN_EMAIL, WRONG)), range(12))
        )
    assert sum(isinstance(error, SignInFailed) for error in raised) == LANE.burst
    assert sum(isinstance(error, Throttled) for error in raised) == 12 - LANE.burst


def test_a_password_that_is_changed_while_argon2_runs_is_looked_at_again(
    services: Services, admin: Operator, cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = hashing.password_matches
    changes = iter([Secret("another of four gravel words"), None, None])

    def matches(stored: str, password: Secret) -> bool:
        found = real(stored, password)
        fresh = next(changes)
        if fresh is not None:
            with store.write() as unit:
                row = unit.credentials.password(cast.bao.id)
                assert row is not None
                row.hash = hashing.hash_password(fresh)
                unit.commit()
        return found

    monkeypatch.setattr(hashing, "password_matches", matches)
    error = failure(lambda: services.sign_in.with_password("bao@acme.example", Secret(OWN_PASSWORD)))
    assert isinstance(error, SignInFailed)


def test_a_password_that_never_stands_still_ends_in_try_again(
    services: Services, cast: Cast, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = hashing.password_matches

    def matches(stored: str, password: Secret) -> bool:
        with store.write() as unit:
            row = unit.credentials.password(cast.bao.id)
            assert row is not None
            row.hash = hashing.hash_password(password)
            unit.commit()
        return real(stored, password)

    monkeypatch.setattr(hashing, "password_matches", matches)
    error = failure(lambda: services.sign_in.with_password("bao@acme.example", Secret(OWN_PASSWORD)))
    assert isinstance(error, TryAgain)


# -- the trail ----------------------------------------------------------------------------------------


def test_r8_a_failure_tells_of_itself_and_of_nothing_typed(services: Services, store: Store) -> None:
    before = len(events(store))
    fail(services)
    fail(services, "hunter2-typed-in-the-wrong-field")
    known, unknown = events(store)[before:]
    assert (known.action, known.actor.id, known.metadata) == (
        Action.LOGIN_FAILED,
        "anonymous",
        {"reason": "wrong_password"},
    )
    assert ADMIN_EMAIL in known.description
    assert unknown.metadata == {"reason": "unknown_email"}
    assert "hunter2" not in str(unknown)
    assert "not the password" not in str(known)


def test_r8_a_success_tells_of_itself_and_is_a_use(
    services: Services, admin: Operator, store: Store, clock: SetClock
) -> None:
    clock.forward(hours=1)
    services.sign_in.with_password(ADMIN_EMAIL, RIGHT)
    newest = events(store)[-1]
    assert (newest.action, newest.actor.id, newest.target_id) == (Action.LOGIN, admin.id, admin.id)
    assert services.accounts.show(admin, admin.id).summary.last_used_at == clock.now


# -- temporary passwords ------------------------------------------------------------------------------


@pytest.fixture
def invited(services: Services, admin: Operator) -> TemporaryPassword:
    return services.users.create(admin, email="new@acme.example", name="New Person", global_admin=True)


def test_a_temporary_password_must_be_changed(
    services: Services, admin: Operator, invited: TemporaryPassword, store: Store
) -> None:
    signed_in = services.sign_in.with_password(invited.email, invited.password)
    assert signed_in.must_change_password
    services.sign_in.change_password(signed_in.operator, invited.password, Secret(OWN_PASSWORD))
    assert events(store)[-1].action is Action.PASSWORD_CHANGED
    assert services.accounts.show(admin, invited.account_id).summary.status is Status.ACTIVE
    assert not services.sign_in.with_password(invited.email, Secret(OWN_PASSWORD)).must_change_password
    assert isinstance(
        failure(lambda: services.sign_in.with_password(invited.email, invited.password)), SignInFailed
    )


def test_a_temporary_password_is_typed_once(
    services: Services, invited: TemporaryPassword, store: Store, clock: SetClock
) -> None:
    operator = services.sign_in.with_password(invited.email, invited.password).operator
    same = failure(lambda: services.sign_in.choose_password(operator, invited.password))
    assert isinstance(same, InvalidInput)
    assert isinstance(
        failure(lambda: services.sign_in.choose_password(operator, Secret("short"))), InvalidInput
    )
    clock.forward(minutes=14, seconds=59)
    operator = services.sign_in.choose_password(operator, Secret(OWN_PASSWORD))
    assert events(store)[-1].action is Action.PASSWORD_CHANGED
    assert services.accounts.show(operator, operator.id).temporary_password_until is None
    assert services.sign_in.with_password(invited.email, Secret(OWN_PASSWORD))
    again = failure(lambda: services.sign_in.choose_password(operator, WRONG))
    assert isinstance(again, SessionEnded), "one's own is changed only by who knows it"


def test_r9_only_the_sign_in_itself_stands_for_it(
    services: Services, admin: Operator, invited: TemporaryPassword, clock: SetClock
) -> None:
    operator = services.sign_in.with_password(invited.email, invited.password).operator
    without_a_session = replace(operator, session_id=None)
    own = Secret(OWN_PASSWORD)
    assert isinstance(failure(lambda: services.sign_in.choose_password(without_a_session, own)), SessionEnded)
    clock.forward(minutes=-2)  # of a clock that was set back, nobody knows how long ago it was
    assert isinstance(failure(lambda: services.sign_in.choose_password(operator, own)), SessionEnded)
    clock.forward(minutes=17, seconds=1)
    assert isinstance(failure(lambda: services.sign_in.choose_password(operator, own)), SessionEnded)
    operator = services.sign_in.with_password(invited.email, invited.password).operator
    services.users.reset_password(admin, invited.account_id)
    assert isinstance(failure(lambda: services.sign_in.choose_password(operator, own)), SessionEnded)


def test_a_script_cannot_use_a_temporary_password(services: Services, invited: TemporaryPassword) -> None:
    error = failure(
        lambda: services.sign_in.with_password(invited.email, invited.password, interactive=False)
    )
    assert isinstance(error, PasswordChangeRequired)
    assert services.sign_in.wait(invited.email) == 0
    wrong = failure(lambda: services.sign_in.with_password(invited.email, WRONG, interactive=False))
    assert isinstance(wrong, SignInFailed)


def test_a_temporary_password_is_void_after_seven_days(
    services: Services, admin: Operator, invited: TemporaryPassword, clock: SetClock
) -> None:
    clock.now += TEMPORARY_LIFETIME - timedelta(seconds=1)
    operator = services.sign_in.with_password(invited.email, invited.password).operator
    clock.forward(seconds=1)
    void = failure(lambda: services.sign_in.with_password(invited.email, invited.password))
    assert isinstance(void, SignInFailed)
    assert "valid until" in void.message
    assert "valid until" not in failure(lambda: services.sign_in.with_password(invited.email, WRONG)).message
    late = failure(lambda: services.sign_in.change_password(operator, invited.password, Secret(OWN_PASSWORD)))
    assert isinstance(late, SignInFailed)
    renewed = services.users.reset_password(admin, invited.account_id)
    assert services.sign_in.with_password(invited.email, renewed.password).must_change_password


# -- changing one's own -------------------------------------------------------------------------------


def test_a_new_password_is_held_to_the_policy(services: Services, admin: Operator, hashed: list[str]) -> None:
    for new, why in {
        "too short": "15 characters",
        "passwordpassword": "easy to guess",
        "acme corp alice ng": "easy to guess",
        ADMIN_PASSWORD: "current",
    }.items():
        error = failure(lambda n=new: services.sign_in.change_password(admin, RIGHT, Secret(n)))  # type: ignore[misc]
        assert isinstance(error, InvalidInput)
        assert error.field == "password"
        assert why in error.message
        assert new not in error.message
    assert services.sign_in.with_password(ADMIN_EMAIL, RIGHT)


def test_a_wrong_current_password_changes_nothing_and_is_limited(
    services: Services, admin: Operator, clock: SetClock
) -> None:
    def change(current: Secret) -> None:
        services.sign_in.change_password(admin, current, Secret(OWN_PASSWORD))

    for _ in range(KNOWN.burst):
        assert isinstance(failure(lambda: change(WRONG)), SignInFailed)
    limited = failure(lambda: change(RIGHT))
    assert isinstance(limited, Throttled)
    clock.forward(seconds=limited.seconds)
    change(RIGHT)
    assert services.sign_in.with_password(ADMIN_EMAIL, Secret(OWN_PASSWORD))


def test_a_disabled_or_deleted_person_changes_nothing(
    services: Services, admin: Operator, cast: Cast
) -> None:
    def change() -> None:
        services.sign_in.change_password(cast.bao, Secret(OWN_PASSWORD), Secret("four other gravel words"))

    services.accounts.disable(admin, cast.bao.id)
    assert isinstance(failure(change), SignInFailed)
    services.accounts.delete(admin, cast.bao.id)
    assert isinstance(failure(change), SignInFailed)


# -- with a key ---------------------------------------------------------------------------------------


def test_a_key_with_global_admin_privileges_signs_in(
    services: Services, admin: Operator, store: Store
) -> None:
    made = services.service_accounts.create(admin, name="terraform", global_admin=True)
    operator = services.sign_in.with_key(made.key)
    assert (operator.id, operator.kind, operator.global_admin) == (
        made.account_id,
        Kind.SERVICE_ACCOUNT,
        True,
    )
    newest = events(store)[-1]
    assert (newest.action, newest.actor.id, newest.metadata) == (
        Action.LOGIN,
        made.account_id,
        {"keyId": made.key_id},
    )
    assert services.teams.create(operator, "Made by a script")


def test_a_key_without_them_is_refused_whatever_its_teams(
    services: Services, admin: Operator, cast: Cast, store: Store
) -> None:
    assert isinstance(failure(lambda: services.sign_in.with_key(cast.bot.key)), Forbidden)
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    assert isinstance(failure(lambda: services.sign_in.with_key(cast.bot.key)), Forbidden)
    assert events(store)[-1].action is Action.LOGIN_FAILED
    assert events(store)[-1].target_id == cast.bot.account_id


def test_a_key_that_is_not_valid_is_refused_with_the_reason(
    services: Services, admin: Operator, store: Store
) -> None:
    made = services.service_accounts.create(admin, name="terraform", global_admin=True)
    services.keys.revoke(admin, made.key_id)
    error = failure(lambda: services.sign_in.with_key(made.key))
    assert isinstance(error, SignInFailed)
    assert "revoked" in error.message
    for typed in ("", "hunter2", made.key.reveal()[:-1]):
        error = failure(lambda t=typed: services.sign_in.with_key(Secret(t)))  # type: ignore[misc]
        assert isinstance(error, SignInFailed)
    assert "hunter2" not in str(events(store))
    assert made.key.reveal()[15:] not in str(events(store))
    assert services.audit.list(admin, AuditQuery(action=Action.LOGIN_FAILED)).total == 4
