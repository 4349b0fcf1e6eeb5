"""`pftui keys …`, as a program on a real store."""

from __future__ import annotations

import json

import pytest

from pftui.domain.api_key import parse
from tests.commands.conftest import Pftui


@pytest.fixture
def first(pftui: Pftui) -> str:
    """The key of `ci`, which is Viewer in the first team."""
    return pftui.ok("service-accounts", "create", "ci", "--team", "default", "--role", "Viewer").strip()


def robot(pftui: Pftui) -> str:
    """Who acts here, by what nobody else has."""
    return f"robot ({pftui.key[:15]}…)"


def test_create_prints_the_key_alone(pftui: Pftui, first: str) -> None:
    result = pftui("keys", "create", "ci", "--label", "for [red] things")
    assert result.code == 0
    assert len(result.out.splitlines()) == 1
    assert parse(result.out.strip()).key_id != parse(first).key_id
    assert result.out.strip() not in result.err
    assert pftui("verify", stdin=result.out.encode()).code == 0
    assert pftui("verify", stdin=first.encode()).code == 0


def test_create_with_json(pftui: Pftui, first: str) -> None:
    made = json.loads(pftui.ok("keys", "create", "ci", "--json"))
    assert set(made) == {"keyId", "accountId", "accountName", "key"}
    assert parse(made["key"]).key_id == made["keyId"]
    assert made["accountName"] == "ci"


def test_a_key_that_could_not_be_written_is_told_of_and_not_lost_silently(pftui: Pftui, first: str) -> None:
    with open("/dev/full", "wb") as full:
        from tests.commands.program import run

        result = run("keys", "create", "ci", env=pftui.env, stdout=full)
    assert result.code == 1
    assert "No space left" in result.err
    newest = json.loads(pftui.ok("keys", "list", "ci", "--json"))[0]
    assert f"pftui keys revoke {newest['keyId']}" in result.err
    assert newest["status"] == "unsaved"
    pftui.ok("keys", "revoke", newest["keyId"], "--yes")


def test_list(pftui: Pftui, first: str) -> None:
    pftui.ok("keys", "create", "ci", "--label", "nightly")
    rows = json.loads(pftui.ok("keys", "list", "--json"))
    assert [row["accountName"] for row in rows].count("ci") == 2
    mine = json.loads(pftui.ok("keys", "list", "ci", "--json"))
    assert [row["label"] for row in mine] == ["nightly", ""]
    assert {row["status"] for row in mine} == {"unsaved"}
    lines = pftui.ok("keys", "list", "ci").splitlines()
    assert lines[0].split() == ["Key", "Account", "Label", "Created", "By", "Last", "used", "Status"]
    assert lines[1].startswith(f"pfsa_{mine[0]['keyId']}…  ci       nightly  now      {robot(pftui)}  never")
    assert first not in "".join(lines)


def test_a_use_makes_it_saved(pftui: Pftui, first: str) -> None:
    pftui.ok("verify", stdin=first.encode())
    row = json.loads(pftui.ok("keys", "list", "ci", "--json"))[0]
    assert row["status"] == "active"
    assert row["lastUsedAt"] is not None


@pytest.mark.parametrize("form", ["{}", "pfsa_{}", "pfsa_{}…"])
def test_revoke_takes_the_key_id_as_it_is_shown(pftui: Pftui, first: str, form: str) -> None:
    key_id = parse(first).key_id
    answer = json.loads(pftui.ok("keys", "revoke", form.format(key_id), "--yes", "--json"))
    assert (answer["keyId"], answer["status"], answer["revokedBy"]) == (key_id, "revoked", robot(pftui))
    denied = pftui("verify", "--json", stdin=first.encode())
    assert (denied.code, json.loads(denied.out)["reason"]) == (1, "revoked")


def test_a_whole_key_is_refused_before_anything_is_done(pftui: Pftui, first: str) -> None:
    before = pftui.store.read_bytes()
    result = pftui("keys", "revoke", first, "--yes")
    assert (result.code, result.out) == (2, "")
    assert first[15:] not in result.err
    assert pftui.store.read_bytes() == before
    assert pftui("verify", stdin=first.encode()).code == 0


def test_an_unknown_key(pftui: Pftui) -> None:
    result = pftui("keys", "revoke", "0000000000", "--yes")
    assert (result.code, result.out) == (1, "")


def test_r10_a_key_that_is_revoked_already_says_by_whom_and_asks_nothing(pftui: Pftui) -> None:
    key_id = pftui.ok("service-accounts", "create", "ci")[5:15]
    first = pftui("keys", "revoke", key_id, "--yes", "--json")
    again = pftui("keys", "revoke", key_id, "--yes", "--json")
    assert (again.code, json.loads(again.out)) == (0, json.loads(first.out))
    assert f"The key pfsa_{key_id}… of ci is revoked already: {robot(pftui)} did it at 2" in again.err
    assert "Nothing was changed." in again.err
    asked_nothing = pftui.typed("keys", "revoke", key_id).end()
    assert asked_nothing.code == 0
    assert "is revoked already" in asked_nothing.err
    assert "Go on?" not in asked_nothing.err
