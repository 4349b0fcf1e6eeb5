"""Somebody has left: all that they had, made or were shown is decided on at once, and proven to be over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from pftui.bootstrap import open_services
from pftui.domain.accounts import Operator
from pftui.domain.audit import Action, AuditQuery, DamagedEvent
from pftui.domain.clock import UNKNOWN_TIME
from pftui.domain.decisions import Reason
from pftui.domain.errors import Conflict, InvalidInput, LastAdmin, NotFound, SignInFailed, StoreUnavailable
from pftui.domain.offboarding import Fate, KeyChoice, Offboarded
from pftui.domain.secret import Secret
from pftui.domain.source import Source
from pftui.repositories.database.engine import open_engine, parse_url
from pftui.services import hashing, offboarding
from pftui.services.contracts import Services
from pftui.services.results import NewKey
from tests.conftest import SetClock
from tests.services.conftest import OWN_PASSWORD, Cast, invite
from tests.trail import latest

REVOKE, KEEP = KeyChoice(Fate.REVOKE), KeyChoice(Fate.KEEP, "deploys run on it until May")


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "PASSWORDS", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def dana(services: Services, admin: Operator, cast: Cast) -> Operator:
    """A global admin, signed in to a console, who is about to leave."""
    invite(services, admin, "dana@acme.example", global_admin=True)
    here = Source(1001, "build-7", "pts/4", "203.0.113.8")
    return services.sign_in.with_password("dana@acme.example", Secret(OWN_PASSWORD), source=here).operator


@pytest.fixture
def made(services: Services, dana: Operator, cast: Cast) -> dict[str, NewKey]:
    """What dana made: two service accounts, one of them an admin, and a key of somebody else's account."""
    return {
        "plain": services.service_accounts.create(dana, name="a-deploy"),
        "admin": services.service_accounts.create(dana, name="z-root", global_admin=True),
        "other's": services.keys.create(dana, cast.bot.account_id, "laptop"),
    }


def offboard(services: Services, admin: Operator, account_id: str, **choices: KeyChoice) -> Offboarded:
    return services.offboarding.offboard(admin, account_id, choices)


def offboard_all(services: Services, admin: Operator, account_id: str, choice: KeyChoice) -> Offboarded:
    left = services.offboarding.look(admin, account_id)
    return services.offboarding.offboard(admin, account_id, {each.key.key_id: choice for each in left.keys})


def test_what_a_person_leaves_behind(
    services: Services, admin: Operator, cast: Cast, dana: Operator, made: dict[str, NewKey]
) -> None:
    services.teams.add(admin, cast.team_id, dana.id, cast.role_id)
    assert services.verifier.verify(made["admin"].key)
    ended = services.keys.create(dana, cast.bot.account_id)
    services.keys.revoke(admin, ended.key_id)
    left = services.offboarding.look(admin, dana.id)
    assert [each.key.key_id for each in left.keys] == [
        made["admin"].key_id,
        made["plain"].key_id,
        made["other's"].key_id,
    ], "those of global admins first; neither what is ended nor what others were shown"
    assert [each.global_admin for each in left.keys] == [True, False, False]
    assert left.keys[0].key.last_used_at is not None
    assert left.keys[2].key.label == "laptop"
    assert [row.name for row in left.accounts] == ["z-root", "a-deploy"]
    assert [each.role_name for each in left.account.assignments] == ["CI Runner"]
    assert [row.source.address for row in left.sessions if row.id == dana.session_id] == ["203.0.113.8"]
    assert not services.offboarding.look(admin, cast.bao.id).keys


def test_what_is_older_than_the_ids_beside_the_rows_is_told_by_the_trail(
    services: Services, admin: Operator, dana: Operator, made: dict[str, NewKey], store_url: str
) -> None:
    engine = open_engine(parse_url(store_url))
    with engine.begin() as connection:
        for table in ("api_keys", "principals"):
            connection.execute(text(f"UPDATE {table} SET created_by_id = NULL"))
    engine.dispose()
    left = services.offboarding.look(admin, dana.id)
    assert {each.key.key_id for each in left.keys} == {key.key_id for key in made.values()}
    assert {row.id for row in left.accounts} == {made["plain"].account_id, made["admin"].account_id}


def test_offboarding_ends_all_at_once_and_proves_it(
    services: Services, admin: Operator, cast: Cast, dana: Operator, made: dict[str, NewKey]
) -> None:
    before = services.audit.head(admin).sequence
    choices = {made["admin"].key_id: REVOKE, made["plain"].key_id: REVOKE, made["other's"].key_id: KEEP}
    done = services.offboarding.offboard(admin, dana.id, choices)
    assert done.over, done.checks
    assert {check.what for check in done.checks} >= {
        "The person cannot sign in.",
        "No session of theirs is open.",
        f"pfsa_{made['admin'].key_id}… is refused.",
    }
    assert services.verifier.verify(made["admin"].key).reason is Reason.REVOKED
    assert services.verifier.verify(made["plain"].key).reason is Reason.REVOKED
    assert services.verifier.verify(made["other's"].key, touch=False).reason is Reason.NO_TEAM, "it goes on"
    with pytest.raises(SignInFailed):
        services.sign_in.with_password("dana@acme.example", Secret(OWN_PASSWORD))
    with pytest.raises(SignInFailed):
        services.teams.create(dana, "While I can")
    assert [each.left.key.key_id for each in done.of(Fate.KEEP)] == [made["other's"].key_id]
    assert (done.by, done.first, done.disabled_before) == (admin.email, before + 1, None)
    told = [event for event in latest(services, admin) if done.first <= event.sequence <= done.head.sequence]
    assert [event.action for event in reversed(told)] == [
        Action.USER_DISABLED,
        Action.API_KEY_REVOKED,
        Action.API_KEY_REVOKED,
        Action.API_KEY_KEPT,
        Action.USER_OFFBOARDED,
    ]
    whole, kept = told[0], told[1]
    assert whole.hash == done.head.hash
    assert kept.metadata["reason"] == KEEP.reason
    assert kept.target_id == made["other's"].key_id
    assert whole.metadata["keysKept"] == [made["other's"].key_id]
    assert whole.metadata["sessionsEnded"] == len(done.leaver.sessions) >= 1
    assert services.audit.verify(admin, [done.head]).intact
    about = services.audit.list(admin, AuditQuery(about_id=dana.id, limit=100)).events
    assert {event.sequence for event in told} <= {event.sequence for event in about}
    assert not any(isinstance(event, DamagedEvent) for event in about), "each is in its canonical form"


def test_all_keys_can_be_decided_at_once(
    services: Services, admin: Operator, dana: Operator, made: dict[str, NewKey]
) -> None:
    done = offboard_all(services, admin, dana.id, REVOKE)
    assert len(done.of(Fate.REVOKE)) == len(made)
    assert done.over


def test_a_kept_key_needs_a_reason_that_can_be_one(
    services: Services, admin: Operator, dana: Operator, made: dict[str, NewKey]
) -> None:
    head = services.audit.head(admin)
    for reason in ("", "  ", "x" * 201, "a\nb", made["plain"].key.reveal()):
        with pytest.raises(InvalidInput) as refusal:
            offboard_all(services, admin, dana.id, KeyChoice(Fate.KEEP, reason))
        assert refusal.value.field == "reason"
    assert services.audit.head(admin) == head
    services.lifecycle.refresh(dana)


def test_r10_a_key_that_was_made_meanwhile_is_not_forgotten(
    services: Services, admin: Operator, dana: Operator, made: dict[str, NewKey], cast: Cast
) -> None:
    choices = {key.key_id: REVOKE for key in made.values()}
    late = services.keys.create(dana, cast.bot.account_id)
    with pytest.raises(
        Conflict, match=rf"{late.key_id}.* of ci-bot was created by .*dana@acme\.example.*look again"
    ):
        services.offboarding.offboard(admin, dana.id, choices)
    services.lifecycle.refresh(dana)
    assert services.verifier.verify(made["admin"].key), "nothing was half done"
    services.keys.revoke(admin, late.key_id)
    with pytest.raises(Conflict, match=rf"{late.key_id}.* was revoked by .*look again"):
        services.offboarding.offboard(admin, dana.id, {**choices, late.key_id: REVOKE})
    assert services.offboarding.offboard(admin, dana.id, choices).over


def test_a_key_that_the_person_was_never_shown_is_none_of_theirs(
    services: Services, admin: Operator, dana: Operator, made: dict[str, NewKey], cast: Cast
) -> None:
    choices = {key.key_id: REVOKE for key in made.values()}
    for key_id in (cast.bot.key_id, "Ab12Cd34Ef", "\0", made["plain"].key.reveal()):
        with pytest.raises(NotFound, match="is none that Dana was shown") as refused:
            services.offboarding.offboard(admin, dana.id, {**choices, key_id: REVOKE})
        assert made["plain"].key.reveal()[20:40] not in str(refused.value)
    services.lifecycle.refresh(dana)


def test_the_trail_keeps_why_somebody_is_offboarded_without_keys(
    services: Services, admin: Operator, dana: Operator
) -> None:
    with pytest.raises(InvalidInput):
        services.offboarding.offboard(admin, dana.id, {}, "a\nb")
    services.offboarding.offboard(admin, dana.id, {}, "  moved on ")
    whole = latest(services, admin)[0]
    assert (whole.action, whole.metadata["reason"]) == (Action.USER_OFFBOARDED, "moved on")


def test_r10_who_was_disabled_before_is_offboarded_all_the_same(
    services: Services, admin: Operator, dana: Operator, made: dict[str, NewKey]
) -> None:
    services.accounts.disable(admin, dana.id)
    done = offboard_all(services, admin, dana.id, REVOKE)
    assert (done.disabled_before, done.over) == (admin.email, True)
    assert [event.action for event in latest(services, admin)].count(Action.USER_DISABLED) == 1


def test_r5_the_last_admin_is_not_offboarded(services: Services, admin: Operator, cast: Cast) -> None:
    services.accounts.grant_admin(admin, cast.bot.account_id)
    robot = services.sign_in.with_key(cast.bot.key)
    with pytest.raises(LastAdmin):
        offboard_all(services, robot, admin.id, REVOKE)
    assert services.verifier.verify(cast.bot.key), "and no key was revoked"
    assert latest(services, admin)[0].metadata["act"] == "users offboard"


def test_whom_one_cannot_offboard(services: Services, admin: Operator, dana: Operator, cast: Cast) -> None:
    with pytest.raises(InvalidInput, match="your own account"):
        services.offboarding.offboard(dana, dana.id, {})
    with pytest.raises(InvalidInput, match="only a person"):
        services.offboarding.offboard(admin, cast.bot.account_id, {})
    with pytest.raises(InvalidInput, match="only a person"):
        services.offboarding.look(admin, cast.bot.account_id)
    services.accounts.delete(admin, dana.id)
    with pytest.raises(NotFound, match="deleted this account"):
        services.offboarding.offboard(admin, dana.id, {})


def test_an_operator_by_a_key_that_goes_with_it(
    services: Services, dana: Operator, made: dict[str, NewKey]
) -> None:
    """The key that acts was shown to who leaves, and is revoked by itself: the report comes all the same."""
    robot = services.sign_in.with_key(made["admin"].key)
    done = offboard_all(services, robot, dana.id, REVOKE)
    assert done.over
    with pytest.raises(SignInFailed):
        services.lifecycle.refresh(robot)


def test_a_failure_in_the_middle_leaves_all_as_it_was(
    services: Services,
    admin: Operator,
    dana: Operator,
    made: dict[str, NewKey],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    head = services.audit.head(admin)

    def fail(*_: object) -> None:
        raise StoreUnavailable("the disk is gone")

    monkeypatch.setattr(offboarding, "_record_whole", fail)
    with pytest.raises(StoreUnavailable):
        offboard_all(services, admin, dana.id, REVOKE)
    assert services.audit.head(admin) == head
    assert services.verifier.verify(made["admin"].key)
    services.lifecycle.refresh(dana)


@pytest.fixture
def elsewhere(store_url: str, clock: SetClock) -> Iterator[Services]:
    other = open_services(store_url, clock)
    with closing(other.lifecycle):
        yield other


def test_the_checks_are_made_in_the_store_after_the_commit(
    services: Services,
    elsewhere: Services,
    admin: Operator,
    dana: Operator,
    made: dict[str, NewKey],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody enables the person between the commit and the look, and the report says so."""
    looks = offboarding.OffboardingService._checks

    def late(service: offboarding.OffboardingService, *arguments: object) -> object:
        elsewhere.accounts.enable(admin, dana.id)
        return looks(service, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(offboarding.OffboardingService, "_checks", late)
    done = offboard_all(services, admin, dana.id, REVOKE)
    assert not done.over
    assert [check.what for check in done.checks if not check.holds] == ["The person cannot sign in."]


def test_a_store_that_is_lost_afterwards_is_not_said_to_be_unchanged(
    services: Services, admin: Operator, dana: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise StoreUnavailable("The store cannot be reached.")

    monkeypatch.setattr(offboarding.OffboardingService, "_states", lost)
    done = offboard_all(services, admin, dana.id, REVOKE)
    assert not done.over
    assert done.checks[0].what.startswith("It was done, but could not be looked at again")


def test_an_offboarding_is_not_undone_by_halves(
    services: Services, admin: Operator, dana: Operator, made: dict[str, NewKey]
) -> None:
    offboard_all(services, admin, dana.id, REVOKE)
    assert services.undo.last(replace(admin, session_id=None), UNKNOWN_TIME) is None
