"""A store of a million accounts: what the list asks for, beside the same on a thousand."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median

from benchmarks.stores import ADMIN_EMAIL, ADMIN_PASSWORD, make_store
from benchmarks.table import Row
from pftui.bootstrap import open_services
from pftui.domain.accounts import AccountQuery
from pftui.domain.paging import PageRequest
from pftui.domain.secret import Secret

FEW, MANY = 1_000, 1_000_000
PAGE = 50


def million(home: Path) -> Iterator[Row]:
    """The list's first page with its counts, the next page, a jump to the middle, and a filter."""
    few, many = (_timed(home, rows) for rows in (FEW, MANY))
    for what, taken in many.items():
        yield Row(f"{MANY:,} accounts ÷ {FEW:,}: {what}", taken, "ms", few[what], note="reported only")


def _timed(home: Path, rows: int) -> dict[str, float]:
    """Milliseconds of each, on a store of so many accounts."""
    folder = home / f"store-{rows}"
    folder.mkdir(mode=0o700)
    store = make_store(folder)
    _fill(store.path, rows)
    services = open_services(store.url)
    try:
        admin = services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD)).operator
        query, accounts = AccountQuery(), services.accounts
        last = accounts.page(admin, query, PageRequest(size=PAGE))[-1].id
        middle = PageRequest(offset=rows // 2, size=PAGE)
        found = AccountQuery(text=f"bot-{rows // 2:07}")
        acts: Mapping[str, Callable[[], object]] = {
            "opened: first page": lambda: accounts.page(admin, query, PageRequest(size=PAGE)),
            "opened: counts": lambda: accounts.count(admin, query),
            "scrolled to the next page": lambda: accounts.page(
                admin, query, PageRequest(size=PAGE, after=last)
            ),
            "jumped to the middle": lambda: accounts.page(admin, query, middle),
            "filtered by a name: first page": lambda: accounts.page(admin, found, PageRequest(size=PAGE)),
        }
        return {what: median(_milliseconds(act) for _ in range(3)) for what, act in acts.items()}
    finally:
        services.lifecycle.close()


def _milliseconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


def _fill(path: Path, rows: int) -> None:
    """Multiply the one service account there is, whatever columns it has."""
    own = {
        "id": "printf('%08d-0000-4000-8000-000000000000', number)",
        "name": "printf('bot-%07d', number)",
        "name_folded": "printf('bot-%07d', number)",
        "name_look": "printf('%032d', number)",
        "search_text": "printf('bot-%07d', number)",
    }
    connection = sqlite3.connect(path)
    try:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(principals)")]
        chosen = ", ".join(own.get(name, f"principals.{name}") for name in columns)
        connection.execute(
            f"WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers "
            f"WHERE number < {rows}) INSERT INTO principals ({', '.join(columns)}) "
            f"SELECT {chosen} FROM numbers CROSS JOIN principals WHERE principals.name = 'ci-bot'"
        )
        connection.commit()
    finally:
        connection.close()
