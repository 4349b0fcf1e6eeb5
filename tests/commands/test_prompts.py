"""What is asked on a terminal: passwords and keys without echo, and consent before something is ended."""

from __future__ import annotations

import json
import os
import signal

import pytest

from tests.commands.conftest import ADMIN, PASSWORD, Pftui
from tests.commands.program import Typist


def names(pftui: Pftui) -> list[str]:
    return [row["name"] for row in json.loads(pftui.ok("service-accounts", "list", "--json"))]


def test_the_password_is_asked_for_without_echo(pftui: Pftui) -> None:
    typist = pftui.typed("users", "list", "--as", ADMIN, "--json", PFTUI_API_KEY=None)
    result = typist.expect(f"Password of {ADMIN}: ").type(PASSWORD + "\n").end()
    assert result.code == 0, result
    assert PASSWORD not in result.err
    assert json.loads(result.out)[0]["email"] == ADMIN


def test_the_key_is_asked_for_without_echo(pftui: Pftui) -> None:
    result = pftui.typed("verify", "--json").expect("API key: ").type(pftui.key + "\n").end()
    assert (result.code, json.loads(result.out)["account"]["name"]) == (0, "robot")
    assert pftui.key[15:] not in result.err


def test_a_deletion_wants_the_name(pftui: Pftui) -> None:
    pftui.ok("service-accounts", "create", "ci [b]bot")
    pftui.ok("keys", "create", "ci [b]bot")
    typist = pftui.typed("service-accounts", "delete", "ci [b]bot")
    typist.expect("Type ci [b]bot to go on: ")
    assert "2 keys stop working now" in typist.screen
    assert typist.type("ci [b]bot\n").end().code == 0
    assert names(pftui) == ["robot"]


@pytest.mark.parametrize("answer", ["y\n", "yes\n", "\n", "CI\n", "\x04"])
def test_anything_but_the_name_deletes_nothing(pftui: Pftui, answer: str) -> None:
    pftui.ok("service-accounts", "create", "ci")
    result = pftui.typed("service-accounts", "delete", "ci").expect("to go on: ").type(answer).end()
    assert (result.code, result.out) == (1, "")
    assert "Nothing was changed." in result.err
    assert names(pftui) == ["ci", "robot"]


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("\n", 1)])
def test_a_revocation_asks(pftui: Pftui, answer: str, code: int) -> None:
    key = pftui.ok("service-accounts", "create", "ci", "--team", "default", "--role", "Viewer").strip()
    typist = pftui.typed("keys", "revoke", key[5:15]).expect("Go on? [y/N] ")
    assert f"pfsa_{key[5:15]}… of ci. 1 key stops working now" in typist.screen
    assert typist.type(answer).end().code == code
    assert pftui("verify", stdin=key.encode()).code == (1 if code == 0 else 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("service-accounts", "disable", "robot"), "1 key stops working now"),
        (("service-accounts", "revoke-admin", "robot"), "All organization settings are lost now"),
        (("users", "disable", ADMIN), "cannot sign in"),
        (("users", "delete", ADMIN), "cannot sign in"),
        (("users", "reset-password", ADMIN), "password of Alice Ng. Their password stops working now"),
        (
            ("users", "reset-password", ADMIN, "--host"),
            f"password of {ADMIN}. Their password stops working",
        ),
        (("teams", "delete", "default"), "Nobody is in it"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_will_happen_is_said_first(pftui: Pftui, arguments: tuple[str, ...], words: str) -> None:
    typist = pftui.typed(*arguments).expect("o on")
    assert words in typist.screen
    result = typist.type("no\n").end()
    assert (result.code, result.out) == (1, "")


def test_yes_asks_nothing(pftui: Pftui) -> None:
    pftui.ok("service-accounts", "create", "ci")
    assert pftui.typed("service-accounts", "delete", "ci", "--yes").end().code == 0
    assert names(pftui) == ["robot"]


@pytest.mark.parametrize("arguments", [("service-accounts", "delete", "ci"), ("verify",)], ids=" ".join)
def test_ctrl_c_ends_it_quietly(pftui: Pftui, arguments: tuple[str, ...]) -> None:
    pftui.ok("service-accounts", "create", "ci")
    typist = pftui.typed(*arguments).expect(": ").type("\x03")
    result = typist.end()
    assert (result.code, result.out) == (128 + signal.SIGINT, "")
    assert "Traceback" not in result.err
    assert names(pftui) == ["ci", "robot"]


def test_the_end_of_input_at_a_prompt_does_nothing(pftui: Pftui) -> None:
    typist = pftui.typed("users", "list", "--as", ADMIN, PFTUI_API_KEY=None)
    result = typist.expect("Password of").type("\x04").end()
    assert (result.code, result.out) == (1, "")
    assert "Nothing was entered" in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize("arguments", [("verify", "--json"), ("users", "list", "--as", ADMIN)])
def test_a_secret_is_typed_without_echo_also_where_errors_go_to_a_file(
    pftui: Pftui, arguments: tuple[str, ...]
) -> None:
    secret = pftui.key if arguments[0] == "verify" else PASSWORD
    with (pftui.folder / "errors").open("wb") as errors:
        typist = Typist(*arguments, env=pftui.environment(PFTUI_API_KEY=None), stderr=errors)
    result = typist.expect(": ").type(secret + "\n").end()
    assert result.code == 0, result
    assert secret not in result.err, "it was echoed on the terminal"


def test_what_is_no_text_is_malformed_or_no_password(pftui: Pftui) -> None:
    for arguments, code in ((("verify",), 1), (("users", "list", "--as", ADMIN), 2)):
        typist = pftui.typed(*arguments, PFTUI_API_KEY=None).expect(": ")
        os.write(typist.master, b"\xff\n")
        result = typist.end()
        assert result.code == code, result
        assert "defect" not in result.err
