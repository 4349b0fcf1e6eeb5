"""`pftui teams …` and `pftui roles …`, as a program on a real store."""

from __future__ import annotations

import json

import pytest

from tests.commands.conftest import Pftui


@pytest.fixture
def red(pftui: Pftui) -> Pftui:
    """A store with the team Red Team and the service account ci-bot."""
    pftui.ok("teams", "create", "Red Team")
    pftui.ok("service-accounts", "create", "ci-bot")
    return pftui


def test_create(pftui: Pftui) -> None:
    result = pftui("teams", "create", "Red Team", "--json")
    team = json.loads(result.out)
    assert (team["name"], team["slug"]) == ("Red Team", "red-team")
    assert set(team) == {
        "id", "name", "slug", "memberCount", "serviceAccountCount", "createdAt", "createdBy", "createdById",
        "version",
    }  # fmt: skip
    assert result.err == "Created the team Red Team (red-team).\n"


def test_list(red: Pftui) -> None:
    assert [team["slug"] for team in json.loads(red.ok("teams", "list", "--json"))] == ["default", "red-team"]
    assert red.ok("teams", "list").splitlines() == [
        "Name      Slug      Members  Service accounts",
        "Default   default         0                 0",
        "Red Team  red-team        0                 0",
    ]
    assert (
        json.loads(red.ok("teams", "list", "--filter", "RED", "--limit", "1", "--json"))[0]["name"]
        == "Red Team"
    )


def test_the_documented_job_step_by_step(red: Pftui) -> None:
    key = red.ok("keys", "create", "ci-bot").encode()
    no_team = red("verify", "--team", "red-team", "--json", stdin=key)
    assert (no_team.code, json.loads(no_team.out)["reason"]) == (1, "no_team")

    added = json.loads(red.ok("teams", "add", "red-team", "ci-bot", "--role", "CI Runner", "--json"))
    assert (added["team"]["slug"], added["account"]["name"], added["role"]) == (
        "red-team",
        "ci-bot",
        "CI Runner",
    )
    allowed = red("verify", "--team", "red-team", "--json", stdin=key)
    assert allowed.code == 0
    assert json.loads(allowed.out)["teams"][0]["permissions"] == added["permissions"]
    assert red("verify", "--team", "Red Team", "--permission", "run_scans", stdin=key).code == 0

    red.ok("teams", "set-role", "red-team", "ci-bot", "--role", "viewer")
    lacks = red("verify", "--team", "red-team", "--permission", "run_scans", "--json", stdin=key)
    assert (lacks.code, json.loads(lacks.out)["reason"]) == (1, "lacks_permission")

    removed = json.loads(red.ok("teams", "remove", "red-team", "ci-bot", "--yes", "--json"))
    assert (removed["role"], removed["permissions"]) == (None, [])
    assert red("verify", stdin=key).code == 1


def test_the_documented_job_as_a_script_runs_it(pftui: Pftui) -> None:
    """Each step a process of its own, its streams apart."""
    steps = [
        (("teams", "create", "Red Team"), 0),
        (("service-accounts", "create", "ci-bot"), 0),
        (("verify", "--team", "red-team"), 1),
        (("teams", "add", "red-team", "ci-bot", "--role", "CI Runner"), 0),
        (("verify", "--team", "red-team", "--permission", "run_scans"), 0),
        (("verify", "--team", "red-team", "--permission", "manage_targets"), 1),
        (("verify", "--team", "blue-team"), 2),
        (("teams", "remove", "red-team", "ci-bot"), 2),
        (("teams", "remove", "red-team", "ci-bot", "--yes"), 0),
        (("verify", "--team", "red-team"), 1),
        (("verify", "--store", "/nowhere/at/all.db"), 3),
    ]
    key = b""
    for arguments, code in steps:
        result = pftui.program(*arguments, stdin=key)
        assert result.code == code, (arguments, result)
        if arguments[:2] == ("service-accounts", "create"):
            key = result.out.encode()
        elif arguments[0] == "verify":
            assert bool(result.out) != bool(result.err)
        else:
            assert result.out == ""
        assert "pfsa_" not in result.err


def test_show_has_people_and_service_accounts_apart(red: Pftui) -> None:
    red.ok("teams", "add", "red-team", "alice@acme.io", "--role", "Administrator")
    red.ok("teams", "add", "red-team", "ci-bot", "--role", "Viewer")
    team = json.loads(red.ok("teams", "show", "red-team", "--json"))
    assert [(one["email"], one["role"]) for one in team["members"]] == [("alice@acme.io", "Administrator")]
    assert [(one["name"], one["permissions"]) for one in team["serviceAccounts"]] == [
        ("ci-bot", ["view_configurations", "view_evaluations", "view_issues"])
    ]
    text = red.ok("teams", "show", "red-team")
    assert "Members           Alice Ng (alice@acme.io), Administrator" in text
    assert ", Viewer" in text


def test_a_second_assignment_is_refused(red: Pftui) -> None:
    red.ok("teams", "add", "red-team", "ci-bot", "--role", "Viewer")
    result = red("teams", "add", "red-team", "ci-bot", "--role", "Engineer")
    assert (result.code, result.out) == (1, "")
    assert "already" in result.err


def test_r10_a_role_that_is_held_already_says_who_gave_it(red: Pftui) -> None:
    red.ok("teams", "add", "red-team", "ci-bot", "--role", "Viewer")
    result = red("teams", "set-role", "red-team", "ci-bot", "--role", "Viewer")
    assert result.code == 0
    assert "ci-bot is Viewer in Red Team already: robot (pfsa_" in result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "blue"),
        ("rename", "blue", "Green"),
        ("delete", "blue", "--yes"),
        ("add", "red-team", "nobody", "--role", "Viewer"),
        ("add", "red-team", "ci-bot", "--role", "Pilot"),
        ("set-role", "red-team", "ci-bot", "--role", "Viewer"),
        ("remove", "red-team", "ci-bot", "--yes"),
    ],
    ids=" ".join,
)
def test_what_is_not_there_exits_1(red: Pftui, arguments: tuple[str, ...]) -> None:
    result = red("teams", *arguments)
    assert (result.code, result.out) == (1, "")
    assert len(result.err.splitlines()) == 1


def test_rename_keeps_the_slug(red: Pftui) -> None:
    renamed = json.loads(red.ok("teams", "rename", "red-team", "Crimson [b]Team", "--json"))
    assert (renamed["name"], renamed["slug"]) == ("Crimson [b]Team", "red-team")
    assert "Crimson [b]Team" in red.ok("teams", "list")


def test_a_taken_name_is_refused(red: Pftui) -> None:
    assert red("teams", "create", "RED TEAM").code == 1
    assert red("teams", "rename", "default", "red team").code == 1


def test_delete(red: Pftui) -> None:
    red.ok("teams", "add", "red-team", "ci-bot", "--role", "Viewer")
    assert json.loads(red.ok("teams", "delete", "Red Team", "--yes", "--json"))["deleted"] is True
    assert json.loads(red.ok("service-accounts", "show", "ci-bot", "--json"))["teams"] == []


def test_an_ambiguous_account_is_refused_with_the_candidates(red: Pftui) -> None:
    red.ok("users", "create", "ci@acme.io", "--name", "ci-bot")
    result = red("teams", "add", "red-team", "ci-bot", "--role", "Viewer")
    assert (result.code, result.out) == (1, "")
    assert "ci@acme.io" in result.err
    assert "pfsa_" in result.err


def test_roles_list(pftui: Pftui) -> None:
    roles = json.loads(pftui.ok("roles", "list", "--json"))
    assert {role["name"] for role in roles} == {"Administrator", "Engineer", "CI Runner", "Viewer"}
    assert set(roles[0]) == {
        "id", "name", "description", "predefined", "permissions", "effectivePermissions", "accountCount",
        "memberCount", "serviceAccountCount", "version",
    }  # fmt: skip
    assert len(roles[0]["effectivePermissions"]) == 10
    assert all(role["predefined"] for role in roles)
    lines = pftui.ok("roles", "list").splitlines()
    assert lines[0].split() == ["Name", "Kind", "People", "Service", "accounts", "Permissions"]
    assert any(line.split()[:2] == ["Viewer", "predefined"] for line in lines)


def test_roles_show(red: Pftui) -> None:
    red.ok("teams", "add", "red-team", "ci-bot", "--role", "CI Runner")
    role = json.loads(red.ok("roles", "show", "ci runner", "--json"))
    assert role["permissions"] == [
        "view_configurations",
        "run_scans",
        "view_evaluations",
        "create_evaluations",
        "view_issues",
    ]
    assert role["accountCount"] == 1
    assert "run_scans: run scans and view their results" in red.ok("roles", "show", "CI Runner")
    assert red("roles", "show", "Pilot").code == 1
