"""`pftui explain` says of an account what `verify` says of its key."""

from __future__ import annotations

import json

import pytest

from pftui.domain.permissions import ASKABLE
from tests.commands.conftest import Pftui


@pytest.fixture
def bots(pftui: Pftui) -> dict[str, str]:
    """Service accounts with their keys: of no team, of a team, an admin, one that is disabled."""
    pftui.ok("roles", "create", "Judge", "--permission", "manage_evaluations")
    made = {
        "loose": pftui.ok("service-accounts", "create", "loose"),
        "judge": pftui.ok("service-accounts", "create", "judge", "--team", "Default", "--role", "Judge"),
        "boss": pftui.ok("service-accounts", "create", "boss", "--admin"),
        "off": pftui.ok("service-accounts", "create", "off", "--team", "Default", "--role", "Viewer"),
    }
    pftui.ok("teams", "create", "Blue Team")
    pftui.ok("service-accounts", "disable", "off", "--yes")
    return made


def test_it_says_what_verify_says_of_the_key(pftui: Pftui, bots: dict[str, str]) -> None:
    questions: list[tuple[str, ...]] = [(), ("--team", "Default"), ("--team", "Blue Team")]
    questions += [("--team", "Default", "--permission", each) for each in ASKABLE]
    for name, key in bots.items():
        for asked in questions:
            told = pftui("explain", name, *asked, "--json")
            verified = pftui("verify", "--no-touch", *asked, "--json", stdin=key.encode(), PFTUI_API_KEY=None)
            explained = json.loads(told.out)
            assert explained.pop("liveKeys") == 1
            expected = {**json.loads(verified.out), "keyId": None}
            assert (told.code, explained) == (verified.code, expected), (name, asked)


def test_it_names_the_permission_by_which_something_is_allowed(pftui: Pftui, bots: dict[str, str]) -> None:
    told = pftui.ok("explain", "judge", "--team", "default", "--permission", "create_evaluations")
    assert "allowed: judge" in told
    assert "Manage Evaluations includes Create Evaluations." in told
    assert "Keys that are not revoked: 1." in told


def test_an_account_whose_keys_are_revoked_is_told_to_have_none(pftui: Pftui, bots: dict[str, str]) -> None:
    pftui.ok("keys", "revoke", bots["judge"][5:15], "--yes")
    told = pftui.ok("explain", "judge", "--team", "default")
    assert "It has no API key that works, so nobody can make use of this." in told


def test_a_person_is_told_to_have_no_key(pftui: Pftui) -> None:
    told = pftui("explain", json.loads(pftui.ok("users", "list", "--json"))[0]["email"])
    assert told.code == 0
    assert "organization settings only" in told.out
    assert "A person has no API key: this is what their roles give them." in told.out


def test_a_permission_without_a_team_is_wrong_usage(pftui: Pftui, bots: dict[str, str]) -> None:
    assert pftui("explain", "judge", "--permission", "run_scans").code == 2
    assert pftui("explain", "nobody").code == 1
