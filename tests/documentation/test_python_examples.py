"""The examples in Python, each run by itself with a store and a key, as a reader would paste them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.acme import Acme
from tests.documentation.blocks import Block, blocks

PAGES = ["README.md", "docs/verification.md"]


def examples() -> list[Block]:
    """All of them but those that a test of their own tries."""
    found = [block for page in PAGES for block in blocks(page) if block.language == "python"]
    return [block for block in found if block.tried_by is None]


@pytest.mark.parametrize("block", examples(), ids=str)
def test_an_example_does_what_it_says(block: Block, acme: Acme) -> None:
    program = f"key = {acme.scanner!r}\n{block.text}"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], env=acme.environment(), capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert acme.scanner not in done.stdout


def test_there_are_some() -> None:
    assert len(examples()) >= 4
