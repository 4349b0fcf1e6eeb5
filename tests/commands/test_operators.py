"""Who acts: a service account by its key, or a person by password; and where options may stand."""

from __future__ import annotations

import json
import os
import re

import pytest

from tests.commands.conftest import ADMIN, PASSWORD, Pftui


def test_nobody(pftui: Pftui) -> None:
    before = pftui.store.read_bytes()
    result = pftui("users", "list", PFTUI_API_KEY=None)
    assert (result.code, result.out) == (2, "")
    assert "PFTUI_API_KEY" in result.err
    assert "--as" in result.err
    assert pftui.store.read_bytes() == before


def test_an_empty_key_is_nobody(pftui: Pftui) -> None:
    assert pftui("users", "list", PFTUI_API_KEY="").code == 2


@pytest.mark.parametrize("beginning", ["", "\ufeff"])
@pytest.mark.parametrize("ending", ["", "\n"])
def test_a_person_with_a_password_file(pftui: Pftui, beginning: str, ending: str) -> None:
    pftui.password_file.write_text(beginning + PASSWORD + ending)
    result = pftui.as_alice("users", "list", "--json")
    assert (result.code, result.err) == (0, "")
    assert json.loads(result.out)[0]["email"] == ADMIN


def test_a_person_with_the_password_on_standard_input(pftui: Pftui) -> None:
    text = pftui.ok(
        "users", "list", "--as", ADMIN, "--password-file", "-",
        stdin=PASSWORD.encode() + b"\n", PFTUI_API_KEY=None,
    )  # fmt: skip
    assert ADMIN in text


def test_only_one_newline_is_taken_off(pftui: Pftui) -> None:
    pftui.password_file.write_text(PASSWORD + "\n\n")
    result = pftui.as_alice("users", "list")
    assert (result.code, result.out) == (1, "")


def test_options_may_stand_anywhere(pftui: Pftui) -> None:
    common = (
        "--as", ADMIN, "--password-file", str(pftui.password_file), "--store", str(pftui.store), "--json",
    )  # fmt: skip
    for words in (("users", "list", *common), (*common, "users", "list"), ("users", *common, "list")):
        text = pftui.ok(*words, PFTUI_API_KEY=None, PFTUI_DATABASE_URL=None)
        assert json.loads(text)[0]["email"] == ADMIN


def test_the_option_that_stands_last_wins(pftui: Pftui) -> None:
    pftui.ok("--store", "/nowhere/at/all.db", "users", "list", "--store", str(pftui.store))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_password_file_that_others_can_read_is_warned_of(pftui: Pftui, mode: int) -> None:
    pftui.password_file.chmod(mode)
    result = pftui.as_alice("users", "list", "--json")
    assert result.code == 0
    assert "Others can read the password file" in result.err
    json.loads(result.out)


def test_a_named_pipe_is_a_password_file(pftui: Pftui) -> None:
    reader, writer = os.pipe()
    os.write(writer, PASSWORD.encode())
    os.close(writer)
    from tests.commands.program import run

    result = run(
        "users", "list", "--as", ADMIN, "--password-file", f"/dev/fd/{reader}",
        env=pftui.environment(PFTUI_API_KEY=None), pass_fds=(reader,),
    )  # fmt: skip
    os.close(reader)
    assert (result.code, result.err) == (0, "")


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "no password"), (b"\xff\xfe\x00", "UTF-8"), (b"x" * 70_000, "64 KiB")]
)
def test_a_password_file_that_holds_none(pftui: Pftui, content: bytes, words: str) -> None:
    before = pftui.store.read_bytes()
    pftui.password_file.write_bytes(content)
    result = pftui.as_alice("users", "list")
    assert (result.code, result.out) == (2, "")
    assert words in result.err
    assert pftui.store.read_bytes() == before


def test_unknown_and_wrong_are_told_alike(pftui: Pftui) -> None:
    pftui.password_file.write_text("a wrong one, that much is sure")
    wrong = pftui.as_alice("users", "list")
    unknown = pftui(
        "users",
        "list",
        "--as",
        "nobody@acme.io",
        "--password-file",
        str(pftui.password_file),
        PFTUI_API_KEY=None,
    )
    assert (wrong.code, wrong.out) == (1, "")
    assert wrong == unknown


def test_a_throttled_sign_in_exits_3_with_the_seconds(pftui: Pftui) -> None:
    pftui.password_file.write_text("a wrong one, that much is sure")
    results = [pftui.as_alice("users", "list") for _ in range(8)]
    throttled = [result for result in results if result.code == 3]
    assert throttled
    assert {result.code for result in results} == {1, 3}
    assert re.search(r"try again in \d+ s", throttled[0].err)


def test_a_key_without_global_admin_is_refused(pftui: Pftui) -> None:
    key = pftui.ok("service-accounts", "create", "ci").strip()
    result = pftui("users", "list", PFTUI_API_KEY=key)
    assert (result.code, result.out) == (1, "")
    assert "global admin" in result.err


@pytest.mark.parametrize("key", ["nonsense", "pfsa_" + "0" * 54])
def test_a_wrong_key_is_refused_and_not_repeated(pftui: Pftui, key: str) -> None:
    result = pftui("users", "list", PFTUI_API_KEY=key)
    assert (result.code, result.out) == (1, "")
    assert key not in result.err


def test_a_person_without_privileges_sees_themselves_alone(pftui: Pftui) -> None:
    result = pftui.as_alice("service-accounts", "list", "--json")
    assert [row["name"] for row in json.loads(result.out)] == ["robot"]
