"""Quick ways to a list give what the plain ones do, on random stores, on both databases.

What decides between the ways are numbers of rows: here they are small, so that a small store takes all of
them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from pftui.domain.accounts import AccountQuery, AccountSort, Kind
from pftui.domain.paging import PageRequest
from pftui.repositories import paging, searching, text_index
from pftui.repositories.database.engine import connect
from pftui.repositories.models import ApiKeyRow, Assignment, Password, Principal, Role, Team
from pftui.repositories.unit_of_work import Store, UnitOfWork
from tests.repositories import plain_queries as plain

_START = datetime(2026, 1, 1, tzinfo=UTC)
#: Names that share letters, with some that only folding makes equal, and signs that SQL and FTS5 know.
_NAMES = (
    "Zoë Ng",
    "zoe-bot",
    "ab",
    "Abel",
    "50% off",
    'a"b c',
    "ci_bot",
    "CI-bot",
    "Łukasz",
    "Ñu",
    "x'y*z",
    "a",
)
_TEAMS = ("Red", "Café bot", "Zoo")
_KEYS = ("abel", "ABEL", "zoe1", "9zzz")
_WORDS = (
    "a", "ab", "abe", "zoe", "bot", "ci_", "ci-b", "50%", '"', 'a"b', "%", "_", "'y*", "*", "red", "cafe",
    "zo", "abel", "pfsa_abel", "pfsa_z", "is:admin", "is:no-team", "is:disabled", "is:user", "is:service",
    "is:att", "disabled", "admin", "by:ab", "by:zoe", "by:ghost", "by:host", "nobody", "ñu", "łuk", "is:gone",
)  # fmt: skip


@pytest.fixture
def store(store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store whose few rows are many."""
    monkeypatch.setattr(paging, "FEW", 2)
    monkeypatch.setattr(paging, "_TRIED", 3)
    monkeypatch.setattr(searching, "_MANY", 5)
    monkeypatch.setattr(searching, "_SOME", 2)
    opened = Store(connect(store_url))
    yield opened
    opened.close()


def _some(least: int, most: int) -> st.SearchStrategy[int]:
    return st.integers(least, most)


@st.composite
def _organizations(draw: st.DrawFn) -> dict[str, Any]:
    accounts = draw(
        st.lists(st.tuples(st.sampled_from(_NAMES), st.booleans(), st.booleans(), st.booleans()), max_size=12)
    )
    places = st.tuples(_some(0, 11), _some(0, 2))
    keys = st.tuples(_some(0, 11), _some(0, 2), st.booleans(), _some(0, 3))
    return {
        "accounts": accounts,
        "teams": draw(st.lists(places, unique=True, max_size=20)),
        "keys": draw(st.lists(keys, max_size=10)),
        "creators": draw(st.lists(_some(0, 5), min_size=12, max_size=12)),
    }


@st.composite
def _queries(draw: st.DrawFn) -> AccountQuery:
    words = draw(st.lists(st.tuples(st.sampled_from(("", "", "!")), st.sampled_from(_WORDS)), max_size=3))
    return AccountQuery(
        text=" ".join(f"{sign}{word}" for sign, word in words),
        kind=draw(st.sampled_from((None, *Kind))),
        attention=draw(st.sampled_from((False, False, True))),
        sort=draw(st.sampled_from(list(AccountSort))),
        descending=draw(st.booleans()),
        not_in_team=draw(st.sampled_from((None, None, "team-0"))),
    )


def _fill(unit: UnitOfWork, made: dict[str, Any]) -> None:
    """The rows, by the unit of work as it always is: what follows from them follows."""
    session = unit.session
    role = session.scalars(select(Role.id)).first()
    ids = []
    for number, (name, service, admin, disabled) in enumerate(made["accounts"]):
        who = made["creators"][number]
        account = Principal(
            id=f"account-{number}",
            kind=(Kind.SERVICE_ACCOUNT if service else Kind.USER).value,
            name=f"{name} {number}" if service else name,
            email=None if service else f"u{number}@acme.example",
            global_admin=admin,
            disabled=disabled,
            last_used_at=number % 3,
            created_at=_START,
            created_by=("alice@acme.example", "host:Abel", "ghost@acme.example")[who % 3],
            created_by_id=(None, f"account-{who}", "gone")[who % 3],
        )
        ids.append(account.id)
        session.add(account)
    for number, name in enumerate(_TEAMS):
        team = Team(
            id=f"team-{number}",
            name=name,
            slug=f"t{number}",
            created_at=_START,
            created_by="x",
            created_by_id=None,
        )
        session.add(team)
    unit.flush()
    for number, (name, *_) in enumerate(made["accounts"]):
        if number % 4 == 1:  # somebody is called otherwise by now
            unit.accounts.get(f"account-{number}").name = f"{name} two {number}"  # type: ignore[union-attr]
        if number % 4 == 2 and made["accounts"][number][1] is False:
            session.add(
                Password(principal_id=f"account-{number}", hash="x", temporary=True, changed_at=_START)
            )
    for account, team_number in made["teams"]:
        if account < len(ids):
            session.add(
                Assignment(
                    principal_id=ids[account],
                    team_id=f"team-{team_number}",
                    role_id=role,
                    created_at=_START,
                    created_by="x",
                )
            )
    for number, (account, beginning, revoked, when) in enumerate(made["keys"]):
        if account < len(ids):
            session.add(
                ApiKeyRow(
                    key_id=f"{_KEYS[beginning]}{number:06}",
                    principal_id=ids[account],
                    hash="x",
                    saved=bool(number % 2),
                    created_at=_START + timedelta(days=when),
                    created_by="Ghost" if number % 2 else "host:Zoe",
                    created_by_id=ids[0] if number % 3 else None,
                    revoked_at=_START if revoked else None,
                    revoked_by="x" if revoked else None,
                )
            )
    unit.flush()
    if len(ids) > 3:  # and somebody is gone
        unit.accounts.remove(unit.accounts.get(ids[3]))  # type: ignore[arg-type]
        unit.flush()


_HYPOTHESIS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@_HYPOTHESIS
@given(made=_organizations(), queries=st.lists(_queries(), min_size=1, max_size=6), at=_some(0, 14))
def test_accounts_are_listed_as_plainly(
    store: Store, made: dict[str, Any], queries: list[AccountQuery], at: int
) -> None:
    with store.write() as unit:  # and nothing of it stays
        _fill(unit, made)
        for query in queries:
            rows = plain.ids(unit.session, query)
            requests = [PageRequest(offset=at, size=3), PageRequest(size=4)]
            for one in rows[:: max(1, len(rows) // 3)]:
                requests += [PageRequest(size=3, after=one), PageRequest(size=3, before=one, offset=7)]
                assert unit.accounts.position(query, one, None) == rows.index(one), query
            for request in requests:
                listed = [row.id for row in unit.accounts.page(query, request, None)]
                assert listed == plain.page(rows, request), (query, request)
            counted = unit.accounts.count(query, None)
            assert (counted.total, counted.users, counted.attention) == plain.counts(unit.session, query), (
                query
            )
            assert counted.service_accounts == counted.total - counted.users


@_HYPOTHESIS
@given(made=_organizations(), size=_some(1, 4))
def test_members_and_keys_are_listed_as_plainly(store: Store, made: dict[str, Any], size: int) -> None:
    with store.write() as unit:
        _fill(unit, made)
        for kind in Kind:
            rows = plain.members(unit.session, "team-0", kind)
            for request in (
                PageRequest(size=size),
                *(PageRequest(offset=number, size=size) for number in range(len(rows) + 1)),
                *(PageRequest(size=size, after=one) for one in rows),
                *(PageRequest(size=size, before=one) for one in rows),
            ):
                listed = [row.account.id for row in unit.teams.members("team-0", kind, request, None)]
                assert listed == plain.page(rows, request), request
            for number, one in enumerate(rows):
                assert unit.teams.member_position("team-0", kind, one, None) == number
        for by_creator in (False, True):
            keys = plain.keys(unit.session, by_creator=by_creator)
            seen: list[str] = []
            page = unit.credentials.keys(by_creator=by_creator, limit=size)
            while page:
                seen += [key.key_id for key in page]
                page = unit.credentials.keys(by_creator=by_creator, limit=size, after=page[-1])
            assert seen == keys
            assert [key.key_id for key in unit.credentials.keys(by_creator=by_creator)] == keys


@pytest.mark.parametrize("text", ["ci_", "zo", "50%"])
def test_without_an_index_the_same_is_found(text: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.write() as unit:
        _fill(unit, {"accounts": [(name, False, False, False) for name in _NAMES], "teams": [], "keys": [],
                     "creators": [0] * 12})  # fmt: skip
        query = AccountQuery(text=text)
        quick = [row.id for row in unit.accounts.page(query, PageRequest(), None)]
        monkeypatch.setattr(text_index, "is_there", lambda connection: False)
        assert [row.id for row in unit.accounts.page(query, PageRequest(), None)] == quick
        assert quick == plain.ids(unit.session, query)
        assert quick
