"""How an actor came, and from where: in every event that somebody is behind (R8)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from pftui.bootstrap import create_store, open_services
from pftui.domain.accounts import Operator
from pftui.domain.audit import Action, AuditQuery
from pftui.domain.errors import Forbidden, SignInFailed
from pftui.domain.secret import Secret
from pftui.domain.source import Source
from pftui.services import store_admin
from pftui.services.contracts import Services
from pftui.services.recovery import reset_password_on_host
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, ORGANIZATION, SetClock
from tests.services.conftest import Cast
from tests.trail import latest, readable

HERE = Source(1000, "jump", "pts/3", "10.0.4.7")
CLAIMED = {"host": "jump", "tty": "pts/3", "address": "10.0.4.7"}
WRONG = Secret("not the password at all")


def newest(services: Services, admin: Operator) -> tuple[Action, Mapping[str, Any]]:
    event = latest(services, admin, 1)[0]
    assert event.as_json().get("source", {}) == event.source
    return event.action, event.source


def test_a_person_comes_by_password(services: Services, admin: Operator) -> None:
    operator = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD), source=HERE).operator
    source = {"by": "password", "sessionId": operator.session_id, "uid": 1000, "claimed": CLAIMED}
    assert newest(services, admin) == (Action.LOGIN, source)
    services.teams.create(operator, "Red Team")
    assert newest(services, admin) == (Action.TEAM_CREATED, source)
    changed = Secret("correct lantern gravel saxophone")
    operator = services.sign_in.change_password(operator, Secret(ADMIN_PASSWORD), changed)
    assert newest(services, operator) == (Action.PASSWORD_CHANGED, source)
    services.sessions.sign_out(operator)
    other = services.sign_in.with_password(ADMIN_EMAIL, changed).operator
    signed_out = latest(services, other, 2)[1]
    assert (signed_out.action, signed_out.source) == (Action.LOGOUT, source)


@pytest.mark.parametrize("email", [ADMIN_EMAIL, "nobody@acme.example"])
def test_who_fails_to_sign_in_has_a_source_too(email: str, services: Services, admin: Operator) -> None:
    with pytest.raises(SignInFailed):
        services.sign_in.with_password(email, WRONG, source=HERE)
    assert newest(services, admin) == (
        Action.LOGIN_FAILED,
        {"by": "password", "uid": 1000, "claimed": CLAIMED},
    )


def test_a_machine_comes_by_a_key(services: Services, admin: Operator) -> None:
    robot = services.service_accounts.create(admin, name="robot", global_admin=True)
    source = {"by": "key", "keyId": robot.key_id, "uid": 1000, "claimed": CLAIMED}
    operator = services.sign_in.with_key(robot.key, source=HERE)
    assert newest(services, admin) == (Action.LOGIN, source)
    services.teams.create(operator, "Red Team")
    assert newest(services, admin) == (Action.TEAM_CREATED, source)


def test_a_key_that_is_refused_has_a_source(services: Services, admin: Operator, cast: Cast) -> None:
    with pytest.raises(Forbidden):
        services.sign_in.with_key(cast.bot.key, source=HERE)
    source = {"by": "key", "keyId": cast.bot.key_id, "uid": 1000, "claimed": CLAIMED}
    assert newest(services, admin) == (Action.LOGIN_FAILED, source)
    with pytest.raises(SignInFailed):
        services.sign_in.with_key(Secret("nonsense"), source=HERE)
    assert newest(services, admin) == (Action.LOGIN_FAILED, {"by": "key", "uid": 1000, "claimed": CLAIMED})


def test_a_refused_change_has_a_source(services: Services, admin: Operator, cast: Cast) -> None:
    bao = services.lifecycle.refresh(cast.bao)
    with pytest.raises(Forbidden):
        services.teams.create(bao, "Blue Team")
    came = {"by": "password", "sessionId": bao.session_id}
    assert newest(services, admin) == (Action.CHANGE_REFUSED, came)


def test_the_owner_of_the_store_comes_by_the_host(
    services: Services, admin: Operator, store_url: str, clock: SetClock
) -> None:
    services.users.create(admin, email="dana@acme.example", name="Dana", global_admin=True)
    reset_password_on_host(store_url, "dana@acme.example", "root", clock, HERE)
    source = {"by": "host", "uid": 1000, "claimed": CLAIMED}
    assert newest(services, admin) == (Action.PASSWORD_RESET, source)


def test_a_backup_is_told_with_its_source(
    services: Services, admin: Operator, store_url: str, clock: SetClock, tmp_path: Path
) -> None:
    if not store_url.startswith("sqlite"):
        pytest.skip("PostgreSQL has its own tools")
    before = latest(services, admin, 1)[0]
    made = store_admin.backup(store_url, tmp_path / "copy.db", "alice", HERE, clock)
    assert made.untold is None
    event = latest(services, admin, 1)[0]
    assert (event.action, event.actor.id) == (Action.BACKUP_CREATED, "host:alice")
    assert event.source == {"by": "host", "uid": 1000, "claimed": CLAIMED}
    assert event.metadata == {"file": str(tmp_path / "copy.db"), "sizeBytes": made.size_bytes}
    assert event.sequence == before.sequence + 1
    copied = store_admin.status(f"sqlite:///{tmp_path / 'copy.db'}")
    assert copied.audit_sequence == before.sequence  # which was whole before it was told of


def test_who_made_the_store_came_by_the_host(tmp_path: Path, clock: SetClock) -> None:
    url = f"sqlite:///{tmp_path}/new/pftui.db"
    create_store(url, ORGANIZATION, clock, HERE)
    services = open_services(url, clock)
    try:
        admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
        first = readable(services.audit.list(admin, AuditQuery(limit=100)).events)[1:]
        assert all(event.source["by"] == "host" for event in first)
    finally:
        services.lifecycle.close()


def test_who_shares_a_name_is_told_apart(services: Services, admin: Operator, cast: Cast) -> None:
    services.users.create(admin, email="alice2@acme.example", name="Alice Ng")
    assert latest(services, admin, 1)[0].who == "Alice Ng (alice@acme.example)"
    robot = services.service_accounts.create(admin, name="robot", global_admin=True)
    operator = services.sign_in.with_key(robot.key)
    team = services.teams.create(operator, "Blue Team")
    assert latest(services, admin, 1)[0].who == f"robot (pfsa_{robot.key_id}…)"
    assert team.created_by == f"robot (pfsa_{robot.key_id}…)"
    assert team.created_by_id == robot.account_id
