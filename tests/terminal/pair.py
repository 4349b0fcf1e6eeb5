"""One program in two terminals: as Textual paints it, and through the output stage."""

from __future__ import annotations

import time

import pytest

from tests.patience import PATIENCE
from tests.terminal.harness import Cell, Terminal, rest


class Pair:
    """The same app in two terminals."""

    def __init__(self, plain: Terminal, staged: Terminal) -> None:
        self.plain, self.staged = plain, staged
        self.cost = (0, 0)
        """Bytes of the last step: plain, staged."""

    def step(self, keys: str = "", size: tuple[int, int] | None = None) -> None:
        """Do the same in both, and compare what they show then."""
        before = self.plain.bytes, self.staged.bytes
        for terminal in (self.plain, self.staged):
            if size is not None:
                terminal.resize(*size)
            if keys:
                terminal.type(keys)
        rest(self.plain, self.staged)
        self.cost = self.plain.bytes - before[0], self.staged.bytes - before[1]
        self.compare(repr(keys or size))

    def compare(self, after: str) -> None:
        """Both show the same at last: a timer of the app may still be running in one, on a busy machine."""
        until = time.monotonic() + PATIENCE
        while differ := self._differences():
            if time.monotonic() > until:
                pytest.fail(
                    f"after {after}, {len(differ)} cells: {differ[:4]}\n{self.plain.text}\n{self.staged.text}"
                )
            self.plain.read(0.01)
            self.staged.read(0.01)
        self.plain.screen.dirty.clear()
        self.staged.screen.dirty.clear()

    def _differences(self) -> list[tuple[int, int, Cell, Cell]]:
        """Where they differ, among the rows that either has written to since they were last the same."""
        return [
            (y, x, one, other)
            for y in sorted(self.plain.screen.dirty | self.staged.screen.dirty)
            if y < self.plain.screen.lines
            for x, (one, other) in enumerate(zip(self.plain.row(y), self.staged.row(y), strict=True))
            if one != other
        ]
