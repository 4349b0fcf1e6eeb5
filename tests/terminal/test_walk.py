"""A whole app, once as Textual paints it and once through the output stage: the same screen at each rest.

The program is `demo_app`; the keys are those of its bindings.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from types import MappingProxyType

import pytest

from tests.terminal.demo_app import Staged
from tests.terminal.harness import Terminal, clean_environment, python, rest
from tests.terminal.pair import Pair

DIALOG, CLOSE, FIRST, SECOND, WIDE, NOTICE = "\x1bOQ", "\x1bOR", "\x1bOS", "\x1b[15~", "\x1b[17~", "\x1b[18~"
UP, DOWN, LEFT, RIGHT = "\x1b[A", "\x1b[B", "\x1b[D", "\x1b[C"
PAGE_UP, PAGE_DOWN, HOME, END = "\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F"
TAB, PALETTE, REDRAW, QUIT = "\t", "\x10", "\x0c", "\x11"
ESCAPE = "\x1b[27u"  # in the unambiguous form: a lone ESC is known only by the silence after it


def mouse_over(x: int, y: int) -> str:
    """The report of a mouse that moves, without a button (xterm's SGR form), to a column and row from 1."""
    return f"\x1b[<35;{x};{y}M"


def is_drawn(terminal: Terminal) -> bool:
    return "person 3" in terminal.text and "Palette" in terminal.text.title()


def open_pair(
    stack: ExitStack,
    *arguments: str,
    size: tuple[int, int] = (120, 40),
    environ: Mapping[str, str] = MappingProxyType({}),
) -> Pair:
    terminals = [
        stack.enter_context(
            Terminal(python("tests.terminal.demo_app", *how, *arguments), clean_environment(**environ), size)
        )
        for how in (("plain",), ())
    ]
    for terminal in terminals:
        terminal.wait_for(partial(is_drawn, terminal))
    pair = Pair(*terminals)
    rest(*terminals)
    pair.cost = terminals[0].bytes, terminals[1].bytes
    pair.compare("the start")
    return pair


@pytest.fixture
def pair() -> Iterator[Pair]:
    with ExitStack() as stack:
        yield open_pair(stack)


def test_each_step_shows_what_textual_paints_within_its_bytes(pair: Pair) -> None:
    steps: list[tuple[str, str, int]] = [
        ("cursor down", DOWN, 400),
        ("page down", PAGE_DOWN, 2_500),
        ("modal opened", DIALOG, 4_000),
        ("modal closed", CLOSE, 3_000),
        ("tab changed", SECOND, 8_000),
        ("and back", FIRST, 8_000),
        ("names in many scripts", WIDE, 8_000),
        ("modal over them", DIALOG, 4_000),
        ("typed into it", "abc é漢", 2_000),
        ("and closed", CLOSE, 3_000),
        ("notice", NOTICE, 2_000),
        ("palette", PALETTE, 14_000),
        ("typed into it", "dark", 14_000),
        ("closed", ESCAPE, 14_000),
        ("redraw", REDRAW, 12_000),
    ]
    assert pair.cost[1] <= 12_000
    for name, keys, most in steps:
        pair.step(keys)
        assert 0 < pair.cost[1] <= most, f"{name}: {pair.cost}"
        assert pair.cost[1] < pair.cost[0], f"{name}: {pair.cost}"


def test_a_mouse_over_what_does_not_change_sends_nothing(pair: Pair) -> None:
    pair.step(DIALOG)
    # Over the backdrop of the modal, which takes no notice of the mouse.
    for y in range(4, 24):
        pair.step(mouse_over(5, y))
        assert pair.cost[1] == 0


@pytest.mark.parametrize(
    ("theme", "environ"),
    [
        ("ansi-dark", {}),
        ("textual-light", {"COLORTERM": ""}),
        ("ansi-light", {"TERM": "linux", "COLORTERM": ""}),
        ("textual-dark", {"NO_COLOR": "1"}),
        ("ansi-dark", {"NO_COLOR": "1"}),
    ],
)
def test_other_colours_are_painted_the_same(theme: str, environ: dict[str, str]) -> None:
    with ExitStack() as stack:
        pair = open_pair(stack, theme, environ=environ)
        for keys in (DOWN, PAGE_DOWN, DIALOG, CLOSE, SECOND, FIRST, WIDE, DOWN, NOTICE, PALETTE, ESCAPE):
            pair.step(keys)


def test_new_sizes_are_painted_whole(pair: Pair) -> None:
    for size in ((80, 24), (120, 40), (61, 19), (60, 18), (100, 20), (100, 45)):
        pair.step(size=size)
        pair.step(WIDE)
    pair.step(DIALOG)
    pair.step(size=(70, 22))
    pair.step(CLOSE)


def test_sizes_in_quick_succession_are_painted_like_the_last(pair: Pair) -> None:
    """Textual by itself does not stand this: what it painted for an old size scrolls a smaller terminal."""
    for size in ((70, 20), (120, 40)):
        pair.staged.resize(*size)
    pair.step(size=(90, 30))
    pair.step(DOWN)


def test_a_size_that_comes_back_at_once_is_painted_whole() -> None:
    """The terminal has cut what it showed, but at the end it has the size that the program knows."""
    with ExitStack() as stack:
        staged = open_staged(stack, "started")
        before = staged.cells()
        staged.resize(70, 20)
        staged.resize(120, 40)
        staged.rest()
        assert staged.cells() == before


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_random_walk_shows_what_textual_paints(seed: int) -> None:
    """Some hundred steps in all; the seed is fixed so that a failure comes again."""
    choose = random.Random(seed)
    keys = [
        UP,
        DOWN,
        LEFT,
        RIGHT,
        PAGE_UP,
        PAGE_DOWN,
        HOME,
        END,
        TAB,
        "a",
        "漢",
        "\x7f",
        FIRST,
        SECOND,
        WIDE,
        NOTICE,
    ]
    keys += [DIALOG, DIALOG, CLOSE, CLOSE, PALETTE, ESCAPE, REDRAW, DOWN * 5]
    sizes = [(120, 40), (80, 24), (60, 18), (133, 37), (99, 29)]
    with ExitStack() as stack:
        pair = open_pair(stack, choose.choice(["textual-dark", "ansi-dark"]), size=(100, 30))
        for _ in range(60):
            kind = choose.random()
            if kind < 0.08:
                pair.step(size=choose.choice(sizes))
            elif kind < 0.2:
                # Not over the header and the footer: their tooltips come by a timer.
                pair.step(mouse_over(choose.randint(1, 60), choose.randint(6, 14)))
            else:
                pair.step(choose.choice(keys))


def test_the_redraw_key_repairs_what_another_program_wrote(pair: Pair) -> None:
    for terminal in (pair.plain, pair.staged):
        terminal.scribble("\x1b[31;44m\x1b[5;5HBroadcast message from root\r\n\n\n\x1b[2Lshutting down")
    pair.step(REDRAW)
    assert "Broadcast" not in pair.staged.text


def test_after_a_stop_and_a_continue_the_screen_is_painted_whole() -> None:
    """With SIGTSTP, of which Textual knows, and with SIGSTOP, of which no program can."""
    with ExitStack() as stack:
        staged = open_staged(stack)
        for number in (signal.SIGTSTP, signal.SIGSTOP):
            before = staged.cells()
            staged.process.send_signal(number)
            staged.wait_for(
                lambda: os.waitid(os.P_PID, staged.process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT)
            )
            os.waitid(os.P_PID, staged.process.pid, os.WSTOPPED)
            if number == signal.SIGTSTP:
                while staged.read(0.1):
                    pass
                assert not staged.screen.alternate
                assert "person 3" not in staged.text
            staged.scribble("\x1b[2J\x1b[Hsomething else\r\n")
            staged.process.send_signal(signal.SIGCONT)
            staged.wait_for(lambda: staged.screen.alternate and "person 3" in staged.text)
            staged.rest()
            assert staged.cells() == before
        staged.type(DOWN)
        staged.rest()
        staged.type(QUIT)
        assert staged.ended() == 0


def open_staged(stack: ExitStack, *arguments: str, **environ: str) -> Terminal:
    command = python("tests.terminal.demo_app", *arguments)
    staged = stack.enter_context(Terminal(command, clean_environment(**environ)))
    staged.wait_for(lambda: "person 3" in staged.text)
    staged.rest()
    return staged


def test_synchronized_output_wraps_each_update_where_the_terminal_has_it() -> None:
    with ExitStack() as stack:
        staged = open_staged(stack)
        staged.type("\x1b[?2026;2$y")  # the terminal's answer to the driver's question: "supported, not set"
        staged.rest()
        del staged.log[:]
        staged.type(DOWN)
        staged.rest()
        sent = bytes(staged.log)
        assert sent.startswith(b"\x1b[?2026h")
        assert sent.endswith(b"\x1b[?2026l")
        assert sent.count(b"\x1b[?2026h") == sent.count(b"\x1b[?2026l") > 0


def test_over_ssh_motion_is_not_reported_but_dragging_is() -> None:
    with ExitStack() as stack:
        local = open_staged(stack)
        assert 1003 in local.screen.modes
        remote = open_staged(stack, SSH_TTY="/dev/pts/9")
        assert 1003 not in remote.screen.modes
        assert {1000, 1002, 1006} <= remote.screen.modes
        for terminal in (local, remote):
            terminal.type(QUIT)
            assert terminal.ended() == 0
            assert not terminal.screen.modes & {1000, 1002, 1003, 1006, 1015, 1049, 2004, 1004}


def test_leaving_clears_the_screen_first() -> None:
    with ExitStack() as stack:
        staged = open_staged(stack)
        staged.type(QUIT)
        assert staged.ended() == 0
        assert staged.screen.left_behind is not None
        assert staged.screen.left_behind.isspace()


async def test_without_a_terminal_it_is_textuals_own_painting() -> None:
    """In tests of screens, and for snapshots."""
    app = Staged()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("f2")
        app.forget()
        app.redraw()
        await pilot.pause()
        assert "Save it now" in app.export_screenshot().replace("&#160;", " ")


def test_an_error_while_a_widget_is_painted_ends_the_app() -> None:
    with ExitStack() as stack:
        staged = open_staged(stack)
        staged.type("\x1b[19~")
        assert staged.ended() == 1
        assert not staged.screen.alternate
