"""`pftui audit …`, as a program on a real store."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from tests.commands.conftest import Pftui


def test_list_is_the_documented_object(pftui: Pftui) -> None:
    pftui.ok("teams", "create", "Red [b]Team")
    page = json.loads(pftui.ok("audit", "list", "--action", "team_created", "--limit", "1", "--json"))
    assert set(page) == {"total", "limit", "offset", "logs"}
    assert (page["total"], page["limit"], page["offset"]) == (2, 1, 0)
    event = page["logs"][0]
    assert set(event) == {
        "id", "description", "actorId", "actorName", "actorEmail", "action", "actionDisplayName", "target",
        "targetId", "metadata", "organizationId", "teamId", "createdAt",
    }  # fmt: skip
    assert (event["actorName"], event["target"]) == ("robot", "TEAM")
    assert "Red [b]Team" in event["description"]
    older = json.loads(
        pftui.ok("audit", "list", "--action", "team_created", "--limit", "1", "--offset", "1", "--json")
    )
    assert "Default" in older["logs"][0]["description"]


def test_list_for_people_is_newest_first(pftui: Pftui) -> None:
    pftui.ok("teams", "create", "Red [b]Team")
    lines = pftui.ok("audit", "list", "--target", "TEAM").splitlines()
    assert lines[0].split() == ["When", "Who", "Action", "What"]
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
    assert total("--actor-id", robot, "--target", "TEAM") == 1
    assert total("--target", "TEAM", "--since", (now - hour).isoformat()) == 2
    assert total("--target", "TEAM", "--since", (now + hour).isoformat()) == 0
    assert total("--target", "TEAM", "--until", f"{now - hour:%Y-%m-%dT%H:%M:%S}") == 0
    assert total("--target", "TEAM", "--until", f"{now + timedelta(days=1):%Y-%m-%d}") == 2


def test_verify_of_an_intact_trail(pftui: Pftui) -> None:
    assert "intact" in pftui.ok("audit", "verify")
    verdict = json.loads(pftui.ok("audit", "verify", "--json"))
    assert set(verdict) == {"intact", "events", "head", "brokenAt", "problem"}
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
        event for event in json.loads(pftui.ok("audit", "list", "--json"))["logs"] if event["id"] is None
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
