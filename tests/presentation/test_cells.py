"""Text fits its cells, however wide its characters are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pftui.presentation.cells import _ONE_CELL, cell_width, fit
from pftui.presentation.text import visible


@given(st.text(alphabet="abc 日本🚀é\u0301[]", max_size=30), st.integers(0, 40), st.booleans())
def test_it_takes_exactly_the_width(text: str, width: int, right: bool) -> None:
    assert cell_len(fit(text, width, right)) == width


@given(st.text(max_size=30))
def test_width_is_what_textual_paints(text: str) -> None:
    shown = visible(text)
    assert cell_width(shown) == cell_len(shown)


def test_what_is_not_asked_of_rich_is_one_cell_each() -> None:
    assert {character for character in _ONE_CELL if cell_len(character) != 1} == set()


def test_what_is_cut_says_so() -> None:
    assert fit("a-very-long-name", 8) == "a-very-…"
    assert fit("日本語ボット", 8) == "日本語… "
    assert fit("7", 4, right=True) == "   7"


def test_markup_is_text() -> None:
    assert fit("[red]x[/red]", 14) == "[red]x[/red]  "
