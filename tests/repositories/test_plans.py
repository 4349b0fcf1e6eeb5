"""How each list and look-up is read on a store of 100,000 accounts, as the databases plan it.

No table that grows is walked through, and nothing but what was found is sorted; the query that does is named.
The store is made once, and kept outside of the repository (`benchmarks/big.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from benchmarks import big
from benchmarks.stores import ADMIN_EMAIL
from pftui.domain.accounts import AccountQuery, AccountSort, Kind
from pftui.domain.audit import AuditQuery
from pftui.domain.paging import PageRequest
from pftui.domain.teams import TeamQuery, TeamSort
from pftui.repositories.database.engine import connect
from pftui.repositories.unit_of_work import Store, UnitOfWork

pytestmark = pytest.mark.thorough

ACCOUNTS = 100_000
#: Tables that grow, and with them what is walked through.
GROWING = ("principals", "assignments", "api_keys", "audit_events")
_MANY = 5_000
_PAGE = PageRequest(size=64)
Look = Callable[[UnitOfWork], object]


def _accounts(request: PageRequest = _PAGE, **query: Any) -> Look:
    return lambda unit: unit.accounts.page(AccountQuery(**query), request, None)


def _members(request: PageRequest) -> Look:
    def look(unit: UnitOfWork) -> object:
        largest = TeamQuery(sort=TeamSort.MEMBERS, descending=True)
        team = unit.teams.page(largest, PageRequest(size=1), None)[0]
        return unit.teams.members(team.id, Kind.USER, request, None)

    return look


def _keys_page(**options: Any) -> Look:
    def look(unit: UnitOfWork) -> object:
        last = unit.credentials.keys(limit=50, **options)[-1]
        return unit.credentials.keys(limit=50, after=last, **options)

    return look


#: What is asked.
LOOKS: dict[str, Look] = {
    **{f"accounts by {sort.value}": _accounts(sort=sort) for sort in AccountSort},
    **{
        f"accounts by {sort.value}, from the end": _accounts(sort=sort, descending=True)
        for sort in AccountSort
    },
    "accounts: users": _accounts(kind=Kind.USER),
    "accounts: service accounts": _accounts(kind=Kind.SERVICE_ACCOUNT),
    "accounts: counts": lambda unit: unit.accounts.count(AccountQuery(), None),
    "accounts: counts of users": lambda unit: unit.accounts.count(AccountQuery(kind=Kind.USER), None),
    "accounts: counts of attention": lambda unit: unit.accounts.count(AccountQuery(attention=True), None),
    "accounts: a rare word": _accounts(text="xq1"),
    "accounts: a rare word, counts": lambda unit: unit.accounts.count(AccountQuery(text="xq1"), None),
    "accounts: two words": _accounts(text="wanda xq1"),
    "accounts: a key": _accounts(text="pfsa_0000"),
    "accounts: no such key": _accounts(text="pfsa_zzzzzzzzzz"),
    "accounts: by email": lambda unit: unit.accounts.by_email(ADMIN_EMAIL),
    "accounts: a name that looks alike": lambda unit: unit.accounts.alike("ci-b0t", Kind.SERVICE_ACCOUNT),
    "accounts: a reference": lambda unit: unit.accounts.matching("ci-bot", None, None),
    "members of the largest team": _members(_PAGE),
    "members from the end": _members(PageRequest(offset=2_400, size=64)),
    "teams by name": lambda unit: unit.teams.page(TeamQuery(), _PAGE, None),
    "roles": lambda unit: unit.roles.list(),
    "keys, newest first": _keys_page(),
    "keys, by creator": _keys_page(by_creator=True),
    "keys, by their beginning": lambda unit: unit.credentials.keys_beginning("00ab", 20),
    "audit: newest": lambda unit: unit.audit.page(AuditQuery(limit=20)),
}
_WALK = re.compile(r"SCAN (\w+)\b(?P<index> USING (?:COVERING )?INDEX)?(?P<virtual> VIRTUAL)?")


@pytest.fixture(scope="module")
def sqlite_engine() -> Iterator[Engine]:
    engine = connect(f"sqlite:///{big.on_sqlite(ACCOUNTS)}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def postgresql_engine() -> Iterator[Engine]:
    with big.on_postgresql(ACCOUNTS) as url:
        if url is None:
            pytest.skip("no PostgreSQL server here")
        engine = connect(url)
        yield engine
        engine.dispose()


@contextmanager
def _statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """What is sent meanwhile, with its values."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Connection, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            sent.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def _sent(engine: Engine, look: Look) -> list[tuple[str, Any]]:
    store = Store(engine)
    with _statements(engine) as sent, store.read() as unit:
        look(unit)
    return sent


@pytest.mark.parametrize("name", LOOKS)
def test_sqlite_walks_through_no_table(name: str, sqlite_engine: Engine) -> None:
    for statement, values in _sent(sqlite_engine, LOOKS[name]):
        plan, found = _on_sqlite(sqlite_engine, statement, values)
        assert not found, "\n".join([name, *found, statement, *plan])


def test_what_walks_is_found(sqlite_engine: Engine, postgresql_engine: Engine) -> None:
    for bad in (
        "SELECT count(*) FROM principals",
        "SELECT id FROM principals WHERE disabled ORDER BY description LIMIT 5",
        "SELECT id FROM principals ORDER BY created_at LIMIT 5",
    ):
        assert _on_sqlite(sqlite_engine, bad, ())[1]
        assert _on_postgresql(postgresql_engine, bad, ())[1]


def _on_sqlite(engine: Engine, statement: str, values: Any) -> tuple[list[str], list[str]]:
    """The plan, and what is wrong with it."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        plan = [row.detail for row in rows]
    found = []
    for line in plan:
        walk = _WALK.match(line)
        if walk and walk[1] in GROWING and not (walk["index"] and "LIMIT" in statement):
            found.append(line)
        if "AUTOMATIC" in line:
            found.append(line)
        if "TEMP B-TREE FOR ORDER BY" in line and not _is_small(plan):
            found.append(line)
    return plan, found


def _is_small(plan: list[str]) -> bool:
    """Whether what is sorted is a set that was found first, or a table that does not grow."""
    sets = (
        "LIST SUBQUERY",
        "MULTI-INDEX OR",
        "teams",
        "roles",
        "principal_id=?",
        "search_text>?",
        "name_look=?",
    )
    return any(word in line for word in sets for line in plan)


@pytest.mark.parametrize("name", LOOKS)
def test_postgresql_walks_through_no_table(name: str, postgresql_engine: Engine) -> None:
    for statement, values in _sent(postgresql_engine, LOOKS[name]):
        plan, found = _on_postgresql(postgresql_engine, statement, values)
        assert not found, "\n".join([name, *found, statement, plan])


def _on_postgresql(engine: Engine, statement: str, values: Any) -> tuple[str, list[str]]:
    """The plan, and what is wrong with it."""
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
    found = []
    for node in _nodes(plan[0]["Plan"]):
        kind = node["Node Type"]
        if node.get("limited"):
            continue
        if kind == "Seq Scan" and node.get("Relation Name") in GROWING:
            found.append(f"{kind} of {node['Relation Name']}")
        if kind == "Index Only Scan" and "LIMIT" not in statement and node["Plan Rows"] > _MANY:
            found.append(f"{kind} of {node['Plan Rows']} rows")
        if kind == "Sort" and node["Plan Rows"] > _MANY:
            found.append(f"{kind} of {node['Plan Rows']} rows")
    return str(plan), found


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        inner["limited"] = plan["Node Type"] == "Limit" and inner["Node Type"].startswith("Index")
        yield from _nodes(inner)


def test_the_store_is_whole(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        assert (
            connection.execute(text("SELECT count(*) FROM principals WHERE index_number IS NULL")).scalar()
            == 0
        )
