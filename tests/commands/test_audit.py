"""`pftui audit …`, as a program on a real store."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.commands.conftest import ADMIN, Pftui


def test_list_is_the_documented_object(pftui: Pftui) -> None:
    pftui.ok("teams", "create", "Red [b]Team")
    page = json.loads(pftui.ok("audit", "list", "--action", "team_created", "--limit", "1", "--json"))
    assert set(page) == {"total", "limit", "offset", "logs"}
    assert (page["total"], page["limit"], page["offset"]) == (2, 1, 0)
    event = page["logs"][0]
    assert set(event) == {
        "id", "description", "actorId", "actorName", "actorEmail", "action", "actionDisplayName", "target",
        "targetId", "metadata", "organizationId", "teamId", "createdAt", "sequence", "hash", "source",
    } - {"actorEmail"}  # fmt: skip  # a machine has none, and what is empty is left out
    assert (event["actorName"], event["target"]) == ("robot", "team")
    assert "Red [b]Team" in event["description"]
    older = json.loads(
        pftui.ok("audit", "list", "--action", "team_created", "--limit", "1", "--offset", "1", "--json")
    )
    assert "Default" in older["logs"][0]["description"]


def test_list_for_people_is_newest_first(pftui: Pftui) -> None:
    pftui.ok("teams", "create", "Red [b]Team")
    lines = pftui.ok("audit", "list", "--target", "team").splitlines()
    assert lines[0].split() == ["Date", "Actor", "Action", "Description", "Target", "ID"]
    assert "Red [b]Team" in lines[1]
    assert "Default" in lines[2]


def test_list_by_actor_and_time(pftui: Pftui) -> None:
    pftui.ok("teams", "create", "Red")
    now = datetime.now(UTC)
    hour = timedelta(hours=1)

    def total(*options: str) -> int:
        found: int = json.loads(pftui.ok("audit", "list", "--json", *options))["total"]
        return found

    robot = json.loads(pftui.ok("service-accounts", "show", "robot", "--json"))["id"]
    assert total("--actor-id", robot, "--target", "team") == 1
    assert total("--target", "team", "--since", (now - hour).isoformat()) == 2
    assert total("--target", "team", "--since", (now + hour).isoformat()) == 0
    assert total("--target", "team", "--until", f"{now - hour:%Y-%m-%dT%H:%M:%S}") == 0
    assert total("--target", "team", "--until", f"{now + timedelta(days=1):%Y-%m-%d}") == 2


def test_verify_of_an_intact_trail(pftui: Pftui) -> None:
    assert "intact" in pftui.ok("audit", "verify")
    verdict = json.loads(pftui.ok("audit", "verify", "--json"))
    assert set(verdict) == {"intact", "archived", "events", "head", "brokenAt", "newer", "problem"}
    assert verdict["intact"] is True
    assert verdict["events"] > 3


@pytest.mark.parametrize("json_wanted", [False, True])
def test_verify_of_an_edited_trail(pftui: Pftui, json_wanted: bool) -> None:
    with sqlite3.connect(pftui.store) as connection:
        table = next(
            name
            for (name,) in connection.execute("select name from sqlite_master where type = 'table'")
            if "audit" in name and "head" not in name
        )
        for (trigger,) in connection.execute(
            "select name from sqlite_master where type = 'trigger'"
        ).fetchall():
            connection.execute(f'drop trigger "{trigger}"')
        changed = connection.execute(f"update {table} set description = 'nothing to see' where sequence = 2")
        assert changed.rowcount == 1
    connection.close()
    result = pftui("audit", "verify", *(["--json"] if json_wanted else []))
    assert result.code == 1
    assert "broken at event 2" in result.err
    if json_wanted:
        verdict = json.loads(result.out)
        assert (verdict["intact"], verdict["brokenAt"]) == (False, 2)
    else:
        assert result.out == ""


def test_list_of_a_damaged_event_names_it(pftui: Pftui) -> None:
    with sqlite3.connect(pftui.store) as connection:
        connection.execute("update audit_events set metadata = '' where sequence = 2")
    connection.close()
    assert "Event 2 was edited and cannot be read" in pftui.ok("audit", "list")
    (damaged,) = [
        event for event in json.loads(pftui.ok("audit", "list", "--json"))["logs"] if "id" not in event
    ]
    assert "pftui audit verify" in damaged["description"]
    assert "broken at event 2" in pftui("audit", "verify").err


def test_without_a_head_nobody_signs_in(pftui: Pftui) -> None:
    with sqlite3.connect(pftui.store) as connection:
        connection.execute("delete from audit_head")
    connection.close()
    result = pftui("audit", "verify")
    assert (result.code, result.out) == (3, "")
    assert "lost its head" in result.err
    status = pftui("db", "status", PFTUI_API_KEY=None)
    assert status.code == 3
    assert "the audit trail has lost its head" in status.out


def descriptions(pftui: Pftui, *options: str) -> list[str]:
    page = json.loads(pftui.ok("audit", "list", "--json", "--without", "login", *options))
    return [event["description"] for event in page["logs"]]


def test_list_by_who_did_it_takes_what_every_command_takes(pftui: Pftui) -> None:
    pftui.ok("teams", "create", "Red")
    mine = descriptions(pftui, "--actor", "robot", "--target", "team")
    assert mine == ["Created team Red"]
    assert descriptions(pftui, "--actor", ADMIN.upper(), "--target", "team") == ["Created team Default"]
    for option in ("--actor", "--actor-id"):
        result = pftui("audit", "list", option, "nobody@acme.example")
        assert (result.code, result.out) == (1, "")
        assert "Nobody of the name, e-mail or id 'nobody@acme.example' is or was there." in result.err


def test_list_about_a_thing_takes_accounts_teams_and_keys(pftui: Pftui) -> None:
    pftui.ok("teams", "create", "Red Team")
    key = pftui.ok("service-accounts", "create", "ci-bot", "--team", "red-team", "--role", "Viewer").strip()
    assert descriptions(pftui, "--about", "red-team") == [
        "Added ci-bot to Red Team as Viewer",
        "Created team Red Team",
    ]
    about_bot = descriptions(pftui, "--about", "CI-bot")
    assert about_bot[-1] == "Created service account ci-bot"
    assert len(about_bot) == 3
    assert descriptions(pftui, "--about", key[:15]) == [f"Created API key {key[:15]}… for ci-bot"]
    assert pftui("audit", "list", "--about", "never-there").code == 1


def test_what_was_deleted_is_still_found_by_its_name(pftui: Pftui) -> None:
    pftui.ok("teams", "create", "Red Team")
    pftui.ok("service-accounts", "create", "ci-bot")
    pftui.ok("users", "create", "bao@acme.example", "--name", "Bao")
    before = len(descriptions(pftui, "--about", "ci-bot"))
    pftui.ok("teams", "delete", "Red Team", "--yes")
    pftui.ok("service-accounts", "delete", "ci-bot", "--yes")
    pftui.ok("users", "delete", "bao@acme.example", "--yes")
    assert descriptions(pftui, "--about", "Red Team")[0].startswith("Deleted team Red Team")
    assert len(descriptions(pftui, "--about", "ci-bot")) == before + 1
    assert descriptions(pftui, "--about", "bao@acme.example")[0] == "Deleted user bao@acme.example"


def test_list_since_so_long_ago(pftui: Pftui) -> None:
    assert descriptions(pftui, "--since", "2h", "--target", "team", "--actor", "robot") == []
    pftui.ok("teams", "create", "Red")
    assert descriptions(pftui, "--since", "2h", "--target", "team", "--actor", "robot") == [
        "Created team Red"
    ]
    assert pftui("audit", "list", "--since", "2x").code == 2
    assert pftui("audit", "list", "--since", "999999w").code == 2


def test_list_says_of_how_many(pftui: Pftui) -> None:
    pftui.ok("teams", "create", "Red")
    pftui.ok("teams", "create", "Blue")
    result = pftui("audit", "list", "--action", "team_created", "--limit", "2")
    assert "2 of 3 events, more with --offset 2." in result.err
    result = pftui("audit", "list", "--action", "team_created", "--limit", "2", "--offset", "2")
    assert "1 of 3 events." in result.err
    assert "events" not in pftui("audit", "list", "--action", "team_created").err


def test_a_head_that_was_kept_finds_a_trail_that_was_cut_off(pftui: Pftui, tmp_path: Path) -> None:
    pftui.ok("teams", "create", "Red")
    kept = pftui.ok("audit", "head").strip()
    number, _, digest = kept.partition(":")
    assert json.loads(pftui.ok("audit", "head", "--json"))["sequence"] > int(number)
    later = pftui.ok("audit", "head").strip()
    file = tmp_path / "heads"
    file.write_text(f"{kept}\n\n{later}\n")
    pftui.ok("audit", "verify", "--expect", kept, "--expect", later)
    pftui.ok("audit", "verify", "--expect-file", str(file))
    with sqlite3.connect(pftui.store) as store:
        sequence = int(number) - 2
        (old,) = store.execute("SELECT hash FROM audit_events WHERE sequence = ?", (sequence,)).fetchone()
        store.execute("DELETE FROM audit_events WHERE sequence > ?", (sequence,))
        store.execute("UPDATE audit_head SET sequence = ?, hash = ?", (sequence, old))
    pftui.ok("audit", "verify")  # alone it cannot know
    for option in (("--expect", kept), ("--expect-file", str(file))):
        result = pftui("audit", "verify", *option)
        assert result.code == 1
        assert "not the event that was expected" in result.err or "expected there is missing" in result.err
    for wrong in ("5", "5:abc", f"0:{digest}", f"{number}:{digest.upper()}"):
        assert pftui("audit", "verify", "--expect", wrong).code == 2


def test_another_event_in_the_place_of_the_expected_one_is_told(pftui: Pftui) -> None:
    number, _, digest = pftui.ok("audit", "head").strip().partition(":")
    result = pftui("audit", "verify", "--expect", f"{number}:{digest[::-1]}")
    assert result.code == 1
    assert f"broken at event {number}: this is not the event that was expected there" in result.err


def rows_of(store: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        return list(connection.iterdump())


def test_who_owns_the_store_verifies_without_an_operator_and_writes_nothing(pftui: Pftui) -> None:
    head = pftui.ok("audit", "head").strip()
    before = rows_of(pftui.store)
    assert "intact" in pftui.ok("audit", "verify", PFTUI_API_KEY=None)
    assert "intact" in pftui.ok("audit", "verify", "--expect", head, PFTUI_API_KEY=None)
    assert rows_of(pftui.store) == before
    with closing(sqlite3.connect(pftui.store)) as connection, connection:
        connection.execute("update audit_events set description = 'x' where sequence = 2")
    assert pftui("audit", "verify", PFTUI_API_KEY=None).code == 1
    with closing(sqlite3.connect(pftui.store)) as connection, connection:
        connection.execute("delete from audit_head")
    assert pftui("audit", "verify", PFTUI_API_KEY=None).code == 1
    pftui.store.unlink()
    assert pftui("audit", "verify", PFTUI_API_KEY=None).code == 3


def test_who_does_not_own_the_store_must_say_who_acts(pftui: Pftui, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)
    result = pftui("audit", "verify", PFTUI_API_KEY=None)
    assert result.code == 2
    assert "Who acts?" in result.err


def test_a_newer_form_is_not_called_damage(pftui: Pftui) -> None:
    with closing(sqlite3.connect(pftui.store)) as connection, connection:
        connection.execute("update audit_events set v = 2 where sequence = 2")
    result = pftui("audit", "verify")
    assert result.code == 3
    assert "cannot be checked at event 2: it was written by a newer version" in result.err
    assert json.loads(pftui("audit", "verify", "--json").out)["newer"] is True


def test_show_tells_all_of_one_event(pftui: Pftui) -> None:
    pftui.ok("teams", "create", "Red")
    (listed,) = json.loads(pftui.ok("audit", "list", "--action", "team_created", "--limit", "1", "--json"))[
        "logs"
    ]
    number = str(listed["sequence"])
    assert json.loads(pftui.ok("audit", "show", number, "--json")) == listed
    told = pftui.ok("audit", "show", number)
    for part in ("Created team Red", f"robot ({pftui.key[:15]}…)", f"uid {os.getuid()}", "as claimed: host"):
        assert part in told
    assert listed["source"]["by"] == "key"
    assert listed["source"]["uid"] == os.getuid()
    assert pftui("audit", "show", "999999").code == 1
    assert pftui("audit", "show", "0").code == 2
    assert pftui("audit", "show", str(10**30)).code == 1
    with closing(sqlite3.connect(pftui.store)) as connection, connection:
        connection.execute("update audit_events set metadata = '' where sequence = 2")
    assert "Event 2 was edited" in pftui.ok("audit", "show", "2")


def test_a_target_is_taken_in_any_case(pftui: Pftui) -> None:
    assert pftui.ok("audit", "list", "--target", "TEAM") == pftui.ok("audit", "list", "--target", "team")
    assert json.loads(pftui.ok("audit", "list", "--target", "webhook", "--json"))["total"] == 0
    assert pftui("audit", "list", "--target", "garden").code == 2


def test_a_refusal_is_listed_with_its_act(pftui: Pftui) -> None:
    pftui.ok("users", "create", "bao@acme.io", "--name", "Bao")
    result = pftui("users", "revoke-admin", ADMIN, "--yes")
    assert result.code == 1
    (event,) = json.loads(pftui.ok("audit", "list", "--action", "change_refused", "--json"))["logs"]
    assert (event["metadata"]["act"], event["metadata"]["rule"]) == ("users revoke-admin", "R5")
    assert event["metadata"]["object"]["name"] == f"Alice Ng ({ADMIN})"
    assert event["description"].startswith("Refused to take global admin privileges from user Alice Ng")


def test_a_backup_is_told_with_who_made_it(pftui: Pftui, tmp_path: Path) -> None:
    pftui.ok("db", "backup", str(tmp_path / "copy.db"), PFTUI_API_KEY=None)
    (event,) = json.loads(pftui.ok("audit", "list", "--action", "backup_created", "--json"))["logs"]
    assert event["actorName"].startswith("host:")
    assert event["source"]["by"] == "host"
    assert event["metadata"]["file"] == str(tmp_path / "copy.db")
