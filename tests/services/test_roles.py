"""Custom roles: made, given like predefined ones, changed, and deleted with who holds them moved."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

import pytest
from argon2 import PasswordHasher

from pftui.bootstrap import open_services
from pftui.domain.accounts import Kind, Operator
from pftui.domain.audit import Action, Target
from pftui.domain.clock import UNKNOWN_TIME
from pftui.domain.decisions import Reason
from pftui.domain.errors import Conflict, InvalidInput, NotFound, PftuiError, RoleKept, Taken
from pftui.domain.paging import PageRequest
from pftui.domain.permissions import PREDEFINED_ROLES, Permission
from pftui.services import hashing, roles
from pftui.services.contracts import Services
from tests.conftest import SetClock
from tests.services.conftest import Cast
from tests.trail import latest

Attempt = Callable[[Services, Operator, Cast], object]
RUN, TARGETS, VIEW = Permission.RUN_SCANS, Permission.MANAGE_TARGETS, Permission.VIEW_EVALUATIONS


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "PASSWORDS", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def held(services: Services, admin: Operator, cast: Cast) -> Cast:
    """The custom role is held: by the bot in two teams, by a person in one of them."""
    blue = services.teams.create(admin, "Blue Team")
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.custom_role_id)
    services.teams.add(admin, blue.id, cast.bot.account_id, cast.custom_role_id)
    services.teams.add(admin, cast.team_id, cast.bao.id, cast.custom_role_id)
    return cast


def test_a_role_is_made_of_permissions_older_names_too(services: Services, admin: Operator) -> None:
    role = services.roles.create(admin, " Auditor ", ["view_results", "manage_targets"], "Looks at all.")
    assert (role.name, role.description, role.predefined, role.version) == (
        "Auditor",
        "Looks at all.",
        False,
        1,
    )
    assert role.permissions == (TARGETS, VIEW, Permission.VIEW_ISSUES)
    assert services.roles.show(admin, role.id) == services.roles.find(admin, "auditor") == role
    assert services.roles.list(admin)[-1] == role
    event = latest(services, admin)[0]
    assert (event.action, event.target, event.target_id) == (Action.ROLE_CREATED, Target.ROLE, role.id)
    assert event.metadata == {
        "name": "Auditor", "permissions": ["manage_targets", "view_evaluations", "view_issues"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "permissions", "field"),
    [
        ("", ["run_scans"], "name"),
        ("x" * 81, ["run_scans"], "name"),
        ("a\u202eb", ["run_scans"], "name"),
        ("Auditor", [], "permissions"),
        ("Auditor", ["fly"], "permissions"),
    ],
)
def test_r6_bad_input_is_told_beside_its_field(
    name: str, permissions: list[str], field: str, services: Services, admin: Operator, cast: Cast
) -> None:
    before = services.roles.list(admin)
    attempts: list[Callable[[], object]] = [
        lambda: services.roles.create(admin, name, permissions),
        lambda: services.roles.update(admin, cast.custom_role_id, name=name, permissions=permissions),
    ]
    for attempt in attempts:
        with pytest.raises(InvalidInput) as refused:
            attempt()
        assert refused.value.field == field
    assert services.roles.list(admin) == before


@pytest.mark.parametrize("name", ["viewer", "VIEWER", "CI  Runner", "Ｖiewer", "Vіewer"])
def test_r6_a_role_has_a_name_of_its_own(name: str, services: Services, admin: Operator, cast: Cast) -> None:
    attempts: list[Callable[[], object]] = [
        lambda: services.roles.create(admin, name, ["run_scans"]),
        lambda: services.roles.duplicate(admin, cast.role_id, name),
        lambda: services.roles.update(admin, cast.custom_role_id, name=name),
    ]
    for attempt in attempts:
        with pytest.raises(Taken) as taken:
            attempt()
        assert taken.value.field == "name"
    assert services.roles.update(admin, cast.custom_role_id, name="RELEASE bot").name == "RELEASE bot"


@pytest.mark.parametrize("role", [each.name for each in PREDEFINED_ROLES])
def test_r4_a_predefined_role_stays_and_can_be_duplicated(
    role: str, services: Services, admin: Operator, cast: Cast
) -> None:
    before = services.roles.find(admin, role)
    for attempt in (
        lambda: services.roles.update(admin, before.id, name="Other"),
        lambda: services.roles.update(admin, before.id, permissions=["run_scans"]),
        lambda: services.roles.delete(admin, before.id, cast.custom_role_id),
    ):
        with pytest.raises(RoleKept, match=r"predefined role, which cannot be .*duplicate it"):
            attempt()
        event = latest(services, admin)[0]
        assert (event.action, event.metadata["rule"]) == (Action.CHANGE_REFUSED, "R4")
        assert event.metadata["object"] == {"kind": "role", "id": before.id, "name": role}
    assert services.roles.find(admin, role) == before
    copy = services.roles.duplicate(admin, before.id, "A copy")
    assert (copy.permissions, copy.predefined) == (before.permissions, False)
    assert latest(services, admin)[0].metadata["copyOf"] == role


def test_a_custom_role_is_given_and_verified_like_a_predefined_one(
    services: Services, admin: Operator, held: Cast
) -> None:
    decision = services.verifier.verify(held.bot.key, "red-team", "view_results")
    assert (decision.allowed, decision.by) == (True, (RUN, RUN))
    assert decision.message == "Run Scans includes View Evaluations; Run Scans includes View Issues."
    denied = services.verifier.verify(held.bot.key, "blue-team", "manage_targets")
    assert denied.reason is Reason.LACKS_PERMISSION
    new = services.service_accounts.create(
        admin, name="nightly", team_id=held.team_id, role_id=held.custom_role_id
    )
    assert services.verifier.verify(new.key, "red-team", "run_scans").by == (RUN,)
    services.teams.set_role(admin, held.team_id, new.account_id, held.role_id)
    services.teams.set_role(admin, held.team_id, new.account_id, held.custom_role_id)
    role = services.roles.show(admin, held.custom_role_id)
    assert (role.people, role.service_accounts, role.accounts) == (1, 2, 3)


def test_r9_other_permissions_hold_at_the_next_verification(
    services: Services, admin: Operator, held: Cast
) -> None:
    assert services.verifier.verify(held.bot.key, "red-team", "run_scans")
    services.roles.update(admin, held.custom_role_id, permissions=["manage_targets"])
    assert services.verifier.verify(held.bot.key, "red-team", "manage_targets")
    assert not services.verifier.verify(held.bot.key, "red-team", "run_scans")
    assert not services.verifier.verify(held.bot.key, "red-team", "view_issues")


def test_what_is_changed_of_a_role_is_told_from_what_to_what(
    services: Services, admin: Operator, cast: Cast
) -> None:
    changed = services.roles.update(
        admin, cast.custom_role_id, name="Releaser", description="Ships.", permissions=["view_issues", RUN]
    )
    assert (changed.name, changed.description, changed.version) == ("Releaser", "Ships.", 2)
    event = latest(services, admin)[0]
    assert event.description == "Changed name, description, permissions of the role Release Bot"
    assert event.metadata["changes"] == {
        "name": {"from": "Release Bot", "to": "Releaser"},
        "description": {"from": "", "to": "Ships."},
        "permissions": {"from": ["run_scans"], "to": ["run_scans", "view_issues"]},
    }
    same = services.roles.update(admin, cast.custom_role_id, permissions=[RUN, "view_issues"])
    assert (same, latest(services, admin)[0].id) == (changed, event.id)


def test_r10_of_two_who_edit_a_role_the_second_is_told(
    services: Services, admin: Operator, cast: Cast
) -> None:
    opened = services.roles.show(admin, cast.custom_role_id)
    services.roles.update(admin, cast.custom_role_id, opened.version, permissions=["manage_targets"])
    for attempt in (
        lambda: services.roles.update(admin, opened.id, opened.version, name="Mine"),
        lambda: services.roles.delete(admin, opened.id, version=opened.version),
    ):
        with pytest.raises(
            Conflict, match=r"Alice Ng \(alice@.*\) changed this role .*Changed permissions of"
        ):
            attempt()
    now = services.roles.show(admin, opened.id)
    assert (now.name, now.permissions, now.version) == ("Release Bot", (TARGETS,), opened.version + 1)


def test_a_preview_says_who_gains_and_loses_what(services: Services, admin: Operator, held: Cast) -> None:
    preview = services.roles.preview(admin, held.custom_role_id, ["manage_targets", "view_evaluations"])
    assert preview.gained == (TARGETS,)
    assert preview.lost == (RUN, Permission.VIEW_ISSUES), "View Evaluations was included, and is held now"
    held_now = preview.holders
    assert (held_now.accounts, held_now.teams, held_now.assignments) == (2, 2, 3)
    assert [(each.account_name, each.team_name) for each in held_now.listed] == [
        ("Bao", "Red Team"), ("ci-bot", "Blue Team"), ("ci-bot", "Red Team"),
    ]  # fmt: skip
    assert services.roles.show(admin, held.custom_role_id).permissions == (RUN,), "nothing was changed"
    same = services.roles.preview(admin, held.custom_role_id, ["run_scans", "view_results"])
    assert (same.gained, same.lost) == ((), ())


def test_who_is_no_admin_sees_no_other_holder(services: Services, held: Cast) -> None:
    seen = services.roles.holders(held.bao, held.custom_role_id)
    assert [each.account_id for each in seen.listed] == [held.bao.id]
    preview = services.roles.preview(held.bao, held.custom_role_id, ["manage_targets"])
    assert preview.holders == seen
    assert (seen.accounts, seen.teams, seen.assignments) == (1, 1, 1)


def test_r4_a_role_that_is_held_is_deleted_only_with_another_in_its_place(
    services: Services, admin: Operator, held: Cast
) -> None:
    with pytest.raises(RoleKept) as kept:
        services.roles.delete(admin, held.custom_role_id)
    assert "held by 2 accounts in 2 teams: Bao in Red Team, ci-bot in Blue Team" in kept.value.message
    assert latest(services, admin)[0].metadata["rule"] == "R4"
    with pytest.raises(InvalidInput, match="itself"):
        services.roles.delete(admin, held.custom_role_id, held.custom_role_id)
    with pytest.raises(NotFound, match="There is no such role"):
        services.roles.delete(admin, held.custom_role_id, "none")
    assert services.roles.delete(admin, held.custom_role_id, held.role_id) == 3
    with pytest.raises(NotFound, match="deleted this role meanwhile"):
        services.roles.show(admin, held.custom_role_id)
    runner = services.roles.show(admin, held.role_id)
    assert (runner.people, runner.service_accounts) == (1, 1)
    event, moved = latest(services, admin)[:2]
    assert event.metadata == {
        "name": "Release Bot", "permissions": ["run_scans"], "moved": 3,
        "movedTo": {"id": held.role_id, "name": "CI Runner"},
    }  # fmt: skip
    assert moved.metadata["changes"] == {"role": {"from": "Release Bot", "to": "CI Runner"}}
    assert services.undo.last(admin, UNKNOWN_TIME) is None, "there is no role to bring back"
    assert services.verifier.verify(held.bot.key, "blue-team", "create_evaluations")


def test_however_many_hold_a_role_it_is_moved_in_a_few_statements(
    services: Services, admin: Operator, held: Cast
) -> None:
    """And their counts and events are right: `sqlite_path` and its like look over what the test leaves."""
    runner = services.roles.show(admin, held.role_id)
    services.teams.add(admin, services.teams.find(admin, "Blue Team").id, held.bao.id, held.role_id)
    services.roles.delete(admin, held.custom_role_id, held.role_id)
    now = services.roles.show(admin, held.role_id)
    assert (now.people, now.service_accounts) == (runner.people + 1, runner.service_accounts + 1)
    assert now.version == runner.version, "nobody has edited it"
    members = services.teams.members(admin, held.team_id, Kind.SERVICE_ACCOUNT, PageRequest())
    assert [row.role_name for row in members] == ["CI Runner"]


def test_thousands_are_moved_some_at_a_time(
    services: Services, admin: Operator, held: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []
    monkeypatch.setattr(roles, "STEP", 1)
    monkeypatch.setattr(roles, "sleep", rests.append)
    told: list[tuple[str, int, int]] = []

    def progress(*how_far: object) -> None:
        told.append(how_far)  # type: ignore[arg-type]

    assert services.roles.delete(admin, held.custom_role_id, held.role_id, progress=progress) == 3
    assert len(rests) == 2, "the bot in both of its teams, then Bao"
    assert [total for _, _, total in told] == [3, 3]
    assert 0 < told[0][1] < told[1][1] <= 3
    runner = services.roles.show(admin, held.role_id)
    assert (runner.people, runner.service_accounts) == (1, 1)
    newest = latest(services, admin)
    assert newest[0].metadata["moved"] == 3
    assert len([event for event in newest if "roleDeleted" in event.metadata]) == 3


def test_what_comes_between_leaves_the_role_says_so_and_is_gone_on_with(
    services: Services, admin: Operator, held: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(_seconds: float) -> None:
        services.roles.update(admin, held.custom_role_id, description="Still needed.")

    monkeypatch.setattr(roles, "STEP", 1)
    monkeypatch.setattr(roles, "sleep", meanwhile)
    version = services.roles.show(admin, held.custom_role_id).version
    with pytest.raises(Conflict, match="changed this role") as told:
        services.roles.delete(admin, held.custom_role_id, held.role_id, version)
    assert re.match(
        r"[12] assignments? got the other role, and the role is there still\. Alice Ng", str(told.value)
    )
    assert "Nothing was changed" not in told.value.message
    left = services.roles.preview(admin, held.custom_role_id, ()).holders.assignments
    assert services.roles.delete(admin, held.custom_role_id, held.role_id) == left < 3


def test_a_role_that_nobody_holds_needs_no_other(services: Services, admin: Operator, cast: Cast) -> None:
    assert services.roles.delete(admin, cast.custom_role_id) == 0
    assert latest(services, admin)[0].description == "Deleted role Release Bot"
    services.roles.create(admin, "Release Bot", ["run_scans"])


def test_a_role_is_deleted_while_somebody_gives_it(
    services: Services, admin: Operator, cast: Cast, store_url: str, clock: SetClock
) -> None:
    """One of the two is first, and the other is told: nobody holds what is not there."""
    for round_ in range(4):
        role = services.roles.create(admin, f"Short {round_}", ["run_scans"])
        account = services.service_accounts.create(admin, name=f"bot {round_}")

        def delete(own: Services, role_id: str = role.id) -> object:
            return own.roles.delete(admin, role_id)

        def give(own: Services, role_id: str = role.id, account_id: str = account.account_id) -> object:
            own.teams.add(admin, cast.team_id, account_id, role_id)
            return None

        outcomes = at_once(store_url, clock, delete, give)
        assert sorted(outcomes) in (["NotFound", "done"], ["RoleKept", "done"])
        held = [each for each in services.roles.list(admin) if each.id == role.id]
        assert bool(held) is ("RoleKept" in outcomes)


def at_once(url: str, clock: SetClock, *attempts: Callable[[Services], object]) -> list[str]:
    """Carry out the attempts at the same moment, each with services of its own; how each ended."""
    barrier, outcomes = threading.Barrier(len(attempts)), []

    def carry_out(attempt: Callable[[Services], object]) -> None:
        own = open_services(url, clock)
        barrier.wait()
        try:
            attempt(own)
            outcomes.append("done")
        except PftuiError as error:
            outcomes.append(type(error).__name__)
        finally:
            own.lifecycle.close()

    threads = [threading.Thread(target=carry_out, args=(attempt,)) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
