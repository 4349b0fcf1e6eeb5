"""The rules R1 to R11, each by name, on every database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from pftui.bootstrap import open_services
from pftui.domain.accounts import AccountQuery, Kind, Operator, Status
from pftui.domain.audit import Action, AuditQuery
from pftui.domain.clock import UNKNOWN_TIME
from pftui.domain.decisions import SETTINGS_ONLY, Reason
from pftui.domain.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    LastAdmin,
    NotFound,
    PftuiError,
    SignInFailed,
    StoreUnavailable,
    Taken,
)
from pftui.domain.names import fold
from pftui.domain.paging import PageRequest
from pftui.domain.permissions import PREDEFINED_ROLES, Permission
from pftui.domain.secret import Secret
from pftui.domain.teams import TeamQuery
from pftui.repositories.database.engine import open_engine, parse_url
from pftui.services import hashing
from pftui.services.contracts import Services
from pftui.services.results import AlreadySo, RevokedKey
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.services.conftest import NOWHERE, OWN_PASSWORD, Cast, invite
from tests.trail import latest

Attempt = Callable[[Services, Operator, Cast], object]


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests are about rules and make many people; what a hash costs is tested elsewhere."""
    monkeypatch.setattr(hashing, "PASSWORDS", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


def last_change(services: Services, operator: Operator) -> str:
    """The id of the operator's change that can be undone."""
    last = services.undo.last(operator, UNKNOWN_TIME)
    return getattr(last, "event_id", "")


#: After everything that happens in a test.
LATER = datetime(2100, 1, 1, tzinfo=UTC)

CHANGES: dict[str, Attempt] = {
    "create": lambda s, o, c: s.service_accounts.create(o, name="other"),
    "create in a team": lambda s, o, c: s.service_accounts.create(
        o, name="other", team_id=c.team_id, role_id=c.role_id
    ),
    "edit": lambda s, o, c: s.accounts.update(o, c.bot.account_id, name="other"),
    "disable": lambda s, o, c: s.accounts.disable(o, c.bot.account_id),
    "enable": lambda s, o, c: s.accounts.enable(o, c.bot.account_id),
    "delete": lambda s, o, c: s.accounts.delete(o, c.bot.account_id),
    "grant": lambda s, o, c: s.accounts.grant_admin(o, c.bot.account_id),
    "grant oneself": lambda s, o, c: s.accounts.grant_admin(o, o.id),
    "demote": lambda s, o, c: s.accounts.revoke_admin(o, c.bot.account_id),
    "new key": lambda s, o, c: s.keys.create(o, c.bot.account_id),
    "revoke": lambda s, o, c: s.keys.revoke(o, c.bot.key_id),
    "confirm": lambda s, o, c: s.keys.confirm_saved(o, c.bot.key_id),
    "assign": lambda s, o, c: s.teams.add(o, c.team_id, c.bot.account_id, c.role_id),
    "assign oneself": lambda s, o, c: s.teams.add(o, c.team_id, o.id, c.role_id),
    "change a role": lambda s, o, c: s.teams.set_role(o, c.team_id, c.bot.account_id, c.role_id),
    "unassign": lambda s, o, c: s.teams.remove(o, c.team_id, c.bot.account_id),
    "undo": lambda s, o, c: s.undo.undo(o, last_change(s, o)),
    "new team": lambda s, o, c: s.teams.create(o, "Blue Team"),
    "rename a team": lambda s, o, c: s.teams.rename(o, c.team_id, "Blue Team"),
    "delete a team": lambda s, o, c: s.teams.delete(o, c.team_id),
    "new role": lambda s, o, c: s.roles.create(o, "Scanner", ["run_scans"]),
    "edit a role": lambda s, o, c: s.roles.update(o, c.custom_role_id, permissions=["manage_targets"]),
    "duplicate a role": lambda s, o, c: s.roles.duplicate(o, c.role_id, "Scanner"),
    "delete a role": lambda s, o, c: s.roles.delete(o, c.custom_role_id),
    "invite": lambda s, o, c: s.users.create(o, email="x@acme.example", name="X"),
    "reset a password": lambda s, o, c: s.users.reset_password(o, o.id),
    "end a session": lambda s, o, c: s.sessions.end(o, "of somebody else"),
    "change the settings": lambda s, o, c: s.organization_settings.update(o, session_hours=1),
    "offboard": lambda s, o, c: s.offboarding.offboard(o, c.bao.id, {}),
    "new webhook": lambda s, o, c: s.webhooks.create(o, "Chat", NOWHERE, ["api_key.*"]),
    "edit a webhook": lambda s, o, c: s.webhooks.update(o, c.webhook_id, events=["user.*"]),
    "pause a webhook": lambda s, o, c: s.webhooks.pause(o, c.webhook_id),
    "resume a webhook": lambda s, o, c: s.webhooks.resume(o, c.webhook_id),
    "delete a webhook": lambda s, o, c: s.webhooks.delete(o, c.webhook_id),
    "another secret": lambda s, o, c: s.webhooks.regenerate_secret(o, c.webhook_id),
    "test a webhook": lambda s, o, c: s.webhooks.test(o, c.webhook_id),
    "send again": lambda s, o, c: s.webhooks.resend(o, c.webhook_id, "no event"),
    "send what is parked": lambda s, o, c: s.webhooks.resend_parked(o, c.webhook_id),
    "drop what is parked": lambda s, o, c: s.webhooks.drop_parked(o, c.webhook_id),
    "archive": lambda s, o, c: s.audit.archive(o, LATER, lambda lines: f"{len(list(lines))} lines"),
}


def snapshot(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but the trail's."""
    engine = open_engine(parse_url(url))
    tables = (
        "organizations", "principals", "passwords", "api_keys", "teams", "assignments", "roles",
        "role_permissions",
    )  # fmt: skip
    try:
        with engine.connect() as connection:
            return {
                table: sorted(
                    tuple(map(str, row)) for row in connection.execute(text(f"SELECT * FROM {table}"))
                )
                for table in tables
            }
    finally:
        engine.dispose()


def events(services: Services, admin: Operator) -> int:
    return services.audit.list(admin, AuditQuery(limit=1)).total


@pytest.mark.parametrize("name", CHANGES)
def test_r1_only_a_global_admin_changes_accounts_keys_and_teams(
    name: str, services: Services, admin: Operator, cast: Cast, store_url: str
) -> None:
    before = snapshot(store_url)
    with pytest.raises(Forbidden, match="global admin privileges"):
        CHANGES[name](services, cast.bao, cast)
    assert snapshot(store_url) == before
    newest = latest(services, admin)[0]
    assert (newest.action, newest.actor.email) == (Action.CHANGE_REFUSED, "bao@acme.example")


def test_r1_claimed_privileges_are_not_believed(services: Services, cast: Cast) -> None:
    pretender = replace(cast.bao, global_admin=True)
    with pytest.raises(Forbidden):
        services.teams.create(pretender, "Blue Team")


def test_r1_a_demotion_holds_for_a_session_that_is_open(services: Services, admin: Operator) -> None:
    dana = invite(services, admin, "dana@acme.example", global_admin=True)
    services.teams.create(dana, "While she may")
    services.accounts.revoke_admin(admin, dana.id)
    with pytest.raises(Forbidden):
        services.teams.create(dana, "No longer")
    services.accounts.disable(admin, dana.id)
    with pytest.raises(SignInFailed):
        services.accounts.page(dana, AccountQuery(), PageRequest())


def test_r2_only_the_key_id_and_an_argon2id_hash_are_stored(
    services: Services, cast: Cast, store_url: str
) -> None:
    key = cast.bot.key.reveal()
    stored = str(snapshot(store_url))
    assert cast.bot.key_id in stored
    assert "$argon2id$" in stored
    assert key not in stored
    assert key[15:53] not in stored
    assert key not in repr(cast.bot)


def test_r3_a_key_without_an_assignment_has_no_access(services: Services, cast: Cast) -> None:
    decision = services.verifier.verify(cast.bot.key)
    assert (decision.allowed, decision.reason) == (False, Reason.NO_TEAM)


def test_r3_settings_and_teams_are_independent(services: Services, admin: Operator, cast: Cast) -> None:
    services.accounts.grant_admin(admin, cast.bot.account_id)
    settings = services.verifier.verify(cast.bot.key)
    assert (settings.allowed, settings.message, settings.grants) == (True, SETTINGS_ONLY, ())
    assert services.verifier.verify(cast.bot.key, team="red-team").reason is Reason.NOT_IN_TEAM
    services.accounts.revoke_admin(admin, cast.bot.account_id)
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    assert services.verifier.verify(cast.bot.key, team="red-team", permission="run_scans")
    with pytest.raises(Forbidden):
        services.sign_in.with_key(cast.bot.key)


def test_r4_predefined_roles_are_there_and_hold_the_documented_permissions(
    services: Services, admin: Operator
) -> None:
    roles = services.roles.list(admin)
    assert [(role.name, role.permissions) for role in roles] == [
        (role.name, role.permissions) for role in PREDEFINED_ROLES
    ]
    assert all(role.predefined for role in roles)
    assert {permission for role in roles for permission in role.permissions} == set(Permission)


def test_r4_a_role_in_use_cannot_go_even_behind_the_services_back(
    services: Services, admin: Operator, cast: Cast, store_url: str
) -> None:
    from sqlalchemy.exc import IntegrityError

    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    engine = open_engine(parse_url(store_url))
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("DELETE FROM roles WHERE id = :id"), {"id": cast.role_id})
    engine.dispose()


R5_CHANGES: dict[str, Callable[[Services, Operator, str], object]] = {
    "demoted": lambda s, o, i: s.accounts.revoke_admin(o, i),
    "disabled": lambda s, o, i: s.accounts.disable(o, i),
    "deleted": lambda s, o, i: s.accounts.delete(o, i),
    "given a temporary password": lambda s, o, i: s.users.reset_password(o, i),
}


@pytest.mark.parametrize("what", R5_CHANGES)
def test_r5_the_last_admin_stays(what: str, services: Services, admin: Operator, store_url: str) -> None:
    # An admin who has never signed in does not count, nor does a service account.
    services.users.create(admin, email="new@acme.example", name="New", global_admin=True)
    robot = services.service_accounts.create(admin, name="robot", global_admin=True)
    before = snapshot(store_url)
    for operator in (admin, services.sign_in.with_key(robot.key)):
        with pytest.raises(LastAdmin, match=what):
            R5_CHANGES[what](services, operator, admin.id)
    after = snapshot(store_url)
    assert after["principals"] != before["principals"] or after == before  # the key's use may be noted
    assert after["passwords"] == before["passwords"]
    assert services.accounts.show(admin, admin.id).summary.status is Status.ACTIVE
    assert services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator.global_admin


@pytest.mark.parametrize("what", R5_CHANGES)
def test_r5_one_of_two_admins_may_go(what: str, services: Services, admin: Operator) -> None:
    dana = invite(services, admin, "dana@acme.example", global_admin=True)
    R5_CHANGES[what](services, dana, admin.id)
    with pytest.raises(LastAdmin):
        R5_CHANGES[what](services, dana, dana.id)


def test_r5_holds_when_two_admins_demote_each_other_at_once(
    services: Services, admin: Operator, store_url: str, clock: SetClock
) -> None:
    dana = invite(services, admin, "dana@acme.example", global_admin=True)
    for _ in range(5):
        outcomes = both_at_once(store_url, clock, [(admin, dana.id), (dana, admin.id)])
        assert sorted(outcomes) == ["Forbidden", "done"]
        winner, loser = (admin, dana) if services.lifecycle.refresh(admin).global_admin else (dana, admin)
        services.accounts.grant_admin(winner, loser.id)


def both_at_once(url: str, clock: SetClock, demotions: list[tuple[Operator, str]]) -> list[str]:
    """Carry out the demotions at the same moment, each with services of its own; how each ended."""
    barrier, outcomes = threading.Barrier(len(demotions)), []

    def demote(operator: Operator, victim: str) -> None:
        own = open_services(url, clock)
        barrier.wait()
        try:
            own.accounts.revoke_admin(operator, victim)
            outcomes.append("done")
        except PftuiError as error:
            outcomes.append(type(error).__name__)
        finally:
            own.lifecycle.close()

    threads = [threading.Thread(target=demote, args=demotion) for demotion in demotions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@pytest.mark.parametrize("taken", ["ci-bot", "CI-BOT", " ci-bot ", "Ci-Bot"])
def test_r6_a_name_is_taken_without_regard_to_case(
    taken: str, services: Services, admin: Operator, cast: Cast, store_url: str
) -> None:
    before, told = snapshot(store_url), events(services, admin)
    with pytest.raises(Taken) as refusal:
        services.service_accounts.create(admin, name=taken)
    assert refusal.value.field == "name"
    assert (snapshot(store_url), events(services, admin)) == (before, told)


def test_r6_case_is_folded_as_unicode_says(services: Services, admin: Operator) -> None:
    services.teams.create(admin, "Straße")
    with pytest.raises(Taken):
        services.teams.create(admin, "STRASSE")
    services.service_accounts.create(admin, name="Ilić")
    with pytest.raises(Taken):
        services.service_accounts.create(admin, name="ILIC\u0301")


def test_r6_people_may_share_a_name_but_no_e_mail(services: Services, admin: Operator, cast: Cast) -> None:
    services.users.create(admin, email="alice2@acme.example", name="Alice Ng")
    with pytest.raises(Taken) as refusal:
        services.users.create(admin, email="ALICE@acme.EXAMPLE", name="Someone")
    assert refusal.value.field == "email"


def test_r6_slugs_are_unique_and_kept_on_a_rename(services: Services, admin: Operator, cast: Cast) -> None:
    assert services.teams.create(admin, "Red  Team!").slug == "red-team-2"
    assert services.teams.create(admin, "紅隊").slug == "team"
    assert services.teams.rename(admin, cast.team_id, "Crimson").slug == "red-team"


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 81, "a\nb", "a\x1b[31mb", "abc\u202edef", "a\u200bb", "\u200d"]
)
def test_r6_bad_names_write_nothing(name: str, services: Services, admin: Operator, store_url: str) -> None:
    before, told = snapshot(store_url), events(services, admin)
    for attempt in (
        lambda: services.service_accounts.create(admin, name=name),
        lambda: services.teams.create(admin, name),
        lambda: services.users.create(admin, email="x@acme.example", name=name),
    ):
        with pytest.raises(InvalidInput) as refusal:
            attempt()
        assert refusal.value.field == "name"
    assert (snapshot(store_url), events(services, admin)) == (before, told)


@pytest.mark.parametrize(
    "name", ["🚀 deploy", "[red]markup[/]", "'; drop table principals; --", "x" * 80, "%_\\"]
)
def test_r6_names_are_data(name: str, services: Services, admin: Operator) -> None:
    account = services.service_accounts.create(admin, name=name)
    services.teams.create(admin, name)
    assert services.accounts.show(admin, account.account_id).summary.name == name
    assert services.accounts.find(admin, name).id == account.account_id
    found = services.accounts.page(admin, AccountQuery(text=name), PageRequest())
    assert [row.name for row in found] == [name]


def test_r7_deleting_an_account_ends_its_keys_and_assignments(
    services: Services, admin: Operator, cast: Cast
) -> None:
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    assert services.verifier.verify(cast.bot.key, team="red-team")
    services.accounts.delete(admin, cast.bot.account_id)
    assert services.verifier.verify(cast.bot.key, team="red-team").reason is Reason.UNKNOWN
    assert services.teams.show(admin, cast.team_id).service_accounts == 0
    assert not services.teams.members(admin, cast.team_id, Kind.SERVICE_ACCOUNT, PageRequest())
    trail = latest(services, admin)
    about = [event.action for event in trail if event.target_id == cast.bot.account_id]
    assert about == [
        Action.SERVICE_ACCOUNT_DELETED,
        Action.SERVICE_ACCOUNT_ADDED_TO_TEAM,
        Action.SERVICE_ACCOUNT_CREATED,
    ]


def one_after_another(*attempts: Attempt) -> Attempt:
    """All of them as one."""

    def attempt(services: Services, operator: Operator, cast: Cast) -> None:
        for each in attempts:
            each(services, operator, cast)

    return attempt


R8_EVENTS: dict[str, tuple[Attempt, list[Action]]] = {
    "create": (CHANGES["create"], [Action.SERVICE_ACCOUNT_CREATED, Action.API_KEY_CREATED]),
    "create in a team": (
        CHANGES["create in a team"],
        [Action.SERVICE_ACCOUNT_CREATED, Action.API_KEY_CREATED, Action.SERVICE_ACCOUNT_ADDED_TO_TEAM],
    ),
    "edit": (CHANGES["edit"], [Action.SERVICE_ACCOUNT_UPDATED]),
    "edit to the same": (lambda s, o, c: s.accounts.update(o, c.bot.account_id, name="ci-bot"), []),
    "disable": (CHANGES["disable"], [Action.SERVICE_ACCOUNT_DISABLED]),
    "disable a user": (lambda s, o, c: s.accounts.disable(o, c.bao.id), [Action.USER_DISABLED]),
    "undo": (
        one_after_another(CHANGES["disable"], CHANGES["undo"]),
        [Action.SERVICE_ACCOUNT_DISABLED, Action.SERVICE_ACCOUNT_ENABLED],
    ),
    "enable what is enabled": (CHANGES["enable"], []),
    "enable": (
        one_after_another(CHANGES["disable"], CHANGES["enable"]),
        [Action.SERVICE_ACCOUNT_DISABLED, Action.SERVICE_ACCOUNT_ENABLED],
    ),
    "enable a user": (
        one_after_another(
            lambda s, o, c: s.accounts.disable(o, c.bao.id), lambda s, o, c: s.accounts.enable(o, c.bao.id)
        ),
        [Action.USER_DISABLED, Action.USER_ENABLED],
    ),
    "edit a user": (lambda s, o, c: s.accounts.update(o, c.bao.id, name="B."), [Action.USER_UPDATED]),
    "delete": (CHANGES["delete"], [Action.SERVICE_ACCOUNT_DELETED]),
    "delete a user": (lambda s, o, c: s.accounts.delete(o, c.bao.id), [Action.USER_REMOVED]),
    "grant": (CHANGES["grant"], [Action.ORG_ADMIN_ADDED]),
    "demote who is no admin": (CHANGES["demote"], []),
    "demote": (
        one_after_another(CHANGES["grant"], CHANGES["demote"]),
        [Action.ORG_ADMIN_ADDED, Action.ORG_ADMIN_REMOVED],
    ),
    "new key": (CHANGES["new key"], [Action.API_KEY_CREATED]),
    "revoke": (CHANGES["revoke"], [Action.API_KEY_REVOKED]),
    "confirm": (CHANGES["confirm"], [Action.API_KEY_SAVED]),
    "end a session": (
        lambda s, o, c: s.sessions.end(o, c.bao.session_id or ""),
        [Action.SESSION_ENDED],
    ),
    "change the settings": (CHANGES["change the settings"], [Action.ORGANIZATION_UPDATED]),
    "offboard": (CHANGES["offboard"], [Action.USER_DISABLED, Action.USER_OFFBOARDED]),
    "change no setting": (lambda s, o, c: s.organization_settings.update(o, session_hours=12), []),
    "archive": (CHANGES["archive"], [Action.AUDIT_ARCHIVED]),
    "assign": (CHANGES["assign"], [Action.SERVICE_ACCOUNT_ADDED_TO_TEAM]),
    "add a person": (
        lambda s, o, c: s.teams.add(o, c.team_id, c.bao.id, c.role_id),
        [Action.USER_ADDED_TO_TEAM],
    ),
    "change a role": (
        one_after_another(
            CHANGES["assign"],
            lambda s, o, c: s.teams.set_role(
                o, c.team_id, c.bot.account_id, s.roles.find(o, "Viewer").id, c.role_id
            ),
        ),
        [Action.SERVICE_ACCOUNT_ADDED_TO_TEAM, Action.SERVICE_ACCOUNT_ROLE_CHANGED_IN_TEAM],
    ),
    "change a person's role": (
        one_after_another(
            lambda s, o, c: s.teams.add(o, c.team_id, c.bao.id, c.role_id),
            lambda s, o, c: s.teams.set_role(o, c.team_id, c.bao.id, s.roles.find(o, "Viewer").id),
        ),
        [Action.USER_ADDED_TO_TEAM, Action.USER_ROLE_CHANGED_IN_TEAM],
    ),
    "the same role": (
        one_after_another(CHANGES["assign"], CHANGES["change a role"]),
        [Action.SERVICE_ACCOUNT_ADDED_TO_TEAM],
    ),
    "unassign": (
        one_after_another(CHANGES["assign"], CHANGES["unassign"]),
        [Action.SERVICE_ACCOUNT_ADDED_TO_TEAM, Action.SERVICE_ACCOUNT_REMOVED_FROM_TEAM],
    ),
    "unassign a person": (
        one_after_another(
            lambda s, o, c: s.teams.add(o, c.team_id, c.bao.id, c.role_id),
            lambda s, o, c: s.teams.remove(o, c.team_id, c.bao.id),
        ),
        [Action.USER_ADDED_TO_TEAM, Action.USER_REMOVED_FROM_TEAM],
    ),
    "new team": (CHANGES["new team"], [Action.TEAM_CREATED]),
    "rename a team": (CHANGES["rename a team"], [Action.TEAM_UPDATED]),
    "delete a team": (CHANGES["delete a team"], [Action.TEAM_DELETED]),
    "new role": (CHANGES["new role"], [Action.ROLE_CREATED]),
    "edit a role": (CHANGES["edit a role"], [Action.ROLE_UPDATED]),
    "edit nothing of a role": (
        lambda s, o, c: s.roles.update(o, c.custom_role_id, name="Release Bot", permissions=["run_scans"]),
        [],
    ),
    "duplicate a role": (CHANGES["duplicate a role"], [Action.ROLE_CREATED]),
    "delete a role": (CHANGES["delete a role"], [Action.ROLE_DELETED]),
    "delete a role and move who holds it": (
        one_after_another(
            lambda s, o, c: s.teams.add(o, c.team_id, c.bot.account_id, c.custom_role_id),
            lambda s, o, c: s.teams.add(o, c.team_id, c.bao.id, c.custom_role_id),
            lambda s, o, c: s.roles.delete(o, c.custom_role_id, c.role_id),
        ),
        [
            Action.SERVICE_ACCOUNT_ADDED_TO_TEAM,
            Action.USER_ADDED_TO_TEAM,
            Action.USER_ROLE_CHANGED_IN_TEAM,
            Action.SERVICE_ACCOUNT_ROLE_CHANGED_IN_TEAM,
            Action.ROLE_DELETED,
        ],
    ),
    "invite": (CHANGES["invite"], [Action.USER_ADDED]),
    "reset": (lambda s, o, c: s.users.reset_password(o, c.bao.id), [Action.PASSWORD_RESET]),
    "new webhook": (CHANGES["new webhook"], [Action.WEBHOOK_CREATED]),
    "webhooks": (
        one_after_another(
            *(
                CHANGES[name]
                for name in (
                    "edit a webhook",
                    "pause a webhook",
                    "resume a webhook",
                    "another secret",
                    "test a webhook",
                    "send what is parked",
                    "drop what is parked",
                )
            ),
            lambda s, o, c: s.webhooks.resend(o, c.webhook_id, _newest_test(s, o)),
            CHANGES["delete a webhook"],
        ),
        [
            Action.WEBHOOK_UPDATED,
            Action.WEBHOOK_UPDATED,
            Action.WEBHOOK_UPDATED,
            Action.WEBHOOK_SECRET_REGENERATED,
            Action.WEBHOOK_TESTED,
            Action.WEBHOOK_RESENT,
            Action.WEBHOOK_DELETED,
        ],
    ),
}


def _newest_test(services: Services, operator: Operator) -> str:
    page = services.audit.list(operator, AuditQuery(action=Action.WEBHOOK_TESTED, limit=1))
    return getattr(page.events[0], "id", "") if page.events else ""


@pytest.mark.parametrize("name", R8_EVENTS)
def test_r8_every_change_tells_of_itself_once(
    name: str, services: Services, admin: Operator, cast: Cast
) -> None:
    attempt, expected = R8_EVENTS[name]
    before = events(services, admin)
    attempt(services, admin, cast)
    told = latest(services, admin)[: events(services, admin) - before]
    assert [event.action for event in reversed(told)] == expected
    assert all(event.actor.id == admin.id for event in told)
    assert services.audit.verify(admin).intact


def test_r8_sign_ins_and_failures_tell_of_themselves_and_bookkeeping_does_not(
    services: Services, admin: Operator, cast: Cast, clock: SetClock
) -> None:
    before = events(services, admin)
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    assert services.verifier.verify(cast.bot.key)  # notes the use of the key, and that it was the first
    clock.forward(minutes=5)
    assert services.verifier.verify(cast.bot.key)  # notes no more than the use
    with pytest.raises(SignInFailed):
        services.sign_in.with_password(ADMIN_EMAIL, Secret("not the password at all"))
    services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD))
    told = latest(services, admin)[: events(services, admin) - before]
    assert [event.action for event in reversed(told)] == [
        Action.SERVICE_ACCOUNT_ADDED_TO_TEAM,
        Action.API_KEY_FIRST_USED,
        Action.LOGIN_FAILED,
        Action.LOGIN,
    ]


@pytest.mark.damages_the_store
@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ("UPDATE audit_events SET description = 'nothing' WHERE sequence = 2", "edited"),
        ("UPDATE audit_events SET actor_email = NULL WHERE sequence = 2", "edited"),
        ("UPDATE audit_events SET action = 'nothing_happened' WHERE sequence = 2", "edited"),
        ("UPDATE audit_events SET target = 'BOGUS' WHERE sequence = 2", "edited"),
        ("UPDATE audit_events SET metadata = '{' WHERE sequence = 2", "edited"),
        ("UPDATE audit_events SET metadata = '[]' WHERE sequence = 2", "edited"),
        (
            'UPDATE audit_events SET metadata = \'{"admin": false, "admin": true}\' WHERE sequence = 2',
            "edited",
        ),
        ("DELETE FROM audit_head", "newest"),
        ("DELETE FROM audit_events WHERE sequence = 2", "missing"),
        ("DELETE FROM audit_events WHERE sequence = (SELECT max(sequence) FROM audit_events)", "newest"),
        ("UPDATE audit_events SET previous_hash = hash WHERE sequence = 3", "does not follow"),
    ],
)
def test_r8_a_damaged_trail_is_found(
    damage: str, problem: str, services: Services, admin: Operator, cast: Cast, store_url: str
) -> None:
    assert services.audit.verify(admin).intact
    engine = open_engine(parse_url(store_url))
    with engine.begin() as connection:
        connection.execute(text(damage))
    engine.dispose()
    verdict = services.audit.verify(admin)
    assert not verdict.intact
    assert problem in str(verdict.problem)


@pytest.mark.damages_the_store
def test_r8_a_time_that_is_none_is_found(
    services: Services, admin: Operator, store_url: str, cast: Cast
) -> None:
    if not store_url.startswith("sqlite"):
        pytest.skip("PostgreSQL takes no text for a time")
    engine = open_engine(parse_url(store_url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit_events SET created_at = 'yesterday' WHERE sequence = 2"))
    engine.dispose()
    assert services.audit.verify(admin).problem == "an event was edited"


@pytest.mark.damages_the_store
def test_a_damaged_event_is_no_defect_of_the_list(
    services: Services, admin: Operator, store_url: str, cast: Cast
) -> None:
    engine = open_engine(parse_url(store_url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit_events SET metadata = '{' WHERE sequence = 2"))
    engine.dispose()
    listed = services.audit.list(admin, AuditQuery(limit=100)).events
    assert [event.sequence for event in listed] == list(range(len(listed), 0, -1))
    assert "Event 2 was edited" in listed[-2].description


@pytest.mark.parametrize("odd", ["a\0b", "\0", "\udcff"])
def test_what_no_database_can_hold_is_found_nowhere(odd: str, services: Services, admin: Operator) -> None:
    assert not services.accounts.page(admin, AccountQuery(text=odd), PageRequest())
    assert services.teams.count(admin, TeamQuery(text=odd)) == 0
    assert services.audit.list(admin, AuditQuery(actor_id=odd)).total == 0
    for find in (services.accounts.find, services.teams.find, services.roles.find):
        with pytest.raises(NotFound):
            find(admin, odd)


def test_a_page_that_no_database_can_count_to_is_empty(services: Services, admin: Operator) -> None:
    assert services.audit.list(admin, AuditQuery(offset=10**30)).events == ()


R9_ENDS: dict[str, tuple[Attempt, Reason]] = {
    "revoke": (CHANGES["revoke"], Reason.REVOKED),
    "disable": (CHANGES["disable"], Reason.DISABLED),
    "unassign": (CHANGES["unassign"], Reason.NO_TEAM),
    "delete the team": (CHANGES["delete a team"], Reason.NO_TEAM),
    "delete": (CHANGES["delete"], Reason.UNKNOWN),
}


@pytest.mark.parametrize("name", R9_ENDS)
def test_r9_what_ends_ends_at_the_next_verification(
    name: str, services: Services, admin: Operator, cast: Cast
) -> None:
    attempt, reason = R9_ENDS[name]
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    assert services.verifier.verify(cast.bot.key)
    attempt(services, admin, cast)
    assert services.verifier.verify(cast.bot.key).reason is reason


def test_r9_a_smaller_role_holds_at_the_next_verification(
    services: Services, admin: Operator, cast: Cast
) -> None:
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    assert services.verifier.verify(cast.bot.key, team="red-team", permission="run_scans")
    viewer = services.roles.find(admin, "Viewer")
    services.teams.set_role(admin, cast.team_id, cast.bot.account_id, viewer.id)
    decision = services.verifier.verify(cast.bot.key, team="red-team", permission="run_scans")
    assert decision.reason is Reason.LACKS_PERMISSION
    allowed = services.verifier.verify(cast.bot.key, team="red-team")
    assert [grant.permissions for grant in allowed.grants] == [viewer.permissions]


def test_r10_the_second_of_two_editors_is_told_what_changed_and_by_whom(
    services: Services, admin: Operator, cast: Cast
) -> None:
    dana = invite(services, admin, "dana@acme.example", global_admin=True)
    opened = services.accounts.show(admin, cast.bot.account_id)
    services.accounts.update(dana, cast.bot.account_id, name="ci-runner", version=opened.version)
    with pytest.raises(Conflict, match=r"Dana \(.*\) changed this account .*Changed name of ci-runner"):
        services.accounts.update(admin, cast.bot.account_id, description="mine", version=opened.version)
    now = services.accounts.show(admin, cast.bot.account_id)
    assert (now.summary.name, now.description) == ("ci-runner", "")


def test_r10_holds_for_teams_roles_and_what_was_deleted(
    services: Services, admin: Operator, cast: Cast
) -> None:
    dana = invite(services, admin, "dana@acme.example", global_admin=True)
    team = services.teams.show(admin, cast.team_id)
    services.teams.rename(dana, cast.team_id, "Crimson", version=team.version)
    with pytest.raises(Conflict, match=r"Dana \(.*\) changed this team"):
        services.teams.rename(admin, cast.team_id, "Scarlet", version=team.version)
    services.teams.add(dana, cast.team_id, cast.bot.account_id, cast.role_id)
    viewer = services.roles.find(admin, "Viewer")
    services.teams.set_role(dana, cast.team_id, cast.bot.account_id, viewer.id, cast.role_id)
    with pytest.raises(Conflict, match=r"Dana \(.*\) changed this role"):
        services.teams.set_role(admin, cast.team_id, cast.bot.account_id, viewer.id, cast.role_id)
    services.accounts.delete(dana, cast.bot.account_id)
    with pytest.raises(NotFound, match=r"Dana \(.*\) deleted this account"):
        services.accounts.update(admin, cast.bot.account_id, name="gone")


@pytest.mark.parametrize("name", R8_EVENTS)
def test_r11_a_failure_leaves_the_store_as_it_was(
    name: str,
    services: Services,
    admin: Operator,
    cast: Cast,
    store_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from sqlalchemy.exc import OperationalError

    from pftui.repositories.unit_of_work import UnitOfWork

    before, told = snapshot(store_url), events(services, admin)

    def fail(unit: UnitOfWork) -> None:
        unit.flush()
        raise OperationalError("COMMIT", None, Exception("the line broke"))

    with monkeypatch.context() as patched:
        patched.setattr(UnitOfWork, "commit", fail)
        with pytest.raises(StoreUnavailable, match="Nothing was changed"):
            R8_EVENTS[name][0](services, admin, cast)
    assert (snapshot(store_url), events(services, admin)) == (before, told)


def test_who_is_no_admin_sees_themselves_and_their_own_teams(
    services: Services, admin: Operator, cast: Cast
) -> None:
    services.teams.create(admin, "Secret project")
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    services.teams.add(admin, cast.team_id, cast.bao.id, cast.role_id)
    seen = services.accounts.page(cast.bao, AccountQuery(), PageRequest())
    assert [row.id for row in seen] == [cast.bao.id]
    assert services.accounts.count(cast.bao, AccountQuery()).total == 1
    assert services.accounts.count(cast.bao, AccountQuery(text="alice")).total == 0
    with pytest.raises(NotFound):
        services.accounts.show(cast.bao, cast.bot.account_id)
    with pytest.raises(NotFound):
        services.accounts.find(cast.bao, "ci-bot")
    teams = services.teams.page(cast.bao, TeamQuery(), PageRequest())
    assert [(team.name, team.created_by) for team in teams] == [("Red Team", "")]
    assert services.teams.count(cast.bao, TeamQuery()) == 1
    people = services.teams.members(cast.bao, cast.team_id, Kind.USER, PageRequest())
    assert [member.id for member in people] == [cast.bao.id]
    assert not services.teams.members(cast.bao, cast.team_id, Kind.SERVICE_ACCOUNT, PageRequest())
    for forbidden in (
        lambda: services.audit.list(cast.bao, AuditQuery()),
        lambda: services.keys.list(cast.bao, cast.bot.account_id),
    ):
        with pytest.raises(Forbidden):
            forbidden()


def test_a_disabled_person_cannot_sign_in(services: Services, admin: Operator, cast: Cast) -> None:
    services.accounts.disable(admin, cast.bao.id)
    with pytest.raises(SignInFailed):
        services.sign_in.with_password("bao@acme.example", Secret(OWN_PASSWORD))


def test_r1_a_revoked_key_and_a_reset_password_end_what_is_under_way(
    services: Services, admin: Operator
) -> None:
    robot = services.service_accounts.create(admin, name="robot", global_admin=True)
    operator = services.sign_in.with_key(robot.key)
    services.teams.create(operator, "While it may")
    services.keys.revoke(admin, robot.key_id)
    with pytest.raises(SignInFailed, match="revoked"):
        services.teams.create(operator, "No longer")
    dana = invite(services, admin, "dana@acme.example", global_admin=True)
    services.users.reset_password(admin, dana.id)
    with pytest.raises(SignInFailed, match="temporary"):
        services.teams.create(dana, "No longer")


def test_a_temporary_password_opens_nothing_but_its_own_change(services: Services, admin: Operator) -> None:
    new = services.users.create(admin, email="new@acme.example", name="New", global_admin=True)
    operator = services.sign_in.with_password("new@acme.example", new.password).operator
    for attempt in (
        lambda: services.accounts.page(operator, AccountQuery(), PageRequest()),
        lambda: services.teams.create(operator, "Too early"),
    ):
        with pytest.raises(SignInFailed, match="temporary"):
            attempt()
    services.sign_in.change_password(operator, new.password, Secret(OWN_PASSWORD))
    services.teams.create(operator, "In time")


def test_r10_a_failed_sign_in_hides_nobody_who_changed_something(services: Services, admin: Operator) -> None:
    dana = invite(services, admin, "dana@acme.example", global_admin=True)
    opened = services.accounts.show(admin, admin.id)
    services.accounts.update(dana, admin.id, name="Alice N.", version=opened.version)
    with pytest.raises(SignInFailed):
        services.sign_in.with_password(ADMIN_EMAIL, Secret("not the password at all"))
    with pytest.raises(Conflict, match=r"Dana \(.*\) changed this account"):
        services.accounts.update(admin, admin.id, name="Alice", version=opened.version)


TWICE: dict[str, tuple[Attempt, Attempt]] = {
    "disable": (CHANGES["disable"], CHANGES["disable"]),
    "enable": (one_after_another(CHANGES["disable"], CHANGES["enable"]), CHANGES["enable"]),
    "grant": (CHANGES["grant"], CHANGES["grant"]),
    "revoke": (one_after_another(CHANGES["grant"], CHANGES["demote"]), CHANGES["demote"]),
    "revoke a key": (CHANGES["revoke"], CHANGES["revoke"]),
    "confirm": (CHANGES["confirm"], CHANGES["confirm"]),
    "set the role": (CHANGES["assign"], CHANGES["change a role"]),
    "set the role again": (
        one_after_another(
            CHANGES["assign"],
            lambda s, o, c: s.teams.set_role(o, c.team_id, c.bot.account_id, s.roles.find(o, "Viewer").id),
            CHANGES["change a role"],
        ),
        lambda s, o, c: s.teams.set_role(o, c.team_id, c.bot.account_id, c.role_id, c.role_id),
    ),
}


@pytest.mark.parametrize("name", TWICE)
def test_r10_what_is_so_already_tells_who_did_it_and_changes_nothing(
    name: str, services: Services, admin: Operator, cast: Cast, store_url: str, clock: SetClock
) -> None:
    first, second = TWICE[name]
    dana = invite(services, admin, "dana@acme.example", global_admin=True)
    clock.forward(minutes=5)
    first(services, dana, cast)
    when = clock()
    clock.forward(hours=1)
    before, told = snapshot(store_url), events(services, admin)
    said = second(services, admin, cast)
    so = said.already if isinstance(said, RevokedKey) else said
    assert so == AlreadySo("dana@acme.example", when)
    assert (snapshot(store_url), events(services, admin)) == (before, told)


def test_r10_what_was_so_from_the_beginning_names_who_made_it_or_nobody(
    services: Services, admin: Operator, cast: Cast, clock: SetClock
) -> None:
    account_id = cast.bot.account_id
    assert services.accounts.enable(admin, account_id) == AlreadySo()
    assert services.accounts.revoke_admin(admin, account_id) == AlreadySo()
    made = services.service_accounts.create(admin, name="root-bot", global_admin=True)
    assert services.accounts.grant_admin(admin, made.account_id) == AlreadySo(ADMIN_EMAIL, clock())
    services.verifier.verify(made.key)  # its first use says that it is kept
    first_use = AlreadySo(f"root-bot (pfsa_{made.key_id}…)", clock())
    assert services.keys.confirm_saved(admin, made.key_id) == first_use


def test_r10_a_role_names_who_changed_the_role(services: Services, admin: Operator, cast: Cast) -> None:
    dana = invite(services, admin, "dana@acme.example", global_admin=True)
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    viewer = services.roles.find(admin, "Viewer").id
    services.teams.set_role(dana, cast.team_id, cast.bot.account_id, viewer)
    services.accounts.update(admin, cast.bot.account_id, description="something else")
    with pytest.raises(Conflict, match=r"Dana \(.*\) changed this role .*from CI Runner to Viewer"):
        services.teams.set_role(admin, cast.team_id, cast.bot.account_id, viewer, cast.role_id)


TWINS = ["ci-bot\u200d", "ci\u200c-bot", "ci-bot\ufe0f", "ci-bot\U000e0041", "\ufe0eCI-BOT"]


@pytest.mark.parametrize("twin", TWINS)
def test_r6_what_draws_nothing_makes_no_other_name(
    twin: str, services: Services, admin: Operator, cast: Cast
) -> None:
    with pytest.raises(Taken):
        services.service_accounts.create(admin, name=twin)


@pytest.mark.parametrize("name", ["ci\u034f-bot", "ci\u17b4-bot", "ci\u206a-bot", "\u2800", "ci\u180b-bot"])
def test_r6_characters_that_draw_nothing_are_refused(
    name: str, services: Services, admin: Operator, cast: Cast
) -> None:
    with pytest.raises(InvalidInput, match="invisible"):
        services.service_accounts.create(admin, name=name)


def test_r6_no_reference_ever_fits_two_teams(services: Services, admin: Operator, cast: Cast) -> None:
    with pytest.raises(Taken, match="what programs call the team Red Team"):
        services.teams.create(admin, "red-team")
    services.teams.create(admin, "blue-team-2")
    services.teams.create(admin, "Blue Team")
    assert services.teams.create(admin, "Blue  Team!").slug == "blue-team-3"


def test_who_is_no_admin_learns_nothing_by_naming_others(
    services: Services, admin: Operator, cast: Cast
) -> None:
    secret = services.teams.create(admin, "Secret project")
    services.teams.add(admin, cast.team_id, cast.bao.id, cast.role_id)
    services.teams.delete(admin, secret.id)
    with pytest.raises(NotFound, match="or you may not see it"):
        services.teams.show(cast.bao, secret.id)
    seen = services.teams.page(cast.bao, TeamQuery(without_account=cast.bao.id), PageRequest())
    assert [team.name for team in seen] == ["Red Team"]
    own = services.accounts.page(cast.bao, AccountQuery(), PageRequest(after=cast.bot.account_id))
    assert [row.id for row in own] == [cast.bao.id]
    told = events(services, admin)
    with pytest.raises(Forbidden):
        services.keys.list(cast.bao)
    assert events(services, admin) == told + 1


def test_r6_no_team_is_called_like_another_ones_id(services: Services, admin: Operator, cast: Cast) -> None:
    for name in (cast.team_id, cast.team_id.upper()):
        with pytest.raises(Taken, match="This is what programs call the team Red Team"):
            services.teams.create(admin, name)
    assert services.teams.create(admin, cast.team_id.replace("-", " ")).slug == f"{cast.team_id}-2"


def test_a_list_that_is_gone_through_loses_no_row_to_a_rename_or_a_deletion(
    services: Services, admin: Operator
) -> None:
    for number in range(9):
        services.teams.create(admin, f"t{number}")
    page = partial(services.teams.page, admin, TeamQuery())
    first = page(PageRequest(size=4))
    last = first[-1]
    services.teams.rename(admin, last.id, "zulu")
    services.teams.delete(admin, first[0].id)
    rest = page(PageRequest(offset=4, size=20, after_key=(fold(last.name), last.id)))
    names = [team.name for team in rest]
    assert names == ["t3", "t4", "t5", "t6", "t7", "t8", "zulu"] or names[0] > last.name
    assert "t8" in names
    assert len(names) == len(set(names))


def test_r1_a_position_tells_nobody_of_others(services: Services, admin: Operator, cast: Cast) -> None:
    services.teams.add(admin, cast.team_id, cast.bao.id, cast.role_id)
    before = services.teams.position(cast.bao, TeamQuery(without_account=cast.bot.account_id), cast.team_id)
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    after = services.teams.position(cast.bao, TeamQuery(without_account=cast.bot.account_id), cast.team_id)
    assert before == after == 0
    for neighbour in (admin.id, cast.bot.account_id, "nobody"):
        request = PageRequest(after=neighbour)
        members = services.teams.members(cast.bao, cast.team_id, Kind.USER, request)
        assert [each.account.id for each in members] == [cast.bao.id]


def test_r6_whoever_can_be_invited_can_sign_in(services: Services, admin: Operator) -> None:
    for email in ("ali\u0600ce@acme.example", "ali\u200dce2@acme.example"):
        new = services.users.create(admin, email=email, name="Ali")
        assert services.sign_in.with_password(email, new.password).operator.id == new.account_id
