"""The way back for a locked-out organization, by whoever owns the store."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from pftui.domain.accounts import Operator, Status
from pftui.domain.audit import Action, AuditEvent
from pftui.domain.errors import LastAdmin, NotFound, Refused, SignInFailed, StoreMissing, Throttled
from pftui.domain.limits import LANE
from pftui.domain.passwords import TEMPORARY_LIFETIME
from pftui.domain.secret import Secret
from pftui.services import hashing
from pftui.services.contracts import Services
from pftui.services.recovery import reset_password_on_host
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.services.conftest import OWN_PASSWORD, Cast, invite
from tests.trail import latest


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "PASSWORDS", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


def newest(services: Services, operator: Operator) -> AuditEvent:
    return latest(services, operator)[0]


def test_r5_only_the_host_resets_the_last_admin(
    services: Services, admin: Operator, store_url: str, clock: SetClock
) -> None:
    with pytest.raises(LastAdmin):
        services.users.reset_password(admin, admin.id)
    made = reset_password_on_host(store_url, ADMIN_EMAIL, "root", clock)
    assert made.notes == ()
    assert made.void_after == clock.now + TEMPORARY_LIFETIME
    assert made.password.reveal() not in repr(made)
    with pytest.raises(SignInFailed):
        services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD))
    signed_in = services.sign_in.with_password(ADMIN_EMAIL, made.password)
    assert signed_in.must_change_password
    services.sign_in.change_password(signed_in.operator, made.password, Secret(OWN_PASSWORD))
    assert services.sign_in.with_password(ADMIN_EMAIL, Secret(OWN_PASSWORD)).operator.global_admin


def test_r8_the_trail_names_the_host_and_the_unix_user(
    services: Services, admin: Operator, store_url: str, clock: SetClock
) -> None:
    witness = invite(services, admin, "dana@acme.example", global_admin=True)
    reset_password_on_host(store_url, ADMIN_EMAIL.upper(), "root", clock)
    event = newest(services, witness)
    assert (event.action, event.actor.id, event.actor.name) == (
        Action.PASSWORD_RESET,
        "host:root",
        "host:root",
    )
    assert event.target_id == admin.id
    assert services.audit.verify(witness).intact


def test_a_name_of_any_length_fits(services: Services, admin: Operator, store_url: str) -> None:
    witness = invite(services, admin, "dana@acme.example", global_admin=True)
    reset_password_on_host(store_url, ADMIN_EMAIL, "u" * 300)
    assert len(newest(services, witness).actor.id) <= 80


def test_nobody_has_to_wait_after_it(services: Services, store_url: str, clock: SetClock) -> None:
    for _ in range(LANE.burst):
        with pytest.raises(SignInFailed):
            services.sign_in.with_password(ADMIN_EMAIL, Secret("wrong"))
    with pytest.raises(Throttled):
        services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD))
    made = reset_password_on_host(store_url, ADMIN_EMAIL, "root", clock)
    assert services.sign_in.with_password(ADMIN_EMAIL, made.password)


def test_who_is_no_admin_gets_a_password_and_a_note_who_is(
    services: Services, admin: Operator, cast: Cast, store_url: str, clock: SetClock
) -> None:
    made = reset_password_on_host(store_url, "bao@acme.example", "root", clock)
    assert "not a global admin" in made.notes[0]
    assert ADMIN_EMAIL in made.notes[0]
    bao = services.accounts.show(admin, cast.bao.id).summary
    assert (bao.global_admin, bao.status) == (False, Status.INVITED)


def test_a_password_for_who_is_disabled_is_refused_while_others_can_help(
    services: Services, admin: Operator, cast: Cast, store_url: str, clock: SetClock
) -> None:
    services.accounts.disable(admin, cast.bao.id)
    with pytest.raises(Refused, match=ADMIN_EMAIL):
        reset_password_on_host(store_url, "bao@acme.example", "root", clock)
    event = newest(services, admin)
    assert (event.action, event.actor.id) == (Action.CHANGE_REFUSED, "host:root")
    services.accounts.enable(admin, cast.bao.id)
    assert services.sign_in.with_password("bao@acme.example", Secret(OWN_PASSWORD))


def test_any_person_gets_an_organization_back_that_has_no_admin_left(
    services: Services, admin: Operator, store_url: str, clock: SetClock
) -> None:
    bao = invite(services, admin, "bao@acme.example")
    script = services.sign_in.with_key(
        services.service_accounts.create(admin, name="script", global_admin=True).key
    )
    # A reset on the host leaves nobody whom R5 protects, and a script may then go too far.
    reset_password_on_host(store_url, ADMIN_EMAIL, "root", clock)
    services.accounts.delete(script, admin.id)
    services.accounts.disable(script, bao.id)
    made = reset_password_on_host(store_url, "bao@acme.example", "root", clock)
    assert len(made.notes) == 2
    signed_in = services.sign_in.with_password("bao@acme.example", made.password)
    assert signed_in.operator.global_admin
    actions = [event.action for event in latest(services, script, 4)]
    assert actions[1:] == [Action.PASSWORD_RESET, Action.ORG_ADMIN_ADDED, Action.USER_ENABLED]


def test_an_admin_who_is_active_counts_behind_any_number_of_disabled_ones(
    services: Services, admin: Operator, cast: Cast, store_url: str, clock: SetClock
) -> None:
    for number in range(51):
        # In the order of the accounts' list, by admin and name backwards, all come before Alice.
        made = services.users.create(
            admin, email=f"z{number}@acme.example", name=f"Zoe {number}", global_admin=True
        )
        services.accounts.disable(admin, made.account_id)
    services.accounts.disable(admin, cast.bao.id)
    with pytest.raises(Refused, match=ADMIN_EMAIL):
        reset_password_on_host(store_url, "bao@acme.example", "root", clock)
    assert not services.accounts.show(admin, cast.bao.id).summary.global_admin


def test_an_unknown_address_changes_nothing_and_names_the_admins(
    services: Services, admin: Operator, store_url: str, clock: SetClock
) -> None:
    before = newest(services, admin)
    with pytest.raises(NotFound, match=ADMIN_EMAIL):
        reset_password_on_host(store_url, "nobody@acme.example", "root", clock)
    assert newest(services, admin) == before


def test_no_store_is_told_and_not_made(tmp_path: object) -> None:
    with pytest.raises(StoreMissing):
        reset_password_on_host(f"sqlite:///{tmp_path}/none.db", ADMIN_EMAIL, "root")
