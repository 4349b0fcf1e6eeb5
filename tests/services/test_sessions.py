"""A session is the credential that opened it: it ends with it, at the next call and by the poll (R9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from pftui.bootstrap import open_services
from pftui.domain.accounts import AccountQuery, Operator
from pftui.domain.audit import Action
from pftui.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    ProofNeeded,
    SessionEnded,
    SessionLocked,
    SignInFailed,
    Throttled,
)
from pftui.domain.limits import KNOWN
from pftui.domain.paging import PageRequest
from pftui.domain.secret import Secret
from pftui.domain.sessions import KEPT_PER_ACCOUNT, LastSignIn, SessionView, idle_lock_minutes
from pftui.domain.source import Source
from pftui.services import hashing, recovery
from pftui.services.contracts import Services
from pftui.services.results import AlreadySo
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.services.conftest import NOWHERE, OWN_PASSWORD, Cast, invite
from tests.services.test_rules import CHANGES, LATER
from tests.trail import latest

RIGHT, WRONG = Secret(ADMIN_PASSWORD), Secret("not the password at all")
OTHER = Secret("quite another lantern 7")
HERE = Source(1000, "build-7", "pts/3", "203.0.113.7")


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hash costs is tested elsewhere."""
    monkeypatch.setattr(hashing, "PASSWORDS", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def alice(services: Services, admin: Operator, cast: Cast) -> Operator:
    """The admin, in a session of the console; `admin` is the same person by a command."""
    return console(services)


def console(services: Services, source: Source = HERE) -> Operator:
    return services.sign_in.with_password(ADMIN_EMAIL, RIGHT, source=source).operator


def looks(services: Services, operator: Operator) -> None:
    services.accounts.page(operator, AccountQuery(), PageRequest())


def polls(services: Services, operator: Operator) -> None:
    services.lifecycle.refresh(operator)


def changes(services: Services, operator: Operator) -> None:
    services.accounts.update(operator, operator.id, description="")


def only(rows: object, operator: Operator) -> SessionView:
    assert isinstance(rows, list)
    row: SessionView
    (row,) = (row for row in rows if row.id == operator.session_id)
    assert isinstance(row, SessionView)
    return row


DOORS = {"look": looks, "poll": polls}

#: What ends all that bao was signed in with.
ENDS: dict[str, Callable[[Services, Operator, Cast], object]] = {
    "change": lambda s, o, c: s.sign_in.change_password(
        s.sign_in.with_password("bao@acme.example", Secret(OWN_PASSWORD), interactive=False).operator,
        Secret(OWN_PASSWORD),
        OTHER,
    ),
    "change and back": lambda s, o, c: _changed_and_back(s),
    "reset": lambda s, o, c: s.users.reset_password(o, c.bao.id),
    "disable": lambda s, o, c: s.accounts.disable(o, c.bao.id),
    "disable and enable": lambda s, o, c: (s.accounts.disable(o, c.bao.id), s.accounts.enable(o, c.bao.id)),
    "delete": lambda s, o, c: s.accounts.delete(o, c.bao.id),
    "end": lambda s, o, c: [s.sessions.end(o, row.id) for row in s.sessions.list(o, everyone=True)],
}


def _changed_and_back(services: Services) -> None:
    email = "bao@acme.example"
    operator = services.sign_in.with_password(email, Secret(OWN_PASSWORD), interactive=False).operator
    operator = services.sign_in.change_password(operator, Secret(OWN_PASSWORD), OTHER)
    services.sign_in.change_password(operator, OTHER, Secret(OWN_PASSWORD))


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("how", ENDS)
def test_r9_a_session_ends_with_its_credential_at_the_next_call_and_poll(
    how: str, door: str, services: Services, admin: Operator, cast: Cast, store_url: str, clock: SetClock
) -> None:
    other = open_services(store_url, clock)  # as another process
    try:
        DOORS[door](other, cast.bao)
        ENDS[how](services, admin, cast)
        with pytest.raises(SessionEnded):
            DOORS[door](other, cast.bao)
    finally:
        other.lifecycle.close()
    assert not [row for row in services.sessions.list(admin, everyone=True) if row.live]


@pytest.mark.parametrize("how", [how for how in ENDS if how != "end"])
def test_r9_what_a_command_signed_in_ends_too(
    how: str, services: Services, admin: Operator, cast: Cast
) -> None:
    command = services.sign_in.with_password(
        "bao@acme.example", Secret(OWN_PASSWORD), interactive=False
    ).operator
    assert command.session_id is None
    looks(services, command)
    ENDS[how](services, admin, cast)
    with pytest.raises(SessionEnded):
        looks(services, command)


@pytest.mark.parametrize("door", DOORS)
def test_r9_what_a_key_signed_in_ends_with_its_account_between_two_looks(
    door: str, services: Services, admin: Operator, cast: Cast
) -> None:
    services.accounts.grant_admin(admin, cast.bot.account_id)
    before = (services.sign_in.with_key(cast.bot.key), services.sign_in.authenticate(cast.bot.key))
    services.accounts.disable(admin, cast.bot.account_id)
    services.accounts.enable(admin, cast.bot.account_id)
    for operator in before:
        with pytest.raises(SessionEnded):
            DOORS[door](services, operator)
    DOORS[door](services, services.sign_in.with_key(cast.bot.key))
    DOORS[door](services, services.sign_in.authenticate(cast.bot.key))


def test_r9_the_session_that_changed_its_own_password_goes_on_and_no_other(
    services: Services, alice: Operator, admin: Operator, cast: Cast
) -> None:
    elsewhere = console(services)
    services.sign_in.change_password(alice, RIGHT, OTHER)
    for operator in (elsewhere, admin):
        with pytest.raises(SessionEnded, match="password was changed"):
            looks(services, operator)
    looks(services, alice)
    looks(services, cast.bao)
    assert services.lifecycle.refresh(alice).session_id == alice.session_id
    ended = only(services.sessions.list(alice), elsewhere)
    assert (ended.live, ended.ended_by) == (False, ADMIN_EMAIL)


def test_r9_a_script_that_changed_its_own_password_goes_on_by_what_it_is_given(
    services: Services, admin: Operator
) -> None:
    goes_on = services.sign_in.change_password(admin, RIGHT, OTHER)
    looks(services, goes_on)
    with pytest.raises(SessionEnded):
        looks(services, admin)


def test_r9_a_reset_on_the_host_ends_sessions(services: Services, alice: Operator, store_url: str) -> None:
    recovery.reset_password_on_host(store_url, ADMIN_EMAIL, "root")
    with pytest.raises(SessionEnded):
        looks(services, alice)


def test_r9_a_reset_ends_what_a_temporary_password_had_begun(services: Services, admin: Operator) -> None:
    invited = services.users.create(admin, email="x@acme.example", name="X")
    begun = services.sign_in.with_password(invited.email, invited.password).operator
    again = services.users.reset_password(admin, invited.account_id)
    with pytest.raises(SignInFailed):
        services.sign_in.change_password(begun, invited.password, OTHER)
    # Who was given the new one, too, has to sign in with it.
    with pytest.raises(SessionEnded):
        services.sign_in.change_password(begun, again.password, OTHER)


def test_r9_an_ended_session_cannot_change_the_password(services: Services, alice: Operator) -> None:
    services.sessions.end(console(services), alice.session_id or "")
    with pytest.raises(SessionEnded):
        services.sign_in.change_password(alice, RIGHT, OTHER)
    assert console(services)


def test_a_renewed_hash_ends_nothing(
    services: Services, alice: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "PASSWORDS", PasswordHasher(time_cost=2, memory_cost=64, parallelism=1))
    again = console(services)
    assert again.stamp == alice.stamp
    looks(services, alice)


def test_r9_a_demotion_takes_the_rights_of_a_session_at_the_next_call(
    services: Services, admin: Operator
) -> None:
    dana = invite(services, admin, "dana@acme.example", global_admin=True)
    services.accounts.revoke_admin(admin, dana.id)
    assert not services.lifecycle.refresh(dana).global_admin
    with pytest.raises(Forbidden):
        services.teams.create(dana, "No longer")


def test_somebody_elses_session_is_none_of_ones_own(services: Services, alice: Operator, cast: Cast) -> None:
    from dataclasses import replace

    with pytest.raises(SessionEnded):
        looks(services, replace(cast.bao, session_id=alice.session_id))


def test_a_session_is_a_row_and_a_command_has_none(
    services: Services, admin: Operator, alice: Operator, clock: SetClock
) -> None:
    now = clock()
    row = only(services.sessions.list(alice), alice)
    assert (row.account_email, row.source, row.live) == (ADMIN_EMAIL, HERE, True)
    assert (row.created_at, row.proved_at, row.seen_at) == (now, now, now)
    assert services.sessions.list(admin) == [row]  # the command's own sign-in is none


def test_one_sees_ones_own_and_a_global_admin_all(
    services: Services, admin: Operator, alice: Operator, cast: Cast
) -> None:
    assert {row.account_id for row in services.sessions.list(cast.bao)} == {cast.bao.id}
    assert {row.account_id for row in services.sessions.list(admin, everyone=True)} == {admin.id, cast.bao.id}
    with pytest.raises(Forbidden):
        services.sessions.list(cast.bao, everyone=True)


def test_one_ends_ones_own_and_a_global_admin_any(
    services: Services, admin: Operator, alice: Operator, cast: Cast
) -> None:
    theirs, own = alice.session_id or "", cast.bao.session_id or ""
    for nobodys in (theirs, "no-such", "\0"):
        with pytest.raises(Forbidden):
            services.sessions.end(cast.bao, nobodys)
        assert latest(services, admin)[0].action is Action.CHANGE_REFUSED
    assert services.sessions.end(alice, own) is None
    event = latest(services, admin)[0]
    assert (event.action, event.target_id, event.metadata) == (
        Action.SESSION_ENDED, cast.bao.id, {"sessionId": own},
    )  # fmt: skip
    assert services.sessions.end(admin, own) == AlreadySo(ADMIN_EMAIL, event.created_at)
    assert latest(services, admin)[0] == event
    with pytest.raises(SessionEnded, match=f"ended by {ADMIN_EMAIL}"):
        looks(services, cast.bao)
    with pytest.raises(NotFound):
        services.sessions.end(admin, "no-such")


def test_signing_out_ends_the_row_and_is_told_once(
    services: Services, admin: Operator, alice: Operator, clock: SetClock
) -> None:
    clock.forward(hours=13)  # a locked one is signed out as well
    for _ in range(2):
        services.sessions.sign_out(alice)
    told = [event for event in latest(services, admin) if event.action is Action.LOGOUT]
    assert [(event.actor.email, event.target_id) for event in told] == [(ADMIN_EMAIL, alice.id)]
    with pytest.raises(SessionEnded):
        looks(services, alice)
    services.sessions.sign_out(admin)  # which has none
    looks(services, admin)


def test_it_is_noted_once_a_minute_that_a_session_is_there(
    services: Services, alice: Operator, admin: Operator, clock: SetClock
) -> None:
    begun, told = clock(), len(latest(services, admin))
    for seconds, seen in ((59, 0), (2, 61), (30, 61), (31, 122)):
        clock.forward(seconds=seconds)
        services.lifecycle.refresh(alice)
        assert only(services.sessions.list(alice), alice).seen_at == begun + timedelta(seconds=seen)
    assert len(latest(services, admin)) == told


def test_old_sessions_are_forgotten(
    services: Services, admin: Operator, alice: Operator, cast: Cast, clock: SetClock
) -> None:
    clock.forward(days=91)
    again = console(services)
    assert [row.id for row in services.sessions.list(admin, everyone=True)] == [again.session_id]
    with pytest.raises(SessionEnded, match="forgotten"):
        looks(services, cast.bao)


def test_no_account_keeps_more_than_so_many_sessions(
    services: Services, alice: Operator, admin: Operator, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert KEPT_PER_ACCOUNT == 1000
    monkeypatch.setattr("pftui.repositories.sessions.KEPT_PER_ACCOUNT", 3)
    newest = []
    for _ in range(4):
        clock.forward(seconds=1)
        newest.append(console(services).session_id)
    kept = [row.id for row in services.sessions.list(admin, everyone=True) if row.account_id == admin.id]
    assert kept == newest[:0:-1]


# The password once more


#: What asks for the password where it was given more than 15 minutes ago; all else does not.
ASKS: dict[str, Callable[[Services, Operator, Cast], object]] = {
    "give global admin": lambda s, o, c: s.accounts.grant_admin(o, c.bao.id),
    "invite a global admin": lambda s, o, c: s.users.create(
        o, email="x@acme.example", name="X", global_admin=True
    ),
    "create a global admin": lambda s, o, c: s.service_accounts.create(o, name="root-bot", global_admin=True),
    "delete an account": lambda s, o, c: s.accounts.delete(o, c.bot.account_id),
    "delete a team": lambda s, o, c: s.teams.delete(o, c.team_id),
    "change another's address": lambda s, o, c: s.accounts.update(o, c.bao.id, email="b@acme.example"),
    "reset a password": lambda s, o, c: s.users.reset_password(o, c.bao.id),
    "a key of an admin account": lambda s, o, c: s.keys.create(o, _admins_bot(s, o)),
    "offboard": lambda s, o, c: s.offboarding.offboard(o, c.bao.id, {}),
    "change what a role allows": lambda s, o, c: s.roles.update(
        o, c.custom_role_id, permissions=["manage_targets"]
    ),
    "delete a role": lambda s, o, c: s.roles.delete(o, c.custom_role_id),
    "settings": lambda s, o, c: s.organization_settings.update(o, session_hours=13),
    "new webhook": lambda s, o, c: s.webhooks.create(o, "Chat", NOWHERE, ["api_key.*"]),
    "what a webhook is told": lambda s, o, c: s.webhooks.update(o, c.webhook_id, events=["user.*"]),
    "end a webhook": lambda s, o, c: s.webhooks.delete(o, c.webhook_id),
    "another signing secret": lambda s, o, c: s.webhooks.regenerate_secret(o, c.webhook_id),
    "archive": lambda s, o, c: s.audit.archive(o, LATER, lambda lines: f"{len(list(lines))} lines"),
}


#: All other changes; those that need another one before are left out.
QUIET = (
    set(CHANGES)
    - {"grant", "grant oneself", "delete", "delete a team", "reset a password", "change the settings"}
    - {"end a session", "change a role", "unassign", "undo", "offboard", "edit a role", "delete a role"}
    - {"new webhook", "edit a webhook", "delete a webhook", "another secret", "send again", "archive"}
)


def _admins_bot(services: Services, operator: Operator) -> str:
    return services.accounts.find(operator, "admin-bot").id


@pytest.fixture
def admin_bot(services: Services, admin: Operator, cast: Cast) -> None:
    services.service_accounts.create(admin, name="admin-bot", global_admin=True)


@pytest.mark.usefixtures("admin_bot")
@pytest.mark.parametrize("what", ASKS)
def test_what_matters_most_asks_for_the_password_again(
    what: str, services: Services, admin: Operator, alice: Operator, cast: Cast, clock: SetClock
) -> None:
    clock.forward(minutes=14, seconds=59)
    before = len(latest(services, admin))
    clock.forward(seconds=1)
    with pytest.raises(ProofNeeded, match="password"):
        ASKS[what](services, alice, cast)
    assert len(latest(services, admin)) == before
    with pytest.raises(SignInFailed):
        services.sessions.prove(alice, WRONG)
    with pytest.raises(ProofNeeded):
        ASKS[what](services, alice, cast)
    clock.forward(minutes=1)
    proved = services.sessions.prove(alice, RIGHT)
    clock.forward(minutes=14)
    ASKS[what](services, proved, cast)


@pytest.mark.parametrize("what", sorted(QUIET))
def test_what_matters_less_asks_for_nothing(
    what: str, services: Services, alice: Operator, cast: Cast, clock: SetClock
) -> None:
    clock.forward(hours=1)
    CHANGES[what](services, alice, cast)


@pytest.mark.usefixtures("admin_bot")
@pytest.mark.parametrize("what", ASKS)
def test_a_command_and_a_key_have_given_their_proof(
    what: str, services: Services, admin: Operator, cast: Cast, clock: SetClock
) -> None:
    services.accounts.grant_admin(admin, cast.bot.account_id)
    key = services.sign_in.with_key(cast.bot.key)
    clock.forward(hours=1)
    ASKS[what](services, key if what not in ("delete an account", "archive") else admin, cast)


def test_ones_own_address_asks_for_nothing(services: Services, alice: Operator, clock: SetClock) -> None:
    clock.forward(hours=1)
    services.accounts.update(alice, alice.id, email="a@acme.example")


def test_a_wrong_proof_is_a_failed_sign_in(
    services: Services, admin: Operator, alice: Operator, clock: SetClock
) -> None:
    errors = []
    for _ in range(KNOWN.burst + 1):
        with pytest.raises((SignInFailed, Throttled)) as error:
            services.sessions.prove(alice, WRONG)
        errors.append(type(error.value))
    assert errors[0] is SignInFailed
    assert latest(services, admin)[0].action is Action.LOGIN_FAILED
    elsewhere = Source(1000, "elsewhere")
    assert services.sign_in.with_password(ADMIN_EMAIL, RIGHT, source=elsewhere)  # nor keep them out by it
    looks(services, alice)  # nobody can sign the person out by failing


def test_a_proof_is_of_the_same_person_and_session(
    services: Services, admin: Operator, alice: Operator, cast: Cast
) -> None:
    with pytest.raises(SignInFailed):
        services.sessions.prove(alice, Secret(OWN_PASSWORD))  # bao's
    services.sessions.end(admin, alice.session_id or "")
    with pytest.raises(SessionEnded):
        services.sessions.prove(alice, RIGHT)


def test_a_clock_that_was_set_back_proves_nothing(
    services: Services, alice: Operator, clock: SetClock
) -> None:
    clock.forward(hours=-1)
    with pytest.raises(ProofNeeded):
        services.organization_settings.update(alice, session_hours=13)


# Locked


def test_a_session_locks_after_its_hours_and_goes_on_when_it_is_proved(
    services: Services, alice: Operator, clock: SetClock
) -> None:
    clock.forward(hours=11, minutes=59)
    services.lifecycle.refresh(alice)
    changes(services, alice)
    clock.forward(minutes=1)
    for door in (polls, changes):
        with pytest.raises(SessionLocked, match="12 h"):
            door(services, alice)
    with pytest.raises(SignInFailed):
        services.sessions.prove(alice, WRONG)
    clock.forward(minutes=5)
    services.sessions.prove(alice, RIGHT)
    for door in (polls, changes):
        door(services, alice)
    assert only(services.sessions.list(alice), alice).live


def test_the_hours_are_the_organizations_and_hold_for_what_is_open(
    services: Services, admin: Operator, alice: Operator, clock: SetClock
) -> None:
    services.organization_settings.update(admin, session_hours=1)
    clock.forward(hours=1)
    with pytest.raises(SessionLocked, match="1 h"):
        polls(services, alice)
    polls(services, admin)  # a command has no session that could lock


@pytest.mark.parametrize(
    ("setting", "shorter", "minutes"), [(10, None, 10), (10, 5, 5), (10, 60, 10), (0, 5, 5), (0, None, 0)]
)
def test_the_idle_lock_of_one_console_can_only_be_shorter(
    setting: int, shorter: int | None, minutes: int
) -> None:
    assert idle_lock_minutes(setting, shorter) == minutes


# The organization's settings


def test_settings_are_changed_and_told(services: Services, admin: Operator, cast: Cast) -> None:
    shown = services.organization_settings.show(cast.bao)
    assert (shown.idle_lock_minutes, shown.session_hours) == (10, 12)
    changed = services.organization_settings.update(
        admin, shown.version, name="Acme Ltd", idle_lock_minutes=0
    )
    assert (changed.name, changed.idle_lock_minutes, changed.session_hours) == ("Acme Ltd", 0, 12)
    assert changed == services.organization_settings.show(cast.bao)
    event = latest(services, admin)[0]
    assert (event.action, event.target_id) == (Action.ORGANIZATION_UPDATED, changed.id)
    assert event.metadata["changes"] == {
        "name": {"from": "Acme Corp", "to": "Acme Ltd"}, "idle_lock_minutes": {"from": 10, "to": 0},
    }  # fmt: skip
    services.organization_settings.update(admin, idle_lock_minutes=0)
    assert latest(services, admin)[0] == event
    with pytest.raises(
        Conflict, match=r"Alice Ng \(.*\) changed this organization .*Changed name, idle lock"
    ):
        services.organization_settings.update(admin, shown.version, session_hours=1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("idle_lock_minutes", -1),
        ("idle_lock_minutes", 1441),
        ("session_hours", 0),
        ("session_hours", 721),
        ("name", ""),
    ],
)
def test_settings_have_bounds(services: Services, admin: Operator, field: str, value: object) -> None:
    before = services.organization_settings.show(admin)
    with pytest.raises(InvalidInput) as error:
        services.organization_settings.update(admin, **{field: value})  # type: ignore[arg-type]
    assert error.value.field == field
    assert services.organization_settings.show(admin) == before


# The last sign-in


def test_signing_in_tells_of_the_last_time_and_of_failures_since(
    services: Services, admin: Operator, cast: Cast, clock: SetClock
) -> None:
    email, password = "bao@acme.example", Secret(OWN_PASSWORD)
    clock.forward(hours=1)
    first = services.sign_in.with_password(email, password, source=HERE)
    at = clock()
    for _ in range(2):
        clock.forward(hours=1)
        with pytest.raises(SignInFailed):
            services.sign_in.with_password(email, WRONG)
    clock.forward(hours=1)
    second = services.sign_in.with_password(email, password, interactive=False)
    assert second.last == LastSignIn(at, HERE, 2)
    at = clock()
    third = services.sign_in.with_password(email, password)
    assert third.last == LastSignIn(at, None, 0)  # by a command
    assert first.last is not None


def test_the_first_sign_in_has_none_before_it(services: Services) -> None:
    assert services.sign_in.with_password(ADMIN_EMAIL, RIGHT).last is None
