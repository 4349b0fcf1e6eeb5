"""`pftui db …`: by who owns the store, without an operator."""

from __future__ import annotations

import json
import sqlite3
import stat

import pytest

from tests.commands.conftest import Pftui


def test_status(pftui: Pftui) -> None:
    status = json.loads(pftui.ok("db", "status", "--json", PFTUI_API_KEY=None))
    assert set(status) == {
        "location", "database", "revision", "expectedRevision", "current", "sizeBytes", "counts", "auditHead",
        "healthy", "problems",
    }  # fmt: skip
    assert (status["current"], status["healthy"]) == (True, True)
    assert status["counts"]["serviceAccounts"] == 1
    text = pftui.ok("db", "status", PFTUI_API_KEY=None)
    assert str(pftui.store) in text
    assert "service accounts: 1" in text
    assert status["auditHead"]["hash"] in text


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_status_of_a_newer_store(pftui: Pftui, options: tuple[str, ...]) -> None:
    with sqlite3.connect(pftui.store) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    connection.close()
    before = pftui.store.read_bytes()
    result = pftui("db", "status", *options)
    assert result.code == 3
    assert "9999" in result.out
    assert "another version" in result.err
    for refused in (("db", "upgrade"), ("users", "list"), ("verify",)):
        assert pftui(*refused).code == 3
    assert pftui.store.read_bytes() == before


def test_an_upgrade_of_a_current_store_changes_nothing(pftui: Pftui) -> None:
    before = pftui.store.read_bytes()
    result = pftui("db", "upgrade", "--json", PFTUI_API_KEY=None)
    assert (result.code, json.loads(result.out)["backup"]) == (0, None)
    assert "up to date" in result.err
    assert pftui.store.read_bytes() == before


def test_backup_is_a_store_of_its_own(pftui: Pftui) -> None:
    target = pftui.folder / "copy.db"
    result = pftui("db", "backup", str(target), PFTUI_API_KEY=None)
    assert (result.code, result.out) == (0, "")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert "robot" in pftui.ok("service-accounts", "list", "--store", str(target))
    with sqlite3.connect(target) as connection:
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    connection.close()


def test_backup_overwrites_nothing(pftui: Pftui) -> None:
    target = pftui.folder / "precious"
    target.write_text("mine")
    result = pftui("db", "backup", str(target))
    assert (result.code, result.out) == (2, "")
    assert target.read_text() == "mine"
    assert pftui("db", "backup", str(pftui.store)).code == 2


def test_backup_into_nowhere(pftui: Pftui) -> None:
    result = pftui("db", "backup", str(pftui.folder / "no" / "such" / "folder.db"))
    assert (result.code, result.out) == (3, "")
    assert len(result.err.splitlines()) == 1
