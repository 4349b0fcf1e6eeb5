"""The recipes for shells and CI, run by bash as each of them runs it."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acme import Acme
from tests.commands.program import Result, run
from tests.conftest import missing_peer
from tests.documentation.blocks import Block, blocks

PAGE = "docs/verification.md"
#: How a step is run: docs.github.com, "Workflow syntax", `defaults.run.shell`; docs.gitlab.com, "Shells
#: supported by GitLab Runner", which sets the same by itself.
STEP = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")


def recipes() -> dict[str, Block]:
    """The blocks that this module tries."""
    own = [block for block in blocks(PAGE) if block.tried_by == "tests/documentation/test_ci_recipes.py"]
    return dict(zip(("bash", "github", "gitlab"), own, strict=True))


def script(name: str) -> str:
    """What bash is given of a recipe."""
    text = recipes()[name].text
    if name == "github":
        return "\n".join(line.strip() for line in text.partition("run: |\n")[2].splitlines())
    if name == "gitlab":
        return "\n".join(re.findall(r"^    - (.*)$", text, re.MULTILINE))
    return text


@dataclass(frozen=True)
class CI:
    """A program `pftui` on the path, with the store that the variables name."""

    acme: Acme

    def run(self, name: str, key: str | None, store: Path | None = None) -> Result:
        """Run a recipe with the secret, or without one that is set."""
        path = f"{self.acme.folder / 'bin'}:/usr/local/bin:/usr/bin:/bin"
        extra = {"PFTUI_DATABASE_URL": str(store)} if store else {}
        env = self.acme.environment(PATH=path, DEPLOY_KEY=key, **extra)
        return run(script(name), env=env, command=STEP)

    def without_store(self, name: str) -> Result:
        """Run a recipe where the store cannot be reached."""
        return self.run(name, self.acme.scanner, self.acme.folder / "not-there.db")


@pytest.fixture(scope="module")
def ci(acme: Acme) -> CI:
    for needed in ("bash", "jq"):
        if shutil.which(needed) is None:
            missing_peer(f"no {needed} here: install the package {needed}")
    program = acme.folder / "bin" / "pftui"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m pftui "$@"\n')
    program.chmod(0o755)
    return CI(acme)


@pytest.mark.parametrize("name", recipes())
def test_who_may_goes_on_and_who_may_not_does_not(ci: CI, name: str) -> None:
    assert ci.run(name, ci.acme.scanner).code == 0
    assert ci.run(name, ci.acme.viewer).code == 1
    assert ci.run(name, None).code == 1


@pytest.mark.parametrize("name", recipes())
def test_a_store_that_cannot_be_used_is_no_denial(ci: CI, name: str) -> None:
    result = ci.without_store(name)
    assert result.code == 3
    assert "pftui: " in result.err


def test_the_shell_says_what_was_the_matter(ci: CI) -> None:
    assert ci.run("bash", ci.acme.scanner).out == "allowed: bot CI Runner\n"
    assert ci.run("bash", ci.acme.viewer).err.startswith("denied: lacks_permission: ")
    assert ci.run("bash", None).err.startswith("denied: malformed: Standard input was empty")
    assert "nothing was decided: come again in 5 s\n" in ci.without_store("bash").err


@pytest.mark.parametrize("name", recipes())
def test_no_recipe_prints_the_key(ci: CI, name: str) -> None:
    for key in (ci.acme.scanner, ci.acme.viewer, ci.acme.scanner[:-1]):
        result = ci.run(name, key)
        assert key[15:] not in result.out + result.err
