"""`pftui init`, on a machine with nothing."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.commands.conftest import PASSWORD
from tests.commands.program import Typist, environment, run

WHO = ("--org", "Acme [b]Corp", "--name", "Alice Ng", "--email", "alice@acme.io")


def test_it_makes_the_store_and_who_signs_in_is_a_global_admin(tmp_path: Path) -> None:
    env = environment(tmp_path, PFTUI_DATABASE_URL=str(tmp_path / "new" / "pftui.db"))
    made = run("init", *WHO, env=env, stdin=PASSWORD.encode() + b"\n")
    assert (made.code, made.out) == (0, "")
    assert "Acme [b]Corp" in made.err
    assert stat.S_IMODE((tmp_path / "new" / "pftui.db").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    listed = run(
        "users", "list", "--as", "alice@acme.io", "--password-file", "-", "--json",
        env=env, stdin=PASSWORD.encode(),
    )  # fmt: skip
    assert json.loads(listed.out)[0]["globalAdmin"] is True


def test_the_password_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    file.chmod(0o600)
    env = environment(tmp_path, PFTUI_DATABASE_URL=str(tmp_path / "pftui.db"))
    made = run("init", *WHO, "--password-file", str(file), "--json", env=env)
    assert (made.code, json.loads(made.out)) == (
        0,
        {"organization": "Acme [b]Corp", "name": "Alice Ng", "email": "alice@acme.io"},
    )


def test_twice_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    store = tmp_path / "pftui.db"
    env = environment(tmp_path, PFTUI_DATABASE_URL=str(store))
    assert run("init", *WHO, env=env, stdin=PASSWORD.encode()).code == 0
    before = store.read_bytes()
    again = run("init", *WHO, env=env, stdin=PASSWORD.encode())
    assert (again.code, again.out) == (1, "")
    assert store.read_bytes() == before


@pytest.mark.parametrize("password", ["short", "passwordpassword", "alice@acme.io123"])
def test_a_weak_password_makes_nothing(tmp_path: Path, password: str) -> None:
    env = environment(tmp_path, PFTUI_DATABASE_URL=str(tmp_path / "new" / "pftui.db"))
    result = run("init", *WHO, env=env, stdin=password.encode())
    assert (result.code, result.out) == (2, "")
    assert password not in result.err
    assert list(tmp_path.iterdir()) == []


def test_on_a_terminal_the_password_is_asked_for_twice_without_echo(tmp_path: Path) -> None:
    env = environment(tmp_path, PFTUI_DATABASE_URL=str(tmp_path / "pftui.db"))
    typist = Typist("init", *WHO, env=env)
    typist.expect("Password (15 characters at least): ").type(PASSWORD + "\n")
    typist.expect("again: ").type(PASSWORD + "\n")
    result = typist.end()
    assert (result.code, result.out) == (0, "")
    assert PASSWORD not in result.err
    assert (tmp_path / "pftui.db").exists()


def test_two_different_passwords_make_nothing(tmp_path: Path) -> None:
    env = environment(tmp_path, PFTUI_DATABASE_URL=str(tmp_path / "pftui.db"))
    typist = Typist("init", *WHO, env=env)
    typist.expect("Password (15 characters at least): ").type(PASSWORD + "\n")
    typist.expect("again: ").type(PASSWORD + "!\n")
    result = typist.end()
    assert result.code == 2
    assert "differ" in result.err
    assert list(tmp_path.iterdir()) == []
