"""How a change is made: it tells who may make it, and the kind of its account gives it its name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from pftui.domain.accounts import Kind, Operator
from pftui.domain.acts import Act, Intent
from pftui.domain.audit import AccountVerb, Action, AuditQuery, Target, account_action, account_target
from pftui.domain.errors import Forbidden, SignInFailed
from pftui.repositories.database.engine import connect
from pftui.repositories.unit_of_work import Store
from pftui.services import hashing
from pftui.services.contracts import Services
from pftui.services.lookups import require_account
from pftui.services.policy import Policy
from pftui.services.transaction import change, inspection
from tests.conftest import SetClock
from tests.services.conftest import Cast
from tests.trail import latest


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a hash costs is tested elsewhere."""
    monkeypatch.setattr(hashing, "PASSWORDS", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = Store(connect(store_url))
    yield opened
    opened.close()


RENAME = Intent(Act.ACCOUNT_UPDATE)


def only(account_id: str) -> Policy:
    """A change of one's own things, as a service for them would allow it."""

    def allowed(operator: Operator) -> None:
        if operator.id != account_id:
            raise Forbidden("This is not yours. Nothing was changed.")

    return allowed


def test_who_may_make_a_change_is_told_with_it(
    services: Services, admin: Operator, cast: Cast, store: Store, clock: SetClock
) -> None:
    with change(store, cast.bao, clock, RENAME, allowed=only(cast.bao.id)) as transaction:
        principal = require_account(transaction.unit, cast.bao.id)
        principal.name = "Bao Tran"
        transaction.record_account(AccountVerb.UPDATED, principal, "Changed their own name")
    assert services.accounts.show(cast.bao, cast.bao.id).summary.name == "Bao Tran"
    newest = latest(services, admin)[0]
    assert (newest.action, newest.actor.id) == (Action.USER_UPDATED, cast.bao.id)


def test_who_may_not_is_refused_though_an_admin_and_the_trail_tells_of_it(
    services: Services, admin: Operator, cast: Cast, store: Store, clock: SetClock
) -> None:
    for attempt in (change, inspection):
        with (
            pytest.raises(Forbidden, match="not yours"),
            attempt(store, admin, clock, RENAME, allowed=only(cast.bao.id)),
        ):
            pytest.fail("was let in")
        newest = latest(services, admin)[0]
        assert (newest.action, newest.description) == (
            Action.CHANGE_REFUSED,
            "Refused to change organization Acme Corp. This is not yours. Nothing was changed.",
        )


def test_global_admins_may_where_nothing_else_is_said(
    admin: Operator, cast: Cast, store: Store, clock: SetClock
) -> None:
    for attempt in (change, inspection):
        with attempt(store, admin, clock, RENAME):
            pass
        with (
            pytest.raises(Forbidden, match="global admin privileges"),
            attempt(store, cast.bao, clock, RENAME),
        ):
            pytest.fail("was let in")


@pytest.mark.parametrize("verb", AccountVerb)
def test_every_verb_has_an_action_for_each_kind(verb: AccountVerb) -> None:
    of_user, of_service_account = (account_action(verb, kind) for kind in Kind)
    if verb in (AccountVerb.GRANTED_ADMIN, AccountVerb.REVOKED_ADMIN):  # documented without a kind
        assert of_user is of_service_account
    else:
        assert of_user.value.startswith("user_")
        assert of_service_account.value.startswith("service_account_")
    assert [account_target(kind) for kind in Kind] == [Target.USER, Target.SERVICE_ACCOUNT]


def test_no_two_verbs_have_one_action() -> None:
    for kind in Kind:
        assert len({account_action(verb, kind) for verb in AccountVerb}) == len(AccountVerb)


def test_who_a_key_belongs_to_is_told_without_a_word_in_the_trail(
    services: Services, admin: Operator, cast: Cast
) -> None:
    def events() -> int:
        return services.audit.list(admin, AuditQuery(limit=1)).total

    before = events()
    operator = services.sign_in.authenticate(cast.bot.key)
    assert (operator.id, operator.kind, operator.key_id, operator.global_admin) == (
        cast.bot.account_id,
        Kind.SERVICE_ACCOUNT,
        cast.bot.key_id,
        False,
    )
    assert services.lifecycle.refresh(operator) == operator  # what a service reads of it at each call
    services.keys.revoke(admin, cast.bot.key_id)
    before += 1
    with pytest.raises(SignInFailed, match=r"The API key was refused\. This key was revoked\."):
        services.sign_in.authenticate(cast.bot.key)
    assert events() == before
