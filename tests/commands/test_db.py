"""`pftui db …`: by who owns the store, without an operator."""

from __future__ import annotations

import json
import os
import sqlite3
import stat

import pytest

from pftui.bootstrap import open_services
from tests.commands.conftest import Pftui


def test_status(pftui: Pftui) -> None:
    status = json.loads(pftui.ok("db", "status", "--json", PFTUI_API_KEY=None))
    assert set(status) == {
        "location", "database", "revision", "expectedRevision", "current", "sizeBytes", "counts", "auditHead",
        "storeKey", "healthy", "problems", "slower",
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


def test_a_check_of_a_whole_store(pftui: Pftui) -> None:
    before = pftui.store.read_bytes()
    result = pftui("db", "check", PFTUI_API_KEY=None)
    assert (result.code, result.out, result.err) == (0, "", "The store is whole.\n")
    whole = json.loads(pftui.ok("db", "check", "--json", PFTUI_API_KEY=None))
    assert whole == {"whole": True, "complete": True, "findings": []}
    assert pftui.store.read_bytes() == before


def test_r6_names_that_look_alike_are_listed_and_no_damage(pftui: Pftui) -> None:
    pftui.ok("service-accounts", "create", "tоol")
    pftui.ok("service-accounts", "create", "spare")
    with sqlite3.connect(pftui.store) as connection:
        connection.execute(
            "UPDATE principals SET name = 'tool', name_folded = 'tool', search_text = 'tool', name_look = "
            "(SELECT name_look FROM principals WHERE name = 'tоol') WHERE name = 'spare'"
        )
        connection.execute("UPDATE account_index SET text = 'tool' WHERE text = 'spare'")
    connection.close()
    result = pftui("db", "check", PFTUI_API_KEY=None)
    assert result.code == 0
    assert '"tоol"' in result.out
    assert " looks like " in result.out
    assert "rename" in result.err
    told = json.loads(pftui.ok("db", "check", "--json", PFTUI_API_KEY=None))
    assert told["whole"]
    assert [finding["damage"] for finding in told["findings"]] == [False]


def test_a_check_tells_what_and_where(pftui: Pftui) -> None:
    with sqlite3.connect(pftui.store) as connection:
        connection.execute("UPDATE principals SET status = 999, description = 'a\x9bb'")
    connection.close()
    result = pftui("db", "check", PFTUI_API_KEY=None)
    assert result.code == 1
    lines = result.out.splitlines()
    assert len(lines) == 8
    assert all(line.startswith(("principals ", "account_counts ")) for line in lines)
    assert any(
        line.endswith(": the status 999 is unknown to this version of pftui: a newer one's, or damaged")
        for line in lines
    )
    assert "8 findings" in result.err
    result = pftui("db", "check", "--json", PFTUI_API_KEY=None)
    told = json.loads(result.out)
    assert (result.code, told["whole"], len(told["findings"])) == (1, False, 8)
    assert set(told["findings"][0]) == {"where", "what", "damage"}


def test_a_check_of_what_is_no_store(pftui: Pftui) -> None:
    result = pftui("db", "check", "--store", str(pftui.folder / "nowhere.db"), PFTUI_API_KEY=None)
    assert (result.code, result.out) == (3, "")
    with sqlite3.connect(pftui.store) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert pftui("db", "check", PFTUI_API_KEY=None).code == 3


def test_a_damaged_row_takes_no_list_away(pftui: Pftui) -> None:
    pftui.ok("service-accounts", "create", "ci-bot")
    with sqlite3.connect(pftui.store) as connection:
        connection.execute(
            "UPDATE principals SET status = 'abc', created_at = 'gestern' WHERE name = 'ci-bot'"
        )
    connection.close()
    rows = {row["name"]: row for row in json.loads(pftui.ok("service-accounts", "list", "--json"))}
    assert set(rows) == {"ci-bot", "robot"}
    assert (rows["ci-bot"]["status"], rows["ci-bot"]["damaged"]) == ("unknown", ["status"])
    assert "damaged" not in rows["robot"]
    assert "damaged" in pftui.ok("service-accounts", "list")
    shown = pftui.ok("service-accounts", "show", "ci-bot")
    assert "Damaged in the store: status, created at. `pftui db check` tells more." in shown
    assert "unknown by robot" in shown
    assert json.loads(pftui.ok("service-accounts", "show", "ci-bot", "--json"))["createdAt"] is None


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


def test_restore_tells_what_comes_back_and_asks_for_the_name(pftui: Pftui) -> None:
    pftui.ok("service-accounts", "create", "ci-bot")
    pftui.ok("db", "backup", str(pftui.folder / "b.db"))
    pftui.ok("service-accounts", "delete", "ci-bot", "--yes")
    before = pftui.store.read_bytes()
    typed = pftui.typed("db", "restore", str(pftui.folder / "b.db"), PFTUI_API_KEY=None)
    typed.expect("Type Acme Corp to go on: ")
    assert "Keys that work again: " in typed.screen
    assert "Accounts that were deleted and are there again: ci-bot." in typed.screen
    typed.type("no\n")
    refused = typed.end()
    assert (refused.code, "Nothing was changed." in refused.err) == (1, True)
    assert pftui.store.read_bytes() == before
    typed = pftui.typed("db", "restore", str(pftui.folder / "b.db"), PFTUI_API_KEY=None)
    typed.expect("Type Acme Corp to go on: ").type("Acme Corp\n")
    done = typed.end()
    assert done.code == 0, done
    assert "is kept in" in done.err
    assert "ci-bot" in pftui.ok("service-accounts", "list")
    event = json.loads(pftui.ok("audit", "list", "--action", "store_restored", "--json"))["logs"][0]
    assert event["actorId"].startswith("host:")
    assert set(event["metadata"]) == {"restored", "replaced", "generation"}


def test_restore_needs_consent_ownership_and_a_login(pftui: Pftui, monkeypatch: pytest.MonkeyPatch) -> None:
    backup = str(pftui.folder / "b.db")
    pftui.ok("db", "backup", backup)
    before = pftui.store.read_bytes()
    assert pftui("db", "restore", backup).code == 2
    limited = pftui("db", "restore", backup, "--yes", SSH_ORIGINAL_COMMAND="")
    assert (limited.code, "SSH" in limited.err) == (1, True)
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)
    other = pftui("db", "restore", backup, "--yes")
    assert (other.code, "owner" in other.err) == (1, True)
    assert pftui.store.read_bytes() == before


def test_restore_while_a_console_is_open(pftui: Pftui) -> None:
    backup = str(pftui.folder / "b.db")
    pftui.ok("db", "backup", backup)
    services = open_services(f"sqlite:///{pftui.store}")
    result = pftui("db", "restore", backup, "--yes")
    services.lifecycle.close()
    assert (result.code, result.out) == (3, "")
    assert "end it, then try again" in result.err
    assert pftui("db", "restore", backup, "--yes").code == 0


def test_a_copy_is_a_store_of_its_own_and_says_so(pftui: Pftui) -> None:
    target = pftui.folder / "moved" / "pftui.db"
    result = pftui("db", "copy", "--to", str(target), "--json", PFTUI_API_KEY=None)
    assert result.code == 0
    told = json.loads(result.out)
    assert (told["from"], told["to"]) == (str(pftui.store), str(target))
    assert told["rows"]["principals"] == 2
    assert told["untold"] is None
    assert "valid in both" in result.err
    assert "Both were compared" in result.err
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert "robot" in pftui.ok("service-accounts", "list", "--store", str(target))
    head = f"{told['auditHead']['sequence']}:{told['auditHead']['hash']}"
    for store in (pftui.store, target):
        pftui.ok("audit", "verify", "--expect", head, "--store", str(store), PFTUI_API_KEY=None)
    assert pftui("db", "copy", "--from", str(pftui.store), "--to", str(target)).code == 1


def test_where_to_copy_is_looked_at_first(pftui: Pftui) -> None:
    to = ("--to", str(pftui.folder / "new.db"))
    assert pftui("db", "copy").code == 2
    assert pftui("db", "copy", "--from", "a.db", "--store", "b.db", *to).code == 2
    refused = pftui("db", "copy", *to, SSH_ORIGINAL_COMMAND="pftui")
    assert refused.code == 1
    assert "Nothing was done" in refused.err
    for option in ("--from", "--to"):
        result = pftui("db", "copy", *to, option, "postgresql://u:hunter2@db/x")
        assert result.code == 2
        assert f"given with {option} holds a password" in result.err
        assert "hunter2" not in result.err
    assert not (pftui.folder / "new.db").exists()
