"""Whatever an admin does, in whatever order: the services beside a model of plain dictionaries.

After each step the rules R3 to R9 are looked at, as far as they can be seen from outside; at the end of each
run the store is read by plain SQL, and its trail replayed (`tests/robustness/consistency.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from pftui.bootstrap import open_services
from pftui.domain.accounts import AccountQuery, Kind, Operator, Status
from pftui.domain.audit import Action
from pftui.domain.decisions import Reason
from pftui.domain.errors import (
    Forbidden,
    InvalidInput,
    LastAdmin,
    NotFound,
    PftuiError,
    Refused,
    RoleKept,
    Taken,
)
from pftui.domain.paging import PageRequest
from pftui.domain.permissions import PREDEFINED_ROLES, Permission
from pftui.domain.secret import Secret
from pftui.domain.store_urls import sqlite_path
from pftui.domain.teams import TeamQuery
from pftui.repositories.database.engine import connect
from pftui.services import hashing
from pftui.services.contracts import Services
from pftui.services.results import AlreadySo
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.robustness.consistency import check
from tests.services.conftest import OWN_PASSWORD, Cast, Kept
from tests.trail import latest

#: What the documents say that a permission includes, written down once more for the model.
INCLUDED = {
    "administrator": {each.value for each in Permission},
    "run_scans": {"view_issues", "view_evaluations"},
    "manage_configurations": {"view_configurations"},
    "create_evaluations": {"view_evaluations"},
    "manage_evaluations": {"view_evaluations", "create_evaluations"},
    "manage_issues": {"view_issues"},
}
PREDEFINED = {each.name: {one.value for one in each.permissions} for each in PREDEFINED_ROLES}
#: Few, so that they clash; the second of a pair differs by case alone (R6).
NAMES = ("Crimson", "CRIMSON", "Ochre", "Teal")
ALICE, BAO = "alice@acme.example", "bao@acme.example"


@dataclass
class ModelAccount:
    """An account, as far as the rules see it: its keys by their texts, whether revoked; its roles by team."""

    id: str
    name: str
    person: bool
    admin: bool = False
    disabled: bool = False
    keys: dict[str, bool] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)


@dataclass
class ModelRole:
    """A role, and what it holds."""

    id: str
    name: str
    held: set[str]
    predefined: bool = False

    @property
    def allows(self) -> set[str]:
        return self.held.union(*(INCLUDED.get(each, set()) for each in self.held))


@dataclass
class Model:
    """All that there is, by id; and the keys of accounts that were deleted (R7)."""

    accounts: dict[str, ModelAccount] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)
    roles: dict[str, ModelRole] = field(default_factory=dict)
    ended_keys: list[str] = field(default_factory=list)

    def admins(self) -> list[ModelAccount]:
        """Global admins who can sign in: those with a password of their own, which invited ones have not."""
        return [
            each
            for each in self.accounts.values()
            if each.admin and each.person and not each.disabled and each.name in ("Alice Ng", "Bao")
        ]

    def holders(self, role_id: str) -> list[ModelAccount]:
        return [each for each in self.accounts.values() for role in each.roles.values() if role == role_id]

    def decides(self, account: ModelAccount, revoked: bool, team_id: str, wanted: str) -> Reason | None:
        if revoked:
            return Reason.REVOKED
        if account.disabled:
            return Reason.DISABLED
        if team_id not in account.roles:
            return Reason.NOT_IN_TEAM if account.roles or account.admin else Reason.NO_TEAM
        allowed = self.roles[account.roles[team_id]].allows
        return None if wanted in allowed else Reason.LACKS_PERMISSION


PERMISSIONS = st.sets(st.sampled_from([each.value for each in Permission]), min_size=1, max_size=3)


class Machine(RuleBasedStateMachine):
    """One organization, from what `cast` has made of it on."""

    def __init__(self, start: Callable[[], tuple[str, Services]], cast: Cast) -> None:
        super().__init__()
        self.cast = cast
        self.url, self.services = start()
        self.engine = connect(self.url)
        self.model = Model()
        self.operators: dict[str, Operator] = {}
        self.events = 0

    @initialize()
    def begin(self) -> None:
        """Read what is there."""
        self.operators = {ALICE: self.signed_in(ALICE), BAO: self.signed_in(BAO)}
        model = self.model
        for row in self.services.accounts.page(self.admin, AccountQuery(), PageRequest(size=50)):
            person = row.kind is Kind.USER
            model.accounts[row.id] = ModelAccount(row.id, row.name, person, row.global_admin)
        model.accounts[self.cast.bot.account_id].keys[self.cast.bot.key.reveal()] = False
        model.teams = {team.id: team.name for team in self.all_teams()}
        for role in self.services.roles.list(self.admin):
            held = {each.value for each in role.permissions}
            model.roles[role.id] = ModelRole(role.id, role.name, held, role.predefined)
        self.events = self.count_events()

    def teardown(self) -> None:
        self.services.lifecycle.close()
        self.engine.dispose()
        check(self.url)

    # What the rules need

    def signed_in(self, email: str) -> Operator:
        password = Secret(ADMIN_PASSWORD if email == ADMIN_EMAIL else OWN_PASSWORD)
        return self.services.sign_in.with_password(email, password, interactive=False).operator

    @property
    def admin(self) -> Operator:
        """Somebody who may."""
        names = {each.name for each in self.model.admins()} or {"Alice Ng"}
        return self.operators[ALICE if "Alice Ng" in names else BAO]

    def all_teams(self) -> list[Any]:
        return list(self.services.teams.page(self.admin, TeamQuery(), PageRequest(size=50)))

    def count_events(self) -> int:
        """As the store has them: who acted may just have ended their own account."""
        with self.engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM audit_events")).scalar_one())

    def expect(self, error: type[PftuiError] | None, method: Callable[..., Any], *given: Any) -> Any:
        """Call it as an admin; it must end as the model says, and the trail tell of it (R8)."""
        done, raised = None, None
        try:
            done = method(self.admin, *given)
        except PftuiError as failure:
            raised = failure
        assert (type(raised) if raised else None) is error, raised
        before, self.events = self.events, self.count_events()
        if error is not None:
            refused = 1 if issubclass(error, Refused) else 0
            assert self.events == before + refused, "a refusal is an event, another error none"
        else:
            assert (self.events > before) is not isinstance(done, AlreadySo)
        return done

    def account(self, data: st.DataObject, *, person: bool | None = None) -> ModelAccount:
        found = [each for each in self.model.accounts.values() if person in (None, each.person)]
        # Those of one name in the order in which they came: ids are other ones each time.
        return data.draw(st.sampled_from(sorted(found, key=lambda each: each.name)))

    def role(self, data: st.DataObject) -> ModelRole:
        return data.draw(st.sampled_from(sorted(self.model.roles.values(), key=lambda each: each.name)))

    def team(self, data: st.DataObject) -> str:
        return str(data.draw(st.sampled_from(sorted(self.model.teams, key=self.model.teams.__getitem__))))

    def key(self, data: st.DataObject) -> tuple[ModelAccount, str]:
        keys = [(each, key) for each in self.model.accounts.values() for key in each.keys]
        number = data.draw(st.integers(0, len(keys) - 1))
        return keys[number]

    def clashes(self, name: str, others: Any) -> type[PftuiError] | None:
        """R6: names are unique without regard to case."""
        return Taken if name.casefold() in {each.casefold() for each in others} else None

    # Accounts

    @rule(name=st.sampled_from(NAMES), admin=st.booleans())
    def make_service_account(self, name: str, admin: bool) -> None:
        names = [each.name for each in self.model.accounts.values() if not each.person]
        new = self.expect(
            self.clashes(name, names),
            lambda o: self.services.service_accounts.create(o, name=name, global_admin=admin),
        )
        if new:
            keys = {new.key.reveal(): False}
            self.model.accounts[new.account_id] = ModelAccount(new.account_id, name, False, admin, keys=keys)

    @rule(name=st.sampled_from(NAMES), admin=st.booleans())
    def invite(self, name: str, admin: bool) -> None:
        people = [each.name for each in self.model.accounts.values() if each.person]
        new = self.expect(
            self.clashes(name, people),  # of the address, which is made of the name
            lambda o: self.services.users.create(
                o, email=f"{name.lower()}@acme.example", name=name, global_admin=admin
            ),
        )
        if new:
            self.model.accounts[new.account_id] = ModelAccount(new.account_id, name, True, admin)

    def last_admin(self, account: ModelAccount) -> type[PftuiError] | None:
        """R5."""
        return LastAdmin if self.model.admins() == [account] else None

    @rule(data=st.data())
    def grant(self, data: st.DataObject) -> None:
        account = self.account(data)
        self.expect(None, self.services.accounts.grant_admin, account.id)
        account.admin = True

    @rule(data=st.data())
    def demote(self, data: st.DataObject) -> None:
        account = self.account(data)
        error = self.last_admin(account)
        self.expect(error, self.services.accounts.revoke_admin, account.id)
        account.admin = account.admin and error is not None

    @rule(data=st.data())
    def disable(self, data: st.DataObject) -> None:
        account = self.account(data)
        error = self.last_admin(account)
        self.expect(error, self.services.accounts.disable, account.id)
        account.disabled = account.disabled or error is None

    @rule(data=st.data())
    def enable(self, data: st.DataObject) -> None:
        account = self.account(data)
        was = account.disabled
        self.expect(None, self.services.accounts.enable, account.id)
        account.disabled = False
        if was and account.name in ("Alice Ng", "Bao"):
            email = ALICE if account.name == "Alice Ng" else BAO
            self.operators[email] = self.signed_in(email)  # what was signed in before has ended (R9)
            self.events = self.count_events()

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        account = self.account(data)
        error = self.last_admin(account)
        self.expect(error, self.services.accounts.delete, account.id)
        if error is None:
            self.model.ended_keys += account.keys
            del self.model.accounts[account.id]

    @rule(data=st.data())
    def new_key(self, data: st.DataObject) -> None:
        account = self.account(data)
        error = InvalidInput if account.person else None
        new = self.expect(error, self.services.keys.create, account.id)
        if new:
            account.keys[new.key.reveal()] = False

    @precondition(lambda self: any(each.keys for each in self.model.accounts.values()))
    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        account, key = self.key(data)
        key_id, before = key[5:15], self.events
        try:
            told = self.services.keys.revoke(self.admin, key_id)
        finally:
            self.events = self.count_events()
        assert (told.already is not None) is account.keys[key]
        assert (self.events > before) is not account.keys[key]
        account.keys[key] = True

    # Teams

    @rule(name=st.sampled_from(NAMES))
    def make_team(self, name: str) -> None:
        new = self.expect(self.clashes(name, self.model.teams.values()), self.services.teams.create, name)
        if new:
            self.model.teams[new.id] = name

    @precondition(lambda self: self.model.teams)
    @rule(data=st.data())
    def delete_team(self, data: st.DataObject) -> None:
        team = self.team(data)
        self.expect(None, self.services.teams.delete, team)
        del self.model.teams[team]
        for account in self.model.accounts.values():
            account.roles.pop(team, None)

    @precondition(lambda self: self.model.teams)
    @rule(data=st.data())
    def assign(self, data: st.DataObject) -> None:
        team, account, role = self.team(data), self.account(data), self.role(data)
        error = Taken if team in account.roles else None
        self.expect(error, self.services.teams.add, team, account.id, role.id)
        account.roles.setdefault(team, role.id)

    @precondition(lambda self: self.model.teams)
    @rule(data=st.data())
    def give_another_role(self, data: st.DataObject) -> None:
        team, account, role = self.team(data), self.account(data), self.role(data)
        error = None if team in account.roles else NotFound
        self.expect(error, self.services.teams.set_role, team, account.id, role.id)
        if error is None:
            account.roles[team] = role.id

    @precondition(lambda self: self.model.teams)
    @rule(data=st.data())
    def unassign(self, data: st.DataObject) -> None:
        team, account = self.team(data), self.account(data)
        error = None if team in account.roles else NotFound
        self.expect(error, self.services.teams.remove, team, account.id)
        account.roles.pop(team, None)

    # Roles

    def role_names(self, but: str = "") -> list[str]:
        return [each.name for each in self.model.roles.values() if each.id != but]

    @rule(name=st.sampled_from(NAMES), held=PERMISSIONS)
    def make_role(self, name: str, held: set[str]) -> None:
        error = self.clashes(name, self.role_names())
        new = self.expect(error, self.services.roles.create, name, sorted(held))
        if new:
            self.model.roles[new.id] = ModelRole(new.id, name, held)

    @rule(data=st.data(), name=st.sampled_from(NAMES))
    def duplicate(self, data: st.DataObject, name: str) -> None:
        role = self.role(data)
        new = self.expect(self.clashes(name, self.role_names()), self.services.roles.duplicate, role.id, name)
        if new:
            self.model.roles[new.id] = ModelRole(new.id, name, set(role.held))

    @rule(data=st.data(), held=PERMISSIONS)
    def change_role(self, data: st.DataObject, held: set[str]) -> None:
        role = self.role(data)
        if held == role.held and not role.predefined:
            return  # nothing changes, and nothing is told
        error = RoleKept if role.predefined else None
        change = self.services.roles.update
        self.expect(error, lambda o: change(o, role.id, permissions=sorted(held)))
        if error is None:
            role.held = held

    @rule(data=st.data(), name=st.sampled_from(NAMES))
    def rename_role(self, data: st.DataObject, name: str) -> None:
        role = self.role(data)
        if name == role.name:
            return
        error = RoleKept if role.predefined else self.clashes(name, self.role_names(but=role.id))
        self.expect(error, lambda o: self.services.roles.update(o, role.id, name=name))
        if error is None:
            role.name = name

    @rule(data=st.data(), moves=st.booleans())
    def delete_role(self, data: st.DataObject, moves: bool) -> None:
        role = self.role(data)
        target = self.role(data) if moves else None
        error: type[PftuiError] | None = None
        if target is role:
            error = InvalidInput
        elif role.predefined or (target is None and self.model.holders(role.id)):
            error = RoleKept
        told = self.count_events()
        held = len(self.model.holders(role.id))
        self.expect(error, self.services.roles.delete, role.id, target.id if target else None)
        if error is not None:
            return
        assert self.events == told + held + 1, "an event for each who was moved, and one for the role"
        del self.model.roles[role.id]
        for account in self.model.accounts.values():
            for team, held_role in account.roles.items():
                if held_role == role.id and target is not None:
                    account.roles[team] = target.id

    @rule()
    def who_is_no_admin_may_not(self) -> None:
        """R1, and its event."""
        bao = next((each for each in self.model.accounts.values() if each.name == "Bao"), None)
        if bao is None or bao.admin or bao.disabled:
            return
        with pytest.raises(Forbidden):
            self.services.roles.create(self.operators[BAO], "Bao's own", ["administrator"])
        self.events += 1
        assert latest(self.services, self.admin)[0].action is Action.CHANGE_REFUSED

    # What holds after each step

    @invariant()
    def keys_may_what_the_model_says(self) -> None:
        """R3, R7, R9: at the next verification, by nothing but what is there now."""
        verify = self.services.verifier.verify
        for account in self.model.accounts.values():
            for key, revoked in account.keys.items():
                for team in self.model.teams:
                    for wanted in ("create_evaluations", "view_issues", "manage_targets"):
                        decision = verify(key, team, wanted, touch=False)
                        expected = self.model.decides(account, revoked, team, wanted)
                        assert decision.reason is expected, (account, team, wanted, decision)
        for key in self.model.ended_keys:
            assert verify(key, touch=False).reason is Reason.UNKNOWN

    @invariant()
    def roles_are_as_they_were_made(self) -> None:
        """R4, R6; and by how many each is held."""
        seen = {role.id: role for role in self.services.roles.list(self.admin)} if self.operators else {}
        assert seen.keys() == self.model.roles.keys()
        for role_id, role in seen.items():
            model = self.model.roles[role_id]
            held_by = [each for each in self.model.accounts.values() if role_id in each.roles.values()]
            assert {each.value for each in role.permissions} == model.held
            assert (role.name, role.people) == (model.name, sum(each.person for each in held_by))
            assert role.accounts == len(held_by)
        kept = {
            each.name: {one.value for one in each.permissions} for each in seen.values() if each.predefined
        }
        assert kept == (PREDEFINED if seen else {})

    @invariant()
    def accounts_are_as_they_were_made(self) -> None:
        """R5, R7; and what is shown of each says why it can do nothing."""
        if not self.operators:
            return
        assert self.model.admins(), "somebody can always sign in as a global admin"
        rows = self.services.accounts.page(self.admin, AccountQuery(), PageRequest(size=100))
        assert {row.id for row in rows} == self.model.accounts.keys()
        for row in rows:
            model = self.model.accounts[row.id]
            assert (row.global_admin, row.team_count) == (model.admin, len(model.roles))
            if Status.DISABLED is row.status:
                assert model.disabled


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hash costs is tested elsewhere."""
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(hashing, "PASSWORDS", cheap)
    monkeypatch.setattr(hashing, "KEYS", cheap)


def run(
    url: str, clock: SetClock, cast: Cast, kept: dict[bool, Kept], runs: int, *, steps: int, same: bool
) -> None:
    sqlite, numbers = url.startswith("sqlite"), count(1)

    def start() -> tuple[str, Services]:
        """The same store anew; on SQLite a file of its own, since none may be exchanged beneath a log."""
        own = f"{url}.{next(numbers)}" if sqlite else url
        path = sqlite_path(own)
        if path is not None:
            path.touch(0o600)
        kept[sqlite].put_back(own)
        return own, open_services(own, clock, store_clock=clock)

    run_state_machine_as_test(
        lambda: Machine(start, cast),  # type: ignore[arg-type]  # whatever makes one will do
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            derandomize=same,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # to make a failure shorter takes minutes; the steps are all shown
        ),
    )


def test_the_services_do_what_the_model_says(
    store_url: str, clock: SetClock, cast: Cast, kept: dict[bool, Kept]
) -> None:
    run(store_url, clock, cast, kept, 6, steps=30, same=True)


@pytest.mark.thorough
@pytest.mark.timeout(1800)
def test_the_services_do_what_the_model_says_in_many_other_orders(
    store_url: str, clock: SetClock, cast: Cast, kept: dict[bool, Kept]
) -> None:
    run(store_url, clock, cast, kept, 40, steps=60, same=False)
