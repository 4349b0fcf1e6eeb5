"""`pftui db …`: by who owns the store, without an operator."""

from __future__ import annotations

import json
import sqlite3
import stat

from .conftest import Pftui


def test_status(pftui: Pftui) -> None:
    status = json.loads(pftui.ok("db", "status", "--json", PFTUI_API_KEY=None))
    assert status["current"] is True
    assert str(pftui.store) in pftui.ok("db", "status", PFTUI_API_KEY=None)


def test_an_upgrade_of_a_current_store_changes_nothing(pftui: Pftui) -> None:
    before = pftui.store.read_bytes()
    result = pftui("db", "upgrade", PFTUI_API_KEY=None)
    assert result.code == 0
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
    assert (result.code, result.out) == (1, "")
    assert target.read_text() == "mine"
    assert pftui("db", "backup", str(pftui.store)).code == 1


def test_backup_into_nowhere(pftui: Pftui) -> None:
    result = pftui("db", "backup", str(pftui.folder / "no" / "such" / "folder.db"))
    assert result.code in (1, 2, 3)
    assert len(result.err.splitlines()) == 1
