"""`pftui users …`, as a program on a real store."""

from __future__ import annotations

import json
import os

import pytest

from tests.commands.conftest import ADMIN, PASSWORD, Pftui


def listed(pftui: Pftui) -> list[str]:
    return [row["email"] for row in json.loads(pftui.ok("users", "list", "--json"))]


def test_create_prints_the_temporary_password_alone(pftui: Pftui) -> None:
    result = pftui("users", "create", "bob@acme.io", "--name", "Bob [b]")
    assert result.code == 0
    password = result.out.removesuffix("\n")
    assert len(password) >= 20
    assert password.split() == [password]
    assert password not in result.err
    assert "Invited Bob [b]." in result.err
    user = json.loads(pftui.ok("users", "show", "bob@acme.io", "--json"))
    assert (user["name"], user["status"], user["globalAdmin"]) == ("Bob [b]", "invited", False)
    assert user["temporaryPasswordUntil"].endswith("Z")


def test_create_with_json(pftui: Pftui) -> None:
    made = json.loads(pftui.ok("users", "create", "bob@acme.io", "--name", "Bob", "--admin", "--json"))
    assert set(made) == {"id", "name", "email", "temporaryPassword", "voidAfter"}
    assert json.loads(pftui.ok("users", "show", made["id"], "--json"))["globalAdmin"] is True


def test_an_e_mail_is_taken_in_any_case(pftui: Pftui) -> None:
    result = pftui("users", "create", "ALICE@acme.io", "--name", "Another")
    assert (result.code, result.out) == (1, "")
    assert listed(pftui) == [ADMIN]


def test_a_temporary_password_signs_in_nowhere_but_in_the_console(pftui: Pftui) -> None:
    password = pftui.ok("users", "create", "bob@acme.io", "--name", "Bob", "--admin").strip()
    result = pftui(
        "users", "list", "--as", "bob@acme.io", "--password-file", "-",
        stdin=password.encode(), PFTUI_API_KEY=None,
    )  # fmt: skip
    assert (result.code, result.out) == (1, "")
    assert "console" in result.err


def test_r6_a_name_that_looks_like_anothers_is_noted(pftui: Pftui) -> None:
    note = f'pftui: "Alicе Ng" looks like "Alice Ng" ({ADMIN}), who exists.'
    made = pftui("users", "create", "alice2@acme.io", "--name", "Alicе Ng", "--admin")
    assert made.code == 0
    assert note in made.err.splitlines()
    assert len(made.out.splitlines()) == 1
    pftui.ok("users", "create", "bob@acme.io", "--name", "Bob")
    renamed = pftui("users", "update", "bob@acme.io", "--name", "Аlice Ng")
    assert renamed.code == 0
    assert "looks like" in renamed.err
    again = pftui("users", "update", "alice2@acme.io", "--name", "Alicе Ng")
    assert "looks like" not in again.err, "it was called so already"


def test_list_for_people_and_programs(pftui: Pftui) -> None:
    pftui.ok("users", "create", "bob@acme.io", "--name", "Bob")
    lines = pftui.ok("users", "list").splitlines()
    assert lines[0].split() == ["Name", "E-mail", "Admin", "Teams", "Last", "used", "Status"]
    assert lines[1].split()[:4] == ["Alice", "Ng", ADMIN, "admin"]
    assert lines[2].endswith("invited")
    rows = json.loads(pftui.ok("users", "list", "--json"))
    assert set(rows[0]) == {
        "id", "kind", "name", "email", "globalAdmin", "status", "teamCount", "lastUsedAt",
        "createdBy", "createdById",
    }  # fmt: skip


def test_show_for_people(pftui: Pftui) -> None:
    text = pftui.ok("users", "show", "alice ng")
    assert f"E-mail        {ADMIN}" in text
    assert "Global admin  yes" in text
    assert "Teams         none" in text


def test_update(pftui: Pftui) -> None:
    pftui.ok("users", "create", "bob@acme.io", "--name", "Bob")
    made = json.loads(
        pftui.ok("users", "update", "Bob", "--name", "Robert", "--email", "robert@acme.io", "--json")
    )
    assert (made["name"], made["email"]) == ("Robert", "robert@acme.io")
    assert listed(pftui) == [ADMIN, "robert@acme.io"]


def test_people_may_share_a_name_and_are_told_apart(pftui: Pftui) -> None:
    for email in ("sam@acme.io", "sam@else.io"):
        pftui.ok("users", "create", email, "--name", "Sam")
    result = pftui("users", "show", "sam")
    assert (result.code, result.out) == (1, "")
    assert "sam@acme.io" in result.err
    assert "sam@else.io" in result.err
    assert len(result.err.splitlines()) == 1
    assert json.loads(pftui.ok("users", "show", "SAM@else.io", "--json"))["email"] == "sam@else.io"


def test_disable_enable_grant_revoke_delete(pftui: Pftui) -> None:
    pftui.ok("users", "create", "bob@acme.io", "--name", "Bob")
    assert json.loads(pftui.ok("users", "disable", "Bob", "--yes", "--json"))["disabled"] is True
    assert json.loads(pftui.ok("users", "enable", "Bob", "--json"))["disabled"] is False
    assert json.loads(pftui.ok("users", "grant-admin", "Bob", "--json"))["globalAdmin"] is True
    assert json.loads(pftui.ok("users", "revoke-admin", "Bob", "--yes", "--json"))["globalAdmin"] is False
    assert json.loads(pftui.ok("users", "delete", "Bob", "--yes", "--json"))["deleted"] is True
    assert listed(pftui) == [ADMIN]


@pytest.mark.parametrize("verb", ["disable", "delete", "revoke-admin", "reset-password"])
def test_r5_the_last_admin_stays(pftui: Pftui, verb: str) -> None:
    result = pftui("users", verb, ADMIN, "--yes")
    assert (result.code, result.out) == (1, "")
    assert "last global admin" in result.err
    assert pftui.as_alice("users", "list").code == 0


def test_reset_password_prints_the_password_alone(pftui: Pftui) -> None:
    first = pftui.ok("users", "create", "bob@acme.io", "--name", "Bob")
    result = pftui("users", "reset-password", "bob@acme.io", "--yes")
    assert result.code == 0
    assert len(result.out.split()) == 1
    assert result.out != first
    assert "Reset the password of Bob." in result.err


class TestOnTheHost:
    """The documented way back of a locked-out organization."""

    def test_it_needs_no_operator_and_stands_above_r5(self, pftui: Pftui) -> None:
        result = pftui("users", "reset-password", ADMIN, "--host", "--yes", PFTUI_API_KEY=None)
        assert result.code == 0
        assert len(result.out.split()) == 1
        assert pftui.as_alice("users", "list").code == 1
        event = json.loads(pftui.ok("audit", "list", "--action", "password_reset", "--json"))["logs"][0]
        assert event["actorId"].startswith("host:")
        assert PASSWORD not in json.dumps(event)

    def test_it_is_refused_in_a_session_limited_to_one_command(self, pftui: Pftui) -> None:
        before = pftui.store.read_bytes()
        result = pftui("users", "reset-password", ADMIN, "--host", "--yes", SSH_ORIGINAL_COMMAND="")
        assert (result.code, result.out) == (1, "")
        assert "SSH" in result.err
        assert pftui.store.read_bytes() == before

    @pytest.mark.parametrize("user", ["another", "root"])
    def test_it_is_for_the_owner_of_the_store_and_for_root(
        self, pftui: Pftui, user: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = pftui.store.read_bytes()
        monkeypatch.setattr("os.geteuid", lambda: 0 if user == "root" else os.getuid() + 1)
        monkeypatch.setattr("pftui.process.owner.become_owner", lambda *_: None)  # as who claims to be root
        result = pftui("users", "reset-password", ADMIN, "--host", "--yes")
        if user == "root":
            assert result.code == 0
        else:
            assert (result.code, result.out) == (1, "")
            assert "owner" in result.err
            assert pftui.store.read_bytes() == before

    def test_an_unknown_e_mail(self, pftui: Pftui) -> None:
        result = pftui("users", "reset-password", "nobody@acme.io", "--host", "--yes")
        assert (result.code, result.out) == (1, "")


@pytest.mark.parametrize(
    ("verbs", "words"),
    [
        (("disable", "disable"), "Bob is disabled already: robot (pfsa_"),
        (("disable", "enable", "enable"), "Bob is enabled already: robot (pfsa_"),
        (("grant-admin", "grant-admin"), "Bob has global admin privileges already: robot (pfsa_"),
        (("revoke-admin",), "Bob has no global admin privileges already. Nothing was changed."),
    ],
)
def test_r10_what_is_so_already_says_by_whom(pftui: Pftui, verbs: tuple[str, ...], words: str) -> None:
    pftui.ok("users", "create", "bob@acme.io", "--name", "Bob")
    for verb in verbs[:-1]:
        pftui.ok("users", verb, "Bob", "--yes")
    told = pftui("users", verbs[-1], "Bob", "--yes")
    assert told.code == 0
    assert words in told.err
    assert told.err.endswith("Nothing was changed.\n")
