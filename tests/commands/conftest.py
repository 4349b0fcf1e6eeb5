"""A store for each test, copied from one that is made once a worker."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
from click.testing import CliRunner

from pftui.bootstrap import create_store, open_services
from pftui.commands.root import root
from pftui.domain.secret import Secret
from pftui.services.results import NewOrganization
from tests.commands.program import Result, Typist, environment, run

ADMIN = "alice@acme.io"
PASSWORD = "many unrelated words in here"


@dataclass(frozen=True)
class Template:
    """A store with one person, and one service account with global admin privileges."""

    file: Path
    key: str


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Made once a worker."""
    file = tmp_path_factory.mktemp("template") / "store.db"
    url = f"sqlite:///{file}"
    create_store(url, NewOrganization("Acme Corp", "Alice Ng", ADMIN, Secret(PASSWORD)))
    services = open_services(url)
    operator = services.sign_in.with_password(ADMIN, Secret(PASSWORD)).operator
    made = services.service_accounts.create(operator, name="robot", global_admin=True)
    services.lifecycle.close()
    return Template(file, made.key.reveal())


class Pftui:
    """pftui on a store of its own, as the service account `robot` unless told otherwise.

    Calling it runs the command in this process, which saves its start; `program` runs a real one.
    """

    def __init__(self, folder: Path, template: Template) -> None:
        self.folder = folder
        self.store = folder / "store.db"
        shutil.copyfile(template.file, self.store)
        self.store.chmod(0o600)
        self.key = template.key
        self.password_file = folder / "password"
        self.password_file.write_text(PASSWORD + "\n")
        self.password_file.chmod(0o600)
        self.env = environment(folder, PFTUI_DATABASE_URL=str(self.store), PFTUI_API_KEY=self.key)

    def __call__(self, *arguments: str, stdin: bytes | None = None, **extra: str | None) -> Result:
        """Run it; further names go into the environment."""
        wanted = self.environment(**extra)
        env = {**dict.fromkeys(os.environ), **wanted}
        done = CliRunner().invoke(root, arguments, input=stdin or b"", env=env, prog_name="pftui")
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return Result(done.exit_code, done.stdout, done.stderr)

    def program(self, *arguments: str, stdin: bytes | None = None, **extra: str | None) -> Result:
        """Run it in a process of its own."""
        return run(*arguments, env=self.environment(**extra), stdin=stdin, cwd=self.folder)

    def ok(self, *arguments: str, stdin: bytes | None = None, **extra: str | None) -> str:
        """Run what must succeed, and give its standard output."""
        result = self(*arguments, stdin=stdin, **extra)
        assert result.code == 0, result
        return result.out

    def as_alice(self, *arguments: str) -> Result:
        """Run it as a person, with the password from a file."""
        return self(*arguments, "--as", ADMIN, "--password-file", str(self.password_file), PFTUI_API_KEY=None)

    def through_a_closed_pipe(self, *arguments: str, stdin: bytes | None = None) -> Result:
        """Run it with standard output in a pipe whose reader is gone."""
        reader, writer = os.pipe()
        os.close(reader)
        try:
            return run(*arguments, env=self.env, stdin=stdin, stdout=writer)
        finally:
            os.close(writer)

    def typed(self, *arguments: str, **extra: str | None) -> Typist:
        """Run it on a terminal."""
        return Typist(*arguments, env=self.environment(**extra))

    def on_a_terminal(self, *arguments: str, stdin: IO[bytes] | None = None, **extra: str | None) -> Typist:
        """The same, with standard output there too."""
        return Typist(*arguments, env=self.environment(**extra), console=True, stdin=stdin)

    def environment(self, **extra: str | None) -> dict[str, str]:
        """The environment with changes; None takes a name out."""
        merged: dict[str, str | None] = {**self.env, **extra}
        return {name: value for name, value in merged.items() if value is not None}


@pytest.fixture
def pftui(tmp_path: Path, template: Template) -> Pftui:
    """pftui on a fresh store."""
    return Pftui(tmp_path, template)
