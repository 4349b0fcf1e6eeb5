"""`pftui roles …`: custom roles, as a program on a real store."""

from __future__ import annotations

import json

import pytest

from tests.commands.conftest import Pftui


@pytest.fixture
def bot(pftui: Pftui) -> Pftui:
    """A custom role, and a service account that holds it in a team."""
    held = ("--permission", "run_scans", "--permission", "view_configurations")
    pftui.ok("roles", "create", "Release Bot", *held)
    pftui.key_of_bot = pftui.ok(  # type: ignore[attr-defined]
        "service-accounts", "create", "ci-bot", "--team", "default", "--role", "release bot"
    ).encode()
    return pftui


def may(pftui: Pftui, permission: str) -> str:
    key: bytes = pftui.key_of_bot  # type: ignore[attr-defined]
    return pftui("verify", "--team", "default", "--permission", permission, stdin=key).out


def test_create_takes_permissions_by_either_name(pftui: Pftui) -> None:
    created = pftui(
        "roles", "create", "Auditor", "--permission", "view_results", "--permission", "manage_targets",
        "--description", "Looks.", "--json",
    )  # fmt: skip
    role = json.loads(created.out)
    assert (role["permissions"], role["description"]) == (
        ["manage_targets", "view_evaluations", "view_issues"], "Looks.",
    )  # fmt: skip
    assert created.err == "Created the role Auditor.\n"
    assert pftui("roles", "create", "auditor", "--permission", "run_scans").code == 1
    made = pftui.ok("roles", "duplicate", "Engineer", "My engineers")
    assert made == ""
    assert len(json.loads(pftui.ok("roles", "show", "my engineers", "--json"))["effectivePermissions"]) == 9


def test_show_tells_what_includes_what_and_who_holds_it(bot: Pftui) -> None:
    text = bot.ok("roles", "show", "Release Bot")
    assert "run_scans: run scans and view their results" in text
    assert "view_issues: view vulnerabilities (Run Scans includes View Issues)" in text
    assert "Held by      1 account in 1 team" in text
    assert "ci-bot (pfsa_" in text
    role = json.loads(bot.ok("roles", "show", "Release Bot", "--json"))
    assert role["permissions"] == ["view_configurations", "run_scans"]
    assert role["effectivePermissions"] == [
        "view_configurations", "run_scans", "view_evaluations", "view_issues",
    ]  # fmt: skip
    assert [(one["name"], one["team"]["name"]) for one in role["holders"]] == [("ci-bot", "Default")]


def test_update_has_a_preview_and_holds_at_the_next_verification(bot: Pftui) -> None:
    change = ("roles", "update", "Release Bot", "--add", "manage_targets", "--remove", "run_scans")
    preview = bot.ok(*change, "--dry-run")
    assert "1 account in 1 team gains Manage Targets.\n" in preview
    assert "1 account in 1 team loses Run Scans, View Evaluations, View Issues.\n" in preview
    assert preview.splitlines()[-1].startswith("  ci-bot (pfsa_")
    told = json.loads(bot.ok(*change, "--dry-run", "--json"))
    assert (told["gained"], told["accountCount"], told["teamCount"]) == (["manage_targets"], 1, 1)
    assert "Run Scans includes View Issues." in may(bot, "view_issues")
    changed = bot(*change)
    assert (changed.code, changed.out) == (0, "")
    assert "Updated the role Release Bot. 1 account in 1 team gains Manage Targets. 1 account" in changed.err
    assert may(bot, "view_issues").startswith("denied: lacks_permission")
    assert may(bot, "manage_targets").startswith("allowed")


def test_what_another_permission_includes_cannot_be_removed_alone(bot: Pftui) -> None:
    result = bot("roles", "update", "Release Bot", "--remove", "view_issues")
    assert (result.code, result.out) == (2, "")
    assert "Run Scans includes View Issues: remove that too" in result.err


def test_delete_moves_who_holds_it_in_the_same_step(bot: Pftui) -> None:
    kept = bot("roles", "delete", "Release Bot", "--yes")
    assert (kept.code, kept.out) == (1, "")
    assert "held by 1 account in 1 team: ci-bot in Default." in kept.err
    preview = bot.ok("roles", "delete", "Release Bot", "--dry-run")
    sentence = "Release Bot is held by 1 account in 1 team: name the role that they get with --move-to."
    assert preview.splitlines()[0] == sentence
    preview = bot.ok("roles", "delete", "Release Bot", "--move-to", "Viewer", "--dry-run")
    assert preview.startswith("1 account in 1 team gets the role Viewer in its place.\n")
    assert "1 account in 1 team loses Run Scans.\n" in preview
    gone = json.loads(bot.ok("roles", "delete", "Release Bot", "--move-to", "Viewer", "--yes", "--json"))
    assert (gone["movedTo"]["name"], gone["moved"], gone["deleted"]) == ("Viewer", 1, True)
    assert "Viewer: view_configurations" in may(bot, "view_issues")
    assert bot("roles", "show", "Release Bot").code == 1


@pytest.mark.parametrize(
    "verbs",
    [("update", "Viewer", "--add", "run_scans"), ("delete", "Viewer", "--move-to", "Engineer", "--yes")],
)
@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
def test_r4_a_predefined_role_stays(verbs: tuple[str, ...], dry_run: tuple[str, ...], bot: Pftui) -> None:
    result = bot("roles", *verbs, *dry_run)
    assert (result.code, result.out) == (1, "")
    assert "Viewer is a predefined role, which cannot be" in result.err
    told = bot.ok("audit", "list", "--json", "--limit", "5", "--action", "change_refused")
    assert (json.loads(told)["total"] == 1) is not bool(dry_run)


def test_delete_asks_for_the_name(bot: Pftui) -> None:
    typist = bot.typed("roles", "delete", "Release Bot", "--move-to", "Viewer")
    result = typist.expect("to go on: ").type("Release Bot\n").end()
    assert result.code == 0
    assert "Deleted the role Release Bot. Viewer is in its place." in result.err
