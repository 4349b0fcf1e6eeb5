"""Rules under many attempts at once and in a row, with a count each: what was held, and stays so."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from pftui.bootstrap import open_services
from pftui.domain.accounts import AccountQuery, Kind, Operator
from pftui.domain.errors import Forbidden, PftuiError, SignInFailed
from pftui.domain.paging import PageRequest
from pftui.domain.secret import Secret
from pftui.domain.teams import TeamQuery
from pftui.services import hashing
from pftui.services.contracts import Services
from pftui.services.results import NewKey
from tests.commands.program import environment
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.patience import PATIENCE
from tests.services.conftest import OWN_PASSWORD, Cast, invite
from tests.services.test_rules import CHANGES, snapshot

ROOT = Path(__file__).parents[2]
#: On each database: races of R5 and of R6, and looks of another process (R9).
RACES = 48
ENDINGS = 15


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(hashing, "PASSWORDS", cheap)
    monkeypatch.setattr(hashing, "KEYS", cheap)


# -- R1: every change by 4 pretenders on 2 databases -------------------------------------------------------


def _pretenders(services: Services, admin: Operator, cast: Cast) -> dict[str, Operator]:
    demoted = invite(services, admin, "eve@acme.example", global_admin=True)
    services.accounts.revoke_admin(admin, demoted.id)
    robot = services.service_accounts.create(admin, name="robot", global_admin=True)
    by_key = services.sign_in.with_key(robot.key)
    services.accounts.revoke_admin(admin, robot.account_id)
    return {
        "no admin": cast.bao,
        "who says so": replace(cast.bao, global_admin=True, name="Alice Ng", email=ADMIN_EMAIL),
        "who was one": demoted,
        "a key that was one": by_key,
    }


@pytest.mark.parametrize("name", CHANGES)
def test_r1_nobody_else_changes_anything_whatever_they_claim(
    name: str, services: Services, admin: Operator, cast: Cast, store_url: str
) -> None:
    pretenders = _pretenders(services, admin, cast)
    before = snapshot(store_url)
    for operator in pretenders.values():
        with pytest.raises(Forbidden):
            CHANGES[name](services, operator, cast)
    assert snapshot(store_url) == before


# -- at once ------------------------------------------------------------------------------------------------


@pytest.fixture
def two(store_url: str, clock: SetClock) -> Iterator[tuple[Services, Services]]:
    """The store as two processes have it, each with connections of its own."""
    first, second = open_services(store_url, clock), open_services(store_url, clock)
    yield first, second
    first.lifecycle.close()
    second.lifecycle.close()


def at_once(*attempts: Callable[[], object]) -> list[str]:
    """Do them at the same moment; how each ended."""
    barrier, outcomes = threading.Barrier(len(attempts)), []

    def run(attempt: Callable[[], object]) -> None:
        barrier.wait()
        try:
            attempt()
            outcomes.append("done")
        except PftuiError as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(attempt,)) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


Ending = Callable[[Services, Operator, str], object]
ENDS: tuple[Ending, ...] = (
    lambda s, o, victim: s.accounts.revoke_admin(o, victim),
    lambda s, o, victim: s.accounts.disable(o, victim),
)


@pytest.mark.thorough
def test_r5_of_two_admins_who_end_each_other_one_remains(
    services: Services, admin: Operator, two: tuple[Services, Services]
) -> None:
    invite(services, admin, "dana@acme.example", global_admin=True)
    choose = random.Random(5)
    for _ in range(RACES):
        admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
        dana = services.sign_in.with_password("dana@acme.example", Secret(OWN_PASSWORD)).operator
        first, second = choose.choice(ENDS), choose.choice(ENDS)
        outcomes = at_once(
            lambda: first(two[0], admin, dana.id),  # noqa: B023 - ends before the next round
            lambda: second(two[1], dana, admin.id),  # noqa: B023
        )
        assert outcomes.count("done") == 1, outcomes
        assert set(outcomes) <= {"done", "Forbidden", "SignInFailed", "SessionEnded", "LastAdmin"}
        rows = services.accounts.page(_whole(services, admin, dana), AccountQuery(), PageRequest())
        assert [row.status.label for row in rows if row.global_admin].count("active") == 1
        _bring_back(services, admin, dana)


def _whole(services: Services, *admins: Operator) -> Operator:
    """The one who is left."""
    for each in admins:
        try:
            if services.lifecycle.refresh(each).global_admin:
                return each
        except SignInFailed:
            continue
    raise AssertionError("nobody is left")


def _bring_back(services: Services, *admins: Operator) -> None:
    remaining = _whole(services, *admins)
    for each in admins:
        services.accounts.enable(remaining, each.id)
        services.accounts.grant_admin(remaining, each.id)


@pytest.mark.thorough
def test_r6_of_two_who_take_one_name_one_gets_it(
    services: Services, admin: Operator, two: tuple[Services, Services]
) -> None:
    twins = (str.upper, str, lambda name: name.replace("o", "о"), lambda name: f"{name} \u00a0"[:-1])
    for number in range(RACES):
        name, twin = f"blue {number} ops", twins[number % len(twins)](f"blue {number} ops")
        if number % 4:
            outcomes = at_once(
                lambda: two[0].teams.create(admin, name),  # noqa: B023 - ends before the next round
                lambda: two[1].teams.create(admin, twin),  # noqa: B023
            )
        else:
            outcomes = at_once(
                lambda: two[0].service_accounts.create(admin, name=name),  # noqa: B023
                lambda: two[1].service_accounts.create(admin, name=twin),  # noqa: B023
            )
        assert sorted(outcomes) == ["Taken", "done"], (name, twin)
    assert services.teams.count(admin, TeamQuery(text="blue")) == RACES * 3 // 4


# -- R9, asked by another process ---------------------------------------------------------------------------


class Asking:
    """Another process that verifies."""

    def __init__(self, url: str, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.services.asking", url],
            env=environment(folder, PYTHONPATH=str(ROOT)),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __call__(self, key: Secret, permission: str | None) -> str:
        """`allowed`, or the reason why not."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([key.reveal(), permission]).encode() + b"\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().decode().strip()

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=PATIENCE)


@pytest.mark.thorough
def test_r9_what_ends_has_ended_for_another_process(
    services: Services, admin: Operator, cast: Cast, store_url: str, tmp_path: Path
) -> None:
    viewer = services.roles.find(admin, "Viewer").id
    asked = 0
    with closing(Asking(store_url, tmp_path)) as ask:
        for number in range(ENDINGS):
            bot = services.service_accounts.create(
                admin, name=f"bot-{number}", team_id=cast.team_id, role_id=cast.role_id
            )
            for end, undo, reason in _endings(services, admin, cast, bot, viewer):
                assert ask(bot.key, "run_scans") == "allowed"
                end()
                assert ask(bot.key, "run_scans") == reason
                asked += 1
                undo()
    assert asked == 6 * ENDINGS


def _endings(
    services: Services, admin: Operator, cast: Cast, bot: NewKey, viewer: str
) -> Iterator[tuple[Callable[[], object], Callable[[], object], str]]:
    teams, accounts = services.teams, services.accounts
    team, account = cast.team_id, bot.account_id
    nothing: Callable[[], object] = lambda: None  # noqa: E731
    yield (
        lambda: accounts.disable(admin, account),
        lambda: accounts.enable(admin, account),
        "disabled",
    )
    yield (
        lambda: teams.set_role(admin, team, account, viewer),
        lambda: teams.set_role(admin, team, account, cast.role_id),
        "lacks_permission",
    )
    yield (
        lambda: teams.remove(admin, team, account),
        lambda: teams.add(admin, team, account, cast.role_id),
        "no_team",
    )
    accounts.grant_admin(admin, account)
    demotion: tuple[tuple[Callable[..., object], tuple[str, ...]], ...] = (
        (accounts.revoke_admin, (account,)),
        (teams.remove, (team, account)),
    )
    yield (
        lambda: all(end(admin, *of) is None for end, of in demotion),
        lambda: teams.add(admin, team, account, cast.role_id),
        "no_team",
    )
    kept = services.keys.create(admin, account, "the other")
    yield (lambda: services.keys.revoke(admin, kept.key_id), nothing, "allowed")
    yield (lambda: services.keys.revoke(admin, bot.key_id), nothing, "revoked")


def test_the_operators_of_r1_are_who_they_are_said_to_be(
    services: Services, admin: Operator, cast: Cast
) -> None:
    pretenders = _pretenders(services, admin, cast)
    assert len(CHANGES) * len(pretenders) * 2 >= 168
    assert [each.kind for each in pretenders.values()].count(Kind.SERVICE_ACCOUNT) == 1
    assert not any(services.lifecycle.refresh(each).global_admin for each in pretenders.values())
