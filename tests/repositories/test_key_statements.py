"""What is read of an account's teams decides as all of them would, on random stores, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert, select

from pftui.domain import decisions
from pftui.domain.accounts import AssignmentView
from pftui.domain.decisions import Decision, KeyAccount, KeyFacts, decide
from pftui.domain.names import fold
from pftui.domain.permissions import Permission, in_order
from pftui.repositories.key_lookup import records, statements
from pftui.repositories.key_lookup.reader import KeyReader
from pftui.repositories.models import ApiKeyRow, Assignment, Principal, Role, RolePermission, Team

_START = datetime(2026, 1, 1, tzinfo=UTC)
_MOST = 2
#: By id, slug and name, of which one may be another's.
_REFERENCES = ("t0", "t1", "red", "Blue", "blue", "Café", "cafe", "t2", "t3", "gone", "'; --", "\0", "")
_BY = {"created_by": "alice", "created_at": _START}


@pytest.fixture
def reader(store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyReader]:
    """A reader that lists few teams, so that a small store has more."""
    for module in (decisions, records, statements):
        monkeypatch.setattr(module, "MOST_GRANTS", _MOST)
    opened = KeyReader.open(store_url)
    yield opened
    opened.close()


@st.composite
def _stores(draw: st.DrawFn) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from(["Red", "Blue", "Café", "t0", "t1"]), unique=True, max_size=5))
    slugs = draw(st.permutations(["red", "blue", "cafe", "t2", "t3"]))
    roles = draw(st.lists(st.frozensets(st.sampled_from(Permission), max_size=3), min_size=2, max_size=2))
    held = draw(st.dictionaries(st.integers(0, len(names) - 1), st.integers(0, 1))) if names else {}
    return {
        "teams": [(f"t{number}", name, slugs[number]) for number, name in enumerate(names)],
        "roles": roles,
        "held": held,
        "others": draw(st.booleans()),
        "ended": draw(st.integers(0, 4)),
        "flags": draw(st.tuples(st.booleans(), st.booleans(), st.booleans())),
    }


def _put(connection: Connection, store: dict[str, Any]) -> None:
    """The store with these rows, and no other teams."""
    revoked, disabled, global_admin = store["flags"]
    for row in (ApiKeyRow, Assignment, Team):
        connection.execute(delete(row))
    connection.execute(delete(RolePermission).where(RolePermission.role_id.like("role-%")))
    connection.execute(delete(Role).where(Role.id.like("role-%")))
    connection.execute(delete(Principal).where(Principal.id.in_(["bot", "other"])))
    for number, permissions in enumerate(store["roles"]):
        values = {"name": f"R{number}", "name_folded": f"r{number}", "name_look": "", "position": 90 + number}
        connection.execute(
            insert(Role).values(
                id=f"role-{number}",
                description="",
                predefined=False,
                version=1,
                member_count=0,
                service_account_count=0,
                **values,
            )
        )
        for each in permissions:
            connection.execute(insert(RolePermission).values(role_id=f"role-{number}", permission=each.value))
    for name in ("bot", "other"):
        connection.execute(
            insert(Principal).values(
                id=name,
                kind="service_account",
                name=name,
                name_folded=name,
                name_look="",
                identifier="",
                identifier_folded="",
                description="",
                global_admin=global_admin and name == "bot",
                disabled=disabled and name == "bot",
                status=1,
                team_count=len(store["held"]),
                last_used_at=0,
                version=1,
                stamp=1,
                search_text=name,
                created_by_folded="",
                **_BY,
            )
        )
    for id_, name, slug in store["teams"]:
        connection.execute(
            insert(Team).values(
                id=id_,
                name=name,
                name_folded=fold(name),
                name_look="",
                slug=slug,
                slug_look="",
                member_count=0,
                service_account_count=0,
                search_text="",
                version=1,
                **_BY,
            )
        )
    assigned = [("bot", team, role) for team, role in store["held"].items()]
    if store["others"]:
        assigned += [("other", number, 0) for number in range(len(store["teams"]))]
    # Of teams that have ended; by their ids they come first.
    assigned += [("bot", -number, 0) for number in range(1, 1 + store["ended"])]
    for account, team, role in assigned:
        connection.execute(
            insert(Assignment).values(
                principal_id=account,
                team_id=f"t{team}" if team >= 0 else f"ended{team}",
                role_id=f"role-{role}",
                kind="service_account",
                name_folded=account,
                **_BY,
            )
        )
    connection.execute(
        insert(ApiKeyRow).values(
            key_id="Ab12Cd34Ef",
            principal_id="bot",
            label="",
            hash="$argon2id$x",
            saved=True,
            last_used_at=0,
            revoked_at=_START if revoked else None,
            search_text="",
            created_by_folded="",
            live=int(not revoked),
            **_BY,
        )
    )


def _all_facts(store: dict[str, Any]) -> KeyFacts:
    """The facts with every assignment."""
    revoked, disabled, global_admin = store["flags"]
    grants = []
    for id_, name, slug in sorted(store["teams"], key=lambda team: (fold(team[1]), team[0])):
        role = store["held"].get(int(id_[1:]))
        if role is not None:
            permissions = in_order(store["roles"][role])
            grants.append(AssignmentView(id_, name, slug, f"role-{role}", f"R{role}", permissions))
    account = KeyAccount("bot", "bot", global_admin)
    return KeyFacts("Ab12Cd34Ef", account, revoked, disabled, tuple(grants))


def _fitting(store: dict[str, Any], reference: str) -> set[str]:
    text = "" if "\0" in reference else reference.strip()
    return {
        id_
        for id_, name, slug in store["teams"]
        if text == id_ or (fold(text) in (slug, fold(name)) and text)
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(store=_stores(), wanted=st.sampled_from([(), (Permission.RUN_SCANS,), (Permission.VIEW_ISSUES,)]))
def test_the_rows_of_one_team_decide_as_all_do(
    store: dict[str, Any], wanted: tuple[Permission, ...], reader: KeyReader
) -> None:
    with reader.engine.begin() as connection:
        _put(connection, store)
    everything = _all_facts(store)
    for reference in _REFERENCES:
        record = reader.read("Ab12Cd34Ef", reference)
        assert record is not None
        assert record.teams == _fitting(store, reference)
        for team in record.teams:
            assert decide(record.facts, team, wanted) == decide(everything, team, wanted)
        if not record.teams:
            assert record.facts.assignments == ()
            assert bool(record.facts.others) is bool(everything.assignments)
    record = reader.read("Ab12Cd34Ef", None)
    assert record is not None
    _compare_unasked(decide(record.facts), everything)


def _compare_unasked(ours: Decision, everything: KeyFacts) -> None:
    theirs, every = decide(everything), everything.assignments
    assert (ours.allowed, ours.reason, ours.message) == (theirs.allowed, theirs.reason, theirs.message)
    if ours.allowed:
        assert list(ours.grants) == [grant for grant in every if grant in ours.grants]
        assert len(ours.grants) == min(len(every), _MOST)
        assert ours.more_grants == len(every) - len(ours.grants)
        assert ours.as_json()["moreTeams"] == ours.more_grants


def test_no_more_rows_are_read_than_are_wanted(reader: KeyReader) -> None:
    """However many teams there are: for a team one, without one as many as are listed, and one that tells."""
    teams = [(f"t{number}", f"Team {number}", f"team-{number}") for number in range(9)]
    held = dict.fromkeys(range(9), 0)
    store = {
        "teams": teams,
        "roles": [frozenset({Permission.RUN_SCANS})] * 2,
        "held": held,
        "others": True,
        "ended": 0,
        "flags": (False, False, False),
    }
    with reader.engine.begin() as connection:
        _put(connection, store)
        assert len(connection.execute(select(Assignment)).all()) == 18
        parameters = {"key_id": "Ab12Cd34Ef", "team": "t7", "team_folded": "t7"}
        assert len(connection.execute(statements.key_with_team(), parameters).all()) == 1
        assert len(connection.execute(statements.key(), {"key_id": "Ab12Cd34Ef"}).all()) == _MOST + 1
    record = reader.read("Ab12Cd34Ef", None)
    assert record is not None
    assert (len(record.facts.assignments), record.facts.others) == (_MOST, 9 - _MOST)
