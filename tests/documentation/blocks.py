"""The commands in the documentation: fenced blocks of shell, and what a comment above one says of it.

A comment `<!-- tried by FILE -->` right above a block names the test that tries what cannot be tried as it
stands; `<!-- given: WORD … -->` names what must be there before it (see `test_documented_commands.GIVEN`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^(?P<note><!--[^\n]*-->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S)
_NOTE = re.compile(r"<!-- (tried by|given:) ([^\n]*?) -->")


@dataclass(frozen=True)
class Block:
    """One fenced block: where it is, its language (shell, python, …), its text and what is said of it."""

    page: str
    line: int
    language: str
    text: str
    tried_by: str | None
    given: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(page: str) -> Iterator[Block]:
    """All blocks of a page, from top to bottom."""
    whole = (ROOT / page).read_text(encoding="utf-8")
    for found in _FENCE.finditer(whole):
        note = _NOTE.match(found["note"] or "")
        about = {note[1]: note[2]} if note is not None else {}
        text, language = found["text"], found["language"]
        if not language and text.startswith("$ "):  # a session as a terminal shows it
            lines = [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")]
            text, language = "\n".join(lines) + "\n", "sh"
        yield Block(
            page=page,
            line=whole.count("\n", 0, found.start()) + 1,
            language=language,
            text=text,
            tried_by=about.get("tried by"),
            given=tuple(about.get("given:", "").split()),
        )
