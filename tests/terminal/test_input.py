"""What is sent to the real console by no keyboard: it lives, and what was open is still there."""

from __future__ import annotations

import fcntl
import os
import random
import sys
import termios
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from pftui.terminal.input_parser import ASK_STATUS

from .harness import Terminal, clean_environment, python
from .test_input_parser import ANSWERS, KNOWN

CTRL_Q = "\x11"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Terminal]:
    environ = clean_environment(HOME=str(tmp_path))
    with Terminal(python("pftui", "--demo"), environ, (80, 24)) as terminal:
        terminal.wait_for(lambda: "Alice Ng" in terminal.text)
        terminal.rest()
        yield terminal


def test_a_latin_1_byte_in_a_form_is_a_sign_that_it_was_not_read(demo: Terminal) -> None:
    for data in (b"c", b"Zo", b"\xeb", b"x"):
        demo.send(data)
        demo.rest()
    demo.wait_for(lambda: "Zo\ufffdx" in demo.text)
    assert demo.process.poll() is None


def test_a_latin_1_byte_leaves_a_revealed_key_where_it_is(demo: Terminal) -> None:
    demo.type("czoe")
    demo.rest()
    demo.type("\r")
    demo.wait_for(lambda: "pfsa_" in demo.text and "Save it now" in demo.text)
    demo.rest()
    demo.send(b"\xeb\xe9\x1b[57441:1;2:1u\x1b[99999999999u\x1b[<1;2;3\xff")
    demo.rest()
    assert "Save it now" in demo.text
    assert demo.process.poll() is None


def test_answers_that_nobody_asked_for_do_nothing(demo: Terminal) -> None:
    before = demo.text
    for answer in ANSWERS:
        demo.send(answer.encode())
        demo.send(b"\x1b\\")  # ends what was cut
    demo.rest()
    assert demo.text == before


def test_an_unbracketed_paste_changes_nothing_until_one_more_enter_comes_by_itself(demo: Terminal) -> None:
    """On a person `x` and `e` are commands: the paste opens the form, and stops there with the rest in it."""
    demo.type("xenon user\r")
    demo.wait_for(lambda: "Alice Ng → Alice Ngnon user. Enter once more saves it." in demo.text)
    assert "Edit Alice Ng" in demo.text
    demo.rest()
    demo.type("\r")
    demo.wait_for(lambda: "non user is saved." in demo.text)


def test_a_name_typed_ahead_of_a_slow_link_waits_in_its_form(demo: Terminal) -> None:
    demo.type("cbot\r")
    demo.wait_for(lambda: "faster than a hand types" in demo.text)
    assert "bot" in demo.text
    demo.rest()
    demo.type("\r")
    demo.wait_for(lambda: "Save it now" in demo.text)


def test_what_changes_nothing_may_be_typed_ahead(demo: Terminal) -> None:
    demo.type("/ci-bot\r\r")
    demo.wait_for(lambda: "What it can do now" in demo.text)
    assert "faster than a hand types" not in demo.text


@pytest.mark.parametrize("delay", [0.03, 0.2])
def test_what_a_hand_types_is_done_at_once(demo: Terminal, delay: float) -> None:
    for key in "cbot\r":
        demo.type(key)
        demo.read(delay)
        time.sleep(delay)  # the hand: this is about the time between keys
    demo.wait_for(lambda: "Save it now" in demo.text)
    assert "faster than a hand types" not in demo.text


@pytest.mark.thorough
@pytest.mark.timeout(600)  # a busy host takes minutes for it
def test_noise_does_not_end_the_console(demo: Terminal) -> None:
    """Half a megabyte, among it what terminals send, cut and joined; then it still takes keys."""
    chance = random.Random(7)  # the same each time
    pieces = [text.encode("utf-8", "replace") for text in (*KNOWN, *ANSWERS)]
    for _ in range(120):
        data = bytearray()
        while len(data) < 4096:
            piece = (
                chance.choice(pieces) if chance.random() < 0.3 else chance.randbytes(chance.randrange(1, 40))
            )
            data += piece[: chance.randrange(1, len(piece) + 1)]
        demo.send(bytes(data).replace(CTRL_Q.encode(), b"").replace(b"\x1a", b"").replace(b"q", b""))
        demo.read(0)
        assert demo.process.poll() is None
    demo.send(b"\x1b\\\x1b[201~")
    demo.rest()
    demo.resize(100, 30)
    demo.rest()
    assert demo.process.poll() is None


def test_answers_on_their_way_are_waited_for_and_not_left_to_the_shell(tmp_path: Path) -> None:
    """Whoever leaves at once, over a slow link, has the terminal's answers to the start still to come."""
    environ = clean_environment(HOME=str(tmp_path))
    with Terminal(python("pftui", "--demo"), environ, (80, 24)) as terminal:
        shell = os.open(terminal.name, os.O_RDWR | os.O_NOCTTY)
        try:
            terminal.wait_for(lambda: b"\x1b[?2026$p" in terminal.log)
            terminal.type(CTRL_Q)
            terminal.wait_for(lambda: ASK_STATUS.encode() in terminal.log)
            assert terminal.process.poll() is None
            terminal.send(b"\x1b[?2026;2$y\x1b[?2048;0$y\x1b[0n")
            assert terminal.ended() == 0
            tty.setraw(shell, termios.TCSANOW)  # or what has no end of line would not be counted
            waiting = fcntl.ioctl(shell, termios.FIONREAD, b"\0" * 4)
            assert int.from_bytes(waiting, sys.byteorder) == 0
        finally:
            os.close(shell)
