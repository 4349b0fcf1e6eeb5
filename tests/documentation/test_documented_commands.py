"""Every command in README and docs does what its page says, on a host that has pftui and no more of ours.

A page is one visit of one newcomer, from top to bottom, in an empty home: what a block makes is there for the
next one.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD
from tests.documentation.blocks import ROOT, Block, blocks
from tests.documentation.shell import Shell
from tests.installed import build_wheel, make_environment
from tests.peers.postgresql import PostgreSQL

#: For who uses pftui or runs it: tried as they stand.
PAGES = ["README.md", "docs/command-line.md", "docs/verification.md", "docs/operations.md"]
#: For contributors: their targets, files and programs are there.
OTHERS = ["CONTRIBUTING.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))]
SHELL = {"sh", "bash", "console"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, as whoever has a clone builds it."""
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with pftui, the driver for PostgreSQL, and pipx."""
    return make_environment(tmp_path_factory.mktemp("environment") / "venv", f"{wheel}[postgresql]", "pipx")


def a_shell(home: Path, programs: Path, wheel: Path) -> Shell:
    """A shell in an empty home, with the wheel beside it."""
    home.mkdir(mode=0o700)
    (home / wheel.name).symlink_to(wheel)
    environ = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "PIP_CONSTRAINT": str(ROOT / "constraints.txt"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    registries = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_TRUSTED_HOST", "PIP_CERT")
    environ |= {name: os.environ[name] for name in registries if name in os.environ}
    return Shell(home, environ)


def _password(shell: Shell, _request: pytest.FixtureRequest) -> None:
    (shell.folder / "password.txt").write_text(ADMIN_PASSWORD)
    (shell.folder / "password.txt").chmod(0o600)


def _store(shell: Shell, request: pytest.FixtureRequest) -> None:
    _password(shell, request)
    shell.run(
        f'pftui init --org "Acme Corp" --name "Alice Ng" --email {ADMIN_EMAIL} --password-file password.txt'
    )


def _key(shell: Shell, _request: pytest.FixtureRequest) -> None:
    acting = f"--as {ADMIN_EMAIL} --password-file password.txt"
    shell.run(
        f"""
        unset PFTUI_API_KEY
        pftui teams create "Red Team" {acting}
        pftui service-accounts create ci-bot --team red-team --role "CI Runner" --output key.txt {acting}
        cp key.txt key
        """
    )


def _leaked(shell: Shell, _request: pytest.FixtureRequest) -> None:
    """A key in a log, of the store that the page has made."""
    shell.run(
        """
        pftui service-accounts create leaky --output leaked.txt \\
            --as alice@acme.io --password-file password.txt
        echo "Authorization: Bearer $(cat leaked.txt)" >leaked.log
        """
    )


def _admin_key(shell: Shell, _request: pytest.FixtureRequest) -> None:
    acting = f"--as {ADMIN_EMAIL} --password-file password.txt"
    shell.run(
        f"""
        pftui service-accounts create provisioning --admin --output admin-key.txt {acting}
        export PFTUI_API_KEY="$(cat admin-key.txt)"
        """
    )


def _leaver(shell: Shell, _request: pytest.FixtureRequest) -> None:
    acting = f"--as {ADMIN_EMAIL} --password-file password.txt"
    shell.run(f'pftui users create dana@acme.example --name "Dana Fox" {acting} | wc -c')


def _anew(shell: Shell, _request: pytest.FixtureRequest) -> None:
    shell.run("rm -rf .local key key.txt password.txt; unset PFTUI_API_KEY PFTUI_DATABASE_URL")


def _postgresql(shell: Shell, request: pytest.FixtureRequest) -> None:
    server: PostgreSQL = request.getfixturevalue("postgresql")
    shell.run(
        f"""
        unset PFTUI_API_KEY
        export PGHOST=127.0.0.1 PGPORT={server.port} PGUSER=pftui PGDATABASE=postgres
        """
    )


def _postgresql_key(shell: Shell, request: pytest.FixtureRequest) -> None:
    shell.run("rm -f key.txt key")
    _key(shell, request)


GIVEN: dict[str, Callable[[Shell, pytest.FixtureRequest], None]] = {
    "anew": _anew,
    "password": _password,
    "store": _store,
    "key": _key,
    "leaked": _leaked,
    "admin-key": _admin_key,
    "leaver": _leaver,
    "postgresql": _postgresql,
    "postgresql-key": _postgresql_key,
}


@pytest.mark.thorough
@pytest.mark.timeout(900)
def test_every_command_of_a_page_does_what_it_says(  # in one test: the environment is made once
    programs: Path, wheel: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    for number, page in enumerate(PAGES):
        shell, tried = a_shell(tmp_path / str(number), programs, wheel), 0
        for block in blocks(page):
            if block.tried_by or block.language not in SHELL | {"python"}:
                continue
            for word in block.given:
                GIVEN[word](shell, request)
            (shell.run if block.language in SHELL else shell.python)(block.text)
            tried += 1
        assert tried, page


def shell_blocks() -> list[Block]:
    return [block for page in ("README.md", *OTHERS) for block in blocks(page) if block.language in SHELL]


@pytest.mark.parametrize("block", shell_blocks(), ids=str)
def test_what_cannot_be_tried_as_it_stands_is_tried_elsewhere(block: Block) -> None:
    if block.tried_by is not None:
        assert (ROOT / block.tried_by).is_file()
    elif block.page not in PAGES:
        for line in block.text.splitlines():
            _is_there(line)


def _is_there(line: str) -> None:
    words = re.sub(r"\s+#.*", "", line).split()
    if words[0] == "make":
        made = subprocess.run(["make", "--dry-run", words[1]], cwd=ROOT, capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
    else:
        program = Path(sys.executable).parent / words[0].removeprefix(".venv/bin/")
        there = os.access(program, os.X_OK) or os.access(ROOT / words[0], os.X_OK)
        assert there, f"{line}: say which test tries it"
