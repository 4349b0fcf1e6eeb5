"""The console ends in time and gives the terminal back, however it is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pftui.terminal import restore
from tests.patience import PATIENCE
from tests.process.guarded_app import CANARY
from tests.terminal.harness import Terminal, clean_environment, python

_ASKED_FOR = {1000, 1002, 1003, 1006, 1015, 1016, 1004, 2004, 2026, 2048, 1049}
"""The modes that a terminal must not be left with."""

_IN_TIME = 20.0
"""Seconds: the programs' deadline of 1, the patience with a stalled terminal, and a slow machine; what is not
ended so would never end."""


@contextmanager
def started(what: str) -> Iterator[Terminal]:
    """One of the programs, its modal open."""
    with Terminal(python("tests.process.guarded_app", what), clean_environment(), (80, 24)) as terminal:
        terminal.wait_for(lambda: CANARY in terminal.text)
        yield terminal


def assert_given_back(terminal: Terminal) -> None:
    assert not terminal.screen.alternate
    assert not terminal.screen.modes & _ASKED_FOR
    assert 25 in terminal.screen.modes, "the cursor shows"
    assert 7 in terminal.screen.modes, "lines wrap"
    assert CANARY not in terminal.text
    assert CANARY not in str(terminal.screen.left_behind)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGINT"])
def test_a_signal_ends_it_in_order_with_the_signals_status(name: str) -> None:
    number = signal.Signals[name]
    with started("well") as terminal:
        terminal.process.send_signal(number)
        assert terminal.ended(_IN_TIME) == 128 + number
        assert_given_back(terminal)
        assert terminal.line_settings() == terminal.attributes


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGQUIT"])
def test_a_loop_that_is_stuck_does_not_hold_it(name: str) -> None:
    number = signal.Signals[name]
    with started("loop") as terminal:
        terminal.type("x")
        terminal.rest()
        terminal.process.send_signal(number)
        assert terminal.ended(_IN_TIME) == 128 + number
        assert_given_back(terminal)
        assert terminal.line_settings() == terminal.attributes


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_terminal_that_takes_no_output_does_not_hold_it(name: str) -> None:
    """Nobody reads the terminal: its buffer, the driver's queue and then the loop are stuck."""
    number = signal.Signals[name]
    with started("flood") as terminal:
        terminal.type("x")
        _until_stuck(terminal.process.pid)
        terminal.process.send_signal(number)
        assert terminal.process.wait(_IN_TIME) == 128 + number


def _until_stuck(pid: int) -> None:
    """Wait until the process does no more work: its processor time stands still."""
    until = time.monotonic() + PATIENCE
    spent, since = -1, time.monotonic()
    while time.monotonic() - since < 0.5:
        assert time.monotonic() < until
        now = sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
        if now != spent:
            spent, since = now, time.monotonic()
        time.sleep(0.05)


@pytest.mark.parametrize("what", ["well", "ignored", "loop", "flood"])
def test_a_terminal_that_goes_away_ends_it(what: str) -> None:
    """Also where hang-ups are ignored, as with nohup, and the input thread would spin on the end of its
    input.
    """
    with started(what) as terminal:
        terminal.type("x")
        terminal.read(0.2)
        terminal.hang_up()
        assert terminal.process.wait(_IN_TIME) == 128 + signal.SIGHUP


def test_what_stays_behind_after_the_app_does_not_hold_it() -> None:
    with started("lingering") as terminal:
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.ended(_IN_TIME) == 128 + signal.SIGTERM
        assert_given_back(terminal)


def test_a_continue_right_after_the_end_does_not_take_the_terminal_again() -> None:
    """So do service managers: a stopped process would never hear of its end."""
    with started("well") as terminal:
        terminal.process.send_signal(signal.SIGTERM)
        terminal.process.send_signal(signal.SIGCONT)
        assert terminal.ended(_IN_TIME) == 128 + signal.SIGTERM
        assert_given_back(terminal)
        assert "race condition" not in terminal.text


def test_a_defect_of_the_app_leaves_no_trace_of_its_screen() -> None:
    with started("raise") as terminal:
        terminal.type("x")
        assert terminal.ended() == 1
        assert not terminal.screen.alternate
        assert not terminal.screen.modes & _ASKED_FOR
        assert str(terminal.screen.left_behind).isspace()


def test_what_escapes_before_the_app_has_the_terminal_touches_nothing() -> None:
    with Terminal(python("tests.process.guarded_app", "early"), clean_environment(), (80, 24)) as terminal:
        assert terminal.ended() == 70
        assert terminal.text.split() == ["escaped:", "before", "the", "app", "has", "the", "terminal"]
        assert b"\x1b" not in terminal.log


def test_an_interrupt_past_textual_still_gives_the_terminal_back() -> None:
    with started("escape") as terminal:
        terminal.type("x")
        terminal.ended()
        assert_given_back(terminal)
        assert terminal.line_settings() == terminal.attributes


def test_the_signals_handlers_are_put_back_when_nothing_happened() -> None:
    code = """
import signal, threading
from pftui.process.guard import TerminalGuard
numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGINT)
before = [signal.getsignal(number) for number in numbers]
for _ in range(2):
    with TerminalGuard() as guard:
        assert [signal.getsignal(number) for number in numbers] != before
    assert guard.exit_status is None
assert [signal.getsignal(number) for number in numbers] == before
assert signal.set_wakeup_fd(-1) == -1
for thread in threading.enumerate():
    if thread is not threading.main_thread():
        thread.join(50)
assert threading.active_count() == 1
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=clean_environment(),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_after_a_signal_a_continue_wakes_nothing_any_more() -> None:
    code = """
import os, signal
from pftui.process.guard import TerminalGuard
told = []
signal.signal(signal.SIGCONT, lambda *_: told.append("continued"))
try:
    with TerminalGuard(deadline=60):
        os.kill(os.getpid(), signal.SIGCONT)
        told.append("ended")
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGCONT)
finally:
    print(*told)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=clean_environment(),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, b"")
    assert done.stdout.split() == [b"continued", b"ended"]


def test_each_mode_is_reset_in_a_sequence_of_its_own() -> None:
    for mode in sorted(_ASKED_FOR - {1049}):
        assert f"\x1b[?{mode}l" in restore.RESET
    assert (
        restore.RESET.index("\x1b[J") < restore.RESET.index("\x1b[?1049l") < restore.RESET.index("\x1b[?25h")
    )
    assert "\x1b[2J" not in restore.RESET, "some terminals push what that clears into their scrollback"
    assert "\x1b[3J" not in restore.RESET, "the scrollback is the person's"


def test_a_reset_is_not_waited_for_longer_than_told() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 65536)
    except BlockingIOError:
        os.set_blocking(writer, True)
    begun = time.monotonic()
    assert restore.write_reset(writer, 0.1) is False
    assert time.monotonic() - begun < PATIENCE / 2
    os.set_blocking(reader, False)
    taken = b""
    while restore.RESET.encode() not in taken:  # the thread that was left behind ends once there is room
        try:
            taken = (taken + os.read(reader, 1 << 20))[-4096:]
        except BlockingIOError:
            time.sleep(0.01)
    os.close(reader)
    os.close(writer)


def test_there_is_nothing_to_save_or_put_back_without_a_terminal() -> None:
    reader, writer = os.pipe()
    assert restore.saved_attributes(reader) is None
    restore.put_back(reader, None)
    master, slave = os.openpty()
    attributes = restore.saved_attributes(slave)
    assert attributes == termios.tcgetattr(slave)
    restore.put_back(reader, attributes)
    for fileno in (reader, writer, master, slave):
        os.close(fileno)
    assert restore.write_reset(writer, 1.0) is False
