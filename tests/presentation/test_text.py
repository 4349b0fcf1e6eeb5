"""Text on a terminal: escapes, cells, relative times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pftui.presentation.text import ago, cell_width, counted, padded, visible

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [red]x[/]", "plain [red]x[/]"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\nb\tc", "a\\x0ab\\x09c"),
        ("right\u202eleft", "right\\u202eleft"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("Zoë 日本", "Zoë 日本"),
        ("\U000e0001tag", "\\U000e0001tag"),
    ],
)
def test_what_does_not_print_is_shown_as_its_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "cells"), [("", 0), ("abc", 3), ("日本", 4), ("e\u0301", 1), ("Zoë", 3), ("ｆ", 2)]
)
def test_width_is_counted_in_cells(text: str, cells: int) -> None:
    assert cell_width(text) == cells
    assert cell_width(padded(text, 8)) == 8
    assert padded(text, 8, right=True).endswith(text)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=59), "now"),
        (timedelta(seconds=-30), "now"),
        (timedelta(seconds=60), "1 min ago"),
        (timedelta(minutes=59, seconds=59), "59 min ago"),
        (timedelta(hours=23, minutes=59), "23 h ago"),
        (timedelta(hours=24), "1 day ago"),
        (timedelta(days=59), "59 days ago"),
        (timedelta(days=60), "2026-04-02"),
    ],
)
def test_times_are_relative_until_they_are_old(age: timedelta, words: str) -> None:
    assert ago(NOW - age, NOW) == words


def test_never_is_a_word() -> None:
    assert ago(None, NOW) == "never"


@pytest.mark.parametrize(
    ("number", "words"), [(0, "no keys"), (1, "1 key"), (3, "3 keys"), (1204, "1,204 keys")]
)
def test_things_are_counted(number: int, words: str) -> None:
    assert counted(number, "key") == words
