"""What the output stage sends makes a terminal show what Textual would have painted, for fewer bytes."""

from __future__ import annotations

from collections.abc import Iterator
from unicodedata import normalize

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len, set_cell_size
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from pftui.terminal.output_stage import OutputStage

_WIDTH, _HEIGHT = 24, 5
_NO_WRAP = "\x1b[?7l"
"""Lines do not wrap: so has Textual's driver set it."""

_STYLES = (
    None,
    Style(),
    Style.parse("red"),
    Style.parse("bold #102030 on #405060"),
    Style.parse("#d7dde5 on #405060"),
    Style.parse("reverse"),
    Style.parse("underline blue"),
    Style.parse("italic on default"),
)
_WORDS = ("漢字", "plain", "   ", "e\u0301a\u0308", "─│┐", "한", "x", "Ωμ", " a b ", "ＡＢ")


class Screen:
    """A screen that reads what is sent, and the stage that sends it."""

    def __init__(self) -> None:
        self.stage = OutputStage()
        self.screen = pyte.Screen(_WIDTH, _HEIGHT)
        self.stream = pyte.Stream(self.screen)
        self.stream.feed(_NO_WRAP)

    def update(self, update: LayoutUpdate | ChopsUpdate, cursor: tuple[int, int] = (0, 0)) -> str:
        assert self.stage.fits(update)
        data = self.stage.update(update, ColorSystem.TRUECOLOR, cursor)
        self.stream.feed(data)
        return data

    def cells(self) -> list[list[object]]:
        return cells_of(self.screen)


def cells_of(screen: pyte.Screen) -> list[list[object]]:
    """What can be seen of each cell: of a space, no colour of a letter."""
    return [[_seen(screen.buffer[y][x]) for x in range(_WIDTH)] for y in range(_HEIGHT)]


def _seen(char: pyte.screens.Char) -> object:
    lines = (char.underscore, char.strikethrough, char.reverse)
    if char.data == " ":
        return (" ", char.bg, lines, char.fg if any(lines) else "")
    return (char.data, char.bg, lines, char.fg, char.bold, char.italics)


def strip_of(pieces: list[tuple[str, Style | None]], width: int) -> Strip:
    """Text cut or filled up to a width, as a widget's render is."""
    segments: list[Segment] = []
    left = width
    for text, style in pieces:
        text = set_cell_size(text, min(left, cell_len(text)))
        segments.append(Segment(text, style))
        left -= cell_len(text)
    return Strip([*segments, Segment(" " * left, pieces[-1][1] if pieces else None)], width)


def layout(lines: list[Strip]) -> LayoutUpdate:
    return LayoutUpdate([[line] for line in lines], Region(0, 0, _WIDTH, len(lines)))


def chops(y: int, x: int, strip: Strip) -> ChopsUpdate:
    """An update of one piece of one row, in the compositor's form."""
    end = x + strip.cell_length
    cuts = sorted({0, x, end, _WIDTH})
    rows: list[dict[int, Strip | None]] = [dict.fromkeys(cuts[:-1]) for _ in range(_HEIGHT)]
    rows[y][x] = strip
    return ChopsUpdate(rows, [(y, x, end)], [cuts[1:]] * _HEIGHT)


_pieces = st.lists(st.tuples(st.sampled_from(_WORDS), st.sampled_from(_STYLES)), max_size=6)
_lines = st.lists(_pieces.map(lambda pieces: strip_of(pieces, _WIDTH)), min_size=_HEIGHT, max_size=_HEIGHT)


@given(st.lists(_lines, min_size=1, max_size=4))
def test_whole_screens_look_as_textual_paints_them(frames: list[list[Strip]]) -> None:
    ours = Screen()
    for frame in frames:
        ours.update(layout(frame))
        theirs = pyte.Screen(_WIDTH, _HEIGHT)
        sent = layout(frame).render_segments(Console(color_system="truecolor", force_terminal=True))
        # The driver's terminal turns a line feed into a return and a line feed.
        pyte.Stream(theirs).feed(_NO_WRAP + sent.replace("\n", "\r\n"))
        assert ours.cells() == cells_of(theirs)


@st.composite
def _patch(draw: st.DrawFn) -> tuple[int, int, Strip]:
    x = draw(st.integers(0, _WIDTH - 1))
    width = draw(st.integers(1, _WIDTH - x))
    return draw(st.integers(0, _HEIGHT - 1)), x, strip_of(draw(_pieces), width)


@given(_lines, st.lists(_patch(), max_size=6))
@settings(max_examples=200)
def test_after_any_patches_the_screen_is_what_the_stage_believes(
    frame: list[Strip], patches: list[tuple[int, int, Strip]]
) -> None:
    """Wide characters are cut in two by many of these: what stays must be whole or a space, in both."""
    ours = Screen()
    ours.update(layout(frame))
    for y, x, strip in patches:
        ours.update(chops(y, x, strip))
        # pyte composes a letter and its mark.
        believed = [[normalize("NFC", text) for text in row.texts] for row in ours.stage._rows]
        assert believed == [[ours.screen.buffer[y][x].data for x in range(_WIDTH)] for y in range(_HEIGHT)]
        drawn = "".join(strip.text).rstrip()
        assert drawn in "".join(ours.stage._rows[y].texts)


def test_a_wide_character_half_covered_becomes_a_space_and_comes_back() -> None:
    ours = Screen()
    lines = [strip_of([("ab漢字cd", None)], _WIDTH) for _ in range(_HEIGHT)]
    ours.update(layout(lines))
    ours.update(chops(2, 3, Strip([Segment("|x|")], 3)))
    assert ours.screen.display[2].rstrip() == "ab |x|cd"
    ours.update(layout(lines))
    assert ours.screen.display[2].rstrip() == "ab漢字cd"


def test_what_is_shown_already_is_not_sent_again() -> None:
    ours = Screen()
    lines = [strip_of([("漢字 e\u0301", None), ("plain", _STYLES[3])], _WIDTH) for _ in range(_HEIGHT)]
    assert ours.update(layout(lines)) != ""
    assert ours.update(layout(lines)) == ""
    assert ours.update(chops(1, 4, lines[1].crop(4, 9))) == ""


def test_only_the_changed_cells_are_sent() -> None:
    ours = Screen()
    ours.update(layout([strip_of([("name   12 active", None)], _WIDTH)] * _HEIGHT))
    data = ours.update(chops(3, 0, strip_of([("name   13 active", None)], _WIDTH)))
    assert data == "\x1b[4;9H3\x1b[H"


def test_a_short_gap_is_sent_and_a_long_one_jumped() -> None:
    ours = Screen()
    ours.update(layout([strip_of([("a12b345678901c", None)], _WIDTH)] * _HEIGHT))
    data = ours.update(chops(0, 0, strip_of([("A12B345678901C", None)], _WIDTH)))
    assert data == "\x1b[HA12B\x1b[9CC\x1b[H"


def test_blanks_to_the_end_are_erased_where_they_have_the_terminals_background() -> None:
    for style, erased in ((None, True), (_STYLES[3], False)):
        ours = Screen()
        ours.update(layout([strip_of([("x" * _WIDTH, style)], _WIDTH)] * _HEIGHT))
        data = ours.update(chops(0, 0, strip_of([("xx", style)], _WIDTH)))
        assert ("\x1b[K" in data) is erased
        assert ours.screen.display[0] == "xx" + " " * (_WIDTH - 2)


def test_the_first_paint_clears_and_a_new_size_does_not() -> None:
    ours = Screen()
    blank = [strip_of([], _WIDTH) for _ in range(_HEIGHT)]
    assert ours.update(layout(blank)) == "\x1b[m\x1b[H\x1b[2K\x1b[2H\x1b[J\x1b[H"
    ours.stage.forget(clear=False)
    ours.stream.feed("\x1b[3;3Hleft by another size")
    ours.update(layout(blank))
    assert "".join(ours.screen.display).isspace()


def test_a_line_that_is_not_covered_is_blank_and_never_unknown() -> None:
    ours = Screen()
    ours.stage.forget(clear=False)
    ours.stage._clear = False
    data = ours.update(layout([Strip([Segment("漢a")], 3)] * _HEIGHT))
    assert "\0" not in data
    assert ours.screen.display[0].rstrip() == "漢a"


def test_the_cursor_is_moved_only_when_it_is_elsewhere() -> None:
    ours = Screen()
    lines = [strip_of([], _WIDTH)] * _HEIGHT
    ours.update(layout(lines), (4, 2))
    assert ours.update(layout(lines), (4, 2)) == ""
    assert ours.update(layout(lines), (5, 2)) == "\x1b[3;6H"
    assert (ours.screen.cursor.x, ours.screen.cursor.y) == (5, 2)


def test_a_partial_update_fits_only_a_screen_that_is_known() -> None:
    stage = OutputStage()
    piece = chops(0, 0, Strip([Segment("x")], 1))
    assert not stage.fits(piece)
    stage.update(layout([strip_of([], _WIDTH)] * _HEIGHT), ColorSystem.TRUECOLOR, (0, 0))
    assert stage.fits(piece)
    stage.forget(clear=False)
    assert not stage.fits(piece)
    stage.update(layout([strip_of([], _WIDTH)] * (_HEIGHT - 1)), ColorSystem.TRUECOLOR, (0, 0))
    assert not stage.fits(piece)


def test_behind_what_terminals_draw_in_other_widths_the_cursor_is_placed_anew() -> None:
    ours = Screen()
    data = ours.update(layout([strip_of([("👩\u200d💻|", None)], _WIDTH)] * _HEIGHT))
    # Its two columns are blanked before it, and the next sign is put where the layout has it, whatever was
    # drawn.
    assert "\x1b[H  \x1b[H👩\u200d💻\x1b[1;3H|" in data


def test_a_hyperlink_is_opened_and_closed() -> None:
    ours = Screen()
    link = Style(link="https://example.org")
    data = ours.update(layout([Strip([Segment("a", link), Segment("b")])] * _HEIGHT))
    assert data.count(";https://example.org\x1b\\") == 1  # for all rows, for those go together
    assert data.count("\x1b]8;;\x1b\\") == 1


def test_the_memory_does_not_grow() -> None:
    ours = Screen()
    for frame in _frames(200):
        ours.update(layout(frame))
    assert len(ours.stage._rows) == _HEIGHT
    assert all(len(row.texts) == len(row.styles) == _WIDTH for row in ours.stage._rows)


def _frames(count: int) -> Iterator[list[Strip]]:
    for number in range(count):
        yield [
            strip_of([(f"{number * 7919} 漢{row}", _STYLES[number % 8])], _WIDTH) for row in range(_HEIGHT)
        ]


@pytest.mark.parametrize("system", list(ColorSystem)[:3])
def test_each_colour_system_is_kept_to(system: ColorSystem) -> None:
    stage = OutputStage()
    style = Style(color="#123456", bgcolor="#654321")
    lines = layout([Strip([Segment("x" * _WIDTH, style)], _WIDTH)] * _HEIGHT)
    data = stage.update(lines, system, (0, 0))
    assert ("38;2;" in data) is (system is ColorSystem.TRUECOLOR)
    assert ("38;5;" in data) is (system is ColorSystem.EIGHT_BIT)
