"""A secret that a command makes goes to a pipe, a new private file or the eye; else it is not made."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import time
from pathlib import Path

import pytest

from tests.commands.conftest import ADMIN, Pftui
from tests.commands.program import COMMAND, Result, Typist, run
from tests.commands.test_documentation import TEXT, existing
from tests.patience import PATIENCE

#: Every command that makes a secret.
MAKERS = {
    "service-accounts create": ("service-accounts", "create", "ci"),
    "keys create": ("keys", "create", "robot"),
    "webhooks create": ("webhooks", "create", "Chat", "--url", "https://127.0.0.1:9/", "--event", "user.*"),
    "webhooks regenerate-secret": ("webhooks", "regenerate-secret", "SIEM"),
    "users create": ("users", "create", "bao@acme.io", "--name", "Bao"),
    "users reset-password": ("users", "reset-password", "carl@acme.io", "--yes"),
}
HOST = ("users", "reset-password", ADMIN, "--host", "--yes")
WAYS = [*MAKERS.values(), HOST]
makers = pytest.mark.parametrize("arguments", WAYS, ids=[*MAKERS, "users reset-password --host"])


@pytest.fixture
def store(pftui: Pftui) -> Pftui:
    """A store in which each of them can work."""
    pftui.ok("users", "create", "carl@acme.io", "--name", "Carl")
    pftui.ok("webhooks", "create", "SIEM", "--url", "https://127.0.0.1:9/", "--event", "api_key.*")
    return pftui


def trail(pftui: Pftui) -> str:
    """What was done, but for the sign-ins."""
    logs = json.loads(pftui.ok("audit", "list", "--json"))["logs"]
    return json.dumps([event for event in logs if event["action"] != "login"])


def secrets_in(text: str) -> list[str]:
    """Keys, signing secrets, and what looks like a temporary password."""
    return re.findall(
        r"pfsa_[0-9A-Za-z]{54}|pfwh_[0-9A-Za-z_-]{43}|\b[0-9A-Za-z]{5}(?:-[0-9A-Za-z]{5}){3}\b", text
    )


def redirected(pftui: Pftui, file: Path, mode: int, *arguments: str) -> Result:
    """Run it with standard output in a file of that mode."""
    file.touch()
    file.chmod(mode)
    with file.open("wb") as stdout:
        return run(*arguments, env=pftui.env, stdout=stdout, cwd=pftui.folder)


def test_each_that_makes_one_is_tried_here_and_has_the_option() -> None:
    shapes = TEXT.partition("### JSON")[2].partition("\n## ")[0].splitlines()
    documented = {
        command
        for row in shapes
        if re.search(r"[` ](?:key[`}]|temporaryPassword,|secret`)", row.rpartition("|")[0].rpartition("|")[2])
        for command in re.findall(r"`([a-z-]+ [a-z-]+)`", row.split("|")[1])
    }
    offered = {
        words for words, command in existing() if any("--output" in each.opts for each in command.params)
    }
    assert documented == offered == set(MAKERS)


@makers
@pytest.mark.parametrize(("mode", "options"), [(0o644, ()), (0o640, ("--json",)), (0o604, ("--json",))])
def test_a_file_that_others_can_read_gets_none(
    store: Pftui, arguments: tuple[str, ...], mode: int, options: tuple[str, ...]
) -> None:
    before = trail(store)
    result = redirected(store, store.folder / "out", mode, *arguments, *options)
    assert result.code == 2
    assert (store.folder / "out").read_bytes() == b""
    assert "a file that others can read, so no secret was made" in result.err
    assert "--output" in result.err
    assert "umask 077" in result.err
    assert trail(store) == before


@makers
def test_a_private_file_and_a_pipe_get_it(store: Pftui, arguments: tuple[str, ...]) -> None:
    redirected(store, store.folder / "out", 0o600, *arguments)
    assert len(secrets_in((store.folder / "out").read_text())) == 1


@makers
@pytest.mark.parametrize("json_too", [False, True], ids=["text", "json"])
def test_output_makes_a_file_for_its_owner_alone(
    store: Pftui, arguments: tuple[str, ...], json_too: bool
) -> None:
    file = store.folder / "made"
    previous = os.umask(0)
    try:
        result = store(*arguments, "--output", str(file), *(["--json"] if json_too else []))
    finally:
        os.umask(previous)
    assert (result.code, result.out) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text()
    (secret,) = secrets_in(text)
    if json_too:
        assert secret in json.loads(text).values()
    else:
        assert text == secret + "\n"
    assert f"to {file}, which only you can read" in result.err
    assert secret not in result.err


@makers
def test_what_cannot_be_written_is_not_made(store: Pftui, arguments: tuple[str, ...]) -> None:
    taken, shared = store.folder / "taken", store.folder / "shared"
    taken.write_text("precious")
    shared.mkdir()
    shared.chmod(0o1777)
    before = trail(store)
    for file, words in [
        (taken, "never overwritten"),
        (store.folder / "no" / "such", "there is no directory"),
        (store.folder, "is a directory"),
        (shared / "key", "others can write"),
    ]:
        result = store(*arguments, "--output", str(file))
        assert (result.code, result.out) == (1, "")
        assert words in result.err
        assert "Nothing was done." in result.err
    assert taken.read_text() == "precious"
    assert trail(store) == before


@makers
def test_what_fails_later_leaves_no_file(store: Pftui, arguments: tuple[str, ...]) -> None:
    nowhere = str(store.folder / "nowhere.db")
    result = store(*arguments, "--output", str(store.folder / "made"), PFTUI_DATABASE_URL=nowhere)
    assert result.code != 0
    assert not (store.folder / "made").exists()


def test_a_file_that_fails_after_all_is_told_with_what_to_do(
    pftui: Pftui, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(file: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("pftui.process.secret_file.os.fsync", never)
    result = pftui("keys", "create", "robot", "--output", str(pftui.folder / "made"))
    monkeypatch.undo()
    newest = json.loads(pftui.ok("keys", "list", "robot", "--json"))[0]
    assert result.code == 1
    assert "the disk reports an error" in result.err
    assert f"end it with: pftui keys revoke {newest['keyId']}" in result.err
    assert not (pftui.folder / "made").exists()


def test_a_dash_is_standard_output(pftui: Pftui) -> None:
    assert len(secrets_in(pftui.ok("keys", "create", "robot", "--output", "-"))) == 1


def test_a_closed_output_is_refused_but_not_where_it_is_not_needed(pftui: Pftui) -> None:
    def closed(*arguments: str) -> Result:
        program = ("sh", "-c", 'exec "$@" >&-', "sh", *COMMAND)
        return run(*arguments, env=pftui.env, command=program, cwd=pftui.folder)

    assert closed("keys", "create", "robot").code == 2
    assert closed("keys", "create", "robot", "--output", "made").code == 0
    assert len(secrets_in((pftui.folder / "made").read_text())) == 1


def shown(pftui: Pftui, *arguments: str) -> Typist:
    """Run it on a terminal, and wait until the secret is there."""
    return pftui.on_a_terminal(*arguments).expect("Save it now").expect("Close")


def press_until_it_ends(typist: Typist, key: str) -> Result:
    """It hears no Enter in its first half second, and none that is held."""
    end = time.monotonic() + PATIENCE
    while typist.process.poll() is None and time.monotonic() < end:
        os.write(typist.master, key.encode())
        typist.rest(0.7)
    return typist.end()


@makers
def test_a_terminal_shows_it_on_its_other_screen_alone(store: Pftui, arguments: tuple[str, ...]) -> None:
    ended = press_until_it_ends(shown(store, *arguments), "\r")
    assert ended.code == 0
    before, _, during = ended.err.partition("\x1b[?1049h")
    during, _, after = during.partition("\x1b[?1049l")
    assert len(set(secrets_in(during))) == 1
    assert not secrets_in(before + after)
    assert "was shown once, and cannot be shown again" in after


@pytest.mark.parametrize(
    ("end", "code"), [("\x03", 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_it_goes_with_whatever_ends_the_program(pftui: Pftui, end: str | signal.Signals, code: int) -> None:
    typist = shown(pftui, "keys", "create", "robot")
    if isinstance(end, str):
        os.write(typist.master, end.encode())
    else:
        typist.process.send_signal(end)
    ended = typist.end()
    assert ended.code == code
    during, _, after = ended.err.partition("\x1b[?1049l")
    assert secrets_in(during)
    assert not secrets_in(after)
    newest = json.loads(pftui.ok("keys", "list", "robot", "--json"))[0]
    assert f"pftui keys revoke {newest['keyId']}" in after


def test_with_the_password_from_a_pipe_the_keys_are_the_terminals(pftui: Pftui) -> None:
    arguments = ("keys", "create", "robot", "--as", ADMIN, "--password-file", "-")
    with pftui.password_file.open("rb") as stdin:
        typist = pftui.on_a_terminal(*arguments, stdin=stdin, PFTUI_API_KEY=None)
    typist.expect("Save it now").expect("Close")
    assert press_until_it_ends(typist, "\r").code == 0


def test_a_terminal_that_keeps_what_it_shows_is_refused(pftui: Pftui) -> None:
    before = trail(pftui)
    ended = pftui.on_a_terminal("keys", "create", "robot", TERM="dumb").end()
    assert ended.code == 2
    assert "scrollback: TERM is 'dumb'. Nothing was done. Use --output FILE" in " ".join(ended.err.split())
    assert trail(pftui) == before
