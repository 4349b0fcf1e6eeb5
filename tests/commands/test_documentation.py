"""docs/command-line.md names every command and option that exists, and none that does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pftui.commands.root import root
from pftui.commands.settings import common_options
from tests.commands.conftest import Pftui

TEXT = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
COMMON = {flag for option in common_options() for flag in option.opts}


def existing() -> Iterator[tuple[str, click.Command]]:
    """Every command by its words."""
    context = click.Context(root, info_name="pftui")
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {verb}", found) for verb, found in command.commands.items())
        else:
            yield name, command


def documented() -> dict[str, set[str]]:
    """Every command in the table of commands, with the options it is shown with."""
    section = TEXT.partition("## Commands")[2].partition("\n### ")[0]
    found = {}
    for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE):
        for span in re.findall(r"`([^`]+)`", row):
            words = re.match(r"[a-z-]+( [a-z][a-z-]*)?", span)
            assert words is not None
            found[words[0].strip()] = set(re.findall(r"--[a-z-]+", span))
    return found


def test_every_command_and_option_is_documented_and_exists() -> None:
    own = {
        words: {flag for parameter in command.params for flag in parameter.opts if flag.startswith("--")}
        - COMMON
        for words, command in existing()
    }
    assert documented() == own


def test_the_common_options_are_documented() -> None:
    section = TEXT.partition("## Options of every command")[2].partition("\n## ")[0]
    assert {*re.findall(r"`(-[a-z-]+)", section)} == {*COMMON, "-h", "--help"}


@pytest.mark.parametrize(
    ("row", "arguments"),
    [
        ("users list", ("users", "list")),
        ("keys list", ("keys", "list")),
        ("teams list", ("teams", "list")),
        ("roles list", ("roles", "list")),
        ("webhooks list", ("webhooks", "list")),
        ("`webhooks deliver` ", ("webhooks", "deliver")),
        ("deliver --status", ("webhooks", "deliver", "--status")),
        ("webhooks event-types", ("webhooks", "event-types")),
        ("keys create", ("keys", "create", "robot")),
        ("users create", ("users", "create", "b@acme.io", "--name", "B")),
        ("audit list", ("audit", "list")),
        ("organization show", ("organization", "show")),
        ("sessions list", ("sessions", "list", "--all")),
        ("audit verify", ("audit", "verify")),
        ("roles create", ("roles", "create", "Scanner", "--permission", "run_scans")),
        ("teams delete", ("teams", "delete", "default", "--yes")),
        ("`disable`", ("service-accounts", "enable", "robot")),
        ("grant-admin", ("service-accounts", "grant-admin", "robot")),
        ("`delete` of", ("service-accounts", "delete", "robot", "--yes")),
        ("db status", ("db", "status")),
        ("db upgrade", ("db", "upgrade")),
        ("db backup", ("db", "backup", "copy.db")),
        ("db restore", ("db", "restore", "backup.db", "--yes")),
    ],
)
def test_shapes_are_as_documented(
    pftui: Pftui, row: str, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pftui.folder)
    pftui.ok("db", "backup", "backup.db")
    pftui.ok("webhooks", "create", "SIEM", "--url", "http://127.0.0.1:9/", "--event", "role.*")
    section = TEXT.partition("### JSON")[2].partition("\n## ")[0]
    (line,) = [line for line in section.splitlines() if line.startswith("|") and row in line.split("|")[1]]
    shape = re.search(r"\{(.*?)\}", line)
    assert shape is not None
    answer = json.loads(pftui.ok(*arguments, "--json"))
    assert set(answer[0] if isinstance(answer, list) else answer) == set(shape[1].split(", "))
