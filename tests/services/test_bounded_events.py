"""Events that strangers can cause, and a key's first use: told once, within bounds (R8)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from argon2 import PasswordHasher

from pftui.domain.accounts import Operator
from pftui.domain.api_key import checksum
from pftui.domain.audit import Action, AuditEvent, AuditQuery
from pftui.domain.decisions import Reason
from pftui.domain.errors import SignInFailed, StoreUnavailable, Throttled
from pftui.domain.secret import Secret
from pftui.repositories.key_lookup.uses import UseNotes
from pftui.services import hashing
from pftui.services.contracts import Services
from pftui.services.results import AlreadySo, NewKey
from pftui.services.verification.process import PROCESS
from pftui.services.verification.verifier import Verifier
from tests.conftest import ADMIN_EMAIL, SetClock
from tests.services.conftest import Cast
from tests.trail import readable

WRONG = Secret("not the password at all")


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hash costs is tested elsewhere."""
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(hashing, "PASSWORDS", cheap)
    monkeypatch.setattr(hashing, "KEYS", cheap)


def told(services: Services, admin: Operator, action: Action) -> list[AuditEvent]:
    """The events of an action, oldest first."""
    return readable(services.audit.list(admin, AuditQuery(limit=100, action=action)).events)[::-1]


def made_up(key: NewKey, number: int = 0) -> Secret:
    """A key with the right id and another secret."""
    body = f"pfsa_{key.key_id}{number:038}"
    return Secret(body + checksum(body))


@contextmanager
def process(store_url: str, clock: SetClock) -> Iterator[Verifier]:
    """What a process of its own would have: a verifier that knows of no other."""
    PROCESS._bounds.clear()  # which other verifiers of this process have used
    with Verifier(store_url, clock) as verifier:
        yield verifier


def wrong(store_url: str, clock: SetClock, *keys: Secret) -> None:
    for key in keys:
        with process(store_url, clock) as verifier:
            assert verifier.verify(key).reason is Reason.UNKNOWN


def test_r8_a_wrong_secret_is_told_once_a_minute_and_key(
    services: Services, admin: Operator, cast: Cast, store_url: str, clock: SetClock
) -> None:
    wrong(store_url, clock, *(made_up(cast.bot, number) for number in range(3)))
    (first,) = told(services, admin, Action.API_KEY_WRONG_SECRET)
    assert (first.target_id, first.actor.id) == (cast.bot.key_id, "anonymous")
    assert first.metadata == {"accountId": cast.bot.account_id}
    assert first.description.endswith("of ci-bot")
    clock.forward(seconds=61)
    wrong(store_url, clock, made_up(cast.bot))
    second = told(services, admin, Action.API_KEY_WRONG_SECRET)[1]
    assert second.metadata == {"accountId": cast.bot.account_id, "others": 2}
    assert second.description.endswith("; 2 more like it were not told one by one")


def test_r8_wrong_secrets_are_told_ten_times_a_minute_in_all(
    services: Services, admin: Operator, cast: Cast, store_url: str, clock: SetClock
) -> None:
    keys = [services.keys.create(admin, cast.bot.account_id) for _ in range(12)]
    wrong(store_url, clock, *map(made_up, keys))
    assert len(told(services, admin, Action.API_KEY_WRONG_SECRET)) == 10
    clock.forward(seconds=61)
    wrong(store_url, clock, made_up(keys[11]))
    assert told(services, admin, Action.API_KEY_WRONG_SECRET)[-1].metadata["others"] == 2


def test_r8_one_process_counts_in_memory_and_leaves_the_count_when_it_ends(
    services: Services, admin: Operator, cast: Cast, store_url: str, clock: SetClock
) -> None:
    with process(store_url, clock) as verifier:
        for number in range(4):
            verifier.verify(made_up(cast.bot, number))
    assert len(told(services, admin, Action.API_KEY_WRONG_SECRET)) == 1
    clock.forward(seconds=61)
    wrong(store_url, clock, made_up(cast.bot, 5))
    assert told(services, admin, Action.API_KEY_WRONG_SECRET)[-1].metadata["others"] == 3


def test_r8_a_clock_that_was_ahead_silences_nobody(
    services: Services, admin: Operator, cast: Cast, store_url: str, clock: SetClock
) -> None:
    clock.forward(days=300)
    wrong(store_url, clock, made_up(cast.bot))
    clock.forward(days=-300)
    wrong(store_url, clock, made_up(cast.bot))
    assert len(told(services, admin, Action.API_KEY_WRONG_SECRET)) == 2


def test_r8_who_only_looks_writes_nothing(
    services: Services, admin: Operator, cast: Cast, store_url: str, clock: SetClock
) -> None:
    head = services.audit.head(admin)
    with process(store_url, clock) as verifier:
        assert not verifier.verify(made_up(cast.bot), touch=False)
        verifier.verify(cast.bot.key, touch=False)
        assert not verifier.verify("pfsa_0000000000" + cast.bot.key.reveal()[15:])  # of no key that there is
    assert services.audit.head(admin) == head


def test_r8_where_nothing_can_be_written_the_answer_stays(
    services: Services, admin: Operator, cast: Cast, monkeypatch: pytest.MonkeyPatch, clock: SetClock
) -> None:
    def refused(_: UseNotes) -> None:
        raise StoreUnavailable("permission denied for table audit_events")

    head = services.audit.head(admin)
    monkeypatch.setattr(UseNotes, "change", refused)
    assert services.verifier.verify(made_up(cast.bot)).reason is Reason.UNKNOWN
    assert services.audit.head(admin) == head


def test_r8_a_first_use_is_told_and_no_other(
    services: Services, admin: Operator, cast: Cast, clock: SetClock
) -> None:
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    for _ in range(3):
        assert services.verifier.verify(cast.bot.key)
        clock.forward(minutes=5)
    (event,) = told(services, admin, Action.API_KEY_FIRST_USED)
    assert (event.target_id, event.actor.id) == (cast.bot.key_id, cast.bot.account_id)
    assert event.who == f"ci-bot (pfsa_{cast.bot.key_id}…)"
    (key,) = services.accounts.show(admin, cast.bot.account_id).keys
    assert key.saved
    assert services.keys.confirm_saved(admin, cast.bot.key_id) == AlreadySo(event.who, event.created_at)
    assert services.audit.verify(admin).intact


def test_r8_a_key_that_is_saved_has_no_first_use_to_tell(
    services: Services, admin: Operator, cast: Cast
) -> None:
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    services.keys.confirm_saved(admin, cast.bot.key_id)
    assert services.verifier.verify(cast.bot.key)
    assert not told(services, admin, Action.API_KEY_FIRST_USED)


@pytest.mark.parametrize("email", [ADMIN_EMAIL, "nobody@acme.example"])
def test_r8_a_sign_in_that_is_put_off_is_told_once_a_minute(
    email: str, services: Services, admin: Operator, clock: SetClock
) -> None:
    for _ in range(40):
        try:
            services.sign_in.with_password(email, WRONG)
        except Throttled:
            break
        except SignInFailed:
            continue
    else:
        pytest.fail("nobody was put off")
    (first,) = told(services, admin, Action.LOGIN_PUT_OFF)
    assert first.actor.id == "anonymous"
    assert first.target_id == (admin.id if email == ADMIN_EMAIL else first.organization_id)
    for _ in range(3):
        with pytest.raises(Throttled):
            services.sign_in.with_password(email, WRONG)
    assert len(told(services, admin, Action.LOGIN_PUT_OFF)) == 1
