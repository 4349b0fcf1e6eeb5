"""Text for people: escapes, counted things."""

from __future__ import annotations

import json

import pytest

from pftui.presentation.text import by, counted, visible, visible_json


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
        ("\U000e0067tag", "\\U000e0067tag"),
        ("a\u0085b\u2028c\u2029d", "a\\x85b\\u2028c\\u2029d"),
        ("a\ue000b\U000f0000c", "a\\ue000b\\U000f0000c"),  # private use
        ("ci\u3164bot\u2800\u115f\u034f", "ci\\u3164bot\\u2800\\u115f\\u034f"),  # what draws nothing
        ("\u061c\u200f\u2066a", "\\u061c\\u200f\\u2066a"),
    ],
)
def test_what_does_not_print_is_shown_as_its_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("Zoë 日本", "latin-1", "Zoë \\u65e5\\u672c"),
        ("Zoë", "ascii", "Zo\\xeb"),
        ("😀", "cp1252", "\\U0001f600"),
        ("a\x9bb", "latin-1", "a\\x9bb"),
    ],
)
def test_what_an_encoding_lacks_is_shown_as_its_escape_too(text: str, encoding: str, shown: str) -> None:
    assert visible(text, encoding) == shown


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "a\x9b31mb",
        "\x1b]0;x\x07",
        "right\u202eleft",
        "日本 Zoë",
        "\U000e0001tag",
        "\ud83d",
        "\x7f",
        "a\u2028\u3164\ue000",
    ],
)
def test_json_means_the_same_and_holds_nothing_that_does_not_print(text: str) -> None:
    shown = visible_json(json.dumps({text: text}, ensure_ascii=False))
    assert json.loads(shown) == {text: text}
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 keys"), (1, "1 key"), (3, "3 keys"), (1204, "1,204 keys")]
)
def test_things_are_counted(number: int, words: str) -> None:
    assert counted(number, "key") == words


def test_a_plural_of_its_own_is_given() -> None:
    assert [counted(number, "person", "people") for number in (1, 2)] == ["1 person", "2 people"]


def test_who_it_was_is_left_out_where_it_is_not_known() -> None:
    assert (by("Alice"), by(""), by(None)) == (" by Alice", "", "")
