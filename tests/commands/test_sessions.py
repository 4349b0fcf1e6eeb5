"""`pftui sessions …` and `pftui organization …`, as a program on a real store."""

from __future__ import annotations

import json

import pytest

from pftui.bootstrap import open_services
from pftui.domain.secret import Secret
from pftui.domain.source import Source
from tests.commands.conftest import ADMIN, PASSWORD, Pftui


@pytest.fixture
def session(pftui: Pftui) -> str:
    """The id of a session of Alice's, in a console elsewhere."""
    services = open_services(f"sqlite:///{pftui.store}")
    source = Source(1000, "build-7", "pts/3", "203.0.113.7")
    operator = services.sign_in.with_password(ADMIN, Secret(PASSWORD), source=source).operator
    services.lifecycle.close()
    assert operator.session_id is not None
    return operator.session_id


def ids(out: str) -> list[str]:
    return [row["id"] for row in json.loads(out)]


def test_list(pftui: Pftui, session: str) -> None:
    assert session not in ids(pftui.ok("sessions", "list", "--json"))  # a key's own, of which there are none
    everyones = json.loads(pftui.ok("sessions", "list", "--all", "--json"))
    (row,) = (row for row in everyones if row["id"] == session)
    assert (row["email"], row["endedAt"], row["endedBy"]) == (ADMIN, None, None)
    assert row["source"] == {"uid": 1000, "host": "build-7", "tty": "pts/3", "address": "203.0.113.7"}
    table = pftui.ok("sessions", "list", "--all")
    assert "uid 1000 on build-7, pts/3, from 203.0.113.7" in table
    own = pftui.as_alice("sessions", "list", "--json")
    assert session in ids(own.out)
    assert pftui.ok("sessions", "list") == ""


def test_end(pftui: Pftui, session: str) -> None:
    refused = pftui("sessions", "end", session)
    assert (refused.code, "--yes" in refused.err) == (2, True)
    assert json.loads(pftui.ok("sessions", "end", session, "--yes", "--json")) == {
        "id": session, "ended": True,
    }  # fmt: skip
    again = pftui("sessions", "end", session, "--yes")
    robot = f"robot ({pftui.key[:15]}…)"
    told = f"The session has ended already: {robot} did it at "
    assert (again.code, again.err.startswith(told)) == (0, True)
    unknown = pftui("sessions", "end", "nothing", "--yes")
    assert (unknown.code, unknown.err) == (1, "pftui: There is no such session. Nothing was changed.\n")
    (row,) = (row for row in json.loads(pftui.as_alice("sessions", "list", "--json").out) if row["endedAt"])
    assert (row["id"], row["endedBy"]) == (session, robot)


def test_the_settings(pftui: Pftui) -> None:
    shown = json.loads(pftui.ok("organization", "show", "--json"))
    assert (shown["name"], shown["idleLockMinutes"], shown["sessionHours"]) == ("Acme Corp", 10, 12)
    changed = json.loads(
        pftui.ok(
            "organization",
            "update",
            "--name",
            "Acme",
            "--idle-lock",
            "never",
            "--session-hours",
            "8",
            "--json",
        )
    )
    assert (changed["name"], changed["idleLockMinutes"], changed["sessionHours"]) == ("Acme", None, 8)
    assert [" ".join(line.split()) for line in pftui.ok("organization", "show").splitlines()[-4:]] == [
        "Consoles lock never",
        "Password again after 8 h",
        "Webhooks go to public addresses",
        "Keys of admins all organization settings",
    ]
    pftui.ok("organization", "update", "--idle-lock", "1")
    assert "after 1 minute" in pftui.ok("organization", "show")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--idle-lock", "0"),
        ("--idle-lock", "1441"),
        ("--idle-lock", "-1"),
        ("--idle-lock", "ten"),
        ("--session-hours", "0"),
        ("--session-hours", "721"),
        ("--name", ""),
    ],
    ids=" ".join,
)
def test_settings_that_cannot_be(pftui: Pftui, arguments: tuple[str, ...]) -> None:
    before = pftui.ok("organization", "show")
    result = pftui("organization", "update", *arguments)
    assert (result.code, result.out) == (2, "")
    assert pftui.ok("organization", "show") == before


@pytest.mark.parametrize("arguments", [("--lock", "0"), ("--lock", "5", "keys", "list"), ("--lock", "x")])
def test_the_consoles_lock_is_minutes_and_goes_with_no_command(
    pftui: Pftui, arguments: tuple[str, ...]
) -> None:
    assert pftui(*arguments).code == 2
