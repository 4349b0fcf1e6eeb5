"""Whatever a terminal sends is read or dropped: nothing ends the reading, and nothing unknown is typed."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual import events, messages
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual._xterm_parser import XTermParser
from textual.message import Message

from pftui.terminal.input_parser import (
    KEY_DELAY,
    LARGEST_SCREEN,
    LONGEST_PASTE,
    PASTE_DELAY,
    REST_DELAY,
    InputParser,
)


def read(*pieces: str, wait: float = KEY_DELAY) -> list[Message]:
    """The events of pieces that come at once, and of `wait` seconds in which nothing does."""
    parser = InputParser()
    found = [event for piece in pieces for event in parser.feed(piece, 0.0)]
    return [*found, *parser.tick(wait)]


def keys(*pieces: str, wait: float = KEY_DELAY) -> list[str]:
    """The keys among them; fails where there is anything else."""
    found = read(*pieces, wait=wait)
    assert all(isinstance(event, events.Key) for event in found), found
    return [event.key for event in found if isinstance(event, events.Key)]


def described(found: Sequence[Message]) -> list[object]:
    return [
        (type(event).__name__, getattr(event, "key", None), getattr(event, "text", None)) for event in found
    ]


def decoded(data: bytes) -> str:
    return codecs.getincrementaldecoder("utf-8")("replace").decode(data)


KNOWN = sorted(key for key in ANSI_SEQUENCES_KEYS if len(key) > 1 and key != "\x1b\x1b")
# What xterm, kitty, foot, WezTerm, PuTTY, screen and a rebuilt terminal answer, and what is cut or broken.
ANSWERS = [
    "\x1b[?64;1;2;6;9;15;18;21;22c",
    "\x1b[>84;0;0c",
    "\x1b[>0;276;0c",
    "\x1b[?2026;2$y"[:-1] + "z",
    "\x1b[?9999;0$y",
    "\x1b[?1u",
    "\x1b[8;24;80t",
    "\x1b[4;480;800t",
    "\x1b]11;rgb:1212/1616/1c1c\x1b\\",
    "\x1b]10;rgb:d7d7/dddd/e5e5\x07",
    "\x1b]52;c;YWJj\x07",
    "\x1bP>|XTerm(379)\x1b\\",
    "\x1bP1+r544e=787465726d\x1b\\",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1b^private\x1b\\",
    "\x1b[M !!",
    "\x1b[M\ufffd\ufffd\ufffd",
    "\x1b[32;10;10M",
    "\x1b[<0;1M",
    "\x1b[<99999999;1;1M",
    "\x1b[<0;999999999999999999999999;1M",
    "\x1b[99999999999999999999u",
    "\x1b[55296u",
    "\x1b[1114112;1u",
    "\x1b[97;1;55296u",
    "\x1b[97;1;99999999999u",
    "\x1b[97;99999999999999999999999999u"[:30] + "\x1b[0m",
    "\x1b[97;1:3u",
    "\x1b[48;0;0;0;0t",
    "\x1b[48;99999999;99999999;1;1t",
    "\x1b[" + "1;" * 400 + "m",
    "\x1b[12;40R",
    "\x9b31m"[:1],
]


@pytest.mark.parametrize("sequence", KNOWN, ids=ascii)
def test_every_key_that_textual_knows_is_that_key(sequence: str) -> None:
    theirs = [event.key for event in XTermParser().feed(f"a{sequence}b") if isinstance(event, events.Key)]
    # Textual takes F3 with a modifier for a report of the cursor's position, which nobody asks for here.
    expected = {"\x1b[1;2R": "shift+f3", "\x1b[1;5R": "ctrl+f3", "\x1b[1;6R": "ctrl+shift+f3"}.get(sequence)
    assert keys("a", sequence, "b") == (theirs if expected is None else ["a", expected, "b"])


@pytest.mark.parametrize("answer", ANSWERS, ids=ascii)
def test_an_answer_that_nobody_asked_for_types_nothing(answer: str) -> None:
    found = [event for event in read(answer, wait=REST_DELAY) if isinstance(event, events.Key)]
    assert [event.key for event in found if event.is_printable] == []
    assert keys("x") == ["x"]


def test_a_key_report_with_sub_parameters_is_read() -> None:
    """kitty's protocol with all its flags: code:shifted:base ; modifiers:event ; text."""
    assert keys("\x1b[97:65:97;2:1;65u") == ["A"]
    assert keys("\x1b[97:65;5u") == ["ctrl+a"]
    assert keys("\x1b[13;1:1u") == ["enter"]
    assert keys("\x1b[57441;2:1u", "\x1b[57441;2:3u") == ["left_shift"]
    assert keys("\x1b[1;1:2A", "\x1b[1;1:3A") == ["up"], "held, then let go"


def test_alt_and_escape_are_what_hands_press() -> None:
    assert keys("\x1b") == ["escape"]
    assert keys("\x1b", wait=KEY_DELAY / 2) == [], "a sequence may yet follow"
    assert keys("\x1b\x1b") == ["escape", "escape"]
    assert keys("\x1bx", "\x1bX") == ["alt+x", "alt+shift+x"]
    assert keys("\x1b\x1b[A") == ["escape", "up"]
    assert keys("a", "\x1b", "[", "A", "b") == ["a", "up", "b"], "cut anywhere"


def test_what_is_cut_for_good_is_dropped_and_the_next_key_counts() -> None:
    parser = InputParser()
    for cut in ("\x1b[", "\x1b[1;", "\x1b[<0;1", "\x1bO", "\x1b]11;rgb", "\x1bP1+r"):
        assert list(parser.feed(cut, 0.0)) == []
        assert list(parser.tick(REST_DELAY / 2)) == []
        assert list(parser.tick(REST_DELAY)) == []
        assert described(list(parser.feed("x", 100.0)))[0][1] == "x"  # type: ignore[index]


@pytest.mark.parametrize(
    "data", [b"c", b"Zo", b"\xeb", b"x", b"\xf1\xe9", b"\xc3", b"\xff\xfe", b"\xed\xa0\x80"]
)
def test_bytes_that_are_no_text_end_nothing(data: bytes) -> None:
    found = read(decoded(data + b"y"))
    assert isinstance(found[-1], events.Key)
    assert found[-1].key == "y"


def test_a_paste_is_one_text_without_controls() -> None:
    (event,) = read("\x1b[200~a\x1b[Ab\x00c\x9b\r\nd\te\x7f\x1b[201~")
    assert isinstance(event, events.Paste)
    assert event.text == "abc\r\nd\te"


def test_a_paste_in_latin_1_comes_with_signs_for_what_cannot_be_read() -> None:
    (event,) = read(decoded(b"\x1b[200~caf\xe9 \xe0 la\x1b[201~"))
    assert isinstance(event, events.Paste)
    assert event.text == "caf� � la"


def test_a_paste_that_lost_its_end_ends_when_nothing_more_comes() -> None:
    parser = InputParser()
    assert list(parser.feed("\x1b[200~secret", 0.0)) == []
    assert list(parser.tick(PASTE_DELAY / 2)) == []
    (event,) = parser.tick(PASTE_DELAY)
    assert isinstance(event, events.Paste)
    assert event.text == "secret"
    assert described(list(parser.feed("x", 100.0)))[0][1] == "x"  # type: ignore[index]


def test_a_paste_without_an_end_does_not_grow_for_ever() -> None:
    parser = InputParser()
    list(parser.feed("\x1b[200~", 0.0))
    for _ in range(12):
        list(parser.feed("x" * 100_000, 0.0))
    (event,) = parser.feed("\x1b[201~", 0.0)
    assert isinstance(event, events.Paste)
    assert len(event.text) == LONGEST_PASTE


def test_the_end_of_a_paste_alone_is_nothing() -> None:
    assert read("\x1b[201~") == []


def test_the_terminal_may_say_what_it_can() -> None:
    found = read("\x1b[?2026;2$y", "\x1b[?2026;0$y", "\x1b[?2048;1$y", "\x1b[I", "\x1b[O")
    assert [type(event) for event in found] == [
        messages.TerminalSupportsSynchronizedOutput,
        messages.InBandWindowResize,
        events.AppFocus,
        events.AppBlur,
    ]


def test_a_size_is_believed_where_a_terminal_can_have_it() -> None:
    (event,) = read("\x1b[48;24;80;480;800t")
    assert isinstance(event, events.Resize)
    assert event.size == (80, 24)
    too_many = LARGEST_SCREEN + 1
    assert read(f"\x1b[48;24;{too_many};480;800t", "\x1b[48;24;80;0;0t") == []


def test_the_answer_to_the_last_question_is_told() -> None:
    answers: list[str] = []
    parser = InputParser(lambda: answers.append("answered"))
    assert list(parser.feed("\x1b[0", 0.0)) == []
    assert answers == []
    assert described(list(parser.feed("nx", 0.0))) == [("Key", "x", None)]
    assert answers == ["answered"]


def test_the_mouse_is_read_in_cells_and_in_pixels() -> None:
    down, up = read("\x1b[<0;5;3M", "\x1b[<0;5;3m")
    assert isinstance(down, events.MouseDown)
    assert isinstance(up, events.MouseUp)
    assert (down.x, down.y) == (4, 2)
    _, down = read("\x1b[48;24;80;480;800t", "\x1b[<0;41;41M")
    assert isinstance(down, events.MouseDown)
    assert (down.x, down.y) == (4, 2)


mutated = st.lists(
    st.one_of(
        st.binary(max_size=8),
        st.sampled_from(KNOWN + ANSWERS).map(lambda text: text.encode("utf-8", "replace")),
        st.sampled_from(
            [b"\x1b", b"\x1b[", b"\x1b[200~", b"\x1b[201~", b":", b";", b"999999999999", b"u", b"t", b"~"]
        ),
    ),
    max_size=12,
).map(b"".join)


@given(mutated)
@example(b"\x1b[1:1;1u")
@example(b"\x1b[48;1:;1:;1:;1:t")
def test_no_bytes_end_the_reading(data: bytes) -> None:
    parser = InputParser()
    found = [*parser.feed(decoded(data), 0.0), *parser.tick(100.0), *parser.tick(200.0)]
    for event in found:
        if isinstance(event, events.Key):
            (event.key + (event.character or "")).encode()  # what is typed can be written again
        if isinstance(event, events.Paste):
            event.text.encode()
    assert described(list(parser.feed("\x1b[201~q", 300.0)))[-1][1] == "q"  # type: ignore[index]


@given(mutated, st.lists(st.integers(0, 100), max_size=6))
def test_where_the_link_cuts_does_not_matter(data: bytes, cuts: list[int]) -> None:
    text = decoded(data)
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    pieces = [text[start:end] for start, end in pairwise(places)]
    assert described(read(text)) == described(read(*pieces))


def test_noise_takes_time_in_proportion_and_no_memory() -> None:
    parser = InputParser()
    noise = decoded(bytes(range(256)) * 40)
    for _ in range(50):  # half a million bytes
        for _event in parser.feed(noise, 0.0):
            pass
        for _event in parser.feed("\x1b[201~", 0.0):
            pass
    assert len(vars(parser)["_sequence"]) <= 64
