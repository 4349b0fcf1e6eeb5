"""The shortest way between styles leads to the style that was wanted."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color, ColorSystem
from rich.style import Style
from textual.strip import Strip

from pftui.terminal import sgr

_ON = {
    "1": "bold",
    "2": "dim",
    "3": "italic",
    "4": "under",
    "21": "double",
    "5": "blink",
    "6": "fast",
    "7": "reverse",
}
_ON |= {"8": "conceal", "9": "strike", "51": "frame", "52": "encircle", "53": "over"}
_OFF = {
    "22": ("bold", "dim"),
    "23": ("italic",),
    "24": ("under", "double"),
    "25": ("blink", "fast"),
    "27": ("reverse",),
}
_OFF |= {"28": ("conceal",), "29": ("strike",), "54": ("frame", "encircle"), "55": ("over",)}
_LINES = {"under", "double", "reverse", "strike", "frame", "encircle", "over"}


class Pen:
    """Obeys SGR and OSC 8 as ECMA-48 and xterm's ctlseqs have them; written from those, not from `sgr`."""

    def __init__(self) -> None:
        self.attributes: set[str] = set()
        self.foreground = self.background = "default"
        self.link = ""

    def obey(self, sequences: str) -> None:
        taken = ""
        for match in re.finditer(r"\x1b\[([\d;]*)m|\x1b\]8;(?:id=([^;]*))?;([^\x1b]*)\x1b\\", sequences):
            taken += match.group()
            if match.group(1) is not None:
                self._sgr(match.group(1).split(";"))
            else:
                self.link = f"{match.group(2)};{match.group(3)}" if match.group(3) else ""
        assert taken == sequences

    def _sgr(self, parameters: list[str]) -> None:
        rest = list(parameters)
        while rest:
            one = rest.pop(0)
            if one in ("", "0"):
                self.attributes, self.foreground, self.background = set(), "default", "default"
            elif one in _ON:
                self.attributes.add(_ON[one])
            elif one in _OFF:
                self.attributes.difference_update(_OFF[one])
            elif one in ("38", "48"):
                count = {"5": 2, "2": 4}[rest[0]]
                colour, rest = " ".join(rest[:count]), rest[count:]
                self._colour(one, colour)
            else:
                self._colour(one, "default" if one in ("39", "49") else one)

    def _colour(self, code: str, colour: str) -> None:
        if 30 <= int(code) <= 39 or 90 <= int(code) <= 97:
            self.foreground = colour
        else:
            assert 40 <= int(code) <= 49 or 100 <= int(code) <= 107
            self.background = colour

    def shown(self, blank: bool) -> object:
        """All that can be seen of a letter, or of a space."""
        attributes = self.attributes & _LINES if blank else set(self.attributes)
        foreground = self.foreground if not blank or attributes else None
        return attributes, foreground, self.background, self.link


_colours = st.none() | st.sampled_from(["default", "red", "bright_blue", "color(200)", "#0a141e", "#8fd19e"])
_flags = [
    "bold",
    "dim",
    "italic",
    "underline",
    "blink",
    "blink2",
    "reverse",
    "conceal",
    "strike",
    "underline2",
]
_flags += ["frame", "encircle", "overline"]


@st.composite
def _styles(draw: st.DrawFn) -> str:
    flags = draw(st.sets(st.sampled_from(_flags), max_size=4))
    drawn = Style(color=draw(_colours), bgcolor=draw(_colours)) + Style.parse(" ".join(flags))
    style = Strip.render_ansi(drawn, draw(st.sampled_from(list(ColorSystem)[:3])))
    link = draw(st.sampled_from(["", "", "", "12;https://example.org", "13;https://example.com/a;b"]))
    return f"{style}{sgr.LINK_MARK}{link}" if link else style


def _absolute(style: str) -> Pen:
    pen = Pen()
    parameters, _, link = style.partition(sgr.LINK_MARK)
    pen.obey(f"\x1b[0;{parameters}m" if parameters else "")
    pen.link = link
    return pen


@given(st.lists(st.tuples(_styles(), st.booleans()), max_size=8))
def test_after_any_steps_the_terminal_writes_as_wanted(steps: list[tuple[str, bool]]) -> None:
    pen, style = Pen(), sgr.PLAIN
    for wanted, blank in steps:
        sequence, style = sgr.step(style, wanted, blank)
        pen.obey(sequence)
        assert pen.shown(blank) == _absolute(wanted).shown(blank)
        assert pen.shown(False) == _absolute(style).shown(False)
    pen.obey(sgr.step(style, sgr.PLAIN, False)[0])
    assert pen.shown(False) == Pen().shown(False)


@given(_styles(), _styles())
def test_styles_are_alike_on_a_space_exactly_when_nothing_of_them_differs_there(one: str, other: str) -> None:
    same = _absolute(one).shown(True) == _absolute(other).shown(True)
    assert sgr.alike_when_blank(one, other) == same
    assert sgr.erasable(one) == (_absolute(one).shown(True) == Pen().shown(True))


@given(_styles(), _styles())
def test_a_step_is_never_longer_than_saying_all_of_it(one: str, other: str) -> None:
    parameters, _, link = other.partition(sgr.LINK_MARK)
    whole = len(f"\x1b[;{parameters}m") + len(f"\x1b]8;id={link}\x1b\\") + len("\x1b]8;;\x1b\\")
    assert len(sgr.step(one, other, False)[0]) <= whole


@pytest.mark.parametrize(
    ("now", "wanted", "sequence"),
    [
        ("1;38;2;1;2;3;48;2;4;5;6", "38;2;1;2;3;48;2;4;5;6", "\x1b[22m"),
        ("38;2;1;2;3;48;2;4;5;6", "38;2;7;8;9;48;2;4;5;6", "\x1b[38;2;7;8;9m"),
        ("1;2", "2", "\x1b[;2m"),
        ("31", "", "\x1b[m"),
        ("", "", ""),
    ],
)
def test_only_the_difference_is_sent(now: str, wanted: str, sequence: str) -> None:
    assert sgr.step(now, wanted, False) == (sequence, wanted)


def test_the_colour_of_a_spaces_letter_is_not_sent() -> None:
    assert sgr.step("1;38;2;1;2;3;48;2;4;5;6", "38;2;7;8;9;48;2;4;5;6", True)[0] == ""


def test_every_attribute_of_rich_is_known() -> None:
    everything = Style(color=Color.parse("red")) + Style.parse(" ".join(_flags))
    style = Strip.render_ansi(everything, ColorSystem.STANDARD)
    assert set(style.split(";")) == {*_ON, "31"}


def test_the_caches_are_bounded() -> None:
    for function in (sgr.step, sgr.alike_when_blank, sgr.erasable, sgr._parse):
        assert function.cache_info().maxsize in (1024, 4096)
