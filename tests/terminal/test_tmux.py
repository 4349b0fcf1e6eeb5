"""What tmux shows of the output stage, where it and Rich disagree how wide a sign is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.terminal.harness import python
from tests.terminal.tmux import Tmux, needs_tmux, until
from tests.terminal.wide_app import AGREED, LINES, WIDTH

pytestmark = needs_tmux


def is_full(server: Tmux) -> bool:
    return server.screen()[0] == "#" * WIDTH


def has_family(server: Tmux) -> bool:
    return "family" in server.screen()[len(LINES) - 1]


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[dict[str, Tmux]]:
    """The two programs after the change, each in a tmux of its own."""
    servers: dict[str, Tmux] = {}
    try:
        for name in ("plain", "staged"):
            servers[name] = server = Tmux(tmp_path, name, size=(WIDTH, 20))
            server.type(f"exec {' '.join(python('tests.terminal.wide_app', name))}\n")
        for server in servers.values():
            until(partial(is_full, server))
            server.command("send-keys", "F2")
            until(partial(has_family, server))
        yield servers
    finally:
        for server in servers.values():
            server.stop()


def test_where_they_agree_it_is_what_textual_paints(shown: dict[str, Tmux]) -> None:
    until(lambda: "#" not in "".join(shown["plain"].screen()[: len(AGREED)]))
    plain, staged = (shown[name].screen(attributes=True)[: len(AGREED)] for name in ("plain", "staged"))
    assert [_folded(line) for line in staged] == [_folded(line) for line in plain]


def _folded(line: str) -> str:
    """A line of `capture-pane -e` without the difference between a default colour said and not said."""
    return line.replace("\x1b[0m", "").replace("\x1b[39m", "").replace("\x1b[49m", "")


def test_where_they_do_not_the_rest_of_the_line_stands_in_its_columns(shown: dict[str, Tmux]) -> None:
    until(lambda: "|" in shown["staged"].screen()[len(LINES) - 1])
    screen = shown["staged"].screen()
    for line, row in zip(LINES, screen, strict=False):
        assert "#" not in row, "nothing is left of what was there before"
        # The last column of tmux's own grid; a row that was shifted ends with something else.
        assert row.endswith(".|"), row
        assert row.split(".")[0].split(" ")[-1] == line.split(" ")[-1]
