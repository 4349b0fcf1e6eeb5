"""A terminal that knows only ASCII gets a layout that is whole."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pftui.terminal.ascii_signs import in_ascii, sign
from pftui.terminal.cells import expand
from tests.terminal.test_walk import DIALOG, DOWN, WIDE, open_staged


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("● active", "* active"),
        ("○ no team", "o no team"),
        ("◔ ends in 3 d", "~ ends in 3 d"),
        ("✕ disabled", "x disabled"),
        ("! key unsaved", "! key unsaved"),
        ("◌ invited", ". invited"),
        ("▪ ci-bot", "# ci-bot"),
        ("┌─┬─┐│╭━╮╰╯├┼┤╸╺", "+-+-+|+-++++++--"),
        ("║═╔╝▔▁▊", "|-++-_|"),
        ("naïve Żółw", "naive Zo?w"),
        ("e\u0301a\u0308", "ea"),
        ("漢字", "????"),
        ("ＡＢ", "A?B?"),
        ("👩\u200d💻!", "??!"),
        ("Ω", "?"),
        ("\xa0", " "),
    ],
)
def test_each_sign_has_its_stand_in_of_the_same_width(text: str, shown: str) -> None:
    cells = in_ascii(expand([(text, "31")]))
    assert "".join(cells.texts) == shown
    assert len(cells.texts) == len(cells.styles)


@given(st.text(st.characters(codec="utf-8")))
def test_nothing_but_ascii_is_left_and_every_column_has_one_sign(text: str) -> None:
    before = expand([(text, "")])
    cells = in_ascii(before)
    assert len(cells.texts) == len(before.texts)
    assert all(len(one) == 1 and one.isascii() and one.isprintable() for one in cells.texts)
    assert cells.narrow


def test_what_is_ascii_already_is_left_alone() -> None:
    cells = expand([("plain", "")])
    assert in_ascii(cells) is cells
    assert sign("a") == "a"


@pytest.mark.parametrize(
    "environ",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LANG": "de_DE.ISO-8859-1", "PYTHONCOERCECLOCALE": "0"},
    ],
)
def test_the_whole_app_sends_nothing_else(environ: dict[str, str]) -> None:
    with ExitStack() as stack:
        staged = open_staged(stack, **environ)
        for keys in (WIDE, DIALOG, DOWN):
            staged.type(keys)
            staged.rest()
        assert staged.log.isascii()
        assert b"\\u" not in staged.log
        assert "+---" in staged.text
        assert "* active" in staged.text
