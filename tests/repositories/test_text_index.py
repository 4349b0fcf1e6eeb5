"""The index of texts: kept by whoever can, told of where it is not, and made whole by an upgrade."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from pftui.bootstrap import create_store, open_services
from pftui.domain.accounts import AccountQuery, Operator
from pftui.domain.paging import PageRequest
from pftui.domain.secret import Secret
from pftui.repositories import text_index
from pftui.repositories.database import indexing
from pftui.services import store_admin
from pftui.services.contracts import Services
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, ORGANIZATION, SetClock
from tests.robustness.consistency import check
from tests.services.test_damaged_rows import writing

_NAMES = ("Jenkins", "ci-scan", "nightly", "Zoë's bot")


def _found(services: Services, admin: Operator, text: str) -> list[str]:
    query = AccountQuery(text=text)
    rows = [row.name for row in services.accounts.page(admin, query, PageRequest())]
    assert services.accounts.count(admin, query).total == len(rows)
    return rows


def _index(path: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT rowid, text FROM account_index ORDER BY rowid").fetchall()


@contextmanager
def closing_services(url: str) -> Iterator[Services]:
    services = open_services(url)
    yield services
    services.lifecycle.close()


def _admin(services: Services) -> Operator:
    return services.sign_in.with_password(ADMIN_EMAIL, Secret(ADMIN_PASSWORD), interactive=False).operator


def test_a_change_writes_the_index_in_its_transaction(sqlite_url: str, sqlite_path: Path) -> None:
    with closing_services(sqlite_url) as services:
        admin = _admin(services)
        bot = services.service_accounts.create(admin, name="nightly scan")
        (row,) = [row for row in _index(sqlite_path) if row[1] == "nightly scan"]
        services.accounts.update(admin, bot.account_id, name="Zoë's scan")
        assert (row[0], "zoe's scan") in _index(sqlite_path)
        assert _found(services, admin, "e's sc") == ["Zoë's scan"]
        services.accounts.delete(admin, bot.account_id)
        assert row[0] not in dict(_index(sqlite_path))


def test_without_fts5_texts_are_looked_through_until_an_upgrade(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without:
        without.setattr(text_index, "has_fts5", lambda connection: False)
        with closing_services(sqlite_url) as services:
            admin = _admin(services)
            for name in _NAMES:
                services.service_accounts.create(admin, name=name)
            services.accounts.update(admin, admin.id, name="Alice Scan")
            assert _found(services, admin, "scan") == ["Alice Scan", "ci-scan"]
        assert "no FTS5" in str(store_admin.status(sqlite_url).slower)
        assert not store_admin.upgrade(sqlite_url).indexed
    with closing_services(sqlite_url) as services:
        assert _found(services, _admin(services), "scan") == ["Alice Scan", "ci-scan"]
    assert "is not whole" in str(store_admin.status(sqlite_url).slower)
    (told,) = store_admin.check(sqlite_url).findings
    assert not told.damage
    assert store_admin.upgrade(sqlite_url).indexed
    assert store_admin.status(sqlite_url).slower is None
    assert store_admin.check(sqlite_url).findings == ()
    check(sqlite_url)


def test_a_change_puts_in_what_another_program_left_out(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as without, closing_services(sqlite_url) as services:
        without.setattr(text_index, "has_fts5", lambda connection: False)
        services.service_accounts.create(_admin(services), name="Jenkins")
    with closing_services(sqlite_url) as services:
        services.service_accounts.create(_admin(services), name="nightly")
    assert store_admin.status(sqlite_url).slower is None
    check(sqlite_url)


def test_an_upgrade_goes_on_where_it_was_broken_off(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing_services(sqlite_url) as services:
        admin = _admin(services)
        for name in _NAMES:
            services.service_accounts.create(admin, name=name)
    with writing(sqlite_url) as connection:
        connection.exec_driver_sql("UPDATE principals SET index_number = NULL")
        connection.exec_driver_sql("DELETE FROM account_index")
    monkeypatch.setattr(indexing, "_AT_ONCE", 2)

    def killed(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store_admin.upgrade(sqlite_url, progress=killed)
    with closing_services(sqlite_url) as services:
        assert _found(services, _admin(services), "scan") == ["ci-scan"]
    steps: list[tuple[int, int]] = []
    store_admin.upgrade(sqlite_url, progress=lambda what, done, total: steps.append((done, total)))
    assert steps == [(4, 5), (5, 5)]
    check(sqlite_url)


def test_an_upgrade_mends_what_was_changed_beside_it(sqlite_url: str) -> None:
    with closing_services(sqlite_url) as services:
        services.service_accounts.create(_admin(services), name="Jenkins")
    with writing(sqlite_url) as connection:
        connection.exec_driver_sql("UPDATE account_index SET text = 'something else' WHERE text = 'jenkins'")
        connection.exec_driver_sql("INSERT INTO account_index (rowid, text) VALUES (99, 'nobody')")
    found = [finding.what for finding in store_admin.check(sqlite_url).findings]
    assert any("what the index of filters has of it" in what for what in found)
    store_admin.upgrade(sqlite_url)
    assert store_admin.check(sqlite_url).findings == ()
    check(sqlite_url)


@pytest.fixture
def own_postgresql(new_database: Callable[[], str]) -> str:
    """A store of its own, whose index a test may take away."""
    url = new_database()
    create_store(url, ORGANIZATION, SetClock())
    return url


def test_postgresql_tells_that_it_has_no_index_and_an_upgrade_makes_it(
    own_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = own_postgresql
    assert store_admin.status(url).slower is None
    with writing(url) as connection:
        connection.exec_driver_sql("DROP EXTENSION pg_trgm CASCADE")
    with monkeypatch.context() as without:
        without.setattr(text_index, "trigrams", lambda connection: None)
        assert not store_admin.upgrade(url).indexed
    assert "pg_trgm" in str(store_admin.status(url).slower)
    with closing_services(url) as services:
        admin = _admin(services)
        services.service_accounts.create(admin, name="nightly scan")
        assert _found(services, admin, "y sc") == ["nightly scan"]
    assert store_admin.upgrade(url).indexed
    assert store_admin.status(url).slower is None
    with closing_services(url) as services:
        assert _found(services, _admin(services), "y sc") == ["nightly scan"]
