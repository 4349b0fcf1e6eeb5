"""Text fits its cells, however wide its characters are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pftui.presentation.cells import fit


@given(st.text(alphabet="abc 日本🚀é\u0301[]", max_size=30), st.integers(0, 40), st.booleans())
def test_it_takes_exactly_the_width(text: str, width: int, right: bool) -> None:
    assert cell_len(fit(text, width, right)) == width


def test_what_is_cut_says_so() -> None:
    assert fit("a-very-long-name", 8) == "a-very-…"
    assert fit("日本語ボット", 8) == "日本語… "
    assert fit("7", 4, right=True) == "   7"


def test_markup_is_text() -> None:
    assert fit("[red]x[/red]", 14) == "[red]x[/red]  "
