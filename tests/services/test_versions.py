"""What an edit of somebody else makes stale (R10), what it does not, and what lists count."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher

from pftui.domain.accounts import Kind, Operator
from pftui.domain.errors import Conflict, InvalidInput
from pftui.domain.paging import PageRequest
from pftui.domain.secret import Secret
from pftui.services import hashing
from pftui.services.contracts import Services
from pftui.services.recovery import reset_password_on_host
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, SetClock
from tests.services.conftest import OWN_PASSWORD, Cast, invite
from tests.services.test_rules import snapshot
from tests.trail import latest

Attempt = Callable[[Services, Operator, Cast], object]


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hash costs is tested elsewhere."""
    monkeypatch.setattr(hashing, "PASSWORDS", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


#: Each after the one before it, so that each changes something.
STATES: tuple[tuple[str, Attempt], ...] = (
    ("disable", lambda s, o, c: s.accounts.disable(o, c.bot.account_id)),
    ("enable", lambda s, o, c: s.accounts.enable(o, c.bot.account_id)),
    ("grant", lambda s, o, c: s.accounts.grant_admin(o, c.bot.account_id)),
    ("revoke", lambda s, o, c: s.accounts.revoke_admin(o, c.bot.account_id)),
    ("edit", lambda s, o, c: s.accounts.update(o, c.bot.account_id, description="for CI")),
)


def test_r10_each_change_of_a_state_makes_an_open_form_stale(
    services: Services, admin: Operator, cast: Cast
) -> None:
    for name, attempt in STATES:
        opened = services.accounts.show(admin, cast.bot.account_id)
        attempt(services, admin, cast)
        assert services.accounts.show(admin, cast.bot.account_id).version == opened.version + 1, name
        with pytest.raises(Conflict, match="since you opened it"):
            services.accounts.update(admin, cast.bot.account_id, name="mine", version=opened.version)


@pytest.mark.parametrize("name", ["enable", "revoke"])
def test_r10_what_changes_nothing_makes_no_form_stale(
    name: str, services: Services, admin: Operator, cast: Cast
) -> None:
    opened = services.accounts.show(admin, cast.bot.account_id)
    dict(STATES)[name](services, admin, cast)
    services.accounts.update(admin, cast.bot.account_id, name="mine", version=opened.version)


def test_r10_a_sign_in_a_key_and_a_team_make_no_form_stale(
    services: Services, admin: Operator, cast: Cast
) -> None:
    for account_id in (admin.id, cast.bot.account_id):
        opened = services.accounts.show(admin, account_id).version
        services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD))
        if account_id == cast.bot.account_id:
            services.keys.create(admin, account_id)
        services.teams.add(admin, cast.team_id, account_id, cast.role_id)
        services.verifier.verify(cast.bot.key)
        assert services.accounts.show(admin, account_id).version == opened


def test_r10_a_recovery_makes_an_open_form_stale_where_it_changes_the_account(
    services: Services, admin: Operator, store_url: str, clock: SetClock
) -> None:
    bao = invite(services, admin, "bao@acme.example")
    script = services.sign_in.with_key(
        services.service_accounts.create(admin, name="script", global_admin=True).key
    )
    opened = services.accounts.show(script, bao.id)
    reset_password_on_host(store_url, "bao@acme.example", "root", clock)
    assert services.accounts.show(script, bao.id).version == opened.version  # only the password is another
    reset_password_on_host(store_url, ADMIN_EMAIL, "root", clock)
    services.accounts.delete(script, admin.id)
    reset_password_on_host(store_url, "bao@acme.example", "root", clock)
    assert services.accounts.show(script, bao.id).version == opened.version + 1
    with pytest.raises(Conflict):
        services.accounts.update(script, bao.id, name="Mine", version=opened.version)


def test_a_renamed_team_is_another_version_and_an_unchanged_one_is_not(
    services: Services, admin: Operator, cast: Cast
) -> None:
    opened = services.teams.show(admin, cast.team_id)
    assert services.teams.rename(admin, cast.team_id, opened.name, opened.version).version == opened.version
    renamed = services.teams.rename(admin, cast.team_id, "Blue Team", opened.version)
    assert renamed.version == opened.version + 1


@pytest.mark.parametrize("kind", list(Kind))
def test_who_joins_and_leaves_is_counted_on_both_sides(
    kind: Kind, services: Services, admin: Operator, cast: Cast
) -> None:
    account_id = cast.bao.id if kind is Kind.USER else cast.bot.account_id

    def counts() -> tuple[int, int, int]:
        team = services.teams.show(admin, cast.team_id)
        return (
            team.members,
            team.service_accounts,
            services.accounts.show(admin, account_id).summary.team_count,
        )

    services.teams.add(admin, cast.team_id, account_id, cast.role_id)
    assert counts() == ((1, 0, 1) if kind is Kind.USER else (0, 1, 1))
    services.teams.remove(admin, cast.team_id, account_id)
    assert counts() == (0, 0, 0)
    assert not services.teams.members(admin, cast.team_id, kind, PageRequest())


def test_a_person_gets_no_key_whoever_asks(
    services: Services, admin: Operator, cast: Cast, store_url: str
) -> None:
    before, told = snapshot(store_url), len(latest(services, admin))
    with pytest.raises(InvalidInput, match="Only service accounts have API keys") as refusal:
        services.keys.create(admin, cast.bao.id)
    assert refusal.value.field == "account"
    assert (snapshot(store_url), len(latest(services, admin))) == (before, told)


def test_a_service_account_gets_no_password_whoever_asks(
    services: Services, admin: Operator, cast: Cast, store_url: str
) -> None:
    before = snapshot(store_url)
    with pytest.raises(InvalidInput, match="A service account has no password"):
        services.users.reset_password(admin, cast.bot.account_id)
    assert snapshot(store_url) == before
    assert services.sign_in.with_password("bao@acme.example", Secret(OWN_PASSWORD)).operator.id == cast.bao.id
