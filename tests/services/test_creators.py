"""Who created what is filtered and sorted by, and told of also where they are there no more."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from pftui.domain.accounts import AccountQuery, AccountSort, AccountSummary, Kind, Operator
from pftui.domain.paging import PageRequest
from pftui.domain.search import AccountState, TeamState, Term, parse_search
from pftui.services import hashing
from pftui.services.contracts import Services
from tests.services.conftest import Cast, invite


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "PASSWORDS", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def dana(services: Services, admin: Operator, cast: Cast) -> Operator:
    """Who has created an account of her own, and a key of Alice's ci-bot."""
    dana = invite(services, admin, "Dana@acme.example", global_admin=True)
    services.service_accounts.create(dana, name="a-deploy")
    services.keys.create(dana, cast.bot.account_id)
    return dana


def found(services: Services, operator: Operator, text: str = "", **query: object) -> list[AccountSummary]:
    asked = AccountQuery(text=text, kind=Kind.SERVICE_ACCOUNT, **query)  # type: ignore[arg-type]
    return list(services.accounts.page(operator, asked, PageRequest()))


def names(rows: list[AccountSummary]) -> list[str]:
    return [row.name for row in rows]


def test_a_word_for_who_created_it() -> None:
    search = parse_search("by:Dána BY:x !by:y by:", AccountState)
    assert search.terms == (Term(by="dana"), Term(by="x"), Term(by="y", excluded=True))
    assert parse_search("by:dana", TeamState).terms == (Term("by:dana"),)


@pytest.mark.parametrize("word", ["by:dana@acme.example", "by:DANA", "by:dan"])
def test_a_filter_finds_what_somebody_created_and_says_by_which_key(
    services: Services, admin: Operator, dana: Operator, word: str
) -> None:
    rows = found(services, admin, word)
    assert names(rows) == ["a-deploy", "ci-bot"]
    assert rows[1].found_key is not None
    assert rows[1].found_key.created_by_id == dana.id
    assert names(found(services, admin, f"{word} deploy")) == ["a-deploy"]
    assert names(found(services, admin, f"!{word}")) == []
    assert names(found(services, admin, "by:alice")) == ["ci-bot"]
    assert names(found(services, admin, "by:nobody")) == []
    assert names(found(services, admin, f"by:{dana.id}")) == ["a-deploy", "ci-bot"]


def test_an_address_that_has_changed_since_is_found_by_both(
    services: Services, admin: Operator, dana: Operator
) -> None:
    services.accounts.update(admin, dana.id, email="fox@acme.example")
    for word in ("by:fox", "by:dana@acme"):
        assert names(found(services, admin, word)) == ["a-deploy", "ci-bot"]


def test_who_is_gone_is_still_told_and_found(services: Services, admin: Operator, dana: Operator) -> None:
    services.accounts.delete(admin, dana.id)
    rows = found(services, admin, "by:dana")
    assert names(rows) == ["a-deploy", "ci-bot"]
    creators = [row.creator for row in rows]
    assert [(each.name, each.id, each.gone) for each in creators if each] == [
        ("Dana@acme.example", dana.id, True),
        ("alice@acme.example", admin.id, False),
    ]
    assert services.audit.find_actor(admin, "dana@acme.example") == dana.id
    assert names(found(services, admin, created_by=dana.id)) == ["a-deploy"]
    assert services.accounts.show(admin, rows[0].id).creator_gone
    keys = services.keys.list(admin, creator_id=dana.id)
    assert [key.creator_gone for key in keys] == [True, True]


def test_lists_are_sorted_by_who_created_a_row(
    services: Services, admin: Operator, dana: Operator, cast: Cast
) -> None:
    services.service_accounts.create(admin, name="z-bot")
    rows = found(services, admin, sort=AccountSort.CREATED_BY)
    assert names(rows) == ["ci-bot", "z-bot", "a-deploy"]
    reverse = found(services, admin, sort=AccountSort.CREATED_BY, descending=True)
    assert names(reverse) == ["a-deploy", "z-bot", "ci-bot"]
    query = AccountQuery(kind=Kind.SERVICE_ACCOUNT, sort=AccountSort.CREATED_BY)
    second = services.accounts.page(admin, query, PageRequest(after=rows[0].id, size=1))
    assert names(list(second)) == ["z-bot"], "a page goes on from the row before"
    keys = services.keys.list(admin, by_creator=True)
    assert [key.created_by for key in keys] == sorted((key.created_by for key in keys), key=str.lower)
    assert {key.account_name for key in services.keys.list(admin, creator_id=dana.id)} == {
        "a-deploy",
        "ci-bot",
    }


def test_who_is_no_admin_learns_nothing_of_who_created_them(
    services: Services, admin: Operator, cast: Cast
) -> None:
    for query in (AccountQuery(text="by:alice"), AccountQuery(text="!by:alice")):
        assert not services.accounts.page(cast.bao, query, PageRequest())
        assert services.accounts.count(cast.bao, query).total == 0
    for query in (AccountQuery(created_by=admin.id), AccountQuery(created_by="x"), AccountQuery()):
        (row,) = services.accounts.page(cast.bao, query, PageRequest())
        assert row.creator is None
