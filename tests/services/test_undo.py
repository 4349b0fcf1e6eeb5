"""One's own last change, taken back: only as it was left, and told of as a change of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pftui.domain.accounts import Operator
from pftui.domain.audit import AuditQuery
from pftui.domain.clock import UNKNOWN_TIME
from pftui.domain.errors import Conflict, Forbidden, NotFound, Taken
from pftui.domain.secret import Secret
from pftui.services.contracts import Services
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.services.conftest import Cast

OWN = "cobalt otter fjord lantern"
Made = Callable[[Services, Operator, Cast], object]


def state(services: Services, admin: Operator, cast: Cast) -> tuple[object, ...]:
    """What the changes below change."""
    bot = services.accounts.show(admin, cast.bot.account_id)
    bao = services.accounts.show(admin, cast.bao.id)
    roles = [(each.team_name, each.role_name) for each in bot.assignments]
    team = services.teams.show(admin, cast.team_id)
    return bot.summary.name, bot.description, bot.disabled, roles, bao.email, bao.summary.name, team.name


def viewer(services: Services, admin: Operator) -> str:
    return services.roles.find(admin, "Viewer").id


CHANGES: dict[str, Made] = {
    "rename an account": lambda s, o, c: s.accounts.update(
        o, c.bot.account_id, name="other", description="for tests"
    ),
    "rename a person": lambda s, o, c: s.accounts.update(o, c.bao.id, name="Bo"),
    "rename a team": lambda s, o, c: s.teams.rename(o, c.team_id, "Other"),
    "disable": lambda s, o, c: s.accounts.disable(o, c.bot.account_id),
    "another role": lambda s, o, c: s.teams.set_role(o, c.team_id, c.bot.account_id, viewer(s, o)),
    "unassign": lambda s, o, c: s.teams.remove(o, c.team_id, c.bot.account_id),
}
#: The same thing changed by another admin afterwards.
SINCE: dict[str, Made] = {
    "rename an account": lambda s, o, c: s.accounts.update(o, c.bot.account_id, name="third"),
    "rename a person": lambda s, o, c: s.accounts.update(o, c.bao.id, name="Bao"),
    "rename a team": lambda s, o, c: s.teams.rename(o, c.team_id, "Third"),
    "disable": lambda s, o, c: (
        s.accounts.enable(o, c.bot.account_id),
        s.accounts.disable(o, c.bot.account_id),
    ),
    "another role": lambda s, o, c: s.teams.set_role(
        o, c.team_id, c.bot.account_id, s.roles.find(o, "Engineer").id
    ),
    "unassign": lambda s, o, c: s.teams.add(o, c.team_id, c.bot.account_id, viewer(s, o)),
}


@pytest.fixture
def dana(services: Services, admin: Operator) -> Operator:
    """Another global admin."""
    new = services.users.create(admin, email="dana@acme.example", name="Dana Levi", global_admin=True)
    dana = services.sign_in.with_password("dana@acme.example", new.password).operator
    return services.sign_in.change_password(dana, new.password, Secret(OWN))


@pytest.fixture(autouse=True)
def assigned(services: Services, admin: Operator, cast: Cast) -> None:
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)


def last(services: Services, operator: Operator) -> str:
    found = services.undo.last(operator, UNKNOWN_TIME)
    assert found is not None
    return found.event_id


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed_is_as_before_and_an_event_of_its_own_says_so(
    name: str, services: Services, admin: Operator, cast: Cast
) -> None:
    before = state(services, admin, cast)
    CHANGES[name](services, admin, cast)
    assert state(services, admin, cast) != before
    made = services.audit.list(admin, AuditQuery(limit=1)).events[0]
    found = services.undo.last(admin, UNKNOWN_TIME)
    assert found is not None
    assert found.description == made.description
    assert services.undo.undo(admin, found.event_id) == made.description
    assert state(services, admin, cast) == before
    told = services.audit.list(admin, AuditQuery(limit=2)).events
    assert told[1].as_json()["id"] == found.event_id
    assert told[0].as_json()["metadata"]["undoes"] == found.event_id
    assert services.audit.verify(admin).intact
    with pytest.raises(Conflict):
        services.undo.undo(admin, found.event_id)
    assert services.undo.last(admin, UNKNOWN_TIME) is None


@pytest.mark.parametrize("name", CHANGES)
def test_r10_what_somebody_has_changed_since_stays(
    name: str, services: Services, admin: Operator, dana: Operator, cast: Cast
) -> None:
    CHANGES[name](services, admin, cast)
    undoable = last(services, admin)
    SINCE[name](services, dana, cast)
    after = state(services, admin, cast)
    with pytest.raises(Conflict, match=r"Dana Levi \(dana@acme.example\) changed the same since"):
        services.undo.undo(admin, undoable)
    assert state(services, admin, cast) == after


def test_one_after_another_goes_back_all_the_way(services: Services, admin: Operator, cast: Cast) -> None:
    before = state(services, admin, cast)
    for name in ("Second", "Third"):
        services.teams.rename(admin, cast.team_id, name)
    services.accounts.disable(admin, cast.bot.account_id)
    for _ in range(3):
        services.undo.undo(admin, last(services, admin))
    assert state(services, admin, cast) == before
    assert services.undo.last(admin, UNKNOWN_TIME) is None


def test_only_ones_own_and_only_since_the_sign_in(
    services: Services, admin: Operator, dana: Operator, cast: Cast, clock: SetClock
) -> None:
    services.teams.rename(admin, cast.team_id, "Other")
    undoable = last(services, admin)
    assert services.undo.last(dana, UNKNOWN_TIME) is None
    with pytest.raises(NotFound):
        services.undo.undo(dana, undoable)
    elsewhere = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
    assert services.undo.last(elsewhere, UNKNOWN_TIME) is None, "another session of the same person"
    clock.forward(seconds=1)
    assert services.undo.last(admin, clock()) is None


def test_a_name_that_is_taken_by_now_is_not_given_twice(
    services: Services, admin: Operator, cast: Cast
) -> None:
    old = services.teams.show(admin, cast.team_id).name
    services.teams.rename(admin, cast.team_id, "Other")
    undoable = last(services, admin)
    other = services.teams.create(admin, "Elsewhere")
    services.accounts.update(admin, cast.bot.account_id, name="bot-2")
    services.accounts.update(admin, cast.bot.account_id, name="ci-bot")
    services.teams.delete(admin, other.id)
    services.service_accounts.create(admin, name="bot-2")
    renamed = last(services, admin)
    with pytest.raises(Taken):
        services.undo.undo(admin, renamed)
    services.undo.undo(admin, undoable)
    assert services.teams.show(admin, cast.team_id).name == old


def test_what_was_deleted_since_is_told_with_who_did(
    services: Services, admin: Operator, dana: Operator, cast: Cast
) -> None:
    services.accounts.disable(admin, cast.bot.account_id)
    undoable = last(services, admin)
    services.accounts.delete(dana, cast.bot.account_id)
    with pytest.raises(NotFound, match=r"Dana Levi \(dana@acme.example\) deleted this account"):
        services.undo.undo(admin, undoable)


@pytest.mark.parametrize("change", ["another role", "unassign"])
def test_the_role_of_before_is_given_back_whatever_it_is_called_now(
    change: str, services: Services, admin: Operator, dana: Operator, cast: Cast
) -> None:
    mine = services.roles.create(admin, "Scanner", ["run_scans"])
    services.teams.set_role(admin, cast.team_id, cast.bot.account_id, mine.id)
    CHANGES[change](services, admin, cast)
    undoable = last(services, admin)
    services.roles.update(dana, mine.id, name="Old Scanner")
    services.roles.create(dana, "Scanner", ["administrator"])
    services.undo.undo(admin, undoable)
    assert [each.role_name for each in services.accounts.show(admin, cast.bot.account_id).assignments] == [
        "Old Scanner"
    ]


def test_an_address_is_not_given_back(services: Services, admin: Operator, cast: Cast) -> None:
    services.accounts.update(admin, cast.bao.id, name="Bo", email="bo@acme.example")
    assert services.undo.last(admin, UNKNOWN_TIME) is None


def test_r1_who_is_no_admin_any_more_undoes_nothing(
    services: Services, admin: Operator, dana: Operator, cast: Cast
) -> None:
    services.accounts.disable(dana, cast.bot.account_id)
    undoable = last(services, dana)
    services.accounts.revoke_admin(admin, dana.id)
    assert services.undo.last(dana, UNKNOWN_TIME) is None
    with pytest.raises(Forbidden):
        services.undo.undo(dana, undoable)
