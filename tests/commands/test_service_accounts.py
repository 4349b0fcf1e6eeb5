"""`pftui service-accounts …`, as a program on a real store."""

from __future__ import annotations

import json

import pytest

from pftui.domain.api_key import parse
from tests.commands.conftest import Pftui


def shown(pftui: Pftui, name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(pftui.ok("service-accounts", "show", name, "--json"))
    return found


def test_create_prints_the_key_alone(pftui: Pftui) -> None:
    result = pftui("service-accounts", "create", "ci-bot", "--description", "Runs the pipelines")
    assert result.code == 0
    key = parse(result.out.removesuffix("\n"))
    assert len(result.out.splitlines()) == 1
    assert key.text.reveal() not in result.err
    assert "Created the service account ci-bot." in result.err
    assert "can do nothing" in result.err
    account = shown(pftui, "ci-bot")
    assert account["description"] == "Runs the pipelines"
    assert account["status"] == "key_unsaved"
    assert account["globalAdmin"] is False
    assert account["teams"] == []


def test_create_with_json_prints_the_object_with_its_key(pftui: Pftui) -> None:
    made = json.loads(pftui.ok("service-accounts", "create", "ci-bot", "--admin", "--json"))
    assert parse(made.pop("key")).key_id == made["keyId"]
    assert made == shown(pftui, "ci-bot")
    assert made["globalAdmin"] is True
    assert set(made) == {
        "id", "kind", "name", "keyId", "globalAdmin", "status", "teamCount", "lastUsedAt", "disabled",
        "createdAt", "createdBy", "createdById", "version", "teams", "description", "keys",
    }  # fmt: skip
    assert set(made["keys"][0]) == {
        "keyId", "accountId", "accountName", "label", "status", "createdAt", "createdBy", "createdById",
        "lastUsedAt", "revokedAt", "revokedBy", "revokedById",
    }  # fmt: skip


def test_create_with_a_team_and_a_role_can_work_at_once(pftui: Pftui) -> None:
    made = json.loads(
        pftui.ok("service-accounts", "create", "ci", "--team", "default", "--role", "ci runner", "--json")
    )
    assert [(team["slug"], team["role"]) for team in made["teams"]] == [("default", "CI Runner")]
    assert made["teams"][0]["permissions"] == [
        "view_configurations",
        "run_scans",
        "view_evaluations",
        "create_evaluations",
        "view_issues",
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--team", "nowhere", "--role", "Viewer"), "no team"),
        (("--team", "default", "--role", "nobody"), "no role"),
    ],
)
def test_create_with_an_unknown_team_or_role_makes_nothing(
    pftui: Pftui, options: tuple[str, ...], words: str
) -> None:
    result = pftui("service-accounts", "create", "ci", *options)
    assert (result.code, result.out) == (1, "")
    assert words in result.err
    assert [row["name"] for row in json.loads(pftui.ok("service-accounts", "list", "--json"))] == ["robot"]


def test_a_taken_name_is_refused_in_any_case(pftui: Pftui) -> None:
    result = pftui("service-accounts", "create", "ROBOT")
    assert (result.code, result.out) == (1, "")
    assert "robot" in result.err


@pytest.mark.parametrize("name", ["[red]markup[/]", "'; drop table principals; --", "日本の機械", "🦾 arm"])
def test_names_are_shown_as_typed(pftui: Pftui, name: str) -> None:
    pftui.ok("service-accounts", "create", name)
    assert name in pftui.ok("service-accounts", "list")
    assert f"Name          {name}" in pftui.ok("service-accounts", "show", name)
    assert shown(pftui, name)["name"] == name


def test_list_is_a_table_for_people(pftui: Pftui) -> None:
    pftui.ok("service-accounts", "create", "ci-bot", "--team", "default", "--role", "Viewer")
    lines = pftui.ok("service-accounts", "list").splitlines()
    assert lines[0].split() == ["Name", "Newest", "key", "Admin", "Teams", "Last", "used", "Status"]
    assert [line.split()[0] for line in lines[1:]] == ["ci-bot", "robot"]
    assert lines[1].endswith("1  never      key unsaved")
    assert lines[2].split()[2] == "admin"


def test_list_is_an_array_for_programs(pftui: Pftui) -> None:
    pftui.ok("service-accounts", "create", "ci-bot")
    rows = json.loads(pftui.ok("service-accounts", "list", "--json"))
    assert [row["name"] for row in rows] == ["ci-bot", "robot"]
    assert set(rows[0]) == {
        "id", "kind", "name", "keyId", "globalAdmin", "status", "teamCount", "lastUsedAt", "createdBy",
        "createdById",
    }  # fmt: skip
    assert rows[0]["kind"] == "service_account"
    assert rows[0]["lastUsedAt"] is None


def test_list_filters_and_limits(pftui: Pftui) -> None:
    for name in ("alpha", "beta", "gamma"):
        pftui.ok("service-accounts", "create", name)
    assert [
        r["name"] for r in json.loads(pftui.ok("service-accounts", "list", "--filter", "BETA", "--json"))
    ] == ["beta"]
    limited = json.loads(pftui.ok("service-accounts", "list", "--limit", "2", "--json"))
    assert [row["name"] for row in limited] == ["alpha", "beta"]


def test_a_list_without_rows(pftui: Pftui) -> None:
    result = pftui("service-accounts", "list", "--filter", "nothing has this")
    assert (result.code, result.out, result.err) == (0, "", "No service account was found.\n")
    assert json.loads(pftui.ok("service-accounts", "list", "--filter", "nothing has this", "--json")) == []


def test_update_changes_what_is_given(pftui: Pftui) -> None:
    pftui.ok("service-accounts", "create", "ci-bot", "--description", "old")
    changed = json.loads(pftui.ok("service-accounts", "update", "ci-bot", "--name", "ci-robot", "--json"))
    assert (changed["name"], changed["description"]) == ("ci-robot", "old")
    pftui.ok("service-accounts", "update", "ci-robot", "--description", "")
    assert shown(pftui, "ci-robot")["description"] == ""


def test_disable_and_enable(pftui: Pftui) -> None:
    key = pftui.ok("service-accounts", "create", "ci", "--team", "default", "--role", "Viewer").encode()
    assert pftui("verify", stdin=key).code == 0
    answer = json.loads(pftui.ok("service-accounts", "disable", "ci", "--yes", "--json"))
    assert (answer["name"], answer["disabled"]) == ("ci", True)
    denied = pftui("verify", "--json", stdin=key)
    assert (denied.code, json.loads(denied.out)["reason"]) == (1, "disabled")
    pftui.ok("service-accounts", "enable", "ci")
    assert pftui("verify", stdin=key).code == 0


def test_global_admin_is_given_and_taken(pftui: Pftui) -> None:
    key = pftui.ok("service-accounts", "create", "ci").strip()
    refused = pftui("teams", "create", "Red", PFTUI_API_KEY=key)
    assert (refused.code, refused.out) == (1, "")
    assert json.loads(pftui.ok("service-accounts", "grant-admin", "ci", "--json"))["globalAdmin"] is True
    pftui.ok("teams", "create", "Red", PFTUI_API_KEY=key)
    pftui.ok("service-accounts", "revoke-admin", "ci", "--yes")
    assert pftui("teams", "create", "Blue", PFTUI_API_KEY=key).code == 1
    assert [row["name"] for row in json.loads(pftui.ok("teams", "list", "--json"))] == ["Default", "Red"]


def test_delete_ends_the_key(pftui: Pftui) -> None:
    key = pftui.ok("service-accounts", "create", "ci", "--team", "default", "--role", "Viewer").encode()
    answer = json.loads(pftui.ok("service-accounts", "delete", "ci", "--yes", "--json"))
    assert (answer["name"], answer["deleted"]) == ("ci", True)
    denied = pftui("verify", "--json", stdin=key)
    assert (denied.code, json.loads(denied.out)["reason"]) == (1, "unknown")


def test_an_account_of_the_other_kind_is_not_found(pftui: Pftui) -> None:
    result = pftui("service-accounts", "show", "alice@acme.io")
    assert (result.code, result.out) == (1, "")
    assert "service account" in result.err
