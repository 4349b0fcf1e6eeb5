"""`pftui login`, `logout`, `whoami`: a session between commands, and who acts where several could."""

from __future__ import annotations

import errno
import json
import os
import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from pftui.bootstrap import create_store, open_services
from pftui.domain.errors import OutcomeUnknown
from pftui.domain.secret import Secret
from pftui.process import place
from pftui.services.results import NewOrganization
from pftui.services.sessions import SessionService
from tests.commands.conftest import ADMIN, PASSWORD, Pftui
from tests.commands.program import Result
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.strangers import STRANGER, needs_root

OTHER = "quite another lantern 7"


class Person:
    """pftui as a person who signs in, with no key in the environment."""

    def __init__(self, pftui: Pftui) -> None:
        self.pftui = pftui
        self.files = pftui.folder / ".local/state/pftui/sessions"

    def __call__(self, *arguments: str, **extra: str | None) -> Result:
        variables: dict[str, str | None] = {"PFTUI_API_KEY": None, **extra}
        return self.pftui(*arguments, stdin=None, **variables)

    def login(self, email: str = ADMIN, **extra: str | None) -> Result:
        return self("login", "--as", email, "--password-file", str(self.pftui.password_file), **extra)

    @property
    def file(self) -> Path:
        (file,) = self.files.iterdir()
        return file

    @property
    def kept(self) -> bool:
        return self.files.exists() and bool(os.listdir(self.files))

    def change(self, statement: str) -> None:
        """Something else changes the store: time, above all."""
        with closing(sqlite3.connect(self.pftui.store)) as connection, connection:
            connection.execute(statement)


@pytest.fixture
def person(pftui: Pftui) -> Person:
    return Person(pftui)


@pytest.fixture
def alice(person: Person) -> Person:
    """Signed in."""
    result = person.login()
    assert result.code == 0, result
    return person


def test_one_signs_in_acts_and_signs_out(person: Person) -> None:
    begun = person.login()
    assert (begun.code, begun.out) == (0, "")
    assert begun.err.startswith(f"Signed in as {ADMIN}. `pftui logout` ends it.\n")
    assert stat.S_IMODE(person.file.stat().st_mode) == 0o600
    assert PASSWORD not in person.file.read_text()
    assert person("teams", "create", "Blue Team").code == 0
    who = person("whoami")
    assert (who.code, f"E-mail          {ADMIN}\n" in who.out) == (0, True)
    (row,) = (row for row in json.loads(person("sessions", "list", "--json").out) if row["forCommands"])
    assert json.loads(person("whoami", "--json").out)["session"]["id"] == row["id"]
    ended = person("logout")
    assert (ended.code, ended.err) == (0, "Signed out.\n")
    assert not person.kept
    assert (person("whoami").code, person("users", "list").code) == (2, 2)
    again = person("logout")
    assert (again.code, again.err) == (0, "Nobody is signed in here by `pftui login`.\n")
    (row,) = (
        row
        for row in json.loads(person.pftui.ok("sessions", "list", "--all", "--json"))
        if row["forCommands"]
    )
    assert (row["endedBy"], row["endedAt"] is None) == (ADMIN, False)


def test_what_is_printed_of_who_acts(person: Person) -> None:
    by_key = json.loads(person.pftui.ok("whoami", "--json"))
    assert (by_key["name"], by_key["session"], by_key["keyId"]) == ("robot", None, person.pftui.key[5:15])
    assert f"By            the API key {person.pftui.key[:15]}…" in person.pftui.ok("whoami")
    by_password = person.pftui.as_alice("whoami", "--json")
    assert json.loads(by_password.out)["session"] is None
    signed_in = person("login", "--as", ADMIN, "--password-file", str(person.pftui.password_file), "--json")
    assert json.loads(signed_in.out)["email"] == ADMIN


def test_it_asks_for_address_and_password_on_a_terminal(person: Person) -> None:
    typist = person.pftui.typed("login", PFTUI_API_KEY=None)
    typist.expect("E-mail address: ").type(f"{ADMIN}\n")
    typist.expect(f"Password of {ADMIN}: ").type(f"{PASSWORD}\n")
    done = typist.end()
    assert (done.code, PASSWORD in done.err) == (0, False)
    assert person.kept


def test_as_beats_the_variable_and_that_the_session(alice: Person) -> None:
    password = ("--password-file", str(alice.pftui.password_file))
    invited = alice("users", "create", "bao@acme.io", "--name", "Bao", "--json")
    temporary = alice.pftui.folder / "temporary"
    temporary.write_text(json.loads(invited.out)["temporaryPassword"])
    temporary.chmod(0o600)
    as_bao = alice("whoami", "--password-file", str(temporary), PFTUI_AS="bao@acme.io")
    assert (as_bao.code, "temporary password" in as_bao.err) == (1, True)  # so it was Bao who acted
    by_option = alice("whoami", "--as", ADMIN, *password, "--json", PFTUI_AS="bao@acme.io")
    assert json.loads(by_option.out)["email"] == ADMIN
    assert json.loads(by_option.out)["session"] is None
    by_session = alice("whoami", "--json")
    assert json.loads(by_session.out)["session"] is not None
    unasked = alice("whoami", PFTUI_AS=ADMIN)
    assert (unasked.code, "--password-file" in unasked.err) == (2, True)
    beside = alice("whoami", *password)
    assert (beside.code, "--as" in beside.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "variables", "leave"),
    [
        ((), {}, "pftui logout"),
        (("--as", ADMIN), {}, "--as"),
        ((), {"PFTUI_AS": ADMIN}, "PFTUI_AS"),
        (("--password-file", "password"), {}, "--password-file"),
    ],
)
def test_a_key_beside_any_of_them_is_wrong_usage(
    alice: Person, arguments: tuple[str, ...], variables: dict[str, str], leave: str
) -> None:
    before = alice.pftui.store.read_bytes()
    result = alice("users", "list", *arguments, PFTUI_API_KEY=alice.pftui.key, **variables)
    assert (result.code, result.out) == (2, "")
    assert "PFTUI_API_KEY" in result.err
    assert leave in result.err
    assert alice.pftui.store.read_bytes() == before
    alice("logout", PFTUI_API_KEY=alice.pftui.key)
    assert alice.pftui("users", "list").code == 0


def test_what_acts_for_nobody_looks_at_no_variable(alice: Person) -> None:
    assert alice("db", "status", PFTUI_AS="bao@acme.io").code == 0
    assert alice("audit", "verify", PFTUI_AS=None).code == 0
    assert alice("logout", PFTUI_AS="bao@acme.io").code == 0


@pytest.mark.parametrize(
    ("arguments", "extra", "words"),
    [
        (("login",), {}, "--as EMAIL"),
        (("login", "--as", ADMIN), {}, "--password-file"),
        (("login", "--as", ADMIN), {"PFTUI_API_KEY": "pfsa_x"}, "unset it"),
        (("logout", "--as", ADMIN), {}, "--as"),
    ],
)
def test_wrong_usage_signs_nobody_in(
    person: Person, arguments: tuple[str, ...], extra: dict[str, str], words: str
) -> None:
    before = person.pftui.store.read_bytes()
    result = person(*arguments, **extra)
    assert (result.code, words in result.err) == (2, True)
    assert person.pftui.store.read_bytes() == before
    assert not person.files.exists()


def test_without_a_store_nothing_is_made(person: Person) -> None:
    person.pftui.store.unlink()
    for command in (("login", "--as", ADMIN, "--password-file", "password"), ("whoami",)):
        result = person(*command, PFTUI_API_KEY=None)
        assert result.code in (2, 3)
    result = person.login()
    assert (result.code, "pftui init" in result.err) == (3, True)
    assert not (person.pftui.folder / ".local").exists()


# Failures of the sign-in


def test_a_wrong_password_leaves_the_session_that_was_there(alice: Person) -> None:
    before = alice.file.read_text()
    alice.pftui.password_file.write_text("not the password at all")
    result = alice.login()
    assert (result.code, "wrong" in result.err) == (1, True)
    assert alice.file.read_text() == before
    assert alice("whoami").code == 0


def test_a_sign_in_that_is_put_off_exits_3_with_the_seconds(person: Person) -> None:
    person.pftui.password_file.write_text("not the password at all")
    results = [person.login() for _ in range(8)]
    assert {result.code for result in results} == {1, 3}
    put_off = next(result for result in results if result.code == 3)
    assert re.search(r"try again in \d+ s", put_off.err)
    assert not person.kept


def test_a_temporary_password_signs_nobody_in(person: Person) -> None:
    made = json.loads(person.pftui.ok("users", "create", "bao@acme.io", "--name", "Bao", "--json"))
    person.pftui.password_file.write_text(made["temporaryPassword"])
    result = person.login("bao@acme.io")
    assert (result.code, "console" in result.err) == (1, True)
    assert not person.kept
    assert not [
        row
        for row in json.loads(person.pftui.ok("sessions", "list", "--all", "--json"))
        if row["email"] == "bao@acme.io"
    ]


# Failures of the file


def live_sessions(person: Person) -> list[str]:
    rows = json.loads(person.pftui.as_alice("sessions", "list", "--json").out)
    return [row["id"] for row in rows if row["forCommands"] and not row["endedAt"]]


def test_a_full_disk_is_met_before_the_sign_in(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    before = person.pftui.store.read_bytes()
    result = person.login()
    assert (result.code, "the disk is full" in result.err) == (1, True)
    assert not person.kept
    assert person.pftui.store.read_bytes() == before


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_disk_that_fails_afterwards_ends_the_session(
    person: Person, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fails(*_arguments: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "replace", fails)
    result = person.login()
    assert (result.code, "you are not signed in" in result.err) == (1, True)
    assert not person.kept
    assert live_sessions(person) == []


def test_a_file_that_others_may_have_read_is_not_used_and_can_be_left(alice: Person) -> None:
    alice.file.chmod(0o644)
    refused = alice("users", "list")
    assert (refused.code, refused.out) == (1, "")
    assert "mode 0644" in refused.err
    assert "pftui logout" in refused.err
    left = alice("logout")
    assert (left.code, alice.kept) == (0, False)
    assert alice.login().code == 0
    assert alice("users", "list").code == 0


def test_signing_in_again_takes_the_place_of_a_file_that_is_not_used(alice: Person) -> None:
    alice.file.chmod(0o644)
    assert alice.login().code == 0
    assert stat.S_IMODE(alice.file.stat().st_mode) == 0o600
    assert alice("users", "list").code == 0


@needs_root
def test_a_file_of_another_user_is_not_used(alice: Person) -> None:
    os.chown(alice.file, STRANGER, STRANGER)
    refused = alice("users", "list")
    assert (refused.code, "another user" in refused.err) == (1, True)


@pytest.mark.parametrize("text", ["", "x" * 5000, "no session\n", "\x00\xff"])
def test_a_file_that_holds_no_session_names_nobody(alice: Person, text: str) -> None:
    alice.file.write_text(text)
    assert alice("users", "list").code == 2
    assert alice("logout").code == 0
    assert not alice.kept


# Where and how long it is of use


def test_another_host_has_no_session_and_a_copy_does_not_help(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, text = alice.file, alice.file.read_text()
    monkeypatch.setattr(place, "_host", lambda: "another host")
    assert alice("whoami").code == 2  # a home that hosts share
    assert alice.login().code == 0
    (theirs,) = {*alice.files.iterdir()} - {file}
    theirs.write_text(text)  # the first host's, brought along
    copied = alice("whoami")
    assert (copied.code, "no longer one" in copied.err) == (1, True)
    monkeypatch.undo()
    assert alice("whoami").code == 0


def test_it_ends_with_the_hosts_run(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "_START", "/etc/hostname")
    ended = alice("whoami")
    assert (ended.code, "pftui login" in ended.err) == (1, True)


def test_each_store_has_its_own(alice: Person, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path}/other.db"
    create_store(other, NewOrganization("Other", "Bao", "bao@acme.io", Secret(PASSWORD)))
    assert alice("whoami", "--store", other).code == 2
    assert alice.login("bao@acme.io", PFTUI_DATABASE_URL=other).code == 0
    assert len(list(alice.files.iterdir())) == 2
    by_store = {
        json.loads(alice("whoami", "--json", "--store", store).out)["email"]
        for store in (other, str(alice.pftui.store))
    }
    assert by_store == {"bao@acme.io", ADMIN}


def test_a_store_in_the_place_of_the_one_before_does_not_know_it(alice: Person, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    create_store(f"sqlite:///{other}", NewOrganization("Other", "Alice", ADMIN, Secret(PASSWORD)))
    alice.pftui.store.unlink()
    other.rename(alice.pftui.store)
    assert alice("whoami").code == 1


def test_it_ends_with_a_restore(alice: Person) -> None:
    backup = alice.pftui.folder / "backup.db"
    assert alice("db", "backup", str(backup)).code == 0
    assert alice("db", "restore", str(backup), "--yes").code == 0
    ended = alice("whoami")
    assert (ended.code, ended.out) == (1, "")
    assert not alice.kept
    assert alice("whoami").code == 2


def test_it_ends_from_a_console_and_then_stands_beside_no_key(alice: Person) -> None:
    services = open_services(f"sqlite:///{alice.pftui.store}")
    console = services.sign_in.with_password(ADMIN, Secret(PASSWORD)).operator
    (session,) = live_sessions(alice)
    services.sessions.end(console, session)
    services.lifecycle.close()
    ended = alice("users", "list")
    assert (ended.code, ended.out) == (1, "")
    assert f"ended by {ADMIN}" in ended.err
    assert "pftui login" in ended.err
    assert not alice.kept
    assert alice.pftui("users", "list").code == 0


def test_a_changed_password_ends_it(alice: Person) -> None:
    services = open_services(f"sqlite:///{alice.pftui.store}")
    console = services.sign_in.with_password(ADMIN, Secret(PASSWORD)).operator
    services.sign_in.change_password(console, Secret(PASSWORD), Secret(OTHER))
    services.lifecycle.close()
    assert alice("users", "list").code == 1


def test_another_sign_in_ends_the_one_before(alice: Person) -> None:
    before = live_sessions(alice)
    assert alice.login().code == 0
    after = live_sessions(alice)
    assert (len(before), len(after)) == (1, 1)
    assert before != after


def test_it_is_left_also_where_the_store_is_gone(alice: Person) -> None:
    alice.pftui.store.unlink()
    left = alice("logout")
    assert (left.code, "was removed" in left.err) == (3, True)
    assert not alice.kept


def test_so_it_is_where_nobody_knows_whether_it_was_done(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise OutcomeUnknown("It is not known whether this was done.")

    monkeypatch.setattr(SessionService, "sign_out", lost)
    left = alice("logout")
    assert (left.code, "may not know that it ended: It is not known" in left.err) == (3, True)
    assert not alice.kept


# The password once more

LONG_AGO = "UPDATE sessions SET proved_at = '2020-01-01 00:00:00.000000'"
LATELY_LEFT = "UPDATE sessions SET seen_at = '2020-01-01 00:00:00.000000'"
BEFORE_LUNCH = "UPDATE sessions SET proved_at = datetime('now', '-20 minutes') || '.000000'"
MAKE_ADMIN = ("users", "create", "bao@acme.io", "--name", "Bao", "--admin")


@pytest.mark.parametrize(
    ("since", "command"),
    [(BEFORE_LUNCH, MAKE_ADMIN), (LONG_AGO, ("users", "list")), (LATELY_LEFT, ("users", "list"))],
    ids=["proof", "hours", "idle"],
)
def test_without_a_terminal_it_exits_1_and_has_done_nothing(
    alice: Person, since: str, command: tuple[str, ...]
) -> None:
    alice.change(since)
    result = alice(*command)
    assert (result.code, result.out) == (1, "")
    assert "There is no terminal to ask on" in result.err
    assert "pftui login" in result.err
    assert "bao@acme.io" not in alice.pftui.as_alice("users", "list").out


@pytest.mark.parametrize(
    ("since", "command"),
    [(BEFORE_LUNCH, MAKE_ADMIN), (LONG_AGO, ("users", "list")), (LATELY_LEFT, ("users", "list"))],
    ids=["proof", "hours", "idle"],
)
def test_on_a_terminal_it_asks_and_goes_on(alice: Person, since: str, command: tuple[str, ...]) -> None:
    alice.change(since)
    typist = alice.pftui.typed(*command, PFTUI_API_KEY=None)
    done = typist.expect(f"Password of {ADMIN}: ").type(f"{PASSWORD}\n").end()
    assert (done.code, PASSWORD in done.err) == (0, False)
    assert done.out
    assert alice(*MAKE_ADMIN[:2], "dana@acme.io", *MAKE_ADMIN[3:]).code == 0  # it stands for 15 minutes


def test_a_wrong_password_there_exits_1(alice: Person) -> None:
    alice.change(BEFORE_LUNCH)
    typist = alice.pftui.typed(*MAKE_ADMIN, PFTUI_API_KEY=None)
    done = typist.expect(f"Password of {ADMIN}: ").type("not the password at all\n").end()
    assert (done.code, done.out) == (1, "")
    assert "The password is wrong" in done.err


def test_what_matters_less_asks_for_nothing(alice: Person) -> None:
    alice.change(BEFORE_LUNCH)
    assert alice("teams", "create", "Blue Team").code == 0


def test_it_is_the_same_on_postgresql(person: Person, postgresql_url: str) -> None:
    password = person.pftui.password_file
    password.write_text(ADMIN_PASSWORD)
    extra = {"PFTUI_DATABASE_URL": postgresql_url}
    assert person.login(ADMIN_EMAIL, **extra).code == 0
    assert json.loads(person("whoami", "--json", **extra).out)["email"] == ADMIN_EMAIL
    beside = person("whoami", PFTUI_API_KEY=person.pftui.key, **extra)
    assert (beside.code, "pftui logout" in beside.err) == (2, True)
    assert person("logout", **extra).code == 0
    assert person("whoami", **extra).code == 2
