"""`pftui verify`: exit codes, words for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import pytest

from pftui.domain.api_key import generate
from pftui.domain.errors import TryAgain
from pftui.repositories.key_lookup.bare import Unusual
from pftui.services.verification.verifier import Verifier
from tests.commands.conftest import Pftui
from tests.commands.program import Result, run


@pytest.fixture
def key(pftui: Pftui) -> bytes:
    """The key of `ci`, which is CI Runner in the first team."""
    return pftui.ok("service-accounts", "create", "ci", "--team", "default", "--role", "CI Runner").encode()


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_allowed(pftui: Pftui, key: bytes, ending: bytes) -> None:
    result = pftui("verify", stdin=key.strip() + ending, PFTUI_API_KEY=None)
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        f"allowed: ci (pfsa_{key.decode()[5:15]}…)",
        "Default (default), CI Runner: "
        "view_configurations, run_scans, view_evaluations, create_evaluations, view_issues",
    ]


def test_the_documented_shape(pftui: Pftui, key: bytes) -> None:
    answer = json.loads(pftui.ok("verify", "--team", "default", "--json", stdin=key))
    account = json.loads(pftui.ok("service-accounts", "show", "ci", "--json"))
    assert answer == {
        "allowed": True,
        "reason": None,
        "message": None,
        "keyId": key.decode()[5:15],
        "account": {"id": account["id"], "name": "ci", "globalAdmin": False},
        "teams": account["teams"],
        "moreTeams": 0,
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "malformed"),
        (b"\n", "malformed"),
        (b"hello", "malformed"),
        (b"\xff\xfe", "malformed"),
        (b"pfsa_" + b"0" * 54, "checksum"),
        (b"x" * 100_000, "malformed"),
        (generate().text.reveal().encode(), "unknown"),
    ],
    ids=["empty", "newline", "word", "bytes", "checksum", "long", "unknown"],
)
def test_denied(pftui: Pftui, text: bytes, reason: str) -> None:
    before = pftui.store.read_bytes()
    result = pftui("verify", "--json", stdin=text)
    assert (result.code, result.err) == (1, "")
    answer = json.loads(result.out)
    assert (answer["allowed"], answer["reason"]) == (False, reason)
    assert pftui("verify", stdin=text).out.startswith(f"denied: {reason}")
    assert pftui.store.read_bytes() == before


def test_two_trailing_newlines_are_no_key(pftui: Pftui, key: bytes) -> None:
    assert pftui("verify", stdin=key.strip() + b"\n\n").code == 1


@pytest.mark.parametrize("redirected", ["<&-", "0>/dev/null"])
def test_standard_input_that_cannot_be_read_is_no_denial(pftui: Pftui, redirected: str) -> None:
    command = ("/bin/sh", "-c", f'exec "$0" -m pftui verify --json {redirected}')
    result = run(sys.executable, env=pftui.env, command=command)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("pftui: Standard input ")
    assert "Nothing was done." in result.err


def test_a_byte_order_mark_is_no_part_of_a_key(pftui: Pftui, key: bytes) -> None:
    with_mark = pftui("verify", "--json", stdin=b"\xef\xbb\xbf" + key)
    assert json.loads(with_mark.out) == json.loads(pftui("verify", "--json", stdin=key).out)


def test_r3_global_admin_opens_the_settings_and_no_team(pftui: Pftui) -> None:
    text = pftui.ok("verify", stdin=pftui.key.encode())
    assert "organization settings only" in text
    denied = pftui("verify", "--team", "default", "--json", stdin=pftui.key.encode())
    assert (denied.code, json.loads(denied.out)["reason"]) == (1, "not_in_team")


def test_an_unknown_team_is_wrong_usage(pftui: Pftui, key: bytes) -> None:
    result = pftui("verify", "--team", "nowhere", stdin=key)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("pftui: ")


def test_the_answer_is_the_exit_code_even_if_nobody_reads_it(pftui: Pftui, key: bytes) -> None:
    for text, code in ((key, 0), (b"nonsense", 1)):
        done = pftui.through_a_closed_pipe("verify", stdin=text)
        assert (done.code, done.err) == (code, "")


def test_a_file_that_is_no_database(pftui: Pftui, key: bytes) -> None:
    pftui.store.write_bytes(b"this is not a database, whatever its name says" * 100)
    before = pftui.store.read_bytes()
    result = pftui("verify", stdin=key)
    assert (result.code, result.out) == (3, "")
    assert len(result.err.splitlines()) == 1
    assert pftui.store.read_bytes() == before


def test_the_key_leaves_no_trace_in_the_output(pftui: Pftui, key: bytes) -> None:
    for options in ((), ("--json",), ("--team", "default"), ("--debug",)):
        result = pftui("verify", *options, stdin=key)
        assert key.decode().strip()[15:] not in result.out + result.err


def test_without_a_touch_the_answer_is_the_same_and_the_evidence_stays(pftui: Pftui, key: bytes) -> None:
    before = pftui.ok("service-accounts", "show", "ci", "--json")
    looked = pftui("verify", "--no-touch", "--team", "default", "--json", stdin=key)
    assert looked.code == 0
    assert pftui.ok("service-accounts", "show", "ci", "--json") == before
    assert json.loads(before)["status"] == "key_unsaved"
    assert (
        pftui("verify", "--no-touch", "--permission", "manage_targets", "--team", "default", stdin=key).code
        == 1
    )
    assert pftui("verify", "--team", "default", "--json", stdin=key) == looked
    assert json.loads(pftui.ok("service-accounts", "show", "ci", "--json"))["status"] == "active"


@pytest.mark.parametrize("text", [b"", b"\n", b"\r\n", b"\xef\xbb\xbf"])
def test_an_empty_secret_is_told_to_be_empty(pftui: Pftui, text: bytes) -> None:
    result = pftui("verify", "--json", stdin=text)
    answer = json.loads(result.out)
    assert (result.code, answer["reason"]) == (1, "malformed")
    assert "was empty" in answer["message"]
    assert "variable" in answer["message"]
    assert "was empty" in pftui("verify", stdin=text).out


@pytest.mark.parametrize("text", [b"hello", b" ", b"x" * 100_000, b"\xff"])
def test_what_is_not_empty_is_not_told_to_be(pftui: Pftui, text: bytes) -> None:
    assert "empty" not in pftui("verify", stdin=text).out


def _unusable(pftui: Pftui) -> None:
    pftui.store.write_bytes(b"this is not a database, whatever its name says" * 100)


def _gone(pftui: Pftui) -> None:
    pftui.store.unlink()


@pytest.mark.parametrize("end", [_unusable, _gone])
def test_programs_hear_as_json_that_nothing_was_decided(
    pftui: Pftui, key: bytes, end: Callable[[Pftui], None]
) -> None:
    end(pftui)
    result = pftui("verify", "--json", stdin=key)
    told = json.loads(result.out)
    assert result.code == 3
    assert told == {"error": result.err.removeprefix("pftui: ").strip(), "retryAfter": 5}


def test_programs_hear_as_json_how_long_to_wait(
    pftui: Pftui, key: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(*_: object, **__: object) -> None:
        raise TryAgain("Wait.", 1.2)

    monkeypatch.setattr(Verifier, "verify", wait)
    result = pftui("verify", "--json", stdin=key)
    assert (result.code, json.loads(result.out)) == (3, {"error": "Wait.", "retryAfter": 2})
    assert pftui("verify", stdin=key).out == ""
    assert pftui("verify", "--json", "--quiet", stdin=key).out == ""


@pytest.mark.parametrize("options", [("--quiet",), ("-q",), ("--quiet", "--json")])
def test_quiet_leaves_the_exit_code_alone(pftui: Pftui, key: bytes, options: tuple[str, ...]) -> None:
    for text, code in ((key, 0), (b"nonsense", 1), (b"", 1)):
        assert pftui("verify", *options, stdin=text) == Result(code, "", "")
    usage = pftui("verify", "--team", "nowhere", *options, stdin=key)
    assert (usage.code, usage.out) == (2, "")
    assert usage.err.startswith("pftui: ")
    _gone(pftui)
    unusable = pftui("verify", *options, stdin=key)
    assert (unusable.code, unusable.out) == (3, "")
    assert unusable.err.startswith("pftui: ")


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--json",),
        ("--team", "default"),
        ("--team", "Default", "--permission", "run_scans", "--json"),
        ("--team", "default", "--permission", "manage_targets", "--json"),
        ("--team", "nowhere", "--json"),
        ("--permission", "run_scans"),
        ("--no-touch", "--quiet"),
    ],
    ids=" ".join,
)
def test_the_quick_way_says_what_a_verifier_says(
    pftui: Pftui, key: bytes, options: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = key.strip()[:-7] + b"0" + key.strip()[-6:]
    texts = [key, pftui.key.encode(), b"", b"nonsense", wrong, generate().text.reveal().encode()]
    for first_use in texts[:2]:
        assert pftui("verify", stdin=first_use).code == 0
    with monkeypatch.context() as patch:
        patch.setattr(Verifier, "__init__", lambda *_, **__: pytest.fail("it was left to a verifier"))
        quick = [pftui("verify", *options, stdin=text) for text in texts]

    def unusual(*_: object) -> None:
        raise Unusual

    monkeypatch.setattr("pftui.services.verification.once._quickly", unusual)
    assert quick == [pftui("verify", *options, stdin=text) for text in texts]
