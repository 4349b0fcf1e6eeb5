"""A team ends at once, however many are in it; what it leaves is cleared in steps, seen by nobody."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest

from pftui.domain.accounts import AccountQuery, Kind, Operator
from pftui.domain.audit import Action
from pftui.domain.decisions import Reason
from pftui.domain.errors import NotFound, StoreBusy, UnknownTeam
from pftui.domain.paging import PageRequest
from pftui.domain.teams import TeamQuery
from pftui.repositories import ended_teams
from pftui.repositories.database.maintenance import inspect_store
from pftui.services import clearing, roles, store_admin
from pftui.services.contracts import Services
from pftui.services.trail import writer
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.robustness.consistency import check
from tests.services.conftest import Cast
from tests.trail import latest

MEMBERS = 7
PAGE = PageRequest(size=100)


class Killed(BaseException):
    """In the place of a power cut."""


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ended_teams, "STEP", 2)
    for module in (clearing, roles):
        monkeypatch.setattr(module, "sleep", lambda _seconds: None)


@pytest.fixture
def full(services: Services, admin: Operator, cast: Cast) -> Cast:
    """In the team are more than a step clears: the bot, which is in another too, and others in none."""
    blue = services.teams.create(admin, "Blue Team")
    services.teams.add(admin, cast.team_id, cast.bot.account_id, cast.role_id)
    services.teams.add(admin, blue.id, cast.bot.account_id, cast.role_id)
    for number in range(MEMBERS - 1):
        services.service_accounts.create(
            admin, name=f"bot-{number}", team_id=cast.team_id, role_id=cast.custom_role_id
        )
    return cast


def delete_and_stop(services: Services, admin: Operator, team_id: str) -> None:
    """Delete a team, and come to an end after the first step that is no part of that."""

    def stop(_what: str, _done: int, _total: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        services.teams.delete(admin, team_id, stop)


def left(services: Services) -> int:
    """How many assignments are still to be cleared."""
    with services.lifecycle.store.read() as unit:
        return unit.teams.left_to_clear()


def test_all_of_a_team_is_cleared_in_steps_with_progress(
    services: Services, admin: Operator, full: Cast
) -> None:
    told: list[tuple[str, int, int]] = []
    services.teams.delete(admin, full.team_id, lambda *each: told.append(each))
    # Two went with the team itself.
    assert told == [(clearing.WHAT, 2, 5), (clearing.WHAT, 4, 5), (clearing.WHAT, 5, 5)]
    assert left(services) == 0
    [bot] = services.accounts.page(admin, AccountQuery(text="ci-bot"), PAGE)
    assert (bot.team_count, services.roles.show(admin, full.custom_role_id).accounts) == (1, 0)


def test_a_small_team_goes_in_one_transaction(
    services: Services, admin: Operator, full: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ended_teams, "STEP", MEMBERS)
    told: list[int] = []
    services.teams.delete(admin, full.team_id, lambda _what, done, _total: told.append(done))
    assert (told, left(services)) == ([], 0)


def test_what_has_ended_is_seen_by_nobody_while_it_is_cleared(
    services: Services, admin: Operator, full: Cast, store_url: str
) -> None:
    team = services.teams.show(admin, full.team_id)
    delete_and_stop(services, admin, full.team_id)
    assert left(services) == 3
    with pytest.raises(UnknownTeam):
        services.verifier.verify(full.bot.key, team=team.slug)
    decision = services.verifier.verify(full.bot.key)
    assert [grant.team_name for grant in decision.grants] == ["Blue Team"]
    assert team.id not in [each.id for each in services.teams.page(admin, TeamQuery(), PAGE)]
    assert services.teams.count(admin, TeamQuery(text=team.name)) == 0
    for ask in (services.teams.find, services.teams.show):
        with pytest.raises(NotFound):
            ask(admin, team.id)
    with pytest.raises(NotFound):
        services.teams.members(admin, team.id, Kind.SERVICE_ACCOUNT, PAGE)
    assert services.accounts.count(admin, AccountQuery(text=team.name)).total == 0
    for account in services.accounts.page(admin, AccountQuery(), PAGE):
        assignments = services.accounts.show(admin, account.id).assignments
        assert team.id not in [each.team_id for each in assignments]
    held = services.roles.holders(admin, full.custom_role_id)
    assert (held.accounts, held.assignments, held.listed) == (0, 0, ())
    check(store_url)
    assert store_admin.check(store_url).whole
    assert inspect_store(store_url).counts["assignments"] == 1


def test_the_name_and_the_slug_are_free_at_once(services: Services, admin: Operator, full: Cast) -> None:
    team = services.teams.show(admin, full.team_id)
    delete_and_stop(services, admin, full.team_id)
    again = services.teams.create(admin, team.name)
    assert (again.name, again.slug, again.members, again.service_accounts) == (team.name, team.slug, 0, 0)
    assert services.verifier.verify(full.bot.key, team=team.slug).reason is Reason.NOT_IN_TEAM
    services.teams.add(admin, again.id, full.bot.account_id, full.role_id)
    assert services.verifier.verify(full.bot.key, team=team.slug).allowed


def test_one_event_tells_of_it_and_is_small(
    services: Services, admin: Operator, full: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MOST_NAMED", 3)
    monkeypatch.setattr("pftui.services.teams.MOST_NAMED", 3)
    before = latest(services, admin)[0].sequence
    services.teams.delete(admin, full.team_id)
    event = latest(services, admin)[0]
    assert (event.sequence, event.action) == (before + 1, Action.TEAM_DELETED)
    assert event.description == "Deleted team Red Team, which ended 7 assignments"
    assert (len(event.metadata["accounts"]), event.metadata["assignments"]) == (3, MEMBERS)


def test_the_next_to_change_something_goes_on_once_nobody_has_for_a_while(
    services: Services, admin: Operator, full: Cast, clock: SetClock, store_url: str
) -> None:
    delete_and_stop(services, admin, full.team_id)
    services.teams.create(admin, "One")
    assert left(services) == 3, "who has deleted it may be at it still"
    clock.now += clearing.LEFT_ALONE + timedelta(seconds=1)
    services.teams.create(admin, "Two")
    assert left(services) == 1
    check(store_url)
    clock.now += clearing.LEFT_ALONE + timedelta(seconds=1)
    services.teams.create(admin, "Three")
    assert left(services) == 0


def test_a_step_that_the_store_refuses_is_no_error_of_the_change(
    services: Services, admin: Operator, full: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> int:
        raise StoreBusy("Another program writes.")

    monkeypatch.setattr(clearing, "_clear_some", busy)
    services.teams.delete(admin, full.team_id)
    assert left(services) == 5


def test_who_deletes_a_role_that_is_held_in_an_ended_team_alone_need_not_move_anybody(
    services: Services, admin: Operator, full: Cast
) -> None:
    delete_and_stop(services, admin, full.team_id)
    assert services.roles.delete(admin, full.custom_role_id) == 0
    assert left(services) == 0


def test_a_role_of_ended_assignments_is_not_moved_with_them(
    services: Services, admin: Operator, full: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A team that ends between the look and the move."""
    other = services.teams.create(admin, "Green Team")
    services.teams.add(admin, other.id, full.bot.account_id, full.custom_role_id)
    real = clearing.clear
    ended: list[bool] = []

    def ends_meanwhile(*arguments: object) -> int:
        if not ended:
            ended.append(True)
            delete_and_stop(services, admin, full.team_id)
            return 0
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(roles, "clear", ends_meanwhile)
    assert services.roles.delete(admin, full.custom_role_id, full.role_id) == 1
    assert left(services) == 0


def test_an_upgrade_clears_all_of_it_and_says_so(
    services: Services, admin: Operator, full: Cast, store_url: str
) -> None:
    delete_and_stop(services, admin, full.team_id)
    assert store_admin.upgrade(store_url).cleared == 3
    assert left(services) == 0
    assert store_admin.upgrade(store_url).cleared == 0


def test_assignments_to_no_team_at_all_are_damage(
    services: Services, admin: Operator, full: Cast, store_url: str
) -> None:
    delete_and_stop(services, admin, full.team_id)
    with services.lifecycle.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE ended_teams SET id = 'another'")
    found = store_admin.check(store_url)
    assert {each.what for each in found.findings if each.damage} == {
        "team_id refers to a missing row of teams"
    }
    with services.lifecycle.store.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE ended_teams SET id = '{full.team_id}'")


_KILLED = """
import os, signal, sys
from pftui.bootstrap import open_services
from pftui.domain.secret import Secret
from pftui.repositories import ended_teams
from pftui.repositories.database.maintenance import inspect_store

ended_teams.STEP = 2
url, email, password, team = sys.argv[1:]
services = open_services(url)
admin = services.sign_in.with_password(email, Secret(password), interactive=False).operator
services.teams.delete(admin, team, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
"""


def test_what_a_killed_process_leaves_is_whole_and_is_cleared(
    services: Services, admin: Operator, full: Cast, store_url: str
) -> None:
    arguments = (store_url, ADMIN_EMAIL, ADMIN_PASSWORD, full.team_id)
    killed = subprocess.run([sys.executable, "-c", _KILLED, *arguments], check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert left(services) == 3
    check(store_url)
    with pytest.raises(NotFound):
        services.teams.show(admin, full.team_id)
    store_admin.upgrade(store_url)
    assert left(services) == 0


def test_others_write_between_the_steps(
    services: Services, admin: Operator, full: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer that waits for the store gets it before the clearing has come to its end."""
    monkeypatch.setattr(ended_teams, "STEP", 1)
    monkeypatch.setattr(clearing, "sleep", time.sleep)
    begun, made_with = threading.Event(), []

    def make() -> None:
        begun.wait(30)
        services.teams.create(admin, "Meanwhile")
        made_with.append(left(services))

    thread = threading.Thread(target=make)
    thread.start()
    services.teams.delete(admin, full.team_id, lambda *_: begun.set())
    thread.join(30)
    assert made_with
    assert made_with[0] > 0
