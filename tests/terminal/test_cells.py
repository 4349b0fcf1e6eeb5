"""Text becomes the cells that Textual's layout counted on, and nothing that a terminal would obey."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pftui.terminal.cells import UNKNOWN, expand, is_narrow, is_settled, mend

_texts = st.text(
    st.sampled_from("ab é漢字ＡㄅéΩЖ─●▪…🎉👩👍❤🇳🇱한")
    | st.characters(exclude_categories=["Cs", "Cc"]).filter(lambda character: cell_len(character) > 0)
)


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "漢字",
        "naïve",
        "e\u0301a\u0308",
        "👩\u200d💻 x",
        "👍\U0001f3fd",
        "❤\ufe0f!",
        "1\ufe0f\u20e3",
        "한국어",
        "🇳🇱",
    ],
)
def test_cells_are_as_many_as_rich_counts(text: str) -> None:
    assert len(expand([(text, "")]).texts) == cell_len(text)


@given(_texts)
def test_no_letter_is_lost_and_columns_are_as_counted(text: str) -> None:
    cells = expand([(text, "31")])
    assert "".join(cells.texts) == text
    assert len(cells.texts) == len(cells.styles)
    if (
        "\ufe0f" not in text
        and "\u200d" not in text
        and not any("\U0001f1e6" <= c <= "\U0001f1ff" for c in text)
    ):
        assert len(cells.texts) == cell_len(text)


@given(st.text(st.characters(codec="utf-8")))
def test_no_control_character_gets_through(text: str) -> None:
    sent = "".join(expand([(text, "")]).texts)
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in sent)
    assert UNKNOWN not in sent


def test_an_escape_sequence_in_a_name_is_shown_as_its_letters() -> None:
    assert "".join(expand([("a\x1b[2Jb\x9b5n", "")]).texts) == "a[2Jb5n"


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("漢a", ["漢", "", "a"]),
        ("e\u0301x", ["e\u0301", "x"]),
        ("👩\u200d💻", ["👩\u200d💻", ""]),
        ("👍\U0001f3fdx", ["👍\U0001f3fd", "", "x"]),
        ("🇳🇱🇧🇪", ["🇳🇱", "", "🇧🇪", ""]),
    ],
)
def test_what_a_terminal_draws_as_one_stays_together(text: str, texts: list[str]) -> None:
    cells = expand([(text, "")])
    assert cells.texts == texts
    assert not cells.narrow


def test_a_mark_joins_the_letter_before_it_across_a_change_of_style() -> None:
    cells = expand([("e", "31"), ("\u0301x", "32")])
    assert (cells.texts, cells.styles, cells.narrow) == (["e\u0301", "x"], ["31", "32"], False)


def test_a_mark_without_a_letter_is_dropped() -> None:
    assert expand([("\u0301x", "")]).texts == ["x"]


@pytest.mark.parametrize("character", [*"aZ~é─│┌●○◔✕▪…·⏎→", "Ω", "Ж"])
def test_the_consoles_own_signs_are_narrow(character: str) -> None:
    assert is_narrow(character)
    assert is_settled(character)


@pytest.mark.parametrize(
    "character",
    ["漢", "🎉", "\u0301", "\u200d", "\ufe0f", "\ue000", "🇳", "\U0010ffff", "\u202e", "\xad", "Ａ"],
)
def test_what_terminals_may_draw_otherwise_is_not_narrow(character: str) -> None:
    assert not is_narrow(character)


def test_terminals_agree_on_ideographs_but_not_on_emoji() -> None:
    assert [is_settled(cluster) for cluster in ("漢", "한", "🎉", "e\u0301")] == [True, True, False, False]


def test_halves_of_wide_characters_become_spaces() -> None:
    texts = ["", "a", "漢", "b", "字", "", "👩\u200d💻", ""]
    mend(texts)
    assert texts == [" ", "a", " ", "b", "字", "", "👩\u200d💻", ""]
    texts = ["x", "漢"]
    mend(texts)
    assert texts == ["x", " "]
