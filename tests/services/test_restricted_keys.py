"""What a key may no longer do where the organization says so (R13)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pftui.domain.accounts import Operator
from pftui.domain.audit import Action
from pftui.domain.clock import UNKNOWN_TIME
from pftui.domain.errors import KeysRestricted
from pftui.services.contracts import Services
from tests.services.conftest import NOWHERE, Cast, invite
from tests.services.test_rules import snapshot
from tests.trail import latest

Attempt = Callable[[Services, Operator, Cast, Operator], object]

#: By the key `o`, to itself, to a global admin `d`, or to the organization.
REFUSED: dict[str, Attempt] = {
    "grant": lambda s, o, c, d: s.accounts.grant_admin(o, c.bot.account_id),
    "invite an admin": lambda s, o, c, d: s.users.create(o, email="x@a.example", name="X", global_admin=True),
    "create an admin": lambda s, o, c, d: s.service_accounts.create(o, name="other", global_admin=True),
    "rename an admin": lambda s, o, c, d: s.accounts.update(o, d.id, name="Somebody"),
    "disable an admin": lambda s, o, c, d: s.accounts.disable(o, d.id),
    "enable an admin": lambda s, o, c, d: s.accounts.enable(o, d.id),
    "delete an admin": lambda s, o, c, d: s.accounts.delete(o, d.id),
    "demote an admin": lambda s, o, c, d: s.accounts.revoke_admin(o, d.id),
    "reset an admin's password": lambda s, o, c, d: s.users.reset_password(o, d.id),
    "offboard an admin": lambda s, o, c, d: s.offboarding.offboard(o, d.id, {}),
    "another key of its own": lambda s, o, c, d: s.keys.create(o, o.id),
    "assign itself": lambda s, o, c, d: s.teams.add(o, s.teams.find(o, "default").id, o.id, c.role_id),
    "another role of its own": lambda s, o, c, d: s.teams.set_role(o, c.team_id, o.id, c.role_id),
    "edit its role": lambda s, o, c, d: s.roles.update(o, c.custom_role_id, permissions=["administrator"]),
    "exchange its role": lambda s, o, c, d: s.roles.delete(o, c.custom_role_id, c.role_id),
    "change the settings": lambda s, o, c, d: s.organization_settings.update(o, session_hours=1),
    "lift it": lambda s, o, c, d: s.organization_settings.update(o, keys_restricted=False),
}
ALLOWED: dict[str, Attempt] = {
    "invite": lambda s, o, c, d: s.users.create(o, email="x@a.example", name="X"),
    "create": lambda s, o, c, d: s.service_accounts.create(o, name="other"),
    "rename": lambda s, o, c, d: s.accounts.update(o, c.bot.account_id, name="other"),
    "disable": lambda s, o, c, d: s.accounts.disable(o, c.bot.account_id),
    "delete": lambda s, o, c, d: s.accounts.delete(o, c.bot.account_id),
    "new key": lambda s, o, c, d: s.keys.create(o, c.bot.account_id),
    "revoke": lambda s, o, c, d: s.keys.revoke(o, c.bot.key_id),
    "assign": lambda s, o, c, d: s.teams.add(o, c.team_id, c.bot.account_id, c.role_id),
    "leave": lambda s, o, c, d: s.teams.remove(o, c.team_id, o.id),
    "new role": lambda s, o, c, d: s.roles.create(o, "Scanner", ["run_scans"]),
    "new webhook": lambda s, o, c, d: s.webhooks.create(o, "Chat", NOWHERE, ["api_key.*"]),
    "reset a password": lambda s, o, c, d: s.users.reset_password(o, c.bao.id),
}


@pytest.fixture
def dana(services: Services, admin: Operator, cast: Cast) -> Operator:
    """Another global admin."""
    return invite(services, admin, "dana@acme.example", global_admin=True)


@pytest.fixture
def robot(services: Services, admin: Operator, cast: Cast) -> Operator:
    """The key of a global admin, which is in a team by a custom role."""
    made = services.service_accounts.create(admin, name="robot", global_admin=True)
    services.teams.add(admin, cast.team_id, made.account_id, cast.custom_role_id)
    return services.sign_in.with_key(made.key)


def restrict(services: Services, admin: Operator) -> None:
    assert services.organization_settings.update(admin, keys_restricted=True).keys_restricted


@pytest.mark.parametrize("name", REFUSED)
def test_r13_a_restricted_key_may_not(
    name: str,
    services: Services,
    admin: Operator,
    dana: Operator,
    robot: Operator,
    cast: Cast,
    store_url: str,
) -> None:
    restrict(services, admin)
    before = snapshot(store_url)
    with pytest.raises(KeysRestricted, match="a person does this"):
        REFUSED[name](services, robot, cast, dana)
    assert snapshot(store_url) == before
    event = latest(services, admin, 1)[0]
    assert (event.action, event.metadata["rule"]) == (Action.CHANGE_REFUSED, "R13")


@pytest.mark.parametrize("name", sorted(REFUSED.keys() - {"enable an admin"}))
def test_r13_another_key_may(
    name: str, services: Services, admin: Operator, dana: Operator, robot: Operator, cast: Cast
) -> None:
    assert not services.organization_settings.show(admin).keys_restricted
    REFUSED[name](services, robot, cast, dana)
    assert latest(services, admin, 1)[0].action is not Action.CHANGE_REFUSED


@pytest.mark.parametrize("name", ALLOWED)
def test_r13_what_raises_nobody_it_still_may(
    name: str, services: Services, admin: Operator, dana: Operator, robot: Operator, cast: Cast
) -> None:
    restrict(services, admin)
    ALLOWED[name](services, robot, cast, dana)


@pytest.mark.parametrize("name", ["grant", "change the settings", "invite an admin", "edit its role"])
def test_r13_a_person_does_it(
    name: str, services: Services, admin: Operator, dana: Operator, robot: Operator, cast: Cast
) -> None:
    restrict(services, admin)
    REFUSED[name](services, admin, cast, dana)


def test_r13_nor_by_taking_back_that_it_left(
    services: Services, admin: Operator, robot: Operator, cast: Cast
) -> None:
    restrict(services, admin)
    services.teams.remove(robot, cast.team_id, robot.id)
    last = services.undo.last(robot, UNKNOWN_TIME)
    assert last is not None
    with pytest.raises(KeysRestricted):
        services.undo.undo(robot, last.event_id)
    assert not services.accounts.show(admin, robot.id).assignments
