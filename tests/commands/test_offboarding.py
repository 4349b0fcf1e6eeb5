"""`pftui users offboard`: the list, the questions, the report."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pftui.bootstrap import open_services
from pftui.commands import offboarding
from pftui.domain.secret import Secret
from tests.commands.conftest import ADMIN, PASSWORD, Pftui

DANA = "dana@acme.io"
OWN_PASSWORD = "correct lantern gravel saxophone"


@pytest.fixture
def keys(pftui: Pftui) -> list[str]:
    """What Dana, a global admin, was shown: the key of an admin account, and another one."""
    services = open_services(f"sqlite:///{pftui.store}")
    alice = services.sign_in.with_password(ADMIN, Secret(PASSWORD)).operator
    invited = services.users.create(alice, email=DANA, name="Dana [b]Fox", global_admin=True)
    dana = services.sign_in.with_password(DANA, invited.password).operator
    dana = services.sign_in.change_password(dana, invited.password, Secret(OWN_PASSWORD))
    made = [
        services.service_accounts.create(dana, name="root-bot", global_admin=True),
        services.service_accounts.create(dana, name="ci-bot"),
    ]
    services.lifecycle.close()
    return [each.key.reveal() for each in made]


def state(pftui: Pftui) -> bytes:
    """What a dry run must leave as it is."""
    return pftui.store.read_bytes()


def told(pftui: Pftui) -> int:
    """How many events there are but for the sign-ins of commands."""
    total: int = json.loads(pftui.ok("audit", "list", "--json", "--without", "login"))["total"]
    return total


def reasons(pftui: Pftui, keys: list[str]) -> list[str | None]:
    answers = [json.loads(pftui("verify", "--no-touch", "--json", stdin=key.encode()).out) for key in keys]
    return [answer["reason"] for answer in answers]


def test_a_dry_run_lists_and_touches_nothing(pftui: Pftui, keys: list[str]) -> None:
    before = told(pftui)
    out = pftui.ok("users", "offboard", DANA, "--dry-run")
    assert f"Dana [b]Fox ({DANA})" in out
    assert f"! global admin: {keys[0][:15]}… of root-bot, never used" in out
    assert out.index("of root-bot") < out.index("of ci-bot")
    assert "Service accounts that they created: 2" in out
    assert "Open sessions: 1" in out
    assert keys[0] not in out
    left = json.loads(pftui.ok("users", "offboard", DANA, "--dry-run", "--json"))
    assert [key["keyId"] for key in left["keys"]] == [key[5:15] for key in keys]
    assert [key["globalAdmin"] for key in left["keys"]] == [True, False]
    assert [row["name"] for row in left["serviceAccounts"]] == ["root-bot", "ci-bot"]
    assert told(pftui) == before
    assert reasons(pftui, keys) == [None, "no_team"]


def test_all_keys_are_revoked_and_the_report_proves_it(pftui: Pftui, keys: list[str]) -> None:
    result = pftui("users", "offboard", DANA.upper(), "--keys", "revoke", "--yes")
    assert result.code == 0, result
    assert "Keys revoked: 2" in result.out
    assert "Keys kept: none" in result.out
    assert "by robot (pfsa_" in result.out
    assert result.out.endswith("All of it is over.\n")
    assert "2 keys revoked, 0 kept" in result.err
    assert reasons(pftui, keys) == ["revoked", "revoked"]
    head = next(line for line in result.out.splitlines() if line.startswith("Head: ")).split()[1]
    assert pftui("audit", "verify", "--expect", head).code == 0
    assert json.loads(pftui.ok("users", "show", DANA, "--json"))["disabled"] is True


def test_keys_are_kept_with_a_reason_that_the_trail_keeps(pftui: Pftui, keys: list[str]) -> None:
    done = json.loads(
        pftui.ok("users", "offboard", DANA, "--keys", "keep", "--reason", "  until May ", "--yes", "--json")
    )
    assert (done["over"], done["keysRevoked"], done["disabled"]) == (True, [], True)
    assert [key["reason"] for key in done["keysKept"]] == ["until May", "until May"]
    assert all(check["holds"] for check in done["checks"])
    assert reasons(pftui, keys) == [None, "no_team"]
    told = json.loads(pftui.ok("audit", "list", "--json", "--action", "api_key_kept"))["logs"]
    assert {event["metadata"]["reason"] for event in told} == {"until May"}
    assert done["firstEvent"] < done["head"]["sequence"]
    assert len(done["head"]["hash"]) == 64


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--keys", "revoke"), 2, "add --yes"),
        (("--keys", "keep", "--yes"), 2, "--reason"),
        (("--keys", "drop", "--yes"), 2, "'drop'"),
        (("--keys", "keep", "--reason", "a\tb", "--yes"), 2, "control characters"),
        (("--keys", "keep", "--reason", "x" * 201, "--yes"), 2, "200 characters"),
        ((), 2, "add --yes"),
    ],
)
def test_wrong_usage_changes_nothing(
    pftui: Pftui, keys: list[str], arguments: tuple[str, ...], code: int, words: str
) -> None:
    before = state(pftui)
    result = pftui("users", "offboard", DANA, *arguments)
    assert (result.code, result.out) == (code, "")
    assert words in result.err
    assert state(pftui) == before


def test_without_a_terminal_somebody_must_have_said_what_becomes_of_the_keys(
    pftui: Pftui, keys: list[str]
) -> None:
    result = pftui("users", "offboard", DANA, "--yes")
    assert result.code == 1
    assert "of root-bot" in result.out, "the list"
    assert "Nothing was changed: say what becomes of 2 live keys" in result.err
    assert reasons(pftui, keys) == [None, "no_team"]


def test_who_was_shown_no_key_needs_no_word_on_them(pftui: Pftui) -> None:
    pftui.ok("users", "create", "bob@acme.io", "--name", "Bob")
    assert "Keys revoked: none" in pftui.ok("users", "offboard", "bob@acme.io", "--yes")


def test_on_a_terminal_each_key_is_asked_about(pftui: Pftui, keys: list[str]) -> None:
    typist = pftui.typed("users", "offboard", DANA, "--json")
    typist.expect("of root-bot, never used. Revoke or keep it? [r/k] ").type("\n")
    typist.expect("r revokes it").expect("Revoke or keep it? [r/k] ").type("r\n")
    typist.expect("of ci-bot, never used. Revoke or keep it? [r/k] ").type("keep\n")
    typist.expect("Why is it kept? ").type("\n")
    typist.expect("A reason is needed").expect("Why is it kept? ").type("deploys\n")
    typist.expect("Of 2 keys, 1 stops working now, for good.")
    result = typist.expect("Type Dana [b]Fox to go on: ").type("Dana [b]Fox\n").end()
    assert result.code == 0, result
    done = json.loads(result.out)
    assert [(key["accountName"], key["reason"]) for key in done["keysKept"]] == [("ci-bot", "deploys")]
    assert reasons(pftui, keys) == ["revoked", "no_team"]


@pytest.mark.parametrize("answer", ["\x04", "\x03"])
def test_whoever_does_not_answer_changes_nothing(pftui: Pftui, keys: list[str], answer: str) -> None:
    result = pftui.typed("users", "offboard", DANA).expect("[r/k] ").type(answer).end()
    assert result.code in (1, 130)
    assert result.out == ""
    assert reasons(pftui, keys) == [None, "no_team"]


def test_r5_the_last_admin_stays(pftui: Pftui) -> None:
    result = pftui("users", "offboard", ADMIN, "--keys", "revoke", "--yes")
    assert (result.code, result.out) == (1, "")
    assert "last global admin" in result.err
    assert pftui("service-accounts", "list").code == 0, "robot's key, which Alice was shown, works on"


@pytest.mark.parametrize(
    ("reference", "code"), [("nobody@acme.io", 1), ("robot", 1)], ids=["nobody", "a service account"]
)
def test_only_a_person_is_offboarded(pftui: Pftui, reference: str, code: int) -> None:
    assert pftui("users", "offboard", reference, "--keys", "revoke", "--yes").code == code


@pytest.mark.parametrize("verb", ["disable", "delete"])
def test_disable_and_delete_name_the_keys_that_work_on(pftui: Pftui, keys: list[str], verb: str) -> None:
    typist = pftui.typed("users", verb, DANA).expect("o on")
    shown = " ".join(typist.screen.split())
    assert "2 keys that they were shown work on: ! global admin: pfsa_" in shown
    assert "pftui users offboard" in shown
    assert typist.type("no\n").end().code == 1


def test_lists_are_filtered_and_sorted_by_who_created_a_row(pftui: Pftui, keys: list[str]) -> None:
    rows = json.loads(pftui.ok("service-accounts", "list", "--created-by", DANA, "--json"))
    assert [(row["name"], row["createdBy"]) for row in rows] == [("ci-bot", DANA), ("root-bot", DANA)]
    shown = json.loads(pftui.ok("keys", "list", "--created-by", DANA, "--json"))
    assert {row["accountName"] for row in shown} == {"ci-bot", "root-bot"}
    table = pftui.ok("service-accounts", "list", "--sort", "creator").splitlines()
    assert "Created by" in table[0]
    assert [line.split()[0] for line in table[1:]] == ["robot", "ci-bot", "root-bot"]
    assert "robot" in pftui.ok("keys", "list", "--sort", "creator").splitlines()[1]
    pftui.ok("users", "delete", DANA, "--yes")
    assert f"{DANA} (gone)" in pftui.ok("service-accounts", "list", "--created-by", DANA)
    assert f"{DANA} (gone)" in pftui.ok("keys", "list", "--created-by", DANA)
    assert f"by {DANA} (gone)" in pftui.ok("service-accounts", "show", "ci-bot")
    assert json.loads(pftui.ok("service-accounts", "show", "ci-bot", "--json"))["creatorGone"] is True
    assert "root-bot" in pftui.ok("service-accounts", "list", "--filter", "by:dana")
    assert pftui("keys", "list", "--created-by", "nobody@acme.io").code == 1


@pytest.mark.parametrize("fate", ["revoke", "keep"])
def test_r10_a_key_that_is_made_while_one_is_asked_is_not_decided_on(
    pftui: Pftui, keys: list[str], fate: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirm = offboarding._confirm

    def confirm_late(*arguments: Any) -> None:
        confirm(*arguments)
        services = open_services(f"sqlite:///{pftui.store}")
        dana = services.sign_in.with_password(DANA, Secret(OWN_PASSWORD)).operator
        services.service_accounts.create(dana, name="late-bot")
        services.lifecycle.close()

    monkeypatch.setattr(offboarding, "_confirm", confirm_late)
    result = pftui("users", "offboard", DANA, "--keys", fate, "--reason", "moved on", "--yes")
    assert result.code != 0
    assert "of late-bot was created by" in result.err
    assert reasons(pftui, keys) == [None, "no_team"]


def test_the_trail_keeps_why_without_any_key(pftui: Pftui, keys: list[str]) -> None:
    for key in keys:
        pftui.ok("keys", "revoke", key[5:15], "--yes")
    pftui.ok("users", "offboard", DANA, "--reason", "moved on", "--yes")
    (event,) = json.loads(pftui.ok("audit", "list", "--json", "--action", "user_offboarded"))["logs"]
    assert event["metadata"]["reason"] == "moved on"
