"""What is concluded from the environment."""

from __future__ import annotations

import io

import pytest

from pftui.terminal import capabilities as can


class Tty:
    def isatty(self) -> bool:
        return True


class Pipe:
    def isatty(self) -> bool:
        return False


_OK = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("streams", "names"),
    [
        ((Pipe(), Tty(), Tty()), "its input is not one"),
        ((Tty(), Pipe(), Tty()), "its output is not one"),
        ((Tty(), Tty(), Pipe()), "its error output is not one"),
        ((None, Tty(), Pipe()), "its input and error output are not one"),
        ((Pipe(), Pipe(), Pipe()), "its input, output and error output are not one"),
    ],
)
def test_without_three_terminals_the_console_is_refused(streams: tuple[can.Stream, ...], names: str) -> None:
    told = can.refusal(_OK, *streams)
    assert told is not None
    assert names in told
    assert "ssh -t" in told


def test_a_closed_stream_is_no_terminal() -> None:
    closed = io.StringIO()
    closed.close()
    assert "its input is not" in str(can.refusal(_OK, closed, Tty(), Tty()))


@pytest.mark.parametrize(
    ("term", "told"), [("dumb", "TERM is 'dumb'"), ("unknown", "TERM is 'unknown'"), ("", "TERM is not set")]
)
def test_a_terminal_that_cannot_place_its_cursor_is_refused(term: str, told: str) -> None:
    assert told in str(can.refusal({"TERM": term}, Tty(), Tty(), Tty()))
    assert "TERM is not set" in str(can.refusal({}, Tty(), Tty(), Tty()))


@pytest.mark.parametrize("term", ["xterm", "linux", "screen", "tmux-256color", "vt100"])
def test_other_terminals_are_not_refused(term: str) -> None:
    assert can.refusal({"TERM": term}, Tty(), Tty(), Tty()) is None


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"])
def test_ssh_is_known_by_each_of_its_variables(name: str) -> None:
    assert can.over_ssh({name: "x"})
    assert not can.over_ssh({name: ""})
    assert not can.over_ssh({"SSH_AUTH_SOCK": "an agent runs on a desktop, too"})


@pytest.mark.parametrize(
    ("environ", "ansi"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm"}, True),
        ({"TERM": "linux"}, True),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, False),
        ({"TERM": "xterm", "COLORTERM": " 24BIT "}, False),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, True),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, False),
        ({"TERM": "xterm-kitty"}, False),
        ({}, True),
    ],
)
def test_the_terminals_own_colours_are_taken_where_it_tells_of_no_more(
    environ: dict[str, str], ansi: bool
) -> None:
    assert can.prefer_ansi(environ) is ansi


@pytest.mark.parametrize(
    ("environ", "encoding", "ascii_only"),
    [
        ({"LANG": "C.UTF-8"}, "utf-8", False),
        ({"LANG": "de_DE.UTF-8@euro"}, "UTF-8", False),
        ({"LANG": "C"}, "utf-8", False),
        ({}, "utf-8", False),
        ({"LANG": "C"}, "ascii", True),
        ({"LANG": "de_DE.ISO-8859-1"}, "utf-8", True),
        ({"LC_ALL": "de_DE.ISO-8859-1", "LANG": "de_DE.UTF-8"}, "utf-8", True),
        ({"LC_ALL": "de_DE.utf8", "LANG": "de_DE.ISO-8859-1"}, None, False),
    ],
)
def test_ascii_is_drawn_where_something_else_than_utf8_is_spoken(
    environ: dict[str, str], encoding: str | None, ascii_only: bool
) -> None:
    assert can.prefer_ascii(environ, encoding) is ascii_only


def test_over_ssh_nothing_moves_by_itself_and_motion_is_not_reported_unless_wanted() -> None:
    ssh = {"SSH_TTY": "/dev/pts/1"}
    assert can.animation_level(ssh) == "none"
    assert can.animation_level({}) == "full"
    assert not can.mouse_motion(ssh)
    assert can.mouse_motion(ssh, wanted=True)
    assert can.mouse_motion({})


@pytest.mark.parametrize(
    ("size", "small"), [((60, 18), False), ((59, 18), True), ((60, 17), True), ((200, 60), False)]
)
def test_below_sixty_by_eighteen_a_terminal_is_too_small(size: tuple[int, int], small: bool) -> None:
    assert can.too_small(*size) is small
